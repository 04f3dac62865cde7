"""What was given: the list with its export, a new row, one row with its papers, taking it back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from config.uploads import gate
from members import audit
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import grant as actions
from services.forms.activity import VoidForm
from services.forms.grant import EndForm, GrantFilterForm, GrantForm
from services.indicators import columns, sheets
from services.models import Grant
from services.models.ledger import VoidReason
from services.queries import attachment as files
from services.queries import grant as queries
from services.queries.grant import Tab

EXPORTED = 100_000
ASKED = ("kind", "campaign", "activity", "matter", "venue", "name")


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    tab = _tab(request, "")
    form = GrantFilterForm(request.GET or None, user=request.user, tab=tab)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {"tab": tab}
    rows = queries.listed(request.user, wanted)
    context = {
        "form": form,
        "tab": tab,
        "tabs": Tab,
        "page": paginate(request, rows.with_row().newest_first()),
        "sums": queries.sums(rows),
        "may_log": request.user.has_permission(Permission.LOG_ACTIVITY),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": [(name, value) for name, value in request.GET.items() if name in form.fields],
    }
    return TemplateResponse(request, "services/grant/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send exactly what the list shows with these filters, and leave an audit row."""
    form = GrantFilterForm(request.POST, user=request.user, tab=_tab(request, ""))
    asked = {name: request.POST[name] for name in form.fields if request.POST.get(name)}
    back = f"{reverse('services:grant_list')}?{urlencode(asked)}"
    if not form.is_valid():
        messages.error(request, _("The list cannot be exported with these filters. Correct them first."))
        return redirect(back)
    rows = queries.listed(request.user, form.cleaned_data).within(request.user, Permission.EXPORT_LEDGER)
    count = rows.count()
    if count > EXPORTED:
        messages.error(request, _("These are %(count)s rows. Narrow the list to 100,000 first.") % {"count": count})
        return redirect(back)
    rows = columns.ordered(rows)
    table = columns.table_of(rows)
    shown = [name for name in asked if name not in {"tab", "together"}]
    about = [(str(form[name].label), str(form.cleaned_data[name])) for name in shown]
    lines = (table.cells(row) for row in rows.iterator(chunk_size=2000))
    data = sheets.workbook(_("What was given"), [(_("Rows"), str(count)), *about], table.heads, lines)
    audit.record(actor=request.user, event="ledger.export", key="grants", count=count)
    name = f"{_('What was given')} {timezone.localdate():%Y-%m-%d}.xlsx"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(data, content_type=sheets.CONTENT_TYPE, headers=headers)


@requires(Permission.LOG_ACTIVITY)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Enter a gift; the tab in the address decides what is asked for."""
    tab = _tab(request, Tab.GOODS)
    asked = {name: request.GET[name] for name in ASKED if name in request.GET}
    form = GrantForm(request.POST or None, request.FILES or None, user=request.user, tab=tab, initial=asked)
    if request.method == "POST" and form.is_valid():
        paper = form.cleaned_data.get("paper")
        try:
            papers = [(paper.name, gate.read("attachment", paper))] if paper else []
            made, is_new = actions.give(by=request.user, papers=papers, **form.gift)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Entered.") if is_new else _("This entry was here already: nothing is doubled.")
            )
            return redirect(made[0])
    context = {"form": form, "tab": tab, "tabs": Tab}
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/grant/form.html", context, status=status)


@requires(Permission.READ_LEDGER)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.LOG_ACTIVITY)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    return _take_back(request, _load(request, pk), VoidReason.UNDONE)


@requires(Permission.LOG_ACTIVITY)
@require_POST
def void(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = VoidForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose why the entry is taken back."))
        return redirect(found)
    return _take_back(request, found, VoidReason(form.cleaned_data["reason"]))


@requires(Permission.LOG_ACTIVITY)
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = EndForm(request.POST)
    if not form.is_valid():
        return _page(request, found, end_form=form, status=422)
    try:
        actions.end(grant=found, on=form.cleaned_data["on"], by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, _load(request, pk), end_form=form, status=409)
    messages.success(request, _("Done."))
    return redirect(found)


def _take_back(request: HttpRequest, found: Grant, reason: VoidReason) -> HttpResponse:
    try:
        count = actions.void(grant=found, reason=reason, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = ngettext(
            "Taken back: %(count)d row no longer counts.", "Taken back: %(count)d rows no longer count.", count
        )
        messages.success(request, said % {"count": count})
    return redirect(found)


def _tab(request: HttpRequest, usual: str) -> str:
    asked = (request.POST or request.GET).get("tab") or request.GET.get("tab", "")
    return Tab(asked) if asked in Tab.values else usual


def _load(request: HttpRequest, pk: int) -> Grant:
    rows = Grant.objects.visible_to(request.user).with_row()
    rows = rows.select_related("activity__kind", "matter", "venue", "region", "logged_by", "voided_by")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, found: Grant, end_form: EndForm | None = None, status: int = 200) -> HttpResponse:
    standing = found.voided_at is None
    may_change = standing and request.user.has_permission(Permission.LOG_ACTIVITY, found.organisation)
    can_end = may_change and found.is_in_force_until_ended
    context = {
        "grant": found,
        "tab": next((tab for tab, groups in queries.GROUPS_OF.items() if found.kind.group in groups), ""),
        "others": queries.entered_together(found).count() if standing else 0,
        "shelf": files.shelf(found, request.user),
        "may_undo": may_change and found.is_undoable and found.logged_by_id == request.user.pk,
        "may_log": request.user.has_permission(Permission.LOG_ACTIVITY),
        "void_form": VoidForm() if may_change else None,
        "end_form": end_form or (EndForm() if can_end else None),
    }
    return TemplateResponse(request, "services/grant/detail.html", context, status=status)
