"""Signing in and out, one's own account, passwords, and notices."""

import time
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as begin_session
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members import interruption, queries
from members.access import public, signed_in
from members.actions import account as account_actions
from members.actions import notice as notice_actions
from members.forms.account import SignInForm
from members.models import Notice


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Begin a session for a right password; where the account has a second factor, only the step before one."""
    wanted, kept = _wanted(request), request.POST.get("kept", "")
    if request.user.is_authenticated:
        return redirect(wanted or settings.LOGIN_REDIRECT_URL)
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        target = wanted or resolve_url(settings.LOGIN_REDIRECT_URL)
        if queries.factor_of(user) is None:
            begin_session(request, user)
            return go_on(request, target, kept)
        half = {"user": user.pk, "hash": user.get_session_auth_hash(), "at": time.time(), "next": target, "kept": kept}
        request.session.cycle_key()
        request.session["half_signed_in"] = half
        return redirect("members:factor_sign_in")
    context = {"form": form, "next": wanted, "kept": kept}
    return TemplateResponse(request, "members/account/login.html", context)


def go_on(request: HttpRequest, target: str, kept: str) -> HttpResponse:
    """Answer who has just signed in: the page they wanted, or what they had written when their session ended."""
    found = interruption.restore(kept) if kept else None
    if found is None:
        return redirect(target)
    return TemplateResponse(request, "members/account/resume.html", {"interruption": found})


def _wanted(request: HttpRequest) -> str:
    """Return the page of this site that was asked for before signing in, `""` for none; never this door itself."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and urlsplit(wanted).path != request.path else ""


@signed_in
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    end_session(request)
    messages.success(request, _("You are signed out."))
    return redirect("cases:library_index")


@signed_in
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    roles = request.user.role_assignments.in_force(timezone.localdate()).select_related("organisation")
    context = {"roles": roles.order_by("pk"), "factor": queries.factor_of(request.user)}
    return TemplateResponse(request, "members/account/profile.html", context)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Let the holder of a one-use link choose a password; it opens no session, the sign-in page does."""
    user = queries.first_password_account(uid, token)
    if user is None:
        return TemplateResponse(request, "members/account/first_password_dead.html", {}, status=410)
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account_actions.set_first_password(user=user, token=token, password=form.cleaned_data["new_password1"])
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The password is set. Sign in with it."))
        return redirect("members:account_login")
    return TemplateResponse(request, "members/account/first_password.html", {"form": form, "account": user})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        account_actions.change_password(user=request.user, password=form.cleaned_data["new_password1"])
        request.user.refresh_from_db()
        update_session_auth_hash(request, request.user)
        messages.success(request, _("The password is changed. Your other sessions have ended."))
        return redirect("cases:home")
    return TemplateResponse(request, "members/account/password.html", {"form": form})


@signed_in
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    rows = Notice.objects.visible_to(request.user).order_by("-created_at", "-pk")
    return TemplateResponse(request, "members/account/notices.html", {"page": paginate(request, rows)})


@signed_in
@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    notice_actions.mark_read(notice=notice)
    return redirect(notice.url)
