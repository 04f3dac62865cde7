"""The recommending body's side of a call: what waits, its list in ranks, one case, sending the list."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import queries_recommend as queries
from cases.actions import recommend as actions
from cases.forms.recommend import RecommendForm
from cases.models import Quota, Recommendation
from cases.queries_callcheck import of_case
from config.errors import FileRefused, Refused
from config.paging import paginate
from config.uploads import storage
from config.uploads.gate import content_type_of
from config.uploads.handlers import kept_in_memory, oversized
from config.uploads.names import safe_name
from members.access import requires
from members.permissions import Permission


@requires(Permission.RECOMMEND_CASE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    rows = Quota.objects.visible_to(request.user).select_related("call__organisation", "body")
    page = paginate(request, queries.with_numbers(rows).order_by("-call__closes_at", "body__path", "pk"))
    return TemplateResponse(request, "cases/recommend/list.html", {"page": page})


@requires(Permission.RECOMMEND_CASE, Permission.MANAGE_CALLS)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    quota = _load(request, pk)
    rows = list(queries.decided(quota))
    listed = [row for row in rows if row.state == Recommendation.State.RECOMMENDED]
    may_recommend = request.user.has_permission(Permission.RECOMMEND_CASE, quota.body)
    context = {
        "quota": quota,
        "listed": listed,
        "others": [row for row in rows if row.state != Recommendation.State.RECOMMENDED],
        "waiting": paginate(request, queries.waiting(quota)),
        "is_open": queries.is_open(quota, timezone.now()) and may_recommend,
        "may_reopen": request.user.has_permission(Permission.MANAGE_CALLS, quota.call.organisation),
        "last": queries.last_day(quota),
    }
    return TemplateResponse(request, "cases/recommend/detail.html", context)


@requires(Permission.RECOMMEND_CASE)
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, pk: int, case_pk: int) -> HttpResponse:
    quota = _load(request, pk)
    found = get_object_or_404(queries.reached(quota).with_row(), pk=case_pk)
    earlier = quota.recommendations.filter(case=found).first()
    form = RecommendForm(
        request.POST or None, request.FILES or None, case=found, earlier=earlier, oversized=oversized(request)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide(quota=quota, case=found, by=request.user, **form.for_decide())
        except Refused as refusal:
            form.add_error("form" if isinstance(refusal, FileRefused) else None, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return redirect("cases:recommend_detail", pk=pk)
    context = {
        "quota": quota,
        "case": found,
        "earlier": earlier,
        "form": form,
        "findings": of_case(found),
        "is_open": queries.is_open(quota, timezone.now()),
    }
    return TemplateResponse(request, "cases/recommend/case.html", context)


@requires(Permission.RECOMMEND_CASE)
@require_POST
def rank(request: HttpRequest, pk: int, recommendation: int, way: str) -> HttpResponse:
    quota = _load(request, pk)
    row = get_object_or_404(quota.recommendations.select_related("case", "quota"), pk=recommendation)
    try:
        if way == "off":
            actions.take_off(recommendation=row, by=request.user)
        else:
            actions.move(recommendation=row, up=way == "up", by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:recommend_detail", pk=pk)


@requires(Permission.RECOMMEND_CASE)
@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    quota = _load(request, pk)
    try:
        actions.send(quota=quota, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The list is sent and stands now."))
    return redirect("cases:recommend_detail", pk=pk)


@requires(Permission.MANAGE_CALLS)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    quota = _load(request, pk)
    try:
        actions.reopen(quota=quota, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:recommend_detail", pk=pk)


@requires(Permission.RECOMMEND_CASE, Permission.READ_DESK)
@require_safe
def form(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the scan of the stamped form, as a download."""
    row = get_object_or_404(Recommendation.objects.visible_to(request.user), pk=pk)
    if not row.form_sha256:
        raise Http404
    return storage.served(
        request,
        shelf=storage.ORIGINALS,
        sha256=row.form_sha256,
        content_type=content_type_of(row.form_name),
        filename=safe_name(row.form_name),
    )


def _load(request, pk):
    rows = Quota.objects.visible_to(request.user).select_related("call__organisation", "body", "sent_by")
    return get_object_or_404(rows, pk=pk)
