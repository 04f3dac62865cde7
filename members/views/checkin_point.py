"""The windows as officials see them: list, page, code, poster, entering for somebody, what was given."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members import checkins, codes
from members import poster as poster_maker
from members.access import requires
from members.actions import checkin, checkin_point
from members.forms.checkin import CheckInFilterForm, ClerkForm, ConsentForm, PointForm
from members.models import CheckIn, CheckInPoint
from members.permissions import Permission
from members.poster import design
from members.views.checkin import drawn


@requires(Permission.READ_PEOPLE)
@require_safe
def points(request: HttpRequest) -> HttpResponse:
    rows = checkins.points_with_counts(CheckInPoint.objects.visible_to(request.user)).select_related("organisation")
    taken = CheckIn.objects.visible_to(request.user)
    context = {
        "page": paginate(request, rows.order_by("closed_at", "name", "pk")),
        "open_count": rows.filter(closed_at=None).count(),
        "months": checkins.by_month(taken, {}),
        "total": taken.count(),
        "confirmed": taken.confirmed().count(),
        "may_edit": request.user.has_permission(Permission.EDIT_PEOPLE),
        "may_write": request.user.has_permission(Permission.MANAGE_VOCABULARIES),
    }
    return TemplateResponse(request, "members/checkin/points.html", context)


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = PointForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = checkin_point.open_(**form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The window is open. Print its poster or show its screen."))
            return redirect(made)
    return TemplateResponse(request, "members/checkin/point_form.html", {"form": form})


@requires(Permission.READ_PEOPLE)
@require_safe
def point(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    taken = CheckIn.objects.visible_to(request.user).filter(point=found)
    code = checkins.token_of(found)
    context = {
        "point": found,
        "address": checkins.address_of(code),
        "screen_address": request.build_absolute_uri(reverse("members:checkin_screen", args=[found.screen_key])),
        "months": checkins.by_month(taken, {"point": found.pk}),
        "total": taken.count(),
        "confirmed": taken.confirmed().count(),
        "may_edit": request.user.has_permission(Permission.EDIT_PEOPLE, found.organisation),
        "keep_days": checkin.KEEP_DAYS,
    }
    return TemplateResponse(request, "members/checkin/point.html", context)


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk, Permission.EDIT_PEOPLE)
    form = PointForm(request.POST or None, instance=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            checkin_point.change(point=_load(request, pk), by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(found)
    return TemplateResponse(request, "members/checkin/point_form.html", {"form": form, "point": found})


@requires(Permission.EDIT_PEOPLE)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, checkin_point.close, _("The window is closed. Whoever scans its code is told so."))


@requires(Permission.EDIT_PEOPLE)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, checkin_point.reopen, _("The window is open again; its posters work."))


@requires(Permission.EDIT_PEOPLE)
@require_POST
def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    return _do(request, pk, checkin_point.rotate, _("The code is replaced. Print the poster again."))


@requires(Permission.READ_PEOPLE)
@require_safe
def code(request: HttpRequest, pk: int) -> HttpResponse:
    return drawn(checkins.address_of(checkins.token_of(_load(request, pk))))


@requires(Permission.READ_PEOPLE)
@require_safe
def poster(request: HttpRequest, pk: int, size: str) -> HttpResponse:
    """Answer with the poster: PDF of A4 or A3, or a picture for chats and screens."""
    if size not in poster_maker.SIZES:
        raise Http404
    found = _load(request, pk)
    facts = design.Facts(
        organisation=found.organisation.name,
        point=found.name,
        place=found.address,
        contact=found.contact,
        address=checkins.address_of(checkins.token_of(found)),
    )
    kind, suffix = ("image/png", "png") if size == "png" else ("application/pdf", f"{size}.pdf")
    response = HttpResponse(poster_maker.made(facts, size), content_type=kind)
    title = _("Check-in poster")
    response["Content-Disposition"] = content_disposition_header(False, f"{title}-{found.name}.{suffix}")
    return response


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter a check-in for somebody without a phone; the receipt is printed for them."""
    found = _load(request, pk, Permission.EDIT_PEOPLE)
    text = checkins.current_text()
    shown = checkins.shown_at(found, text, checkin.KEEP_DAYS)
    fresh = {"ticket": codes.new_ticket(found.pk), "shown": shown.sha256}
    form = ClerkForm(request.POST or None, point=found, shown=shown, initial=fresh)
    context = {"point": found, "form": form, "shown": shown, "branches": checkins.branch_names(found)}
    if request.method == "POST" and form.is_valid():
        given = checkin.Given(**form.given)
        try:
            row, receipt = checkin.receive(
                point=found, given=given, nonce=form.nonce, text=text, shown_sha256=shown.sha256, by=request.user
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            context |= {"check_in": row, "receipt": codes.grouped(receipt), "address": checkins.receipt_address()}
            return TemplateResponse(request, "members/checkin/recorded.html", context)
    return TemplateResponse(request, "members/checkin/record.html", context)


@requires(Permission.READ_PEOPLE)
@require_safe
def given(request: HttpRequest) -> HttpResponse:
    """List what people gave, narrowed to the rows a count stands for."""
    visible = CheckIn.objects.visible_to(request.user)
    form = CheckInFilterForm(request.GET or None, points=CheckInPoint.objects.visible_to(request.user))
    rows = checkins.narrowed(visible, form.cleaned_data) if form.is_bound and form.is_valid() else visible
    rows = rows.select_related("point", "recorded_by").prefetch_related("person__lead")  # some lie out of sight
    context = {
        "form": form,
        "page": paginate(request, rows.order_by("-checked_in_at", "-pk")),
        "may_edit": request.user.has_permission(Permission.EDIT_PEOPLE),
    }
    return TemplateResponse(request, "members/checkin/given.html", context)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a check-in because the person asked an official to."""
    row = get_object_or_404(CheckIn.objects.visible_to(request.user), pk=pk)
    try:
        checkin.withdraw(check_in=row, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The check-in is erased."))
    return redirect("members:checkin_given")


@requires(Permission.MANAGE_VOCABULARIES)
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Show the words people consent to, and take the next version."""
    text = checkins.current_text()
    initial = {"notice": text.notice, "consent": text.consent} if text else None
    form = ConsentForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        agreed = form.cleaned_data["consent"]
        written = checkin_point.write_consent(notice=form.cleaned_data["notice"], agreed=agreed, by=request.user)
        messages.success(request, _("Version %(version)d counts from now on.") % {"version": written.version})
        return redirect("members:checkin_consent")
    context = {"form": form, "versions": checkins.versions()}
    return TemplateResponse(request, "members/checkin/consent.html", context)


def _do(request: HttpRequest, pk: int, action: object, said: str) -> HttpResponse:
    found = _load(request, pk, Permission.EDIT_PEOPLE)
    try:
        action(point=found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(found)


def _load(request: HttpRequest, pk: int, permission: Permission = Permission.READ_PEOPLE) -> CheckInPoint:
    rows = CheckInPoint.objects.visible_to(request.user).select_related("organisation__region__parent")
    found = get_object_or_404(rows, pk=pk)
    if not request.user.has_permission(permission, found.organisation):
        raise Http404
    return found
