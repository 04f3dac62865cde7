"""Matters: the list in tabs, a call taken in, one matter with its steps."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import fresh_proof, requires
from members.models import User
from members.permissions import Permission
from services import workflow
from services.actions import matter as actions
from services.forms.matter import STEP_FORMS, GatherFilterForm, GatherForm, MatterFilterForm
from services.forms.receive import ChangeForm, ReceiveForm
from services.models import Group, Matter, MatterStep
from services.models.vocabulary import GROUPS, Domain
from services.queries import attachment as files
from services.queries import desk
from services.queries import matter as queries
from services.queries.task import late_days
from services.views import exporting

ASKED = ("body", "campaign", "requester", "title", "meeting", "venue")
OWN_ROWS = (Group.PROBLEM, Group.TASK, Group.SUGGESTION, Group.PROJECT, Group.ERRAND)
GATHERED = 200  # how many are offered at once; the filter finds the others
TABS = ("open", "mine", "overdue", "call_back", "ended", "all")
ACTIONS = {
    MatterStep.Kind.TAKE: actions.take,
    MatterStep.Kind.HAND_OVER: actions.hand_over,
    MatterStep.Kind.CLAIM: actions.claim,
    MatterStep.Kind.PROGRESS: actions.note_progress,
    MatterStep.Kind.ADVANCE: actions.advance,
    MatterStep.Kind.EXTEND: actions.extend,
    MatterStep.Kind.MERGE: actions.merge,
    MatterStep.Kind.SPLIT: actions.split,
    MatterStep.Kind.DECLINE: actions.decline,
    MatterStep.Kind.CLOSE: actions.close,
    MatterStep.Kind.CALL_BACK: actions.call_back,
    MatterStep.Kind.REOPEN: actions.reopen,
}


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    group, tab, today = _group(request.GET), _tab(request.GET), timezone.localdate()
    form = MatterFilterForm(request.GET or None, user=request.user, group=group)
    rows = desk.listed(request.user, group, form.cleaned_data if form.is_bound and form.is_valid() else {})
    page = paginate(request, queries.in_order(queries.waiting(rows, tab, request.user).with_row()))
    context = {
        "form": form,
        "group": group,
        "groups": [Group(name) for name in GROUPS[Domain.MATTER]],
        "rows_template": f"services/matter/_rows_{group if group in OWN_ROWS else 'appeal'}.html",
        "tab": tab,
        "is_called_back": group not in desk.NOT_CALLED_BACK,
        "counts": queries.tab_counts(rows, request.user),
        "page": page,
        "lines": desk.lines(list(page), group, request.user, today),
        "today": today,
        "may_handle": request.user.has_permission(Permission.HANDLE_MATTER),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": exporting.asked(request, form).items(),
    }
    return TemplateResponse(request, "services/matter/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send exactly what the tab shows with these filters."""
    group, tab = _group(request.POST), _tab(request.POST)
    form = MatterFilterForm(request.POST, user=request.user, group=group)
    if not form.is_valid():
        return exporting.refuse(request, form, "services:matter_list")
    rows = desk.listed(request.user, group, form.cleaned_data).within(request.user, Permission.EXPORT_LEDGER)
    rows = queries.in_order(queries.waiting(rows, tab, request.user).with_row())
    lines = {
        line.matter.pk: line
        for line in desk.lines(list(rows[: exporting.EXPORTED]), group, request.user, timezone.localdate())
    }
    table = desk.table(group, lines)
    return exporting.send(request, form, rows, table, str(Group(group).label), "services:matter_list")


@requires(Permission.HANDLE_MATTER)
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest) -> HttpResponse:
    group = _group(request.GET)
    initial = {name: request.GET[name] for name in ASKED if name in request.GET}
    initial |= queries.next_number(request.user, initial.get("campaign"))
    form = ReceiveForm(request.POST or None, user=request.user, group=group, initial=initial)
    if request.method == "POST" and form.is_valid():
        own = {name: form.cleaned_data[name] for name in ("once", "organisation", "is_mine")}
        try:
            made = actions.receive(asked=actions.Asked(**form.asked), by=request.user, **own)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is on the list."))
            return redirect(
                f"{reverse('services:matter_receive')}?{urlencode({'group': group})}"
                if "next" in request.POST
                else made
            )
    return TemplateResponse(request, "services/matter/receive.html", {"form": form, "group": Group(group)})


@requires(Permission.HANDLE_MATTER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = ChangeForm(request.POST or None, user=request.user, matter=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(matter=found, by=request.user, **form.changes)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Changed."))
            return redirect(found)
    return TemplateResponse(request, "services/matter/edit.html", {"form": form, "matter": found})


@requires(Permission.DECIDE_MATTER)
@require_http_methods(["GET", "HEAD", "POST"])
def gather(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge what several people asked into one hard problem."""
    found = _load(request, pk)
    if found.kind.group != Group.PROBLEM:
        messages.error(request, _("Only a hard problem takes others in."))
        return redirect(found)
    filters = GatherFilterForm(request.GET or None, user=request.user)
    wanted = filters.cleaned_data if filters.is_bound and filters.is_valid() else {}
    rows = desk.gatherable(request.user, found, wanted)
    form = GatherForm(request.POST if request.method == "POST" else None, offered=rows)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.gather(problem=found, parts=list(form.cleaned_data["parts"]), by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext("%(count)d matter merged into it.", "%(count)d matters merged into it.", len(made))
            messages.success(request, said % {"count": len(made)})
            return redirect(found)
    chosen = set(request.POST.getlist("parts"))
    context = {"form": form, "filters": filters, "matter": found, "offered": rows[:GATHERED], "chosen": chosen}
    return TemplateResponse(request, "services/matter/gather.html", context, status=422 if form.errors else 200)


@requires(Permission.READ_LEDGER)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.HANDLE_MATTER, Permission.DECIDE_MATTER)
@require_POST
def step(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Make one step; a refused one comes back with everything that was typed."""
    found = _load(request, pk)
    if kind not in ACTIONS:
        raise BadRequest
    kind = MatterStep.Kind(kind)
    typed = {}
    if kind in STEP_FORMS:
        form = STEP_FORMS[kind](request.POST, user=request.user, matter=found, prefix=kind)
        if not form.is_valid():
            return _page(request, found, unsent=(kind, form), status=422)
        typed = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    try:
        ACTIONS[kind](matter=found, by=request.user, **typed)
    except Refused as refusal:
        messages.error(request, str(refusal))
        unsent = (kind, form) if kind in STEP_FORMS else None
        return _page(request, _load(request, pk), unsent=unsent, status=409)
    messages.success(request, _("%(step)s: done.") % {"step": kind.label})
    return redirect(found)


def _group(data: QueryDict) -> str:
    asked = data.get("group", Group.APPEAL)
    return asked if asked in GROUPS[Domain.MATTER] else Group.APPEAL


def _tab(data: QueryDict) -> str:
    tab = data.get("tab", "open")
    return tab if tab in TABS else "open"


def _load(request: HttpRequest, pk: int) -> Matter:
    rows = Matter.objects.visible_to(request.user).with_row()
    rows = rows.select_related(
        "kind",
        "organisation",
        "requester__employer",
        "body__region",
        "handler",
        "lead_body",
        "campaign",
        "region",
        "commissioner",
        "guide",
        "parent",
        "pairing__helper",
        "called_back_by",
        "logged_by",
        "venue",
        "meeting__kind",
    )
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, found: Matter, unsent: tuple | None = None, status: int = 200) -> HttpResponse:
    user = request.user
    offered = [
        kind
        for kind in workflow.available(found.state, found.kind.group)
        if user.has_permission(workflow.MOVES[kind].permission, found.organisation)
    ]
    forms = {kind: STEP_FORMS[kind](user=user, matter=found, prefix=kind) for kind in offered if kind in STEP_FORMS}
    if unsent is not None and unsent[0] in forms:
        forms[unsent[0]] = unsent[1]
    if found.steps.filter(kind=MatterStep.Kind.EXTEND).exists():
        forms.pop(MatterStep.Kind.EXTEND, None)
    context = {
        "matter": found,
        "steps": found.steps.select_related("made_by", "body").order_by("-pk"),
        "parts": found.children.select_related("kind", "requester", "handler").order_by("pk"),
        "co_bodies": found.co_bodies.order_by("name", "pk"),
        "activities": found.activities.standing().with_row().newest_first(),
        "shelf": files.shelf(found, user),
        "may_take": MatterStep.Kind.TAKE in offered,
        "forms": list(forms.items()),
        "opened": unsent[0] if unsent else None,
        "unsent": unsent[1] if unsent else None,
        "today": timezone.localdate(),
        **_beside(user, found),
    }
    return TemplateResponse(request, "services/matter/detail.html", context, status=status)


def _beside(user: User, found: Matter) -> dict:
    """Return what stands beside a matter: what came of it, how late it is, and which other pages may be opened."""
    today, is_open = timezone.localdate(), found.state in workflow.ANY_OPEN
    may_decide = user.has_permission(Permission.DECIDE_MATTER, found.organisation)
    is_project = found.kind.group == Group.PROJECT
    return {
        "late_days": late_days(found, today),
        "grants": found.grants.visible_to(user).standing().with_row().order_by("-given_on", "-pk"),
        "won": desk.money_won([found], user, today).get(found.pk) if is_project else None,
        "may_change": is_open and user.has_permission(Permission.HANDLE_MATTER, found.organisation),
        "may_gather": is_open and found.kind.group == Group.PROBLEM and may_decide,
        "may_give": user.has_permission(Permission.LOG_ACTIVITY, found.organisation),
    }
