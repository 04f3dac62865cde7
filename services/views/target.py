"""Targets: the list with its bars, one promised, changed, withdrawn."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import target as actions
from services.forms.target import IndicatorForm, TargetFilterForm, TargetForm
from services.indicators import columns, registry
from services.models import Target
from services.queries import target as queries
from services.views import exporting

SHOWN = 20  # each costs the query of its own indicator


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    form = TargetFilterForm(request.GET or None, user=request.user)
    rows = queries.listed(request.user, form.cleaned_data if form.is_bound and form.is_valid() else {}, today)
    page = paginate(request, rows, SHOWN)
    context = {
        "form": form,
        "page": page,
        "targets": queries.measured(list(page), today),
        "may_manage": request.user.has_permission(Permission.MANAGE_CAMPAIGNS),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": exporting.asked(request, form).items(),
    }
    return TemplateResponse(request, "services/target/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send the list with what is reached today."""
    form, today = TargetFilterForm(request.POST, user=request.user), timezone.localdate()
    if not form.is_valid():
        return exporting.refuse(request, form, "services:target_list")
    rows = queries.listed(request.user, form.cleaned_data, today).within(request.user, Permission.EXPORT_LEDGER)
    table = columns.table_of(rows)
    reached = (_("Reached"), lambda row: queries.measured([row], today)[0].value)
    table = replace(table, columns=(*table.columns, reached))
    return exporting.send(request, form, rows, table, _("Targets"), "services:target_list")


@requires(Permission.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Ask which indicator, then for what it takes; the second form posts to the same address."""
    first = IndicatorForm(request.GET if "indicator" in request.GET else None, user=request.user)
    first.fields["campaign"].initial = request.GET.get("campaign")
    form = None
    if first.is_bound and first.is_valid():
        indicator = registry.get(first.cleaned_data["indicator"])
        campaign = first.cleaned_data["campaign"]
        form = TargetForm(request.POST or None, user=request.user, indicator=indicator, campaign=campaign)
        if request.method == "POST" and form.is_valid():
            try:
                made = actions.promise(by=request.user, **form.fields_of_target)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The target is set. What is reached is counted from the ledger."))
                return redirect(made.campaign or "services:target_list")
    return TemplateResponse(request, "services/target/form.html", {"first": first, "form": form})


@requires(Permission.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    try:
        indicator = registry.get(found.indicator)
    except Refused:
        raise Http404 from None
    form = TargetForm(request.POST or None, user=request.user, indicator=indicator, target=found)
    if request.method == "POST" and form.is_valid():
        try:
            changed = actions.change(target=found, by=request.user, **form.fields_of_target)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Changed."))
            return redirect(changed.campaign or "services:target_list")
    return TemplateResponse(request, "services/target/form.html", {"form": form, "target": found})


@requires(Permission.MANAGE_CAMPAIGNS)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    try:
        actions.withdraw(target=found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The target is withdrawn and counts nowhere."))
    return redirect(found.campaign or "services:target_list")


def _load(request: HttpRequest, pk: int) -> Target:
    rows = Target.objects.visible_to(request.user).select_related("campaign", "organisation")
    return get_object_or_404(rows, pk=pk)
