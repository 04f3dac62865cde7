"""今日: what is owed, ticked off in one go; the same as text for a chat, and as a calendar to subscribe to."""

from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import Refused
from members.access import public, requires
from members.middleware import set_scope
from members.models import User
from members.permissions import Permission
from services import calendar
from services.actions import pairing as actions
from services.forms.pairing import TickForm
from services.queries import house
from services.queries import today as reading

SIGNER = Signer(salt="today-calendar")


@requires(Permission.READ_LEDGER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the account's own day, or with `?of=house` everybody's; a tick enters the contact it stands for."""
    user, today = request.user, timezone.localdate()
    is_house = request.GET.get("of") == "house"
    form = TickForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = reading.ticked(user, today, request.POST.getlist("ticked"), is_house)
        try:
            entered = actions.record_contacts(
                owed=done, on=form.cleaned_data["on"], once=form.cleaned_data["once"], by=user
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext("%(count)d contact entered.", "%(count)d contacts entered.", len(entered))
            messages.success(request, said % {"count": len(entered)} if entered else _("Nothing was ticked."))
            return redirect(f"{reverse('services:today_page')}{'?of=house' if is_house else ''}")
    day = house.of_house(user, today) if is_house else reading.of_account(user, today)
    context = {
        "day": day,
        "form": form,
        "is_house": is_house,
        "text": calendar.as_text(day),
        "calendar_url": request.build_absolute_uri(reverse("services:today_calendar", args=[token_of(user)])),
        "may_log": user.has_permission(Permission.LOG_ACTIVITY),
    }
    return TemplateResponse(request, "services/today/page.html", context)


@public
@never_cache
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a calendar program, which cannot sign in: what is due and how many, never for whom.

    The address holds a signature over account and password, so a new password ends every subscription.
    """
    user = reading.subscriber(*_read(token))
    if user is None:
        raise Http404
    set_scope(user.paths())
    data = calendar.as_ics(reading.of_account(user, timezone.localdate()), request.get_host())
    return HttpResponse(data, content_type="text/calendar; charset=utf-8")


def token_of(user: User) -> str:
    """Return the part of the address that opens the account's calendar."""
    return SIGNER.sign(f"{user.pk}-{reading.proof_of(user)}")


def _read(token: str) -> tuple[str, str]:
    """Return the account's number and its proof; two empty strings for an address we never gave out."""
    try:
        key, _dash, proof = SIGNER.unsign(token).partition("-")
    except BadSignature:
        return "", ""
    return key, proof
