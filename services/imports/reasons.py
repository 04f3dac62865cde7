"""Why a row of a workbook was not taken, in full sentences that say what to do."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from services.imports.columns import COLUMNS

BY_NAME = {
    ("kind", "unknown"): _("No kind is called “%(text)s”. Write one of those in the template, or have it added."),
    ("kind", "retired"): _("The kind “%(text)s” is no longer in use. Write the one that took its place."),
    ("organisation", "unknown"): _(
        "“%(text)s” is no organisation whose ledger you keep. Write its name as registered."
    ),
    ("region", "unknown"): _("“%(text)s” is no township or division of your county."),
    ("venue", "unknown"): _("No venue of yours is called “%(text)s”. Enter the venue first, or correct the name."),
    ("campaign", "unknown"): _("No campaign of yours is called “%(text)s”. Enter it first, or correct the name."),
    ("activity.helped", "unknown"): _(
        "Nobody called “%(text)s” was helped through a pairing on that day. Enter the pairing first."
    ),
    ("activity.helped", "several"): _("Several pairings with “%(text)s” held on that day. Write who helps as well."),
}
BY_CODE = {
    "unknown": _("%(column)s: nothing registered is called “%(text)s”. Register it first, or correct the name."),
    "several": _("%(column)s: several are called “%(text)s”. Say which: write the full name, or the employer as well."),
    "missing": _("%(column)s: the cell is empty. Fill it in."),
    "no_year": _("%(column)s: “%(text)s” has no year. Write the day as 2024-05-20, or say the year above the columns."),
    "no_day": _("%(column)s: “%(text)s” has no day. Write it as 2024-05-20."),
    "range": _("%(column)s: “%(text)s” is several days. Write the first day, and the rest in the line."),
    "unreadable": _("%(column)s: “%(text)s” is no day. Write it as 2024-05-20."),
    "ahead": _("%(column)s: %(text)s lies ahead. What has not happened yet cannot be entered."),
    "long_ago": _("%(column)s: %(text)s lies too far back. Look at the year."),
    "vague": _("%(column)s: “%(text)s” is not exact. Write the number, or leave the cell empty."),
    "no_number": _("%(column)s: “%(text)s” is no number. Write digits, or leave the cell empty."),
    "negative": _("%(column)s: %(text)s is below zero. Write how many there were."),
    "not_whole": _("%(column)s: %(text)s is no whole number."),
    "too_large": _("%(column)s: %(text)s is too large. Look at the digits."),
    "long": _("%(column)s: more than %(text)s characters. Shorten it; nothing is cut off by itself."),
    "no_choice": _("%(column)s: “%(text)s” cannot be chosen. Take one of the template's list."),
    "no_phone": _("%(column)s: this is no telephone number. Write the eleven digits, or leave the cell empty."),
    "no_outcome": _("The matter is closed, but nothing says what came of it. Write the outcome as well."),
    "not_closed": _("An outcome or a call-back stands there, but no day on which the matter was closed. Write it."),
    "total": _("This is a row of totals, not an entry."),
    "repeated": _(
        "Another row of this file says exactly the same. If it happened twice, say in the line what differs."
    ),
    "before": _("%(column)s: %(text)s lies before the beginning. Correct one of the two days."),
    "two_recipients": _("A person and an organisation stand in the row. Leave the one in who got it."),
    "two_sides": _("A person and an organisation stand on the side that is helped. Leave one of them."),
    "pairing_not_twice_at_a_time": _("These two are paired in this kind already in those days."),
    "pairing_not_with_oneself": _("Nobody is paired with themselves. Correct one of the two names."),
    "pairing_of_two_organisations": _("A body is not paired with itself. Correct one of the two names."),
    "taken": _("%(column)s: this issuer's number %(text)s is entered already; a certificate counts once."),
    "refused": _("The ledger does not take this row beside those it has. Look at its days and numbers."),
}
NAMELESS = _("%(column)s: somebody named there is not registered, or has namesakes. The row that comes back says who.")


def sentence(subject: str, field: str, code: str, text: str) -> str:
    """Return the sentence for one fault; where the name was left out, one that does without."""
    label = next((str(column.label) for column in COLUMNS[subject] if column.name == field), "")
    if not text and code in {"unknown", "several"}:
        return str(NAMELESS) % {"column": label}
    own = BY_NAME.get((f"{subject}.{field}", code)) or BY_NAME.get((field, code))
    return str(own or BY_CODE.get(code) or BY_CODE["refused"]) % {"column": label, "text": text}


def sentences(subject: str, faults: Iterable) -> str:
    """Return the sentences for all faults of a row."""
    return " ".join(sentence(subject, *fault) for fault in faults)
