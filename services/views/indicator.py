"""The numbers of an organisation, and the rows behind each, on the page and as a workbook."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members import audit
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.forms.indicator import ScopeForm
from services.indicators import columns, listing, registry, sheets
from services.indicators.registry import Scope
from services.queries import scope as queries


@requires(Permission.READ_LEDGER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    form = _form(request, request.GET)
    groups = []
    if form.is_valid() and form.cleaned_data["organisation"]:
        scope = Scope(form.cleaned_data["organisation"])
        groups = listing.by_area(scope, form.cleaned_data["period"])
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "services/indicator/index.html", {"form": form, "groups": groups}, status=status)


@requires(Permission.READ_LEDGER)
@require_safe
def rows(request: HttpRequest, key: str) -> HttpResponse:
    """Show one number with its rows. A filter the number does not take is said, not guessed at."""
    indicator = _indicator(key)
    form = _form(request, request.GET)
    context = {"form": form, "indicator": indicator, "filters": _filters(indicator, request.GET)}
    if not form.is_valid() or form.cleaned_data["organisation"] is None:
        return TemplateResponse(request, "services/indicator/rows.html", context, status=422)
    scope, period = Scope(form.cleaned_data["organisation"]), form.cleaned_data["period"]
    try:
        found = indicator.read(scope, period, **context["filters"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return TemplateResponse(request, "services/indicator/rows.html", context, status=422)
    ordered = columns.ordered(indicator.queryset(scope, period, **context["filters"]))
    page = paginate(request, ordered)
    table = columns.table_of(ordered)
    context |= {
        "reading": found,
        "narrowed_by": listing.filter_words(context["filters"]),
        "page": page,
        "heads": table.heads,
        "lines": [(columns.address(row), table.line(row)) for row in page],
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER, scope.organisation),
    }
    return TemplateResponse(request, "services/indicator/rows.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest, key: str) -> HttpResponse:
    """Send exactly the rows of the page as a workbook, and leave an audit row."""
    indicator = _indicator(key)
    form = ScopeForm(request.POST, user=request.user)
    if not form.is_valid() or form.cleaned_data["organisation"] is None:
        messages.error(request, _("This list cannot be exported as it was asked for. Open it again and export it."))
        return redirect("services:indicator_rows", key=key)
    scope, filters = Scope(form.cleaned_data["organisation"]), _filters(indicator, request.POST)
    if not request.user.has_permission(Permission.EXPORT_LEDGER, scope.organisation):
        raise Http404
    try:
        found = indicator.read(scope, form.cleaned_data["period"], **filters)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("services:indicator_rows", key=key)
    data = listing.workbook_of(found)
    audit.record(actor=request.user, event="ledger.export", target=scope.organisation, key=key, count=found.rows)
    name = f"{indicator.label} {found.period.text}.xlsx".replace(":", "-")
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(data, content_type=sheets.CONTENT_TYPE, headers=headers)


def _indicator(key: str) -> object:
    try:
        return registry.get(key)
    except Refused:
        raise Http404 from None


def _form(request: HttpRequest, data: QueryDict) -> ScopeForm:
    own = queries.own_body(request.user)
    usual = {"organisation": own.code if own else "", "period": str(timezone.localdate().year)}
    return ScopeForm(usual | data.dict(), user=request.user)


def _filters(indicator: object, data: QueryDict) -> dict:
    """Return what the address narrows by; what the number does not know, and what is empty, is left out."""
    return {name: data[name] for name in indicator.params if data.get(name)}
