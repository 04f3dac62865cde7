"""The desk: queues, one case, who has it, and its decisions."""

import re

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cases import queries, queues, workflow
from cases.actions import case as case_actions
from cases.actions import review
from cases.evidence.figures import in_context
from cases.forms.contact import RevealContactForm
from cases.forms.review import DecisionForm, QueueFilterForm
from cases.models import Case, Decision
from config.errors import Refused
from config.numbers import whole_number
from config.paging import Column, Sorting, paginate
from members.access import requires, signed_in
from members.permissions import Permission

NUMBER = re.compile(r"[0-9]{1,18}")
COLUMNS = {
    "number": Column("number", gettext_lazy("Number"), ("year", "sequence")),
    "title": Column("title", gettext_lazy("Title"), ("title",)),
    "organisation": Column("organisation", gettext_lazy("Submitted by"), ("organisation__name",)),
    "state": Column("state", gettext_lazy("State"), ("state", "state_since")),
    "holder": Column("holder", gettext_lazy("With"), ("held_by__name",)),
    "since": Column("since", gettext_lazy("In this state"), ("state_since",)),
}
DECIDERS = (
    Permission.EDIT_CASE,
    Permission.SUBMIT_CASE,
    Permission.SIGN_FIRST,
    Permission.SIGN_SECOND,
    Permission.SIGN_FINAL,
    Permission.PUBLISH_CASE,
)


@requires(Permission.READ_DESK)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return _list(request, queues.BY_NAME["all"])


@requires(Permission.READ_DESK)
@require_safe
def queue(request: HttpRequest, name: str) -> HttpResponse:
    return _list(request, _named(name, is_author_side=False))


@requires(Permission.SUBMIT_CASE)
@require_safe
def ours(request: HttpRequest, name: str) -> HttpResponse:
    return _list(request, _named(name, is_author_side=True))


def _named(name, *, is_author_side):
    chosen = queues.BY_NAME.get(name)
    if chosen is None or chosen.is_author_side != is_author_side:
        raise Http404
    return chosen


def _list(request, chosen):
    hidden = {"state"} if chosen.has_one_state else {"holder"} if chosen.is_author_side else set()
    columns = [column for key, column in COLUMNS.items() if key not in hidden]
    sorting = Sorting(request, columns, default=chosen.sort)
    filters = QueueFilterForm(request.GET)
    rows = filters.narrow(queues.rows(chosen, request.user)).with_row().order_by(*sorting.order_by)
    context = {
        "queue": chosen,
        "counts": queues.counts(request.user),
        "filters": filters,
        "heads": sorting.heads,
        "sort": request.GET.get("sort", ""),
        "page": paginate(request, rows),
        "stale_days": queues.STALE_DAYS,
    }
    return TemplateResponse(request, "cases/review/queue.html", context)


@signed_in
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(*DECIDERS)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load(request, pk)
    kind = request.POST.get("kind")
    if kind not in Decision.Kind.values:
        raise BadRequest
    has_permission = lambda permission: request.user.has_permission(permission, case.organisation)  # noqa: E731
    if not workflow.may_ever(kind, has_permission=has_permission, is_author=queries.is_author(case, request.user)):
        raise PermissionDenied
    form = DecisionForm(request.POST, kind=kind, case=case, user=request.user)
    place = _place(request, case)
    if not form.is_valid():
        return _page(request, case, unsent=form, status=422)
    try:
        decision = review.decide(case=case, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, _load(request, pk), unsent=form, status=409)
    said = {"decision": decision.get_kind_display(), "state": decision.get_to_state_display()}
    messages.success(request, _("%(decision)s: done. The case is now: %(state)s.") % said)
    return _back(request, case, then=place.following if place else None)


@requires(Permission.EDIT_CASE)
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load_to_edit(request, pk)
    try:
        case_actions.take(case=case, by=request.user, instead_of=whole_number(request.POST.get("instead_of")))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _back(request, case)
    messages.success(request, _("You have %(number)s now.") % {"number": case.number})
    return redirect("cases:revision_edit", pk) if request.POST.get("then") == "edit" else _back(request, case)


@requires(Permission.EDIT_CASE)
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load_to_edit(request, pk)
    try:
        case_actions.release(case=case, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(number)s is back on the pile.") % {"number": case.number})
    return _back(request, case)


def _place(request, case):
    """The place of the case in the queue that `?queue=` names; None where it names none that the user has."""
    queue = queues.BY_NAME.get(request.GET.get("queue"))
    if queue is None or not request.user.has_permission(queue.permission):
        return None
    then = request.GET.get("then", "")
    return queues.place(queue, request.user, case, int(then) if NUMBER.fullmatch(then) else None)


def _back(request, case, then=None):
    """Go to the page of the case, within the queue its reader came from, naming the one to go on with."""
    queue = queues.BY_NAME.get(request.GET.get("queue"))
    asked = {"queue": queue.name} if queue is not None else {}
    if queue is not None and then is not None:
        asked["then"] = then.pk
    return redirect(f"{case.get_absolute_url()}?{urlencode(asked)}" if asked else case)


def _load(request, pk):
    return get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)


def _load_to_edit(request, pk):
    case = _load(request, pk)
    if not request.user.has_permission(Permission.EDIT_CASE, case.organisation):
        raise PermissionDenied
    return case


def _page(request, case, unsent=None, status=200):
    """The page of a case; `unsent` is a decision that was not made, so that nothing typed is lost."""
    user = request.user
    dossier = queries.dossier(case, user)
    place = _place(request, case)
    is_editor = user.has_permission(Permission.EDIT_CASE, case.organisation)
    forms = {kind: DecisionForm(kind=kind, case=case, user=user) for kind in queries.available_decisions(case, user)}
    lost = None
    if unsent is not None and unsent.decision in forms:
        forms[unsent.decision] = _again(unsent, case, user)
    elif unsent is not None:
        lost = unsent
    if dossier.returned is not None and dossier.returned.is_current_text and unsent is None:
        forms.pop(Decision.Kind.RESUBMIT, None)  # an unchanged text would be refused: the page says to change it
    context = {
        "case": case,
        "dossier": dossier,
        "figures": in_context(case.current_revision.body) if dossier.is_desk else [],
        "status": case.status if dossier.is_desk else case.status.public,
        "place": place,
        "queue": place.queue if place else _queue_of(case, user),
        "forward": [form for form in forms.values() if not form.needs_note],
        "others": [form for form in forms.values() if form.needs_note and form.decision != Decision.Kind.RETRACT],
        "unsent": unsent,
        "lost": lost,
        "may_edit": queries.may_edit(case, user),
        "may_publish": user.has_permission(Permission.PUBLISH_CASE, case.organisation),
        "may_moderate": user.has_permission(Permission.MODERATE_COMMENTS, case.organisation),
        "contact": RevealContactForm() if case.contact_cipher and is_editor else None,
        "may_take": case.status in workflow.HELD and is_editor,
    }
    return TemplateResponse(request, "cases/review/detail.html", context, status=status)


def _again(form, case, user):
    """The refused form with what was typed, now about the revision that the fresh page shows."""
    data = {**form.data.dict(), "revision": case.current_revision_id, "seen_state": case.state}
    fresh = DecisionForm(data, kind=form.decision, case=case, user=user)
    fresh.is_valid()
    return fresh


def _queue_of(case, user):
    """The queue a reader came from in all likelihood: the one of the case's state."""
    names = [case.state, "ended"] if case.status not in workflow.ENDED else ["ended"]
    found = next((queues.BY_NAME[name] for name in names if name in queues.BY_NAME), None)
    return found if found is not None and user.has_permission(found.permission) else None
