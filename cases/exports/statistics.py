"""Statistics as workbooks: the tables of the page, and the rows behind one of their numbers."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.forms.statistics import ScopeForm
from cases.models import Case
from cases.statistics.counts import StageTime
from cases.statistics.measures import MEASURES
from cases.statistics.tables import Table
from services.indicators import sheets


def tables(form: ScopeForm, shown: list[Table], stages: list[StageTime]) -> bytes:
    """Return every table below the other, with what is counted and how on the second sheet."""
    heads = [_("Table"), _("Group"), *(str(measure.label) for measure in MEASURES), _("Acceptance rate (%)")]
    lines = [
        [table.title, line.tally.label, *(cell.number for cell in line.cells), line.tally.rate]
        for table in shown
        for line in table.lines
    ]
    about = [(str(form.fields[name].label), str(value)) for name, value in form.cleaned_data.items() if value]
    about += [(_("As of"), timezone.localtime().strftime("%Y-%m-%d %H:%M"))]
    about += [(str(measure.label), str(measure.caveat)) for measure in MEASURES]
    about += [(_("Acceptance rate (%)"), _("Accepted of those with a result; open ones are left out."))]
    about += [
        (
            _("Days: %(stage)s") % {"stage": stage.state.label},
            _("median %(median)s, longest %(longest)s; open now %(now)s, longest %(now_longest)s")
            % {
                "median": _said(stage.median),
                "longest": _said(stage.longest),
                "now": stage.now,
                "now_longest": _said(stage.now_longest),
            },
        )
        for stage in stages
    ]
    return sheets.workbook(_("Statistics of cases"), about, heads, lines)


def rows(about: list[tuple[str, str]], cases: Iterable[Case], *, is_desk: bool) -> tuple[bytes, int]:
    """Return the rows behind a number, and how many they are; a unit is told the state in its own words."""
    heads = [_("Number"), _("Title"), _("Submitted by"), _("Place"), _("Field"), _("State"), _("Received"), _("Reason")]
    lines = [
        [
            case.number,
            case.title,
            str(case.organisation),
            str(case.organisation.region),
            case.field,
            case.status.label if is_desk else case.status.public_label,
            timezone.localdate(case.received_at),
            case.reason,
        ]
        for case in cases
    ]
    return sheets.workbook(_("Cases"), [(_("Rows"), str(len(lines))), *about], heads, lines), len(lines)


def _said(days: float | None) -> str:
    return "—" if days is None else str(days)
