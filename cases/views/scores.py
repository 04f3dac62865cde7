"""What came of the scoring: the cases of a call side by side, their workbook, the opinions on one case."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cases import calibration, queries, queries_blind, queries_pick
from cases import queries_scoring as reading
from cases.exports import scores as workbooks
from cases.models import Call, Case
from cases.views.export import sent
from config.paging import Column, Sorting, paginate
from members import audit
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.indicators import sheets

COLUMNS = [
    Column("number", gettext_lazy("Number"), ("number",)),
    Column("title", gettext_lazy("Title")),
    Column("count", gettext_lazy("Opinions"), ("count",), is_number=True),
    Column("raw", gettext_lazy("Raw mean"), ("raw",), is_number=True),
    Column("calibrated", gettext_lazy("Calibrated mean"), ("calibrated",), is_number=True),
    Column("apart", gettext_lazy("Apart"), ("apart",), is_number=True),
    Column("gate", gettext_lazy("Fail the gate"), ("gate",), is_number=True),
]


@requires(Permission.READ_DESK)
@require_safe
def list_(request: HttpRequest, pk: int) -> HttpResponse:
    call, sorting, rows = _listed(request, pk)
    given = [row.result for row in rows if row.result]
    context = {
        "call": call,
        "page": paginate(request, rows),
        "sorting": sorting,
        "scored": len(given),
        "disputed": sum(result.is_disputed for result in given),
        "failed": sum(result.fails for result in given),
        "hidden": sum(row.is_hidden for row in rows),
        "reviewers": reading.reviewers(call, request.user),
        "least": calibration.LEAST,
        "far": calibration.FAR_APART,
        "may_list": call.state != Call.State.CANCELLED and _runs(request, call),
        "by": queries_pick.by_default(rows),
    }
    return TemplateResponse(request, "cases/scores/list.html", context)


@requires(Permission.READ_DESK)
@fresh_proof
@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponse:
    call, _sorting, rows = _listed(request, pk)
    about = [(_("Call"), call.name), (_("Rows"), str(len(rows)))]
    about += [(_("Calibrated mean"), _calibration_note())]
    data = workbooks.workbook(call, about, rows)
    audit.record(actor=request.user, event="case.export", target=call, key="scores", count=len(rows))
    label = _("Scores")
    return sent(data, sheets.CONTENT_TYPE, f"{call.name} {label} {timezone.localdate():%Y-%m-%d}.xlsx")


@requires(Permission.READ_DESK)
@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Every opinion on one case with its marks, and what its writer changed; not before one has given the own."""
    found = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not queries.reads_desk(found, request.user):
        raise Http404
    reviews = reading.of_case(found, request.user)
    calibrated = reading.calibrated_of(found) if reviews else {}
    context = {
        "case": found,
        "reviews": [
            (row, reading.changes(reading.versions(row.assignment)), calibrated.get(row.reviewer_id))
            for row in reviews or []
        ],
        "least": calibration.LEAST,
        "is_hidden": reviews is None,
        "is_blind": queries_blind.is_blind(found),
    }
    return TemplateResponse(request, "cases/scores/case.html", context)


def _listed(request, pk):
    call = get_object_or_404(Call.objects.visible_to(request.user), pk=pk)
    sorting = Sorting(request, COLUMNS, default="-calibrated")
    return call, sorting, reading.scores(call, request.user, sorting.value)


def _runs(request, call):
    return Call.objects.visible_to(request.user).managed_by(request.user).contains(call)


def _calibration_note():
    said = _(
        "Each reviewer's scores are brought to the mean and the spread of all scores of this call; reviewers with "
        "fewer than %(least)s opinions in it stay as they are."
    )
    return said % {"least": calibration.LEAST}
