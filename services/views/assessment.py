"""Assessments: sheets with their criteria, whom they assess, the points of one, submitted and confirmed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from config.text import unseen
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import assessment as actions
from services.forms.assessment import BoardForm, OpenForm, PointsForm
from services.indicators.registry import Scope
from services.models import Assessment, AssessmentStep, Sheet
from services.queries import assessment as queries
from services.views import exporting


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    sheets = Sheet.objects.visible_to(request.user).select_related("organisation")
    context = {
        "sheets": sheets.order_by("organisation__path", "subject", "-starts_on", "pk"),
        "may_assess": request.user.has_permission(Permission.ASSESS),
    }
    return TemplateResponse(request, "services/assessment/list.html", context)


@requires(Permission.READ_LEDGER)
@require_safe
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """Show whom a sheet assesses with where each stands: by organisation and name, never by points."""
    sheet = load_sheet(request, pk)
    form = BoardForm({"period": str(timezone.localdate().year)} | request.GET.dict())
    context = {"sheet": sheet, "form": form, "may_edit": queries.may_edit(request.user, sheet)}
    if form.is_valid():
        period = form.cleaned_data["period"]
        page = paginate(request, queries.subjects(request.user, sheet, form.cleaned_data["text"]))
        rows = queries.of_period(request.user, sheet, period)
        known = {row.body_id or row.person_id: row for row in rows}
        context |= {
            "period": period,
            "page": page,
            "rows": [(subject, known.get(subject.pk)) for subject in page],
            "scope": Scope(sheet.organisation),
            "may_assess": request.user.has_permission(Permission.ASSESS),
            "may_export": request.user.has_permission(Permission.EXPORT_LEDGER, sheet.organisation),
        }
    return TemplateResponse(request, "services/assessment/board.html", context, status=200 if form.is_valid() else 422)


@requires(Permission.ASSESS)
@require_POST
def open_(request: HttpRequest, pk: int) -> HttpResponse:
    sheet = load_sheet(request, pk)
    form = OpenForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the period and whom to assess again."))
        return redirect("services:assessment_board", pk=sheet.pk)
    subject = get_object_or_404(queries.subjects(request.user, sheet), pk=form.cleaned_data["subject"])
    period = form.cleaned_data["period"]
    try:
        made = actions.open_(sheet=sheet, subject=subject, from_on=period.start, to_on=period.end, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("services:assessment_board", pk=sheet.pk)
    return redirect(made)


@requires(Permission.READ_LEDGER)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what each criterion counts and what was given; posted, the points are kept."""
    found = _load(request, pk)
    may_score = queries.may_score(request.user, found)
    today = timezone.localdate()
    lines = queries.lines_of(found, today)
    form = PointsForm(request.POST or None, lines=lines)
    if request.method == "POST" and (not may_score or form.is_valid()):
        try:
            actions.save(assessment=found, given=form.given if may_score else {}, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The points are kept."))
        return redirect(found)
    context = {
        "assessment": found,
        "period": queries.period_of(found, today),
        "categories": form.categories,
        "form": form if may_score else None,
        "total": sum(line.score.points for line in lines if line.score),
        "steps": [(step, step.label) for step in queries.steps(request.user, found)],
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/assessment/detail.html", context, status=status)


@requires(Permission.ASSESS)
@require_POST
def step(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    found = _load(request, pk)
    if kind not in AssessmentStep.values:
        raise Http404
    note = unseen.without_controls(request.POST.get("note", ""))[:200]
    try:
        actions.step(assessment=found, kind=AssessmentStep(kind), by=request.user, note=note)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Done."))
    return redirect(found)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Send every assessment of a period with its points by criterion, by organisation and name."""
    sheet = load_sheet(request, pk)
    form = BoardForm(request.POST)
    if not form.is_valid():
        return exporting.refuse(request, form, "services:assessment_board", sheet.pk)
    rows = queries.export_rows(request.user, sheet, form.cleaned_data["period"])
    if text := form.cleaned_data["text"]:
        rows = rows.filter(
            **{"body__name__icontains" if sheet.subject == "branch" else "person__name__icontains": text}
        )
    table = queries.table_of(sheet)
    return exporting.send(request, form, rows, table, sheet.name, "services:assessment_board", sheet.pk)


def load_sheet(request: HttpRequest, pk: int) -> Sheet:
    """Load a sheet the account may read."""
    return get_object_or_404(Sheet.objects.visible_to(request.user).select_related("organisation"), pk=pk)


def _load(request: HttpRequest, pk: int) -> Assessment:
    rows = Assessment.objects.visible_to(request.user).select_related(
        "organisation", "sheet__organisation", "body", "person", "submitted_by", "confirmed_by"
    )
    return get_object_or_404(rows, pk=pk)
