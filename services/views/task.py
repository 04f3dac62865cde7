"""A campaign's task list: to read and print, pasted as a table, the word on every task at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from members.access import fresh_proof, requires
from members.permissions import Permission
from services.actions import task as actions
from services.forms.task import NotesForm, PasteForm, TaskFilterForm
from services.indicators import columns, registry
from services.models import Campaign
from services.queries import campaign as campaigns
from services.queries import task as queries
from services.views import exporting

COUNTED = ("task.total", "task.units", "task.done", "task.overdue")


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest, pk: int) -> HttpResponse:
    found, today = _load(request, pk), timezone.localdate()
    form = TaskFilterForm(request.GET or None, campaign=found)
    rows = queries.tasks_of(found, request.user, _wanted(form), today)
    scope, period = campaigns.scope_of(found, request.user), campaigns.period_of(found, today)
    context = {
        "campaign": found,
        "form": form,
        "lines": queries.lines(list(rows), today),
        "counts": [registry.read(key, scope, period, campaign=str(found.pk)) for key in COUNTED],
        "today": today,
        "may_manage": request.user.has_permission(Permission.MANAGE_CAMPAIGNS, found.organisation),
        "may_handle": request.user.has_permission(Permission.HANDLE_MATTER, found.organisation),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER, found.organisation),
        "filters": exporting.asked(request, form).items(),
    }
    return TemplateResponse(request, "services/task/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponse:
    found, today = _load(request, pk), timezone.localdate()
    form = TaskFilterForm(request.POST, campaign=found)
    rows = queries.tasks_of(found, request.user, _wanted(form), today).within(request.user, Permission.EXPORT_LEDGER)
    lines = {line.matter.pk: line for line in queries.lines(list(rows), today)}
    table = columns.Table(
        (),
        (),
        (
            (pgettext("list", "No."), lambda row: row.number),
            (_("Task"), lambda row: row.title),
            (_("Leading unit"), lambda row: str(row.lead_body or "")),
            (_("Units that help"), lambda row: "、".join(body.name for body in lines[row.pk].units)),
            (_("Due on"), lambda row: row.due_on),
            (_("Working days late"), lambda row: lines[row.pk].late_days or None),
            (_("What is to be delivered"), lambda row: row.deliverable),
            (_("Progress"), lambda row: lines[row.pk].progress.note if lines[row.pk].progress else ""),
            (_("State"), lambda row: row.get_state_display()),
        ),
    )
    return exporting.send(request, form, rows, table, found.name, "services:task_list", found.pk)


@requires(Permission.MANAGE_CAMPAIGNS)
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was understood of a pasted table; entered is it by the second button alone."""
    found = _load(request, pk)
    form = PasteForm(request.POST or None, user=request.user, campaign=found)
    is_right = request.method == "POST" and form.is_valid()
    if is_right and "enter" in request.POST:
        data = form.cleaned_data
        tasks = [
            actions.Task(row.title, row.number, lead, tuple(units), row.due_on, row.deliverable)
            for row, lead, units in form.tasks
        ]
        try:
            made = actions.enter(
                campaign=found,
                tasks=tasks,
                by=request.user,
                **{name: data[name] for name in ("kind", "received_on", "once", "is_mine")},
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext("%(count)d task entered.", "%(count)d tasks entered.", len(made))
            messages.success(request, said % {"count": len(made)})
            return redirect("services:task_list", found.pk)
    context = {"form": form, "campaign": found, "is_right": is_right}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "services/task/paste.html", context, status=status)


@requires(Permission.HANDLE_MATTER)
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, pk: int) -> HttpResponse:
    found, today = _load(request, pk), timezone.localdate()
    rows = queries.tasks_of(found, request.user, {"which": "open"}, today).within(
        request.user, Permission.HANDLE_MATTER
    )
    form = NotesForm(request.POST or None, lines=queries.lines(list(rows), today))
    if request.method == "POST" and form.is_valid():
        try:
            count = actions.note(campaign=found, notes=form.notes, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext("Progress of %(count)d task noted.", "Progress of %(count)d tasks noted.", count)
            messages.success(request, said % {"count": count})
            return redirect("services:task_list", found.pk)
    return TemplateResponse(request, "services/task/note.html", {"form": form, "campaign": found})


def _wanted(form: TaskFilterForm) -> dict:
    return form.cleaned_data if form.is_bound and form.is_valid() else {}


def _load(request: HttpRequest, pk: int) -> Campaign:
    rows = Campaign.objects.visible_to(request.user).select_related("organisation__region", "parent")
    return get_object_or_404(rows, pk=pk)
