"""Other people's figures: the list with its export, a new one, a platform's month, one with its older versions."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from config.uploads import gate
from members import audit
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import figure as actions
from services.forms.activity import VoidForm
from services.forms.figure import AlertsForm, FigureFilterForm, FigureForm
from services.indicators import columns, sheets
from services.models import Figure
from services.models.ledger import VoidReason
from services.queries import attachment as files
from services.queries import figure as queries
from services.queries import scope


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form = FigureFilterForm(request.GET or None, user=request.user)
    rows = queries.listed(request.user, form.cleaned_data if form.is_bound and form.is_valid() else {})
    context = {
        "form": form,
        "page": paginate(request, rows.with_row().newest_first()),
        "may_enter": request.user.has_permission(Permission.ENTER_FIGURES),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": [(name, value) for name, value in request.GET.items() if name in form.fields],
    }
    return TemplateResponse(request, "services/figure/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send exactly what the list shows with these filters, and leave an audit row."""
    form = FigureFilterForm(request.POST, user=request.user)
    asked = {name: request.POST[name] for name in form.fields if request.POST.get(name)}
    if not form.is_valid():
        messages.error(request, _("The list cannot be exported with these filters. Correct them first."))
        return redirect(f"{reverse('services:figure_list')}?{urlencode(asked)}")
    rows = queries.listed(request.user, form.cleaned_data).within(request.user, Permission.EXPORT_LEDGER)
    table, rows = columns.table_of(rows), list(columns.ordered(rows))
    about = [(str(form[name].label), value) for name, value in asked.items()]
    title, lines = _("Figures of others"), (table.cells(row) for row in rows)
    data = sheets.workbook(title, [(_("Rows"), str(len(rows))), *about], table.heads, lines)
    audit.record(actor=request.user, event="ledger.export", key="figures", count=len(rows))
    headers = {"Content-Disposition": content_disposition_header(True, f"{title} {timezone.localdate():%Y-%m-%d}.xlsx")}
    return HttpResponse(data, content_type=sheets.CONTENT_TYPE, headers=headers)


@requires(Permission.ENTER_FIGURES)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    asked = {name: request.GET[name] for name in ("label", "unit", "source_name") if name in request.GET}
    form = FigureForm(request.POST or None, request.FILES or None, user=request.user, initial=asked)
    if request.method == "POST" and form.is_valid():
        paper = form.cleaned_data["paper"]
        owned = {name: form.cleaned_data[name] for name in ("organisation", "once")}
        try:
            papers = [(paper.name, gate.read("attachment", paper))] if paper else []
            made, is_new = actions.enter(by=request.user, papers=papers, **owned, **form.figure)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Entered.") if is_new else _("This entry was here already: nothing is doubled.")
            )
            return redirect(made)
    return _form_page(request, form)


@requires(Permission.ENTER_FIGURES)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a new number in the place of one; the older one stays on record."""
    found = _load(request, pk)
    form = FigureForm(request.POST or None, user=request.user, figure=found)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.correct(figure=found, once=form.cleaned_data["once"], by=request.user, **form.figure)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Corrected: the older figure stays on record and no longer counts."))
            return redirect(made)
    return _form_page(request, form, found)


@requires(Permission.ENTER_FIGURES)
@require_http_methods(["GET", "HEAD", "POST"])
def alerts(request: HttpRequest) -> HttpResponse:
    """Enter a month of a platform's reminders; below, the last year of them."""
    form = AlertsForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        made, shared = form.figures
        try:
            actions.enter_many(by=request.user, figures=made, **shared)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Entered."))
            return redirect("services:figure_alerts")
    own = scope.own_body(request.user)
    context = {"form": form, "chart": queries.alerts_chart(own, timezone.localdate()) if own else None}
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/figure/alerts.html", context, status=status)


@requires(Permission.READ_LEDGER)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    may_change = found.voided_at is None and request.user.has_permission(Permission.ENTER_FIGURES, found.organisation)
    context = {
        "figure": found,
        "shelf": files.shelf(found, request.user),
        "versions": queries.versions(found),
        "others": queries.same_series(found)[:24],
        "reading": queries.reading_url(found),
        "may_change": may_change,
        "void_form": VoidForm() if may_change else None,
    }
    return TemplateResponse(request, "services/figure/detail.html", context)


@requires(Permission.ENTER_FIGURES)
@require_POST
def void(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = VoidForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose why the entry is taken back."))
        return redirect(found)
    try:
        actions.void(figure=found, reason=VoidReason(form.cleaned_data["reason"]), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back: it no longer counts."))
    return redirect(found)


def _load(request: HttpRequest, pk: int) -> Figure:
    rows = Figure.objects.visible_to(request.user).with_row().select_related("voided_by", "corrected_by")
    return get_object_or_404(rows, pk=pk)


def _form_page(request: HttpRequest, form: FigureForm, figure: Figure | None = None) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/figure/form.html", {"form": form, "figure": figure}, status=status)
