"""A report as a Word file in the layout of official documents, and as a workbook (pure)."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from config import official_layout as layout
from services.indicators import sheets
from services.reports.outline import Report

NUMERALS = "一二三四五六七八九十"


def title_of(report: Report) -> str:
    """The title: whose report over which days."""
    return _("%(body)s: report on %(period)s") % {
        "body": report.scope.organisation,
        "period": report.period.label,
    }


def word(report: Report, today: date) -> bytes:
    """Return a .docx: each section in a sentence of its numbers, then all of them in a table with their meaning."""
    made = layout.document()
    layout.title(made, title_of(report))
    for numeral, section in zip(NUMERALS, report.sections, strict=False):
        layout.heading(made, f"{numeral}、{section.heading}")
        said = "；".join(f"{line.label}{line.text}" for line in section.telling)
        layout.paragraph(made, f"{said}。" if said else _("Nothing was entered in this period."))
    last = _("All numbers and what they mean")
    layout.heading(made, f"{NUMERALS[len(report.sections)]}、{last}")
    rows = [(line.label, line.since_sent or line.text, line.reading.indicator.caveat) for line in report.lines]
    layout.table(made, [_("Figure"), _("Value"), _("Meaning")], rows, numeric=(1,))
    layout.signature(made, str(report.scope.organisation), date_format(today, "Y年n月j日"))
    return layout.as_bytes(made)


def excel(report: Report) -> bytes:
    """Return an .xlsx with a row for each number."""
    rows = [
        [
            section.heading,
            line.label,
            line.reading.value,
            line.sent,
            str(line.reading.indicator.unit),
            line.reading.rows,
            str(line.reading.indicator.caveat),
            line.reading.indicator.version,
        ]
        for section in report.sections
        for line in section.lines
    ]
    heads = [
        _("Section"),
        _("Figure"),
        _("Value"),
        _("Sent before"),
        _("Unit"),
        _("Rows"),
        _("Meaning"),
        _("Version of the definition"),
    ]
    about = [(_("Organisation"), str(report.scope.organisation)), (_("Period"), report.period.label)]
    return sheets.workbook(title_of(report), about, heads, rows)
