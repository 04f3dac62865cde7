"""The call of a case: what it asks for on the case's page, and choosing another one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import queries, queries_call, queries_recommend, workflow
from cases.actions import call_entry
from cases.forms.call_choice import PlaceForm
from cases.models import Case
from cases.queries_callcheck import of_case
from config.errors import Refused
from members.access import requires
from members.models import User
from members.permissions import Permission


def panel(case: Case, user: User) -> dict:
    """What the page of a case says of its call; no query more for a case in none."""
    may_choose = case.state not in workflow.ENDED and _may_choose(case, user)
    chain = queries_recommend.chain(case)
    needs_word = case.call is not None and case.call.needs_recommendation
    return {
        "findings": of_case(case),
        "chain": chain,
        "lacks_word": needs_word and not (chain and all(link.is_passed for link in chain)),
        "is_desk": queries.reads_desk(case, user),
        "may_state": case.call is not None and bool(case.call.statement) and queries.is_author(case, user),
        "may_choose": may_choose and (case.call_id is None or queries_call.may_move(case)),
    }


@requires(Permission.EDIT_CASE, Permission.SUBMIT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not _may_choose(case, request.user):
        raise PermissionDenied
    is_editor = request.user.has_permission(Permission.EDIT_CASE, case.organisation)
    form = PlaceForm(request.POST or None, case=case, with_closed=is_editor)
    if request.method == "POST" and form.is_valid():
        call, track = form.cleaned_data["place"]
        try:
            call_entry.move(case=case, call=call, track=track, by=request.user)
        except Refused as refusal:
            form.add_error("place", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(case)
    return TemplateResponse(request, "cases/call/choose.html", {"case": case, "form": form})


@requires(Permission.SUBMIT_CASE)
@require_POST
def state(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    try:
        call_entry.state(case=case, statement=request.POST.get("stated", ""), by=request.user)
        messages.success(request, _("Confirmed. It is kept with the case."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(case)


def _may_choose(case, user):
    return user.has_permission(Permission.EDIT_CASE, case.organisation) or queries.is_author(case, user)
