"""The second factor: setting it up, signing in with it, recovery codes, turning it off."""

import time

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from members import queries
from members.access import fresh_proof, public, signed_in
from members.actions import factor as factor_actions
from members.forms.factor import CodeForm, FirstCodeForm
from members.views.account import go_on

BACKEND = "django.contrib.auth.backends.ModelBackend"
HALF_SECONDS = 10 * 60


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the code of who gave the right password a moment ago; only here such a session begins."""
    half = request.session.get("half_signed_in", {})
    user = queries.half_signed_in(half) if time.time() - half.get("at", 0) <= HALF_SECONDS else None
    if user is None:
        return TemplateResponse(request, "members/factor/start_again.html", {}, status=410)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            factor_actions.use(user=user, code=form.cleaned_data["code"])
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            login(request, user, backend=BACKEND)
            del request.session["half_signed_in"]
            request.session["second_factor"] = True
            return go_on(request, half["next"], half.get("kept", ""))
    context = {"form": form, "account": user, "now": timezone.localtime()}
    return TemplateResponse(request, "members/factor/sign_in.html", context)


@signed_in
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    context = {
        "factor": queries.factor_of(request.user),
        "is_required": settings.SECOND_FACTOR_REQUIRED and request.user.needs_factor,
    }
    return TemplateResponse(request, "members/factor/page.html", context)


@signed_in
@fresh_proof
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    try:
        factor_actions.begin(user=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("members:factor_page")
    return redirect("members:factor_confirm")


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Show the QR code until a first code from the phone proves that it arrived there."""
    factor = queries.begun_factor_of(request.user)
    if factor is None:
        return redirect("members:factor_page")
    form = FirstCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = factor_actions.confirm(user=request.user, code=form.cleaned_data["code"])
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            _keep_session(request)
            request.session["second_factor"] = True
            return TemplateResponse(request, "members/factor/codes.html", {"codes": codes, "is_new": True})
    qr = segno.make(factor_actions.uri(factor), error="m").svg_data_uri(scale=5, border=3, light="#fff")
    context = {"form": form, "qr": qr, "seed": factor_actions.seed(factor), "now": timezone.localtime()}
    return TemplateResponse(request, "members/factor/confirm.html", context)


@signed_in
@fresh_proof
@never_cache
@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """Show new recovery codes once, in the answer itself."""
    try:
        new = factor_actions.renew_codes(user=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("members:factor_page")
    return TemplateResponse(request, "members/factor/codes.html", {"codes": new})


@signed_in
@fresh_proof
@require_POST
def turn_off(request: HttpRequest) -> HttpResponse:
    try:
        factor_actions.turn_off(user=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        _keep_session(request)
        request.session.pop("second_factor", None)
        messages.success(request, _("The second factor is off. Your other sessions have ended."))
    return redirect("members:factor_page")


def _keep_session(request: HttpRequest) -> None:
    """Let this session outlive the change that ended the others."""
    request.user.refresh_from_db()
    update_session_auth_hash(request, request.user)
