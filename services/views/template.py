"""A county's own report templates: taken in, looked at with real numbers, put in use, and put back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from config.uploads import gate, storage
from config.uploads.handlers import oversized
from members import audit
from members.access import requires
from members.permissions import Permission
from services.actions import template as actions
from services.forms.template import TemplateForm
from services.indicators import registry
from services.indicators.registry import Scope
from services.models import ReportTemplate
from services.queries import template as queries
from services.reports import outline, sample
from services.reports import template as templates


@requires(Permission.SEND_REPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Show the templates of one's bodies and take one more in."""
    form = TemplateForm(request.POST or None, request.FILES or None, user=request.user, oversized=oversized(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = actions.add(
                organisation=form.cleaned_data["organisation"],
                span=form.cleaned_data["span"],
                data=gate.read("template", file),
                filename=file.name,
                by=request.user,
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("Version %(version)s is kept. Look at it, then put it in use.") % vars(made))
            return redirect("services:template_index")
    rows = ReportTemplate.objects.visible_to(request.user).select_related("organisation", "added_by")
    context = {
        "form": form,
        "page": paginate(request, rows.order_by("organisation__path", "span", "sort", "-version")),
        "numbers": [one for one in registry.everything() if one.sort != registry.Sort.EXTERNAL],
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/template/index.html", context, status=status)


@requires(Permission.SEND_REPORT)
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the template filled with the last whole month, quarter or year of its body."""
    found = _found(request, pk)
    period = queries.last_whole(found.span, timezone.localdate())
    report = outline.build(Scope(found.organisation), period)
    try:
        data = templates.fill(
            queries.file_of(found), found.sort, report, date_format(timezone.localdate(), "Y年n月j日")
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("services:template_index")
    audit.record(actor=request.user, event="ledger.export", target=found.organisation, key="report", count=1)
    return _sent(data, found.sort, f"{_('Preview')} {period.text}")


@requires(Permission.SEND_REPORT)
@require_POST
def use(request: HttpRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, actions.use, _("Reports are made with this version from now on."))


@requires(Permission.SEND_REPORT)
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    return _changed(request, pk, actions.stop, _("Reports are made in the layout of official documents again."))


@requires(Permission.SEND_REPORT)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Send the sample to start from, as Word or with `as=excel` as Excel."""
    is_excel = request.POST.get("as") == "excel"
    return _sent(sample.excel() if is_excel else sample.word(), "xlsx" if is_excel else "docx", _("Template sample"))


@requires(Permission.SEND_REPORT)
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a version out as it came."""
    found = _found(request, pk)
    kind = gate.content_type_of(found.filename)
    try:
        return storage.served(
            request, shelf=storage.ORIGINALS, sha256=found.sha256, content_type=kind, filename=found.filename
        )
    except FileNotFoundError as error:
        raise Http404 from error


def _found(request: HttpRequest, pk: int) -> ReportTemplate:
    return get_object_or_404(ReportTemplate.objects.visible_to(request.user).select_related("organisation"), pk=pk)


def _changed(request: HttpRequest, pk: int, action: object, said: str) -> HttpResponse:
    try:
        action(template=_found(request, pk), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("services:template_index")


def _sent(data: bytes, sort: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, f"{name}.{sort}")}
    return HttpResponse(data, content_type=gate.KINDS[sort].content_type, headers=headers)
