"""A reviewer's own work: what lies with them, giving it back, and what they like to read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import queries_assignment as reading
from cases.actions import assignment as actions
from cases.forms.assignment import DeclineForm, InterestForm, MineForm
from cases.models import Assignment, SubjectField
from cases.models.assignment import Task
from config.errors import Refused
from config.paging import paginate
from members.access import requires
from members.permissions import Permission


@requires(Permission.SCORE_CASES)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    form = MineForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    rows = reading.mine(request.user)
    counts = {"": rows.filter(is_done=False).count(), "done": rows.filter(is_done=True).count()}
    show = asked.get("show") or ""
    if show != "all":
        rows = rows.filter(is_done=show == "done")
    context = {
        "form": form,
        "show": show,
        "counts": counts,
        "page": paginate(request, rows.with_row().order_by("due_on", "pk")),
        "decline": DeclineForm(),
        "interests": request.user.cases_interests.select_related("field").order_by("field__position"),
    }
    return TemplateResponse(request, "cases/scoring/mine.html", context)


@requires(Permission.SCORE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Assignment.objects.visible_to(request.user).with_row(), pk=pk, reviewer=request.user)
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decline(assignment=row, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(number)s is no longer with you.") % {"number": row.case.number})
            return redirect("cases:scoring_mine")
    status = 422 if form.is_bound else 200
    context = {"assignment": row, "form": form}
    return TemplateResponse(request, "cases/scoring/decline.html", context, status=status)


@requires(Permission.SCORE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def interests(request: HttpRequest) -> HttpResponse:
    liked = SubjectField.objects.visible_to(request.user).filter(interests__reviewer=request.user)
    form = InterestForm(request.POST if request.method == "POST" else None, initial={"fields_liked": liked})
    if request.method == "POST" and form.is_valid():
        actions.set_interests(reviewer=request.user, fields=form.cleaned_data["fields_liked"])
        messages.success(request, _("Your fields of interest are kept."))
        return redirect("cases:scoring_mine")
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "cases/scoring/interests.html", {"form": form}, status=status)


@requires(Permission.SCORE_CASES)
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    row = _load(request, pk)
    if row.task != Task.SCORE:
        return redirect(row.case)
    return TemplateResponse(request, "cases/scoring/sheet.html", {"assignment": row, "case": row.case})


def _load(request, pk):
    rows = reading.with_done(Assignment.objects.visible_to(request.user).standing()).with_row()
    return get_object_or_404(rows, pk=pk, reviewer=request.user)
