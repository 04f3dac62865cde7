"""Calls for the public: the list, and one call with its rules, its criteria and what came in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import queries_call as queries
from cases import queries_notice as notice
from cases.exports import call_notice
from cases.exports.word import CONTENT_TYPE
from cases.models import Call
from cases.views.export import sent
from config.paging import paginate
from members.access import public
from members.permissions import Permission


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.with_number(Call.objects.public()))
    context = {"page": page, "entries": queries.entries(list(page), timezone.now())}
    return TemplateResponse(request, "cases/call/index.html", context)


@public
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Call.objects.visible_to(request.user).select_related("organisation", "rubric").prefetch_related("phases")
    call = get_object_or_404(rows, pk=pk)
    user, now = request.user, timezone.now()
    tally = queries.tally(call)
    context = {
        "call": call,
        "steps": queries.timeline(call, now),
        "is_open": call.is_open_at(now),
        "is_over": call.state == Call.State.ANNOUNCED and now >= call.closes_at,
        "tally": tally,
        **queries.links(call, user, tally),
        "parts": call.parts.in_order(),
        "criteria": call.rubric.criteria.in_order(),
        "quotas": call.quotas.select_related("body").order_by("body__path"),
        "listed": notice.standing(call) if notice.is_shown(call, now) else [],
        "objections": notice.tally(call) if notice.is_shown(call, now) else None,
        "may_object": notice.takes_objections(call, now),
        "notice": notice.phase_of(call),
        "may_manage": user.is_authenticated and user.has_permission(Permission.MANAGE_CALLS, call.organisation),
        "may_submit": user.is_authenticated and user.has_permission(Permission.SUBMIT_CASE),
    }
    return TemplateResponse(request, "cases/call/page.html", context)


@public
@require_safe
def notice_word(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the notice of a call to be printed; of a draft to those who manage it."""
    rows = Call.objects.visible_to(request.user).select_related("organisation", "rubric").prefetch_related("phases")
    call = get_object_or_404(rows, pk=pk)
    data = call_notice.word(call, request.build_absolute_uri(call.get_absolute_url()))
    label = _("Notice of the call")
    return sent(data, CONTENT_TYPE, f"{call.name} {label}.docx")
