"""A pair in words, for the official who decides and for the person concerned. Holds no value of either record."""

from collections.abc import Iterable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.matching.model import Weighed

WORDS = {
    ("id_no", "same"): _("the identity number is the same"),
    ("id_no", "repaired"): _("the identity number is the same once one slip is put right by its check character"),
    ("id_no", "missing"): _("one identity number is missing or unusable"),
    ("id_no", "differs"): _("both identity numbers are valid and differ"),
    ("name", "same"): _("the name is the same"),
    ("name", "sound"): _("the name sounds the same in other characters"),
    ("name", "alike"): _("one character of the name looks alike or could not be typed"),
    ("name", "char"): _("one character of the name differs"),
    ("name", "half"): _("one of the name's two characters differs"),
    ("name", "differs"): _("the name differs"),
    ("phone", "same"): _("the mobile number is the same"),
    ("phone", "differs"): _("the mobile number differs"),
    ("birth", "same"): _("the birth date is the same"),
    ("birth", "differs"): _("the birth date differs"),
    ("plate", "same"): _("the plate is the same"),
}
PASSES = {
    "id-name": _("same identity number and name"),
    "id-sound": _("same identity number, name sounds the same"),
    "id-look": _("same identity number, one character looks alike"),
    "id-char": _("same identity number, one character differs"),
    "id-phone": _("same identity number and phone, one of two characters differs"),
    "rep-name": _("repaired identity number, same name"),
    "rep-sound": _("repaired identity number, name sounds the same, same phone"),
    "phone-name": _("no identity number on one side, same name and phone"),
    "review-rep": _("to decide: repaired identity number, similar name"),
    "review-two-ids": _("to decide: same name and phone, two valid identity numbers"),
    "review-phone-name": _("to decide: same name and phone, but not alone or another birth date"),
    "review-phone-sound": _("to decide: same phone, name sounds the same"),
    "review-phone-char": _("to decide: same phone, one character of the name differs"),
    "review-plate-name": _("to decide: same plate and name"),
    "review-name-birth": _("to decide: same name and birth date"),
    "review-id": _("to decide: same identity number, another name"),
}


def sentence(explanation: Iterable[Weighed]) -> str:
    """Say what agrees and what differs, in the reader's language: 身份证号一致，姓名同音不同字."""
    words = [str(WORDS[field, level]) for field, level, _weight in explanation if (field, level) in WORDS]
    said = words[0]
    for word in words[1:]:
        said = gettext("%(said)s, %(word)s") % {"said": said, "word": word}
    return said


def as_json(explanation: Iterable[Weighed]) -> list[dict]:
    """List field, level and weight in bits, as a report writes them."""
    return [weighed._asdict() for weighed in explanation]
