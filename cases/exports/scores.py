"""The scores of a call as a workbook."""

from decimal import Decimal

from django.utils.translation import gettext as _

from cases.models import Call
from cases.queries_scoring import Row
from services.indicators import sheets


def workbook(call: Call, about: list[tuple[str, str]], rows: list[Row]) -> bytes:
    """Return an .xlsx with a row for each case as the list shows it; a score the reader may not see yet is left out."""
    heads = [_("Number"), _("Title"), _("Submitted by"), _("Reviewers"), _("Opinions")]
    heads += [_("Raw mean"), _("Calibrated mean"), _("Apart"), _("Fail the gate"), _("Look at it")]
    return sheets.workbook(_("Scores"), about, heads, (_line(row) for row in rows))


def _line(row: Row) -> list:
    line, result = [row.number, row.title, row.organisation, row.asked], row.result
    if result is None:
        return [*line, _("after your own opinion") if row.is_hidden else 0, "", "", "", "", ""]
    calibrated = "" if result.calibrated is None else Decimal(f"{result.calibrated:.2f}")
    raw, apart = Decimal(f"{result.raw:.2f}"), Decimal(f"{result.apart:.2f}")
    return [*line, result.count, raw, calibrated, apart, result.failed, _("disputed") if result.is_disputed else ""]
