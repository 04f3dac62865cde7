"""Party life: which branch owes what, one branch with its meetings and excuses."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import requires
from members.models import Organisation
from members.permissions import Permission
from services.actions import orglife as actions
from services.forms.orglife import BoardForm, DutyExcuseForm
from services.indicators import periods
from services.indicators.registry import Scope
from services.queries import orglife as queries
from services.queries.entry import PARTY_BODIES
from services.queries.scope import own_body


@requires(Permission.READ_LEDGER)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    own = own_body(request.user)
    usual = {"organisation": own.code if own else "", "period": str(timezone.localdate().year)}
    form = BoardForm(usual | request.GET.dict(), user=request.user)
    context = {"form": form}
    if form.is_valid() and form.cleaned_data["organisation"]:
        scope, period = Scope(form.cleaned_data["organisation"]), form.cleaned_data["period"]
        page = paginate(request, queries.branches(request.user, scope, form.cleaned_data["text"]))
        columns = queries.duties(scope, period)
        context |= {
            "scope": scope,
            "period": period,
            "page": page,
            "columns": columns,
            "lines": queries.board(list(page), columns, scope, period),
            "may_log": request.user.has_permission(Permission.LOG_ACTIVITY),
        }
    return TemplateResponse(request, "services/orglife/board.html", context, status=200 if form.is_valid() else 422)


@requires(Permission.READ_LEDGER)
@require_safe
def branch(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.MANAGE_PAIRINGS)
@require_POST
def excuse(request: HttpRequest, pk: int) -> HttpResponse:
    body = _load(request, pk)
    form = DutyExcuseForm(request.POST, duties=queries.duties(Scope(body), periods.this_year(timezone.localdate())))
    if form.is_valid():
        try:
            actions.excuse(body=body, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Excused: nothing is owed in these days."))
            return redirect("services:orglife_branch", pk=body.pk)
    return _page(request, body, form, status=422)


@requires(Permission.MANAGE_PAIRINGS)
@require_POST
def lift(request: HttpRequest, pk: int, excuse: int) -> HttpResponse:
    body = _load(request, pk)
    try:
        actions.lift(body=body, excuse=get_object_or_404(queries.excuses(body), pk=excuse), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("services:orglife_branch", pk=body.pk)


def _load(request: HttpRequest, pk: int) -> Organisation:
    """Load a branch whose ledger the account reads; somebody else's is not there."""
    found = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    if found.kind not in PARTY_BODIES or not request.user.has_permission(Permission.READ_LEDGER, found):
        raise Http404
    return found


def _page(
    request: HttpRequest, body: Organisation, form: DutyExcuseForm | None = None, status: int = 200
) -> HttpResponse:
    scope, period = Scope(own_body(request.user)), periods.this_year(timezone.localdate())
    owed = queries.of_branch(body, scope, period)
    context = {
        "body": body,
        "period": period,
        "owed": owed,
        "meetings": queries.meetings(body, scope, period)[: queries.SHOWN],
        "excuses": queries.excuses(body),
        "may_log": request.user.has_permission(Permission.LOG_ACTIVITY, body),
        "form": None,
    }
    if owed and request.user.has_permission(Permission.MANAGE_PAIRINGS, body):
        context["form"] = form or DutyExcuseForm(duties=[one.cell.duty for one in owed])
    return TemplateResponse(request, "services/orglife/branch.html", context, status=status)
