"""Policy papers and agreements: the list, its export, a new paper."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from config.uploads import gate
from config.uploads.handlers import oversized
from members import audit
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import attachment as actions
from services.forms.attachment import PaperFilterForm, PaperForm
from services.indicators import periods, registry, sheets
from services.indicators.registry import Scope
from services.models import Attachment
from services.queries import attachment as queries
from services.queries import scope

SORTS = (Attachment.Sort.POLICY, Attachment.Sort.AGREEMENT, Attachment.Sort.FILE)


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    sort = _sort(request.GET.get("sort"))
    form = PaperFilterForm(request.GET or None, user=request.user)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = paginate(request, queries.papers(request.user, sort, wanted).with_row())
    own, this_year = scope.own_body(request.user), periods.parse(str(timezone.localdate().year), timezone.localdate())
    context = {
        "form": form,
        "sort": sort,
        "sorts": SORTS,
        "page": page,
        "lines": [(row, queries.owner_words(queries.owner_of(row))) for row in page],
        "issued": registry.read("document.count", Scope(own), this_year) if own else None,
        "may_keep": request.user.has_permission(queries.KEEP_PAPERS),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": [("sort", sort), *((name, value) for name, value in request.GET.items() if name in form.fields)],
    }
    return TemplateResponse(request, "services/paper/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send exactly what the list shows with these filters, and leave an audit row."""
    sort = _sort(request.POST.get("sort"))
    form = PaperFilterForm(request.POST, user=request.user)
    asked = {name: request.POST[name] for name in form.fields if request.POST.get(name)}
    if not form.is_valid():
        messages.error(request, _("The list cannot be exported with these filters. Correct them first."))
        return redirect(f"{reverse('services:paper_list')}?{urlencode({'sort': sort} | asked)}")
    rows = queries.papers(request.user, sort, form.cleaned_data).within(request.user, Permission.EXPORT_LEDGER)
    lines = [_line(row) for row in rows.with_row()]
    about = [(_("Rows"), str(len(lines))), *((str(form[name].label), value) for name, value in asked.items())]
    data = sheets.workbook(str(sort.label), about, [str(head) for head in _heads()], lines)
    audit.record(actor=request.user, event="ledger.export", key="papers", count=len(lines))
    name = f"{sort.label} {timezone.localdate():%Y-%m-%d}.xlsx"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(data, content_type=sheets.CONTENT_TYPE, headers=headers)


@requires(queries.KEEP_PAPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    asked = {"issuer": request.GET["issuer"]} if request.GET.get("issuer", "").isdecimal() else {}
    form = PaperForm(
        request.POST or None, request.FILES or None, user=request.user, oversized=oversized(request), initial=asked
    )
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            data = gate.read("paper", upload)
            actions.add_paper(data=data, filename=upload.name, by=request.user, **form.entry)
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The paper is kept here now."))
            return redirect("services:paper_list")
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/paper/form.html", {"form": form}, status=status)


def _sort(asked: str | None) -> Attachment.Sort:
    return Attachment.Sort(asked) if asked in SORTS else Attachment.Sort.POLICY


def _heads() -> list[str]:
    return [_("Title"), _("Document number"), _("Issued by"), _("Issued on"), _("Belongs to"), _("Kept by")]


def _line(row: Attachment) -> list:
    words = queries.owner_words(queries.owner_of(row))
    return [str(row), row.number, str(row.issuer or ""), row.issued_on, words, str(row.organisation)]
