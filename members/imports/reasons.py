"""Why a row of an import was not taken, in full sentences."""

from django.utils.translation import gettext_lazy as _

from members import identity_faults

ELSEWHERE = _("Another organisation has registered this identity number.")


def sentence(field: str, fault: str) -> str:
    """Return the sentence for one fault; it never contains the cell's text."""
    return str(ELSEWHERE) if fault == "elsewhere" else identity_faults.sentence(field, fault)


def sentences(faults: list) -> str:
    """Return the sentences for all faults of a row."""
    return " ".join(sentence(field, fault) for field, fault in faults)
