"""Enterprises and their coverage: uncovered first, with who stands by each."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.paging import paginate
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.forms.coverage import CoverageFilterForm
from services.queries import coverage as queries
from services.views import exporting


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form, today = CoverageFilterForm(request.GET or None, user=request.user), timezone.localdate()
    rows = queries.listed(request.user, form.cleaned_data if form.is_bound and form.is_valid() else {}, today)
    page = paginate(request, rows)
    context = {
        "form": form,
        "page": page,
        "lines": queries.with_pairings(request.user, list(page), today),
        "readings": queries.readings(request.user, today),
        "may_manage": request.user.has_permission(Permission.MANAGE_PAIRINGS),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": exporting.asked(request, form).items(),
    }
    return TemplateResponse(request, "services/coverage/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    form, today = CoverageFilterForm(request.POST, user=request.user), timezone.localdate()
    if not form.is_valid():
        return exporting.refuse(request, form, "services:coverage_list")
    rows = queries.listed(request.user, form.cleaned_data, today)
    table = queries.table(request.user, today)
    return exporting.send(request, form, rows, table, _("Coverage of enterprises"), "services:coverage_list")
