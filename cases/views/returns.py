"""The checklist of a return, from the desk: collecting items, taking them off, judging answers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import queries, queries_returns
from cases.actions import returns
from cases.forms.returns import CollectForm, JudgeForm
from cases.models import Case, RequestItem
from cases.views.queue import on_trail
from config.errors import Refused
from members.access import requires
from members.models import User
from members.permissions import Permission


def lists_of(case: Case, user: User) -> dict:
    """Return what a case's page shows of checklists: what was asked last, and for the desk what is asked next."""
    is_editor = user.has_permission(Permission.EDIT_CASE, case.organisation)
    return {
        "asked": queries_returns.checklist(case),
        "collected": queries_returns.collected(case) if is_editor else [],
        "collect": CollectForm(auto_id="id_collect_%s") if is_editor and case.status in returns.COLLECTED_IN else None,
        "may_judge": queries.may_judge(case, user),
    }


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
