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
    ("helped", "unknown"): _(
        "Nobody called “%(text)s” was helped through a pairing on that day. Enter the pairing first."
    ),
    ("helped", "several"): _("Several pairings with “%(text)s” held on that day. Write who helps as well."),
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
    "total": _("This is a row of totals, not an entry."),
    "repeated": _(
        "Another row of this file says exactly the same. If it happened twice, say in the line what differs."
    ),
    "refused": _("The ledger does not take this row beside those it has. Look at its days and numbers."),
}
NAMELESS = _("%(column)s: somebody named there is not registered, or has namesakes. The row that comes back says who.")


def sentence(subject: str, field: str, code: str, text: str) -> str:
    """Return the sentence for one fault; where the name was left out, one that does without."""
    label = next((str(column.label) for column in COLUMNS[subject] if column.name == field), "")
    if not text and code in {"unknown", "several"}:
        return str(NAMELESS) % {"column": label}
    return str(BY_NAME.get((field, code)) or BY_CODE[code]) % {"column": label, "text": text}


def sentences(subject: str, faults: Iterable) -> str:
    """Return the sentences for all faults of a row."""
    return " ".join(sentence(subject, *fault) for fault in faults)
