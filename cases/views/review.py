"""The desk: one case, who has it, and its decisions."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases import (
    queries,
    queries_announcement,
    queries_approval,
    queries_assignment,
    queries_blind,
    queries_letter,
    queues,
    workflow,
)
from cases.actions import announcement, review, scoring
from cases.actions import case as case_actions
from cases.evidence.figures import in_context
from cases.forms.contact import RevealContactForm
from cases.forms.review import DecisionForm
from cases.models import Case, Decision
from cases.queries_photo import noted_in_order
from cases.views.annotation import notes_of
from cases.views.call_entry import panel
from cases.views.queue import on_trail, trail_of
from cases.views.returns import lists_of
from config.errors import Refused
from config.numbers import whole_number
from members.access import requires, signed_in
from members.permissions import Permission

DECIDERS = (
    Permission.EDIT_CASE,
    Permission.SUBMIT_CASE,
    Permission.SIGN_FIRST,
    Permission.SIGN_SECOND,
    Permission.SIGN_FINAL,
    Permission.PUBLISH_CASE,
)


@signed_in
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load(request, pk)
    if queries_blind.is_blind(case) and queries.reads_desk(case, request.user):
        scoring.note_look(case=case, by=request.user)
    return _page(request, case)


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
    trail = trail_of(request, case)
    if not form.is_valid():
        return _page(request, case, unsent=form, status=422)
    is_later = request.POST.get("when") == "later"
    try:
        decided = (announcement.hold if is_later else review.decide)(case=case, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, _load(request, pk), unsent=form, status=409)
    messages.success(request, _said(decided, is_later=is_later))
    return _back(request, case, then=trail.place.following if trail else None)


def _said(decided, *, is_later):
    if is_later:
        return _("%(decision)s: it waits to be announced.") % {"decision": decided.get_kind_display()}
    said = {"decision": decided.get_kind_display(), "state": decided.get_to_state_display()}
    return _("%(decision)s: done. The case is now: %(state)s.") % said


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
    if request.POST.get("then") == "edit":
        return redirect(on_trail(request, reverse("cases:revision_edit", args=[pk])))
    return _back(request, case)


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


def _back(request, case, then=None):
    return redirect(on_trail(request, case.get_absolute_url(), then))


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
    trail = trail_of(request, case)
    is_editor = user.has_permission(Permission.EDIT_CASE, case.organisation)
    forms = {kind: DecisionForm(kind=kind, case=case, user=user) for kind in queries.available_decisions(case, user)}
    lost = None
    if unsent is not None and unsent.decision in forms:
        forms[unsent.decision] = _again(unsent, case, user)
    elif unsent is not None:
        lost = unsent
    lists = lists_of(case, user, dossier) | notes_of(case, user) | _beside(case, user, dossier, is_editor)
    is_open = lists["asked"] is not None and not lists["asked"].is_answered
    if dossier.returned is not None and (dossier.returned.is_current_text or is_open) and unsent is None:
        forms.pop(Decision.Kind.RESUBMIT, None)  # it would be refused: the page says what is missing
    context = {
        "case": case,
        "dossier": dossier,
        **lists,
        "figures": in_context(case.current_revision.body) if dossier.is_desk else [],
        "photo_notes": noted_in_order(case, dossier.photos, user),
        "alike": queries.pairs_to_read(case, user) if dossier.is_desk else 0,
        "reviewing": queries_assignment.standing(case) if dossier.is_desk else None,
        "terms": queries.term_warnings(case) if dossier.is_desk else [],
        "status": case.status if dossier.is_desk else case.status.public,
        "trail": trail,
        "queue": trail.queue if trail else _queue_of(case, user),
        "forward": [form for form in forms.values() if not form.needs_note],
        "others": [form for form in forms.values() if form.needs_note and form.decision != Decision.Kind.RETRACT],
        "unsent": unsent,
        "lost": lost,
        "may_edit": queries.may_edit(case, user),
        "is_editor": is_editor,
        "may_publish": user.has_permission(Permission.PUBLISH_CASE, case.organisation),
        "may_moderate": user.has_permission(Permission.MODERATE_COMMENTS, case.organisation),
        "contact": RevealContactForm() if case.contact_cipher and is_editor else None,
        "may_take": case.status in workflow.HELD and is_editor,
    }
    return TemplateResponse(request, "cases/review/detail.html", context, status=status)


def _beside(case, user, dossier, is_editor):
    """What stands beside the text: where the case is, its call, what waits, the letters, whether a leader may sign."""
    is_final = case.status == Case.State.FINAL_REVIEW
    may_ask = is_final and user.has_permission(Permission.SIGN_FINAL, case.organisation)
    return {
        "called": panel(case, user),
        "told": queries.told(case),
        "may_ask": may_ask,
        "asked_by_link": queries_approval.latest(case) if is_final and dossier.is_desk else None,
        "pending": queries_announcement.waiting(case) if dossier.is_desk else None,
        "thread": queries_letter.thread(case, user) if is_editor else None,
    }


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
