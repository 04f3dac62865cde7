"""Check-in by people without an account: the phone page, the receipt, and the page of a window's screen.

Nothing here is kept by a browser or found by a search engine; no address holds a receipt's code.
"""

import io
from collections.abc import Callable
from functools import wraps

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.limits import address_of, hit, take
from members import checkins, codes
from members.access import public
from members.actions import checkin
from members.forms.checkin import CheckInForm, GivenForm, ReceiptForm
from members.models import CheckIn, CheckInPoint, ConsentText

# Our choice, for a hall behind one address: 200 at once and one a second, so 300 people in five minutes pass even if
# every second one errs; a robot is let through as often and then stands before the daily limits.
POSTS_AT_ONCE, POSTS_PER_SECOND = 200, 1
KEPT_AT_ONCE, KEPT_PER_SECOND = 400, 60 / 3600  # of one address at one window
POINT_AT_ONCE, POINT_PER_SECOND = 1500, 1500 / 86400  # of all addresses together
CODES_PER_HOUR = 600

View = Callable[..., HttpResponse]


def unkept(view: View) -> View:
    """Open a view to everybody, and keep what it shows out of caches and search engines."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return public(answered)


@unkept
@require_http_methods(["GET", "HEAD", "POST"])
def here(request: HttpRequest, code: str) -> HttpResponse:
    """Show the form a code opens, or say why it opens none; a ticket lets a page opened in time be finished."""
    scan = checkins.scan(code)
    may_finish = scan.trouble == "late" and request.method == "POST" and codes.read_ticket(request.POST.get("ticket"))
    if scan.trouble and not may_finish:
        context = {"point": scan.point, "trouble": scan.trouble}
        return TemplateResponse(request, "members/checkin/closed.html", context, status=404)
    text = checkins.current_text()
    shown = checkins.shown_at(scan.point, text, checkin.KEEP_DAYS)
    if request.method == "POST":
        return _take_down(request, scan.point, CheckInForm(request.POST, point=scan.point, shown=shown), text)
    fresh = {"ticket": codes.new_ticket(scan.point.pk), "shown": shown.sha256}
    return _phone_page(request, scan.point, CheckInForm(point=scan.point, shown=shown, initial=fresh))


def _take_down(request: HttpRequest, point: CheckInPoint, form: CheckInForm, text: ConsentText) -> HttpResponse:
    """Answer the post with the receipt itself, not a redirect: its code exists nowhere else and is shown once."""
    if not take(_bucket("posts", point, request), capacity=POSTS_AT_ONCE, per_second=POSTS_PER_SECOND):
        form.add_error(None, _("Very many people are checking in here just now. Wait a minute, then press again."))
        return _phone_page(request, point, form, status=429)
    if not form.is_valid():
        return _phone_page(request, point, form, status=422)
    if not _within_day(request, point):
        form.add_error(None, _("This window has taken as many check-ins as it can. Ask the staff to enter yours."))
        return _phone_page(request, point, form, status=429)
    given = checkin.Given(**form.given)
    try:
        row, code = checkin.receive(
            point=point, given=given, nonce=form.nonce, text=text, shown_sha256=form.reading.sha256
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _phone_page(request, point, form, status=409)
    context = {"point": point, "check_in": row, "receipt": codes.grouped(code), "address": checkins.receipt_address()}
    return TemplateResponse(request, "members/checkin/thanks.html", context)


def _phone_page(request: HttpRequest, point: CheckInPoint, form: CheckInForm, status: int = 200) -> HttpResponse:
    context = {"point": point, "form": form, "shown": form.reading, "branches": checkins.branch_names(point)}
    return TemplateResponse(request, "members/checkin/here.html", context, status=status)


def _bucket(kind: str, point: CheckInPoint, request: HttpRequest) -> str:
    return f"checkin-{kind}|{point.pk}|{address_of(request)}"


def _within_day(request: HttpRequest, point: CheckInPoint) -> bool:
    own = take(_bucket("kept", point, request), capacity=KEPT_AT_ONCE, per_second=KEPT_PER_SECOND)
    return own and take(f"checkin-point|{point.pk}", capacity=POINT_AT_ONCE, per_second=POINT_PER_SECOND)


@unkept
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """Ask for a receipt's code, and show what was given under it."""
    form = ReceiptForm(request.POST or None)
    if request.method != "POST":
        return _ask(request, form)
    found = _found(request, form)
    return _own_page(request, found) if found else _ask(request, form, status=422)


@unkept
@require_POST
def correct(request: HttpRequest) -> HttpResponse:
    asked = ReceiptForm(request.POST)
    found = _found(request, asked)
    if found is None:
        return _ask(request, asked, status=422)
    form = GivenForm(request.POST)
    if not form.is_valid():
        return _own_page(request, found, form=form, status=422)
    try:
        checkin.correct(check_in=found, given=checkin.Given(**form.given))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _own_page(request, found, form=form, status=409)
    return _own_page(request, checkins.by_receipt(asked.cleaned_data["code"]), is_corrected=True)


@unkept
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    asked = ReceiptForm(request.POST)
    found = _found(request, asked)
    if found is None:
        return _ask(request, asked, status=422)
    context = {"point": found.point, "is_confirmed": _is_confirmed(found)}
    try:
        checkin.withdraw(check_in=found)
    except Refused as refusal:
        asked.add_error(None, str(refusal))
        return _ask(request, asked, status=409)
    return TemplateResponse(request, "members/checkin/withdrawn.html", context)


def _found(request: HttpRequest, form: ReceiptForm) -> CheckIn | None:
    """Return the check-in of the code sent; else the form says what to do."""
    if not hit(f"checkin-receipt|{address_of(request)}", limit=CODES_PER_HOUR, per_seconds=3600):
        form.add_error(None, _("Too many codes were tried from your network. Try again in an hour."))
    if not form.is_valid():
        return None
    found = checkins.by_receipt(form.cleaned_data["code"])
    if found is None:
        form.add_error("code", _("No check-in belongs to this code: it was withdrawn, given anew, or has run out."))
    return found


def _is_confirmed(row: CheckIn) -> bool:
    return row.person.lead.confirmed_at is not None


def _ask(request: HttpRequest, form: ReceiptForm, status: int = 200) -> HttpResponse:
    return TemplateResponse(request, "members/checkin/receipt.html", {"form": form}, status=status)


def _own_page(
    request: HttpRequest, row: CheckIn, *, form: GivenForm | None = None, status: int = 200, is_corrected: bool = False
) -> HttpResponse:
    context = {
        "check_in": row,
        "point": row.point,
        "lead": row.person.lead,
        "is_confirmed": _is_confirmed(row),
        "is_corrected": is_corrected,
        "shown": checkins.shown_at(row.point, row.consent, checkin.KEEP_DAYS),
        "code": codes.grouped(codes.read_receipt(request.POST["code"])),
        "form": form or GivenForm(initial={"name": row.name, "branch_name": row.branch_name}),
        "branches": checkins.branch_names(row.point),
    }
    return TemplateResponse(request, "members/checkin/own.html", context, status=status)


@unkept
@require_safe
def screen(request: HttpRequest, key: str) -> HttpResponse:
    """Fill a screen at the window; the page loads itself anew without a script."""
    found = checkins.screen(key)
    if found is None:
        return TemplateResponse(request, "members/checkin/closed.html", {"trouble": "unknown"}, status=404)
    response = TemplateResponse(request, "members/checkin/screen.html", {"point": found[0], "key": key})
    response["Refresh"] = codes.seconds_left() + 1
    return response


@unkept
@require_safe
def screen_code(request: HttpRequest, key: str) -> HttpResponse:
    found = checkins.screen(key)
    if found is None:
        raise Http404
    return drawn(checkins.address_of(found[1]))


def drawn(address: str) -> HttpResponse:
    """Answer with an address as a QR code."""
    out = io.BytesIO()
    segno.make(address, error="q", micro=False).save(out, kind="svg", border=3, scale=8, dark="#1c1d20", light="#fff")
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")
