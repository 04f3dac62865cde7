"""The checklist of a return: collecting items, judging answers, and more time for the unit."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import queries, queries_question, queries_returns
from cases.actions import returns, returns_time
from cases.actions.question import may_answer
from cases.forms.returns import CollectForm, JudgeForm, SettleTimeForm, TimeForm
from cases.models import Case, RequestItem, RevisionRequest
from cases.views.queue import on_trail
from config.errors import Refused
from members.access import requires
from members.models import User
from members.permissions import Permission


def lists_of(case: Case, user: User, dossier: queries.Dossier) -> dict:
    """Return what a case's page shows of checklists: what was asked last, about which figures, and next."""
    is_editor = user.has_permission(Permission.EDIT_CASE, case.organisation)
    return {
        "asked": _asked(case) if dossier.returned is not None else None,
        "collected": queries_returns.collected(case) if is_editor else [],
        "collect": CollectForm(auto_id="id_collect_%s") if is_editor and case.status in returns.COLLECTED_IN else None,
        "may_judge": queries.may_judge(case, user),
        "waiting_questions": queries_question.waiting(case) if may_answer(case, user) else [],
        "may_settle": is_editor,
        "replace_url": reverse("cases:revision_replace", args=[case.pk]) if queries.may_replace(case, user) else "",
        "time_url": reverse("cases:returns_ask_time", args=[case.pk]) if queries.is_author(case, user) else "",
    }


def _asked(case):
    """The last checklist; once it is answered, with what became of each item's paragraph."""
    asked = queries_returns.checklist(case)
    if asked is None or not asked.request.closed_at or not asked.items:
        return asked
    seen = asked.request.decision.revision
    if seen.digest == case.current_revision.digest:
        return asked
    return queries_returns.with_changes(asked, seen.body, case.current_revision.body)


@requires(Permission.EDIT_CASE)
@require_POST
def collect(request: HttpRequest, pk: int) -> HttpResponse:
    case = _to_edit(request, get_object_or_404(Case.objects.visible_to(request.user), pk=pk))
    form = CollectForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors["text"]))
        return _back(request, case)
    try:
        returns.collect(case=case, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Put on the list. The unit reads it once the case is returned."))
    return _back(request, case)


@requires(Permission.EDIT_CASE)
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    try:
        returns.drop(item=item, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken off the list."))
    return _back(request, item.case)


@requires(Permission.EDIT_CASE)
@require_POST
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    form = JudgeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This page is out of date. Look at the case as it is now, then try again."))
        return _back(request, item.case)
    try:
        returns.judge(item=item, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(request, item.case, f"#item-{item.pk}")


@requires(Permission.SUBMIT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_time(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.visible_to(request.user).select_related("organisation"), pk=pk)
    form = TimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            returns_time.ask(case=case, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The editors are asked for more time. You will be told what they say."))
        return redirect(case)
    asked = queries_returns.standing(case) if queries.is_author(case, request.user) else None
    context = {"case": case, "form": form, "asked": asked}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "cases/returns/more_time.html", context, status=status)


@requires(Permission.EDIT_CASE)
@require_POST
def settle_time(request: HttpRequest, pk: int) -> HttpResponse:
    rows = RevisionRequest.objects.visible_to(request.user).select_related("case__organisation")
    asked = get_object_or_404(rows, pk=pk)
    case = _to_edit(request, asked.case)
    form = SettleTimeForm(request.POST)
    if not form.is_valid():
        raise BadRequest
    try:
        asked = returns_time.settle(request=asked, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Settled: due on %(day)s.") % {"day": date_format(asked.due_on)})
    return _back(request, case)


def _item(request, pk):
    items = RequestItem.objects.visible_to(request.user).select_related("case__organisation")
    item = get_object_or_404(items, pk=pk)
    _to_edit(request, item.case)
    return item


def _to_edit(request, case):
    """Return the case. Raises: PermissionDenied to whoever does not edit it at the desk."""
    if not request.user.has_permission(Permission.EDIT_CASE, case.organisation):
        raise PermissionDenied
    return case


def _back(request, case, anchor="#checklist"):
    return redirect(on_trail(request, case.get_absolute_url()) + anchor)
