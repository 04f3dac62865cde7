"""The page of a county or city, and the report of a period: looked at, taken as Word or Excel, remembered when sent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.errors import Refused
from members import audit
from members.access import requires
from members.permissions import Permission
from services.actions import report as actions
from services.forms.indicator import ScopeForm
from services.forms.report import SendForm
from services.indicators import sheets
from services.indicators.registry import Scope
from services.models import Snapshot
from services.queries import dashboard as reading
from services.queries import scope as queries
from services.queries import template as templates_in
from services.reports import outline, template, writing

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@requires(Permission.READ_LEDGER)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    form = _form(request, request.GET)
    context = {"form": form}
    if form.is_valid() and form.cleaned_data["organisation"]:
        scope, period = Scope(form.cleaned_data["organisation"]), form.cleaned_data["period"]
        context |= {
            "tiles": reading.tiles(scope, period),
            "charts": reading.charts(scope, period),
            "scope": scope,
            "period": period,
        }
    return TemplateResponse(request, "services/report/dashboard.html", context, status=200 if form.is_valid() else 422)


@requires(Permission.READ_LEDGER)
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    form = _form(request, request.GET, period=reading.last_quarter(timezone.localdate()).text)
    context = {"form": form, "sending": SendForm()}
    if form.is_valid() and form.cleaned_data["organisation"]:
        organisation, period = form.cleaned_data["organisation"], form.cleaned_data["period"]
        context |= {
            "report": outline.build(Scope(organisation), period),
            "sent": Snapshot.objects.visible_to(request.user)
            .filter(organisation=organisation)
            .select_related("taken_by")
            .order_by("-taken_at", "-pk")[:10],
            "may_send": request.user.has_permission(Permission.SEND_REPORT, organisation),
            "may_export": request.user.has_permission(Permission.EXPORT_LEDGER, organisation),
            "spans": [(span, templates_in.last_whole(span, timezone.localdate())) for span in templates_in.Span],
        }
    return TemplateResponse(request, "services/report/page.html", context, status=200 if form.is_valid() else 422)


@requires(Permission.EXPORT_LEDGER)
@require_POST
def download(request: HttpRequest) -> HttpResponse:
    """Send the report as Word, or as a workbook with `as=excel`, and leave an audit row."""
    report = _report(request, Permission.EXPORT_LEDGER)
    if report is None:
        messages.error(request, _("This report cannot be made as it was asked for. Choose body and period again."))
        return redirect("services:report_page")
    is_excel = request.POST.get("as") == "excel"
    try:
        data = _made(report, "xlsx" if is_excel else "docx")
    except Refused as refusal:
        said = _("The template in use cannot be filled: %(reason)s Replace it, or take it out of use.")
        messages.error(request, said % {"reason": refusal})
        return redirect("services:template_index")
    audit.record(
        actor=request.user,
        event="ledger.export",
        target=report.scope.organisation,
        key="report",
        count=len(report.lines),
    )
    name = f"{writing.title_of(report)}.{'xlsx' if is_excel else 'docx'}".replace(":", "：")
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(data, content_type=sheets.CONTENT_TYPE if is_excel else WORD, headers=headers)


@requires(Permission.SEND_REPORT)
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    report, form = _report(request, Permission.SEND_REPORT), SendForm(request.POST)
    if report is None or not form.is_valid():
        messages.error(request, _("This report cannot be made as it was asked for. Choose body and period again."))
        return redirect("services:report_page")
    try:
        actions.send(report=report, sent_to=form.cleaned_data["sent_to"], by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("These numbers are remembered as sent."))
    asked = {"organisation": report.scope.organisation.code, "period": report.period.text}
    return redirect(f"{reverse('services:report_page')}?{urlencode(asked)}")


def _made(report: outline.Report, sort: str) -> bytes:
    """Return the file: by the county's own template where one is in use, else in the layout of official documents."""
    today = timezone.localdate()
    own = templates_in.in_force(report.scope.organisation, report.period, sort)
    if own is not None:
        return template.fill(templates_in.file_of(own), sort, report, date_format(today, "Y年n月j日"))
    return writing.excel(report) if sort == "xlsx" else writing.word(report, today)


def _report(request: HttpRequest, permission: Permission) -> outline.Report | None:
    form = ScopeForm(request.POST, user=request.user)
    if not form.is_valid() or form.cleaned_data["organisation"] is None:
        return None
    organisation = form.cleaned_data["organisation"]
    if not request.user.has_permission(permission, organisation):
        return None
    return outline.build(Scope(organisation), form.cleaned_data["period"])


def _form(request: HttpRequest, data: dict, period: str = "") -> ScopeForm:
    own = queries.own_body(request.user)
    start = {"organisation": own.code if own else "", "period": period or str(timezone.localdate().year)}
    return ScopeForm(start | {name: value for name, value in data.dict().items() if value}, user=request.user)
