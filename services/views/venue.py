"""Venues: the list and its export, one with its use by month, opening, changing, closing, the sign to print."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members.access import fresh_proof, requires
from members.permissions import Permission
from services import venue_sign
from services.actions import venue as actions
from services.forms.venue import CloseForm, UseForm, VenueFilterForm, VenueForm
from services.indicators import periods, registry
from services.indicators.registry import Scope
from services.models import Venue
from services.queries import attachment as files
from services.queries import scope
from services.queries import venue as queries
from services.views import exporting

FIGURES = ("venue.open", "venue.rooms", "venue.beds", "venue.visits")


@requires(Permission.READ_LEDGER)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    form = VenueFilterForm(request.GET or None, user=request.user)
    rows = queries.listed(request.user, form.cleaned_data if form.is_bound and form.is_valid() else {})
    own, year = scope.own_body(request.user), periods.this_year(timezone.localdate())
    context = {
        "form": form,
        "page": paginate(request, rows.with_row()),
        "figures": [registry.read(key, Scope(own), year) for key in FIGURES] if own else [],
        "may_keep": request.user.has_permission(Permission.LOG_ACTIVITY),
        "may_export": request.user.has_permission(Permission.EXPORT_LEDGER),
        "filters": exporting.asked(request, form).items(),
    }
    return TemplateResponse(request, "services/venue/list.html", context)


@requires(Permission.EXPORT_LEDGER)
@fresh_proof
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send exactly what the list shows with these filters, and leave an audit row."""
    form = VenueFilterForm(request.POST, user=request.user)
    if not form.is_valid():
        return exporting.refuse(request, form, "services:venue_list")
    rows = queries.listed(request.user, form.cleaned_data).within(request.user, Permission.EXPORT_LEDGER).with_row()
    return exporting.send(request, form, rows, queries.EXPORTED, _("Venues"), "services:venue_list")


@requires(Permission.LOG_ACTIVITY)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = VenueForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The venue is on the list."))
            return redirect(made)
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/venue/form.html", {"form": form}, status=status)


@requires(Permission.LOG_ACTIVITY)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk, Permission.LOG_ACTIVITY)
    form = VenueForm(request.POST or None, user=request.user, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(venue=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(found)
    context = {"form": form, "venue": found}
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "services/venue/form.html", context, status=status)


@requires(Permission.READ_LEDGER)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.LOG_ACTIVITY)
@require_POST
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter how many people came; the page says how many it makes this month."""
    found = _load(request, pk, Permission.LOG_ACTIVITY)
    form = UseForm(request.POST)
    if form.is_valid():
        try:
            _made, is_new = actions.note_use(venue=found, by=request.user, **form.entry)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = _("Entered.") if is_new else _("This entry was here already: nothing is doubled.")
            messages.success(request, said)
            return redirect(found)
    return _page(request, found, status=422, use=form)


@requires(Permission.LOG_ACTIVITY)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk, Permission.LOG_ACTIVITY)
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            actions.close(venue=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Closed: it counts no longer, and its public page is gone."))
            return redirect(found)
    return _page(request, found, status=422, close=form)


@requires(Permission.LOG_ACTIVITY)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk, Permission.LOG_ACTIVITY)
    try:
        actions.reopen(venue=found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


@requires(Permission.READ_LEDGER)
@require_safe
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with the sign as a PDF of A4; only a published venue has one, since its code leads to the public page."""
    found = _load(request, pk)
    if not found.is_public or found.closed_on is not None:
        messages.error(request, _("A sign leads to the public page: publish the venue first."))
        return redirect(found)
    facts = venue_sign.Facts(
        kind=found.kind.label,
        name=found.name,
        keeper=found.organisation.name,
        address=found.address,
        hours=found.opening_hours,
        phone=found.phone,
        services=found.services,
        link=f"{settings.SITE_URL}{found.get_public_url()}",
    )
    response = HttpResponse(venue_sign.made(facts), content_type="application/pdf")
    title = _("Sign for the door")
    response["Content-Disposition"] = content_disposition_header(False, f"{title}-{found.name}.pdf")
    return response


def _load(request: HttpRequest, pk: int, permission: Permission = Permission.READ_LEDGER) -> Venue:
    rows = Venue.objects.visible_to(request.user).within(request.user, permission).with_row()
    return get_object_or_404(rows.select_related("campaign", "matter", "merged_into", "created_by"), pk=pk)


def _page(request: HttpRequest, found: Venue, status: int = 200, **bound: object) -> HttpResponse:
    user, today = request.user, timezone.localdate()
    may_keep = user.has_permission(Permission.LOG_ACTIVITY, found.organisation)
    forms = {"use": UseForm(), "close": CloseForm()} | bound
    uses = found.activities.standing().with_row().newest_first()
    context = {
        "venue": found,
        "partners": found.partners.order_by("name", "pk"),
        "parts": found.parts.filter(closed_on=None).select_related("kind").order_by("name", "pk"),
        "year": periods.this_year(today),
        "readings": queries.readings(found, periods.this_year(today)),
        "chart": queries.use_by_month(found, today),
        "uses": uses[:6],
        "matters": found.matters.with_row().order_by("-received_on", "-pk")[:20],
        "shelf": files.shelf(found, user),
        "forms": forms if may_keep else {},
        "bound": list(bound.values()),
        "may_keep": may_keep,
        "may_handle": user.has_permission(Permission.HANDLE_MATTER, found.organisation),
        "public_link": f"{settings.SITE_URL}{found.get_public_url()}",
    }
    return TemplateResponse(request, "services/venue/detail.html", context, status=status)
