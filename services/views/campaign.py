"""Campaigns: the list, one with its members, numbers and targets; entered, changed, closed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import campaign as actions
from services.forms.campaign import CampaignFilterForm, CampaignForm, CloseForm, LeaveForm, MembersForm
from services.indicators import columns, periods
from services.models import Campaign
from services.queries import attachment as files
from services.queries import campaign as queries
from services.queries.target import measured
from services.views import exporting


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    form = CampaignFilterForm(request.GET or None, user=request.user)
    rows = queries.listed(request.user, form.cleaned_data if form.is_bound and form.is_valid() else {}, today)
    rows = rows.select_related("organisation__region", "parent").order_by("form", "-starts_on", "name", "pk")
    page = paginate(request, rows)
    members = queries.members_of(list(page), periods.parse(f"asof:{today}", today))
    context = {
        "form": form,
        "page": page,
        "lines": [(campaign, members[campaign.pk], campaign.is_over(today)) for campaign in page],
        "may_manage": request.user.has_permission(Permission.MANAGE_CAMPAIGNS),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": exporting.asked(request, form).items(),
    }
    return TemplateResponse(request, "services/campaign/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    form = CampaignFilterForm(request.POST, user=request.user)
    if not form.is_valid():
        return exporting.refuse(request, form, "services:campaign_list")
    rows = queries.listed(request.user, form.cleaned_data, timezone.localdate())
    rows = columns.ordered(rows.within(request.user, Permission.EXPORT_LEDGER))
    table = columns.table_of(rows)
    return exporting.send(request, form, rows, table, _("Campaigns"), "services:campaign_list")


@requires(Permission.READ_LEDGER)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The campaign stands. Now say who takes part and what it promises."))
            return redirect(made)
    return TemplateResponse(request, "services/campaign/form.html", {"form": form})


@requires(Permission.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = CampaignForm(request.POST or None, user=request.user, campaign=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(campaign=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Changed."))
            return redirect(found)
    return TemplateResponse(request, "services/campaign/form.html", {"form": form, "campaign": found})


@requires(Permission.MANAGE_CAMPAIGNS)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    return _change(request, found, "close", CloseForm(request.POST), actions.close)


@requires(Permission.MANAGE_CAMPAIGNS)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    try:
        actions.reopen(campaign=found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


@requires(Permission.MANAGE_CAMPAIGNS)
@require_POST
def join(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = MembersForm(request.POST, user=request.user, campaign=found)
    return _change(request, found, "join", form, actions.add_members)


@requires(Permission.MANAGE_CAMPAIGNS)
@require_POST
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    return _change(request, found, "leave", LeaveForm(request.POST, campaign=found), actions.end_membership)


def _change(request, found, name, form, action):
    if not form.is_valid():
        return _page(request, found, status=422, **{name: form})
    try:
        action(campaign=found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, _load(request, found.pk), status=409, **{name: form})
    messages.success(request, _("Done."))
    return redirect(found)


def _load(request: HttpRequest, pk: int) -> Campaign:
    rows = Campaign.objects.visible_to(request.user).select_related("organisation__region", "parent", "created_by")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, found: Campaign, status: int = 200, **bound: object) -> HttpResponse:
    today, user = timezone.localdate(), request.user
    scope, period = queries.scope_of(found, user), queries.period_of(found, today)
    may_manage = user.has_permission(Permission.MANAGE_CAMPAIGNS, found.organisation)
    forms = {
        "close": CloseForm(),
        "join": MembersForm(user=user, campaign=found),
        "leave": LeaveForm(campaign=found),
    } | bound
    context = {
        "campaign": found,
        "is_over": found.is_over(today),
        "scope": scope,
        "period": period,
        "done": queries.done_in(found, scope, period),
        "has_tasks": queries.has_tasks(found),
        "members": found.memberships.select_related("body").order_by("-is_lead", "left_on", "body__name", "pk"),
        "member_count": queries.members_of([found], periods.parse(f"asof:{today}", today))[found.pk],
        "targets": measured(queries.targets_of(found, user), today),
        "parts": found.parts.visible_to(user).order_by("-starts_on", "name", "pk"),
        "activities": found.activities.visible_to(user).standing().with_row().newest_first()[:10],
        "shelf": files.shelf(found, user),
        "forms": forms if may_manage else {},
        "may_log": not found.is_over(today) and user.has_permission(Permission.LOG_ACTIVITY, found.organisation),
        "may_handle": user.has_permission(Permission.HANDLE_MATTER, found.organisation),
        "bound": list(bound.values()),
        "today": today,
    }
    return TemplateResponse(request, "services/campaign/detail.html", context, status=status)
