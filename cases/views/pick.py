"""Filling the list of a public notice from the scores: a proposal to look at, entered only as it was shown."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import queries_notice
from cases import queries_pick as reading
from cases.actions import notice as actions
from cases.forms.assignment import fingerprint
from cases.forms.pick import PickForm
from cases.models import Call
from config.errors import Refused
from members.access import requires
from members.permissions import Permission

SHOWN = 20  # of the cases that cannot be ranked; the scores page has them all


@requires(Permission.MANAGE_CALLS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose a list; it is entered only as it was shown."""
    calls = Call.objects.visible_to(request.user).managed_by(request.user)
    call = get_object_or_404(calls.select_related("organisation").prefetch_related("phases"), pk=pk)
    rows = reading.rows_of(call, request.user)
    form = PickForm(request.GET if "by" in request.GET else None, initial=_begin(call, rows))
    plan = _plan(call, rows, form) if form.is_bound and form.is_valid() else None
    if request.method == "POST" and plan is not None:
        if request.POST.get("seen") != fingerprint(plan.said):
            messages.warning(
                request, _("The scores or the list have changed since you looked. This is what it is now.")
            )
        elif not plan.is_open and _enter(request, call, plan):
            return redirect("cases:notice_shortlist", pk=pk)
    context = {
        "call": call,
        "form": form,
        "plan": plan,
        "ranked": sum(reading.missing(row, "raw") is None for row in rows),
        "total": len(rows),
        "left_out": [(why, cases[:SHOWN], len(cases)) for why, cases in plan.left_out.items()] if plan else [],
        "seen": fingerprint(plan.said) if plan else "",
        "is_shown": queries_notice.is_shown(call, timezone.now()),
        "ticked": sorted(form.ticked),
    }
    status = 422 if request.method == "POST" and plan is None else 200
    return TemplateResponse(request, "cases/pick/page.html", context, status=status)


def _begin(call, rows):
    return {"by": reading.by_default(rows), "keeps": queries_notice.standing(call).exists()}


def _plan(call, rows, form):
    asked = form.cleaned_data
    by, keeps = asked["by"], asked["keeps"]
    if form.ticked:
        return reading.ticked(call, rows, form.ticked, asked["honour"], by, keeps=keeps)
    return reading.first(call, rows, asked["shares"], by, form.answers, keeps=keeps)


def _enter(request, call, plan):
    entered = reading.to_enter(plan)
    try:
        actions.set_list(call=call, rows=entered, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    said = _("The list has %(count)d cases now: %(new)d came on it, %(gone)d fell off.")
    messages.success(request, said % {"count": len(entered), "new": plan.comes, "gone": len(plan.falls_off)})
    return True
