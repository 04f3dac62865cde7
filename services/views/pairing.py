"""Pairings: the list, one with its duties, a new one, many of a community at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import fresh_proof, requires
from members.models import Person
from members.permissions import Permission
from services.actions import pairing as actions
from services.forms.pairing import AssignForm, EndForm, ExcuseForm, PairingFilterForm, ProlongForm, SpreadForm
from services.forms.pairing_new import SHAPES, PairForm
from services.indicators import columns
from services.models import Domain, Group, Pairing
from services.models.pairing import EndReason
from services.models.vocabulary import GROUPS
from services.queries import attachment as files
from services.queries import pairing as queries
from services.queries import scope
from services.queries.today import duties_of
from services.views import exporting


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form = PairingFilterForm(request.GET or None, user=request.user)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    today = timezone.localdate()
    counts = queries.tab_counts(queries.listed(request.user, wanted | {"group": "", "kind": None}, today))
    rows = queries.listed(request.user, wanted, today)
    context = {
        "form": form,
        "group": wanted.get("group") or "",
        "groups": [(Group(name), count) for name, count in counts.items()],
        "in_all": sum(counts.values()),
        "page": paginate(request, rows.with_row().order_by("kind__position", "-started_on", "pk"), keys_first=True),
        "left": queries.listed(request.user, {"state": "left"}, today).count(),
        "may_manage": request.user.has_permission(Permission.MANAGE_PAIRINGS),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": exporting.asked(request, form).items(),
    }
    return TemplateResponse(request, "services/pairing/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    form = PairingFilterForm(request.POST, user=request.user)
    if not form.is_valid():
        return exporting.refuse(request, form, "services:pairing_list")
    rows = queries.listed(request.user, form.cleaned_data, timezone.localdate())
    rows = columns.ordered(rows.within(request.user, Permission.EXPORT_LEDGER))
    return exporting.send(request, form, rows, columns.table_of(rows), _("Pairings"), "services:pairing_list")


@requires(Permission.READ_LEDGER)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.MANAGE_PAIRINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Bring two together by the form of a group; the two commissioners of an enterprise are named together."""
    asked = request.GET.get("group", "")
    group = Group(asked) if asked in GROUPS[Domain.PAIRING] else Group.HELP
    initial = {name: request.GET[name] for name in ("helper", "helped", "kind") if request.GET.get(name)}
    form = PairForm(request.POST or None, user=request.user, group=group, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            if group == Group.COMMISSIONERS:
                made = actions.appoint(by=request.user, **form.appointment)[0]
            else:
                made = actions.pair(by=request.user, **form.pairing)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            stands = _("The pairing stands.")
            if form.shape.has_end:
                stands = _("The pairing stands. The signed paper is added below, under photos and files.")
            messages.success(request, stands)
            return redirect(made)
    context = {"form": form, "group": group, "groups": [Group(one) for one in GROUPS[Domain.PAIRING]]}
    return TemplateResponse(request, "services/pairing/form.html", context)


@requires(Permission.MANAGE_PAIRINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest) -> HttpResponse:
    """Propose a helper for each driver of a community; what is chosen is entered together."""
    user = request.user
    form = AssignForm(request.GET if "community" in request.GET else None, user=user)
    spread, waiting = None, 0
    if form.is_bound and form.is_valid():
        kind, community = form.cleaned_data["kind"], form.cleaned_data["community"]
        able = queries.helpers(user, kind, community)
        people = queries.unhelped(user, community, kind)
        waiting = people.count() - queries.AT_ONCE
        spread = SpreadForm(
            request.POST or None, proposed=queries.spread(list(people[: queries.AT_ONCE]), able), able=able
        )
    if request.method == "POST" and spread is not None and spread.is_valid():
        try:
            made = actions.pair_many(
                organisation=scope.own_body(user, Permission.MANAGE_PAIRINGS),
                kind=kind,
                couples=spread.couples,
                started_on=spread.cleaned_data["started_on"],
                by=user,
                once=spread.cleaned_data["once"],
            )
        except Refused as refusal:
            spread.add_error(None, str(refusal))
        else:
            said = ngettext("%(count)d pairing entered.", "%(count)d pairings entered.", len(made))
            messages.success(request, said % {"count": len(made)})
            return redirect("services:pairing_list")
    context = {"form": form, "spread": spread, "waiting": max(waiting, 0)}
    return TemplateResponse(request, "services/pairing/assign.html", context)


@requires(Permission.MANAGE_PAIRINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, person: int) -> HttpResponse:
    """Give everybody whom one person helps another helper; a row left empty stays as it is."""
    found = get_object_or_404(Person.objects.visible_to(request.user).with_links(), pk=person)
    rows = list(queries.of_who_left(request.user, found)[: queries.AT_ONCE])
    able = queries.successors(request.user, found)
    spread = SpreadForm(request.POST or None, proposed=queries.passed_on(rows, able), able=able) if rows else None
    if request.method == "POST" and spread is not None and spread.is_valid():
        try:
            made = actions.hand_over(
                couples=[(row, helper) for helper, row in spread.couples],
                on=spread.cleaned_data["started_on"],
                reason=EndReason.HELPER_LEFT,
                by=request.user,
            )
        except Refused as refusal:
            spread.add_error(None, str(refusal))
        else:
            said = ngettext("%(count)d pairing handed over.", "%(count)d pairings handed over.", len(made))
            messages.success(request, said % {"count": len(made)})
            return redirect("services:pairing_list")
    return TemplateResponse(request, "services/pairing/hand_over.html", {"person": found, "spread": spread})


@requires(Permission.MANAGE_PAIRINGS)
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = EndForm(request.POST, user=request.user)
    return _change(request, found, "end", form, actions.end)


@requires(Permission.MANAGE_PAIRINGS)
@require_POST
def excuse(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    return _change(request, found, "excuse", ExcuseForm(request.POST), actions.excuse)


@requires(Permission.MANAGE_PAIRINGS)
@require_POST
def prolong(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    return _change(request, found, "prolong", ProlongForm(request.POST), actions.prolong)


@requires(Permission.MANAGE_PAIRINGS)
@require_POST
def lift(request: HttpRequest, pk: int, excuse: int) -> HttpResponse:
    found = _load(request, pk)
    try:
        actions.lift(pairing=found, excuse=get_object_or_404(found.excuses, pk=excuse), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


def _change(request, found, name, form, action):
    if not form.is_valid():
        return _page(request, found, status=422, **{name: form})
    try:
        action(pairing=found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, _load(request, found.pk), status=409, **{name: form})
    messages.success(request, _("Done."))
    return redirect(found)


def _load(request: HttpRequest, pk: int) -> Pairing:
    rows = Pairing.objects.visible_to(request.user).with_row().select_related("campaign", "logged_by")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, found: Pairing, status: int = 200, **bound: object) -> HttpResponse:
    today = timezone.localdate()
    may_manage = queries.may_manage(request.user, found) and not found.is_over(today) and found.voided_at is None
    forms = {"end": EndForm(user=request.user), "excuse": ExcuseForm()} | bound
    shape = SHAPES[Group(found.kind.group)]
    if shape.has_end:
        forms = {"prolong": ProlongForm(initial={"until": found.ended_on})} | forms
    context = {
        "pairing": found,
        "shape": None if shape.second else shape,
        "is_over": found.is_over(today),
        "helper_left": queries.is_left(found, today),
        "today": today,
        "duties": [
            (duty, last, due, bool(due and due.is_overdue(today))) for duty, last, due in duties_of(found, today)
        ],
        "activities": found.activities.standing().with_row().newest_first()[:20],
        "matters": found.matters.with_row().order_by("-received_on", "-pk")[:20],
        "parties": found.parties.order_by("name", "pk"),
        "excuses": found.excuses.select_related("recorded_by").order_by("-from_on", "-pk"),
        "shelf": files.shelf(found, request.user),
        "forms": forms if may_manage else {},
        "bound": list(bound.values()),
    }
    return TemplateResponse(request, "services/pairing/detail.html", context, status=status)
