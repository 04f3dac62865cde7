"""Calls for those who manage them: the list, making one, its settings, its lists, its rubric."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import queries_call as queries
from cases.actions import call as actions
from cases.actions import call_rows, rubric
from cases.forms.call import CallForm, CancelForm
from cases.forms.call_rows import CriterionRows, PartRows, PhaseRows, QuotasForm, TrackRows
from cases.models import Call
from cases.queries_recommend import with_numbers
from config.errors import Refused
from config.paging import paginate
from members.access import requires
from members.permissions import Permission

LISTS = {
    "tracks": (TrackRows, call_rows.set_tracks, gettext_lazy("Tracks")),
    "parts": (PartRows, call_rows.set_parts, gettext_lazy("Required parts")),
    "phases": (PhaseRows, call_rows.set_phases, gettext_lazy("Phases")),
}


@requires(Permission.READ_CASES, Permission.MANAGE_CALLS)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    page = paginate(request, queries.with_number(Call.objects.visible_to(request.user)))
    context = {
        "page": page,
        "entries": queries.entries(list(page), timezone.now()),
        "may_manage": request.user.has_permission(Permission.MANAGE_CALLS),
        "managed": set(Call.objects.visible_to(request.user).managed_by(request.user).values_list("pk", flat=True)),
    }
    return TemplateResponse(request, "cases/call/list.html", context)


@requires(Permission.MANAGE_CALLS)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = CallForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            call = actions.create(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("The draft stands. Look at tracks, parts, phases and rubric, then announce it.")
            )
            return redirect("cases:call_desk", pk=call.pk)
    return TemplateResponse(request, "cases/call/form.html", {"form": form})


@requires(Permission.MANAGE_CALLS)
@require_safe
def desk(request: HttpRequest, pk: int) -> HttpResponse:
    call = _load(request, pk)
    return _page(request, call, CancelForm())


@requires(Permission.MANAGE_CALLS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    call = _load(request, pk)
    form = CallForm(request.POST or None, user=request.user, call=call)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(call=call, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:call_desk", pk=pk)
    return TemplateResponse(request, "cases/call/form.html", {"form": form, "call": call})


@requires(Permission.MANAGE_CALLS)
@require_http_methods(["GET", "HEAD", "POST"])
def rows(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    call = _load(request, pk)
    rows_of, action, heading = LISTS[name]
    present = getattr(call, name).in_order().values(*rows_of.form.base_fields)
    return _rows(
        request, call, name, heading, rows_of(request.POST or None, initial=list(present), prefix=name), action
    )


@requires(Permission.MANAGE_CALLS)
@require_http_methods(["GET", "HEAD", "POST"])
def criteria(request: HttpRequest, pk: int) -> HttpResponse:
    call = _load(request, pk)
    formset = CriterionRows(request.POST or None, initial=queries.criteria_rows(call), prefix="criteria")
    return _rows(request, call, "criteria", _("Rubric"), formset, rubric.set_criteria)


@requires(Permission.MANAGE_CALLS)
@require_http_methods(["GET", "HEAD", "POST"])
def quotas(request: HttpRequest, pk: int) -> HttpResponse:
    call = _load(request, pk)
    form = QuotasForm(request.POST or None, call=call)
    if request.method == "POST" and form.is_valid():
        try:
            call_rows.set_quotas(call=call, rows=form.cleaned_data["lines"], by=request.user)
        except Refused as refusal:
            form.add_error("lines", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:call_desk", pk=pk)
    return TemplateResponse(request, "cases/call/quotas.html", {"call": call, "form": form})


@requires(Permission.MANAGE_CALLS)
@require_POST
def announce(request: HttpRequest, pk: int) -> HttpResponse:
    call = _load(request, pk)
    try:
        actions.announce(call=call, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The call is public now."))
    return redirect("cases:call_desk", pk=pk)


@requires(Permission.MANAGE_CALLS)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    call = _load(request, pk)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _page(request, call, form, status=422)
    try:
        actions.cancel(call=call, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:call_desk", pk=pk)


def _load(request, pk):
    calls = Call.objects.visible_to(request.user).managed_by(request.user)
    return get_object_or_404(calls.select_related("organisation", "rubric").prefetch_related("phases"), pk=pk)


def _rows(request, call, name, heading, formset, action):
    if request.method == "POST" and formset.is_valid():
        try:
            action(call=call, rows=formset.rows(), by=request.user)
        except Refused as refusal:
            formset.non_form_errors().append(str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:call_desk", pk=call.pk)
    context = {"call": call, "formset": formset, "name": name, "heading": heading}
    return TemplateResponse(request, "cases/call/rows.html", context)


def _page(request, call, form, status=200):
    tally = queries.tally(call)
    context = {
        "call": call,
        "form": form,
        "steps": queries.timeline(call, timezone.now()),
        "too_early": queries.too_early(call),
        "tally": tally,
        **queries.links(call, request.user, tally),
        "parts": call.parts.in_order(),
        "criteria": call.rubric.criteria.in_order(),
        "quotas": with_numbers(call.quotas.select_related("body")).order_by("body__path"),
    }
    return TemplateResponse(request, "cases/call/desk.html", context, status=status)
