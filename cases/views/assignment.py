"""Who reviews what: cases of a list given out, and the reviewers of one case."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import queries, queries_scoring
from cases import queries_assignment as reading
from cases.actions import assignment as actions
from cases.forms.assignment import GiveForm, LiftForm, ReasonForm, SpreadForm, TaskForm, fingerprint
from cases.models import Case
from cases.models.assignment import Task
from cases.views.queue import kept, listed, named
from config.errors import Refused
from config.text import unseen
from members.access import requires
from members.models import User
from members.permissions import Permission

PREVIEWED = 50


@requires(Permission.ASSIGN_REVIEWS)
@require_http_methods(["GET", "HEAD", "POST"])
def spread(request: HttpRequest, name: str) -> HttpResponse:
    """Propose reviewers for the cases of a list; the proposal is entered only as it was shown."""
    chosen = named(name, is_author_side=False)
    filters, _sorting, rows = listed(request, chosen)
    task = TaskForm(request.GET).chosen
    people = reading.candidates(task, request.user)
    call = filters.cleaned_data.get("call") if filters.is_valid() and task == Task.SCORE else None
    until = queries_scoring.last_day(call, timezone.localdate())
    form = SpreadForm(request.GET if "people" in request.GET else None, people=people, task=task, until=until)
    plan = None
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        plan = reading.plan(rows, form.chosen, task, asked.get("each") or 1, asked["most"])
    if request.method == "POST" and plan is not None:
        if request.POST.get("seen") != fingerprint(plan.done.pairs):
            messages.warning(
                request, _("What can be given out has changed since you looked. This is the new proposal.")
            )
        elif _enter(request, plan, task, form.cleaned_data["due_on"]):
            return redirect(f"{chosen.get_absolute_url()}?{urlencode(kept(request))}")
    context = {
        "queue": chosen,
        "narrowed": filters.chosen_words,
        "kept": kept(request),
        "form": form,
        "task": Task(task),
        "tasks": list(Task),
        "total": reading.assignable(rows, task).count(),
        "at_once": reading.AT_ONCE,
        "table": _table(form, plan),
        "plan": plan,
        "seen": fingerprint(plan.done.pairs) if plan else "",
        "shown": _shown(plan) if plan else [],
    }
    status = 422 if request.method == "POST" and plan is None else 200
    return TemplateResponse(request, "cases/assignment/spread.html", context, status=status)


def _enter(request, plan, task, due_on):
    try:
        made = actions.give(pairs=plan.done.pairs, task=task, due_on=due_on, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    said = ngettext("%(count)d assignment entered.", "%(count)d assignments entered.", len(made))
    messages.success(request, said % {"count": len(made)})
    return True


def _table(form, plan):
    """The people to choose from, each with what they have and would get."""
    given, away = (plan.given, plan.kept_away) if plan else ({}, {})
    ticked = form.ticked
    return [(one, str(one.pk) in ticked, given.get(one.pk, 0), away.get(one.pk, 0)) for one in form.candidates]


def _shown(plan):
    """The first cases with their reviewers, those that lack some before the others."""
    names, by_case = {one.pk: one.user.name for one in plan.people}, plan.by_case
    touched = [case for case in plan.cases if case.pk in by_case or case.pk in plan.done.short]
    touched.sort(key=lambda case: -plan.done.short.get(case.pk, 0))
    return [
        (case, [names[pk] for pk in by_case.get(case.pk, ())], plan.done.short.get(case.pk, 0))
        for case in touched[:PREVIEWED]
    ]


@requires(Permission.READ_DESK)
@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    return _case_page(request, _desk_case(request, pk))


@requires(Permission.ASSIGN_REVIEWS)
@require_POST
def give(request: HttpRequest, pk: int) -> HttpResponse:
    found = _given_out(request, pk)
    task = TaskForm(request.POST).chosen
    form = GiveForm(request.POST, people=reading.candidates(task, request.user), task=task)
    if not form.is_valid():
        return _case_page(request, found, status=422, give=form)
    pairs = [(found.pk, int(form.cleaned_data["person"]))]
    try:
        actions.give(pairs=pairs, task=task, due_on=form.cleaned_data["due_on"], by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _case_page(request, found, status=409, give=form)
    messages.success(request, _("%(number)s was given out.") % {"number": found.number})
    return redirect("cases:assignment_case", pk)


@requires(Permission.ASSIGN_REVIEWS)
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    found = _given_out(request, pk)
    form = LiftForm(request.POST, people=reading.candidates(Task.SCORE, request.user))
    if not form.is_valid():
        return _case_page(request, found, status=422, lift=form)
    user = get_object_or_404(User, pk=form.cleaned_data["person"])
    try:
        actions.lift(case=found, user=user, reason=form.cleaned_data["reason"], by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _case_page(request, found, status=409, lift=form)
    messages.success(request, _("%(name)s may review this case now. It stands on the case's page.") % {"name": user})
    return redirect("cases:assignment_case", pk)


@requires(Permission.ASSIGN_REVIEWS)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(reading.of_cases_read_by(request.user), pk=pk)
    _given_out(request, row.case_id)  # whoever may give a case out may take it back
    reason = unseen.without_controls(request.POST.get("reason", ""))[:500]
    try:
        actions.take_back(assignment=row, reason=reason, by=request.user)
        messages.success(request, _("The case was taken back."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:assignment_case", row.case_id)


@requires(Permission.SCORE_CASES)
@require_POST
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep away from a case one sees on the desk; from then on one sees it no longer."""
    found = _desk_case(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _case_page(request, found, status=422, recuse=form)
    actions.recuse(case=found, reason=form.cleaned_data["reason"], by=request.user)
    messages.success(request, _("%(number)s is kept away from you from now on.") % {"number": found.number})
    return redirect("cases:scoring_mine")


def _desk_case(request, pk):
    found = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not queries.reads_desk(found, request.user):
        raise Http404
    return found


def _given_out(request, pk):
    found = _desk_case(request, pk)
    if not request.user.has_permission(Permission.ASSIGN_REVIEWS, found.organisation):
        raise PermissionDenied
    return found


def _case_page(request, found, status=200, **forms):
    """The reviewers of one case; `forms` are those with faults, so that nothing typed is lost."""
    user = request.user
    may_give = user.has_permission(Permission.ASSIGN_REVIEWS, found.organisation)
    context = {
        "case": found,
        "standing": reading.standing(found),
        "may_give": may_give,
        "recuse": forms.get("recuse") or (ReasonForm() if user.has_permission(Permission.SCORE_CASES) else None),
    }
    if may_give:
        task = TaskForm(request.GET if request.method == "GET" else request.POST).chosen
        people = reading.candidates(task, user)
        bars = reading.Bars([found], people, task)
        reasons = [(one, bars.why(found, one)) for one in people]
        free = [one for one, why in reasons if why is None] if reading.state_allows(task, found.state) else []
        own = [one for one, why in reasons if why in reading.CONFLICTS]
        context |= {
            "task": Task(task),
            "tasks": list(Task),
            "reasons": [(one, why.label) for one, why in reasons if why],
            "give": forms.get("give") or (GiveForm(people=free, task=task) if free else None),
            "lift": forms.get("lift") or (LiftForm(people=own) if own else None),
        }
    return TemplateResponse(request, "cases/assignment/case.html", context, status=status)
