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
from members.access import requires
from members.permissions import Permission
from services.actions import pairing as actions
from services.forms.pairing import AssignForm, EndForm, ExcuseForm, PairForm, PairingFilterForm, SpreadForm
from services.models import Pairing
from services.queries import attachment as files
from services.queries import pairing as queries
from services.queries import scope
from services.queries.today import duties_of


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form = PairingFilterForm(request.GET or None, user=request.user)
    rows = Pairing.objects.visible_to(request.user).active_on(timezone.localdate())
    if form.is_bound and form.is_valid():
        rows = queries.narrowed(rows, form.cleaned_data)
    context = {
        "form": form,
        "page": paginate(request, rows.with_row().order_by("kind__position", "-started_on", "pk")),
        "may_manage": request.user.has_permission(Permission.MANAGE_PAIRINGS),
    }
    return TemplateResponse(request, "services/pairing/list.html", context)


@requires(Permission.READ_LEDGER)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.MANAGE_PAIRINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = PairForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.pair(by=request.user, **form.pairing)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The pairing stands."))
            return redirect(made)
    return TemplateResponse(request, "services/pairing/form.html", {"form": form})


@requires(Permission.MANAGE_PAIRINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest) -> HttpResponse:
    """Propose a helper for each driver of a community; what is chosen is entered together."""
    user = request.user
    form = AssignForm(request.GET if "community" in request.GET else None, user=user)
    spread = None
    if form.is_bound and form.is_valid():
        kind, community = form.cleaned_data["kind"], form.cleaned_data["community"]
        able = queries.helpers(user, kind)
        proposed = queries.spread(list(queries.unhelped(user, community, kind)[:200]), able)
        spread = SpreadForm(request.POST or None, proposed=proposed, able=able)
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
    return TemplateResponse(request, "services/pairing/assign.html", {"form": form, "spread": spread})


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
    may_manage = queries.may_manage(request.user, found) and found.ended_on is None and found.voided_at is None
    forms = {"end": EndForm(user=request.user), "excuse": ExcuseForm()} | bound
    context = {
        "pairing": found,
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
