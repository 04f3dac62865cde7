"""Policy papers and agreements: the list, its export, a new paper."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from config.uploads import gate
from config.uploads.handlers import kept_in_memory, oversized
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import attachment as actions
from services.forms.attachment import PaperFilterForm, PaperForm
from services.indicators import periods, registry
from services.indicators.registry import Scope
from services.models import Attachment
from services.queries import attachment as queries
from services.queries import scope
from services.views import exporting

SORTS = (Attachment.Sort.POLICY, Attachment.Sort.AGREEMENT, Attachment.Sort.FILE)


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form = PaperFilterForm(request.GET or None, user=request.user)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    sort = _sort(request.GET.get("sort"))
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
        "filters": exporting.asked(request, form).items(),
    }
    return TemplateResponse(request, "services/paper/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send exactly what the list shows with these filters, and leave an audit row."""
    form = PaperFilterForm(request.POST, user=request.user)
    if not form.is_valid():
        return exporting.refuse(request, form, "services:paper_list")
    sort = _sort(form.cleaned_data["sort"])
    rows = queries.papers(request.user, sort, form.cleaned_data).within(request.user, Permission.EXPORT_LEDGER)
    return exporting.send(request, form, rows.with_row(), queries.EXPORTED, str(sort.label), "services:paper_list")


@requires(queries.KEEP_PAPERS)
@kept_in_memory
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
