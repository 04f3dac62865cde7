"""One transaction per request, its row-level scope, session limits, and the trace of refusals."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme

from members import audit, interruption
from members.forms.account import SignInForm

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
TOUCH_SECONDS = 60
WITHOUT_FACTOR = {
    "members:account_logout",
    "members:factor_page",
    "members:factor_begin",
    "members:factor_confirm",
}

GetResponse = Callable[[HttpRequest], HttpResponse]


class SignInMiddleware(LoginRequiredMiddleware):
    """Send to the sign-in page whoever is not signed in; what they had just written comes along."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable) -> HttpResponse:
        if request.method in SAFE_METHODS:
            return super().handle_no_permission(request, view_func)
        if kept := interruption.keep(request):
            context = {"form": SignInForm(request), "kept": kept}
            return TemplateResponse(request, "members/account/login.html", context, status=401)
        # Most addresses of posted forms have no page: go on with the one the form stood on.
        before = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
        page = before if is_ours else resolve_url(settings.LOGIN_REDIRECT_URL)
        return redirect_to_login(urlsplit(page)._replace(scheme="", netloc="").geturl())


def transaction_middleware(get_response: GetResponse) -> GetResponse:
    """Run each request in one transaction (decision 23); reading requests cannot write.

    The transaction carries `app.paths`, which row-level security compares organisation paths with, and `app.person`,
    the account, for the few rows that are its own wherever its roles reach. An answer of
    500 or more rolls back what the request had changed.
    """

    def run(request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            if request.method in SAFE_METHODS:
                with connection.cursor() as cursor:
                    cursor.execute("set transaction read only")
            if request.user.is_authenticated:
                set_scope(request.user.paths(), person=request.user.pk)
            response = get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    return run


def factor_middleware(get_response: GetResponse) -> GetResponse:
    """Send accounts whose roles ask for a second factor to set one up first, where the setting requires it (row 4).

    A session opened with a code says so itself; a factor taken off ends all sessions, so nothing is looked up again.
    """

    def run(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def look(request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated:
            return None
        is_open = getattr(view, "access", "public") == "public" or request.resolver_match.view_name in WITHOUT_FACTOR
        if is_open or request.session.get("second_factor") or not request.user.needs_factor:
            return None
        return redirect("members:factor_page")

    run.process_view = look
    return run


def set_scope(paths: list[str], *, person: int | None = None) -> None:
    """Let row-level security show rows under `paths`, until the transaction ends; with `person` also their own."""
    settings_ = {"app.paths": ",".join(paths)} | ({} if person is None else {"app.person": str(person)})
    with connection.cursor() as cursor:
        calls = ", ".join(["set_config(%s, %s, true)"] * len(settings_))
        cursor.execute(f"select {calls}", [part for pair in settings_.items() for part in pair])  # noqa: S608


def open_case(key: int) -> None:
    """Let row-level security show what belongs to one case, until the transaction ends: to the holder of its link."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.case', %s, true)", [str(key)])


@contextmanager
def whole_scope() -> Iterator[None]:
    """Let row-level security show every row inside the block, and what it showed before afterwards.

    For an action whose rows the caller has been allowed, but which must not miss one: a merge or a move that left a
    person behind would be wrong. Needs a transaction; an exception leaves the restoring to its rollback.
    """
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.paths', true)")
        before = cursor.fetchone()[0] or ""
    set_scope(["*"])
    yield
    set_scope([before])


def session_middleware(get_response: GetResponse) -> GetResponse:
    """End a session after 30 idle minutes and after 12 hours. Source: `security.md` row 5."""

    def run(request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = time.time()
            seen = request.session.get("seen_at", now)
            started = request.session.setdefault("started_at", now)
            if now - seen > settings.SESSION_IDLE_SECONDS or now - started > settings.SESSION_ABSOLUTE_SECONDS:
                logout(request)
            elif now - seen > TOUCH_SECONDS or "seen_at" not in request.session:
                request.session["seen_at"] = now
        response = get_response(request)
        if request.user.is_authenticated and "started_at" not in request.session:  # signed in just now
            request.session["started_at"] = request.session["seen_at"] = time.time()
        return response

    return run


def privacy_middleware(get_response: GetResponse) -> GetResponse:
    """Let no cache keep a page that an account saw: after signing out, the back button shows none (row 44).

    Only what is public anyway, such as a published photo, may stay where its view allows it.
    """

    def run(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        kept = response.headers.get("Cache-Control", "")
        if request.user.is_authenticated and not kept.startswith("public") and "no-store" not in kept:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    return run


def refusal_middleware(get_response: GetResponse) -> GetResponse:
    """Leave an audit row for every refusal an account meets (`security.md` row 29)."""

    def run(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match = request.resolver_match
        if response.status_code in {403, 404} and match is not None and request.user.is_authenticated:
            audit.record(
                actor=request.user,
                event="access.refused",
                outcome=str(response.status_code),
                view=match.view_name,
                method=request.method,
            )
        return response

    return run
