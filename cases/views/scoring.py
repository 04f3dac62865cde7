"""A reviewer's own work: what lies with them, one case to read and to give an opinion on, giving it back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import queries_assignment, queries_blind
from cases import queries_scoring as reading
from cases.actions import assignment as assignments
from cases.actions import scoring as actions
from cases.forms.assignment import DeclineForm, InterestForm, MineForm, ReasonForm
from cases.forms.scoring import ScoreForm
from cases.models import Assignment, SubjectField
from cases.models.assignment import Task
from cases.views.photo import served
from config.errors import Refused
from config.paging import paginate
from members.access import requires
from members.permissions import Permission


@requires(Permission.SCORE_CASES)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    form = MineForm(request.GET)
    form.is_valid()
    show, words = form.cleaned_data.get("show") or "", (form.cleaned_data.get("q") or "").strip()
    rows = queries_assignment.mine(request.user)
    if show != "all":
        rows = rows.filter(is_done=show == "done")
    rows = rows.with_row().order_by("due_on", "pk")
    page = paginate(request, queries_blind.found(rows, words) if words else rows)
    context = {
        "form": form,
        "page": page,
        "lines": queries_blind.lines(list(page), words),
        "interests": request.user.cases_interests.select_related("field").order_by("field__position"),
    }
    return TemplateResponse(request, "cases/scoring/mine.html", context)


@requires(Permission.SCORE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Read one case and give or change the opinion on it; one of the three reviews is done on the case's own page."""
    row = _load(request, pk)
    if row.task != Task.SCORE:
        return redirect(row.case)
    questions, versions = reading.questions(row.case), reading.versions(row)
    own = versions[-1] if versions else None
    form = ScoreForm(request.POST or None, questions=questions, case=row.case, review=own)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        said = {name: asked[name] for name in ("revision", "comment", "confidence")}
        try:
            actions.give(assignment=row, answers=form.answers, by=request.user, **said)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("Your opinion on %(number)s is kept.") % {"number": row.case.number})
            return redirect(row)
    return _sheet_page(request, row, form, versions, status)


def _sheet_page(request, row, form, versions, status):
    is_hidden = queries_blind.hides(row)
    photos = list(row.case.photos.order_by("position", "pk"))
    others = reading.of_case(row.case, request.user)
    if others is not None:
        others = [each for each in others if each.reviewer_id != request.user.pk]
        others = queries_blind.without_names(others, row.case) if is_hidden else others
    face = queries_blind.face(row.case, is_hidden=is_hidden, photos=photos)
    context = {
        "assignment": row,
        "face": face,
        "photos": [(photo, face.captions[photo.pk]) for photo in photos],
        "form": form,
        "own": versions[-1] if versions else None,
        "changes": reading.changes(versions),
        "others": others,
        "closed": reading.closed_because(row, reading.today()),
        "peek": ReasonForm(prefix="peek") if is_hidden else None,
    }
    return TemplateResponse(request, "cases/scoring/sheet.html", context, status=status)


@requires(Permission.SCORE_CASES)
@require_POST
def peek(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the names of a blind case to its reviewer, for a reason that stays."""
    row = _load(request, pk)
    form = ReasonForm(request.POST, prefix="peek")
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        actions.peek(assignment=row, reason=reason, by=request.user)
        messages.warning(request, _("The names are shown now, and that you looked is on record."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(row)


@requires(Permission.SCORE_CASES)
@require_safe
def photo(request: HttpRequest, pk: int, photo: int, size: str) -> HttpResponse:
    """Show a photo of a case one is to review."""
    row = _load(request, pk)
    return served(request, get_object_or_404(row.case.photos, pk=photo), size, name=f"review-{pk}-{photo}")


@requires(Permission.SCORE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    row = _load(request, pk)
    form = DeclineForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            assignments.decline(assignment=row, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("%(number)s is no longer with you.") % {"number": row.case.number})
            return redirect("cases:scoring_mine")
    context = {"assignment": row, "form": form}
    return TemplateResponse(request, "cases/scoring/decline.html", context, status=status)


@requires(Permission.SCORE_CASES)
@require_http_methods(["GET", "HEAD", "POST"])
def interests(request: HttpRequest) -> HttpResponse:
    liked = SubjectField.objects.visible_to(request.user).filter(interests__reviewer=request.user)
    form = InterestForm(request.POST if request.method == "POST" else None, initial={"fields_liked": liked})
    if request.method == "POST" and form.is_valid():
        assignments.set_interests(reviewer=request.user, fields=form.cleaned_data["fields_liked"])
        messages.success(request, _("Your fields of interest are kept."))
        return redirect("cases:scoring_mine")
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "cases/scoring/interests.html", {"form": form}, status=status)


def _load(request, pk):
    """The user's own assignment, standing; 404 for any other."""
    rows = queries_assignment.with_done(Assignment.objects.visible_to(request.user).standing()).with_row()
    return get_object_or_404(rows.select_related("case__call__rubric"), pk=pk, reviewer=request.user)
