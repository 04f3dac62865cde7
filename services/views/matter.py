"""Matters: the list in tabs, a call taken in, one matter with its steps."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import requires
from members.permissions import Permission
from services import workflow
from services.actions import matter as actions
from services.forms.matter import STEP_FORMS, MatterFilterForm, ReceiveForm
from services.models import Group, Matter, MatterStep
from services.models.vocabulary import GROUPS, Domain
from services.queries import attachment as files
from services.queries import matter as queries

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
    group = _group(request)
    form = MatterFilterForm(request.GET or None, user=request.user, group=group)
    rows = Matter.objects.visible_to(request.user).of_group(group)
    if form.is_bound and form.is_valid():
        rows = _narrowed(rows, form.cleaned_data)
    tab = request.GET.get("tab", "open")
    tab = tab if tab in TABS else "open"
    shown = queries.in_order(queries.waiting(rows, tab, request.user).with_row())
    context = {
        "form": form,
        "group": group,
        "groups": [Group(name) for name in GROUPS[Domain.MATTER]],
        "tab": tab,
        "counts": queries.tab_counts(rows, request.user),
        "page": paginate(request, shown),
        "today": timezone.localdate(),
        "may_handle": request.user.has_permission(Permission.HANDLE_MATTER),
    }
    return TemplateResponse(request, "services/matter/list.html", context)


@requires(Permission.HANDLE_MATTER)
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest) -> HttpResponse:
    group = _group(request)
    known = ("body", "campaign", "requester", "title", "venue")
    initial = {name: request.GET[name] for name in known if name in request.GET}
    initial |= queries.next_number(request.user, initial.get("campaign"))
    form = ReceiveForm(request.POST or None, user=request.user, group=group, initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = dict(form.cleaned_data)
        once, organisation, is_mine = wanted.pop("once"), wanted.pop("organisation"), wanted.pop("is_mine")
        rest = {"venue": venue} if (venue := wanted.pop("venue")) else {}
        said = {name: value for name, value in wanted.items() if value not in (None, "")}
        asked = actions.Asked(**said, rest=rest)
        try:
            made = actions.receive(asked=asked, organisation=organisation, once=once, by=request.user, is_mine=is_mine)
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


def _group(request: HttpRequest) -> str:
    asked = request.GET.get("group", Group.APPEAL)
    return asked if asked in GROUPS[Domain.MATTER] else Group.APPEAL


def _narrowed(rows, wanted):
    exact = {name: wanted[name] for name in ("kind", "handler", "campaign", "region") if wanted[name]}
    if text := wanted["text"]:
        named = Q(title__icontains=text) | Q(requester_name__icontains=text) | Q(requester__name__icontains=text)
        rows = rows.filter(named)
    return rows.filter(**exact)


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
    }
    return TemplateResponse(request, "services/matter/detail.html", context, status=status)
