"""The words of letters by kind, and how several things to one person become one letter (pure).

Letters are written in Chinese whatever language their editor reads the pages in. An address that is a key stands in
a draft as a mark (`LINK`) only: the real one is written in when the letter leaves, so that no row holds it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from cases.models.letter import LetterKind

LANGUAGE = "zh-hans"
LINK = "〔%(number)s网页链接〕"  # the page of a case; replaced when the letter leaves
APPROVAL_LINK = "〔%(number)s签发链接〕"
APPROVAL_CODE = "〔%(number)s验证码〕"
RESULTS, REVIEWS = "results", "reviews"  # what is joined with its like
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Template:
    """What a kind of letter says. `asks` puts 需办理 before the subject.

    Drafts to one person whose kinds have the same word in `joins` become one letter.
    """

    subject: str
    text: str
    asks: bool = False
    joins: str = ""


TEMPLATES: dict[LetterKind, Template] = {
    LetterKind.RECEIPT: Template(
        gettext_noop("Received: %(letter)s"),
        gettext_noop("Your letter has been received. Its number is %(letter)s."),
    ),
    LetterKind.PUBLISHED: Template(
        gettext_noop("“%(title)s” is published"),
        gettext_noop(
            "Your case “%(title)s” (%(number)s) passed the three reviews and is in the public library now.\n%(note)s"
        ),
        joins=RESULTS,
    ),
    LetterKind.ACCEPTED: Template(
        gettext_noop("“%(title)s” is accepted"),
        gettext_noop("Your case “%(title)s” (%(number)s) passed the three reviews and will be published.\n%(note)s"),
        joins=RESULTS,
    ),
    LetterKind.DECLINED: Template(
        gettext_noop("On your case “%(title)s”"),
        gettext_noop(
            "Your case “%(title)s” (%(number)s) will not be published this time. The reason:\n%(note)s\n"
            "Thank you for the work it took; we look forward to your next one."
        ),
        joins=RESULTS,
    ),
    LetterKind.JOINED: Template(
        gettext_noop("On your case “%(title)s”"),
        gettext_noop(
            "Your case “%(title)s” (%(number)s) tells the same as another one and was merged into it. The reason:\n"
            "%(note)s"
        ),
        joins=RESULTS,
    ),
    LetterKind.RETURNED: Template(
        gettext_noop("Please change “%(title)s”"),
        gettext_noop(
            "The editors ask you to change your case “%(title)s” (%(number)s):\n%(note)s\n%(due)s\n"
            "Change the text on this page and resubmit it there: %(link)s\n"
            "Or answer this letter with the changed Word file attached."
        ),
        asks=True,
    ),
    LetterKind.REMINDER: Template(
        gettext_noop("Reminder: please change “%(title)s”"),
        gettext_noop(
            "Your case “%(title)s” (%(number)s) still waits for your changes.\n%(note)s\n%(due)s\n"
            "Change the text on this page and resubmit it there: %(link)s\n"
            "If you need more time, answer this letter and say until when."
        ),
        asks=True,
    ),
    LetterKind.QUESTION: Template(
        gettext_noop("Please check a figure in “%(title)s”"),
        gettext_noop(
            "We are checking the figures of your case “%(title)s” (%(number)s) and ask you:\n%(note)s\n%(due)s\n"
            "Please answer on this page: %(link)s\n"
            "Or answer this letter and keep its subject as it is."
        ),
        asks=True,
    ),
    LetterKind.APPROVAL: Template(
        gettext_noop("Final signature asked for: “%(title)s”"),
        gettext_noop(
            "The case “%(title)s” (%(number)s) passed two reviews and waits for your final signature.\n"
            "Open this page, write the one-time code that you are told separately, read the text, then approve it or"
            " return it: %(approval)s\n%(due)s\n%(note)s"
        ),
        asks=True,
    ),
    LetterKind.SIGN_DUE: Template(
        gettext_noop("Reminder: final signature asked for: “%(title)s”"),
        gettext_noop(
            "The case “%(title)s” (%(number)s) still waits for your final signature.\n"
            "Open this page, write the one-time code that you were told, read the text, then approve it or return it:"
            " %(approval)s\n%(due)s\n"
            "If the code is lost, or somebody else is to sign, answer this letter."
        ),
        asks=True,
    ),
    LetterKind.CODE: Template(
        gettext_noop("One-time code"),
        gettext_noop("The one-time code for “%(title)s” (%(number)s): %(code)s\nTell it to nobody."),
    ),
    LetterKind.ASSIGNED: Template(
        gettext_noop("%(count)s cases to review"),
        gettext_noop(
            "%(count)s cases were given to you to review (%(task)s).\n%(note)s\n%(due)s\n"
            "Sign in and read them on this page: %(page)s\n"
            "If you cannot review one, or stand close to those it is about, decline it there with a word of why."
        ),
        asks=True,
        joins=REVIEWS,
    ),
    LetterKind.TAKEN_BACK: Template(
        gettext_noop("A case need not be reviewed any more"),
        gettext_noop(
            "A case given to you to review was taken back; you need not do anything about it.\n%(note)s\n"
            "What is still with you stands on this page: %(page)s"
        ),
        joins=REVIEWS,
    ),
    LetterKind.DUE: Template(
        gettext_noop("Reminder: %(count)s cases to review"),
        gettext_noop(
            "%(count)s cases given to you still wait for your review (%(task)s).\n%(note)s\n%(due)s\n"
            "Sign in and read them on this page: %(page)s\n"
            "If you need more time, or cannot review one, answer this letter or decline it there."
        ),
        asks=True,
        joins=REVIEWS,
    ),
    LetterKind.CALL: Template(gettext_noop("On a call for cases"), "%(note)s"),
    LetterKind.OTHER: Template(gettext_noop("On your case “%(title)s”"), "%(note)s"),
}


@dataclass(frozen=True)
class Said:
    """One thing to be said: its subject and its text, its case's number if it has one."""

    subject: str
    text: str
    number: str = ""
    asks: bool = False
    joins: str = ""


def say(kind: LetterKind, facts: Mapping[str, str], *, subject: str = "", text: str = "") -> Said:
    """Write one thing by its kind's template from `facts`; `subject` and `text` replace the template's own.

    Facts nobody gave are left out, and the line with them where it would be empty.
    """
    template = TEMPLATES[kind]
    known = defaultdict(str, facts)
    with override(LANGUAGE):
        if known["number"]:
            known["link"] = LINK % known
            known |= {"approval": APPROVAL_LINK % known, "code": APPROVAL_CODE % known}
        if known["due"]:
            known["due"] = _("Please do it by %(due)s.") % known
        words = text.strip() or _(template.text) % known
        head = subject.strip() or _(template.subject) % known
    lines = [line.rstrip() for line in words.splitlines()]
    return Said(head, "\n".join(line for line in lines if line), known["number"], template.asks, template.joins)


def compose(said: Sequence[Said], to_name: str) -> tuple[str, str]:
    """Return the subject and the whole text of a letter that says these things, in their order."""
    with override(LANGUAGE):
        return _subject(said), _body(said, to_name)


def _subject(said: Sequence[Said]) -> str:
    """Name the one thing, or how many; the number of a single case keeps an answer in its thread."""
    asks = any(each.asks for each in said)
    if len(said) == 1:
        number = f"[{said[0].number}] " if said[0].number else ""
        words = number + said[0].subject
    elif {each.joins for each in said} == {REVIEWS}:
        words = _("On your reviews: %(count)d things") % {"count": len(said)}
    else:
        words = _("On your %(count)d cases") % {"count": len(said)}
    words = " ".join(words.split())
    return ((_("To be done: %(subject)s") % {"subject": words}) if asks else words)[:200]


def _body(said: Sequence[Said], to_name: str) -> str:
    greeting = _("%(name)s, good day:") % {"name": to_name} if to_name else _("Good day:")
    if len(said) == 1:
        pieces = [said[0].text]
    else:
        pieces = [f"{_numeral(place)}、{each.text}" for place, each in enumerate(said, 1)]
    if not any(each.number for each in said):
        closing = _("If you have a question, answer this letter.")
    elif len(said) > 1:
        closing = _("If you have a question, answer this letter and say which number it is about.")
    else:
        closing = _("If you have a question, answer this letter; keep the number in its subject.")
    return "\n\n".join([greeting, *pieces, closing, _("The editors of the Dazhong party-building case library")])


def _numeral(place: int) -> str:
    """Write 1 to 99 as Chinese numbers a list; beyond, where nobody would read them, in digits."""
    if place > 99:
        return str(place)
    tens, ones = divmod(place, 10)
    if place <= 10:
        return NUMERALS[place - 1]
    return ("" if tens == 1 else NUMERALS[tens - 1]) + "十" + (NUMERALS[ones - 1] if ones else "")
