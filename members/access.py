"""What every view says of itself: `@public`, `@signed_in`, or `@requires(Permission.X)`.

A view without one of them fails the access test. Over which rows a view works is `visible_to(user)`.
What reveals, exports or changes rights says `@fresh_proof` below it.
"""

import time
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters

from config.errors import Refused
from config.forms import Form
from members import audit, queries
from members.actions import factor
from members.forms.proof import CodeProofForm, PasswordProofForm
from members.permissions import Permission

View = Callable[..., HttpResponse]

PROOF_SECONDS = 5 * 60  # security.md row 6
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
PROOF_FIELDS = {"proof_password", "proof_code", "proof_back"}


def public(view: View) -> View:
    """Open a view to everybody, signed in or not."""
    view.access = "public"
    return login_not_required(view)


def signed_in(view: View) -> View:
    """Open a view to every account: it shows only what belongs to the account itself."""
    view.access = "signed_in"
    return view


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Open a view to accounts holding any of the permissions, somewhere; others get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not any(request.user.has_permission(permission) for permission in permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        checked.access = frozenset(permissions)
        return checked

    return decorate


def fresh_proof(view: View) -> View:
    """Let a POST through only if the account proved itself in the last 5 minutes, by signing in or by asking again.

    The page that asks goes to the same address and carries everything that was posted along, so nothing typed is
    lost and nothing of it is stored. It is asked before the view looks at any row, so it tells nothing about rows.
    Not for forms with files: a browser cannot be handed those again. Source: `security.md` row 6.
    """

    @wraps(view)
    @sensitive_post_parameters("proof_password", "proof_code")
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method in SAFE_METHODS:
            return view(request, *args, **kwargs)
        if not is_proved(request):
            form = _proof_form(request)
            if not _proves(request, form):
                return _ask(request, form)
            request.session["proved_at"] = time.time()
            audit.record(actor=request.user, event="account.proof", view=request.resolver_match.view_name)
        request.POST = request.POST.copy()
        for name in PROOF_FIELDS:
            request.POST.pop(name, None)
        return view(request, *args, **kwargs)

    checked.asks_proof = True
    return checked


def is_proved(request: HttpRequest) -> bool:
    """Tell whether the last proof, at sign-in or since, is at most 5 minutes old."""
    proved = max(request.session.get("proved_at", 0), request.session.get("started_at", 0))
    return time.time() - proved <= PROOF_SECONDS


def _proof_form(request: HttpRequest) -> Form:
    """Ask for a code where the account has a second factor, else for its password."""
    posted = request.POST if {"proof_password", "proof_code"} & set(request.POST) else None
    if queries.factor_of(request.user) is not None:
        return CodeProofForm(posted)
    return PasswordProofForm(posted, request=request)


def _proves(request: HttpRequest, form: Form) -> bool:
    if not (form.is_bound and form.is_valid()):
        return False
    if code := form.cleaned_data.get("proof_code"):
        try:
            factor.use(user=request.user, code=code)
        except Refused as refusal:
            form.add_error("proof_code", str(refusal))
            return False
    return True


def _ask(request: HttpRequest, form: Form) -> HttpResponse:
    """Show the page that asks; `back` is the page the form stood on, carried along over wrong passwords."""
    if form.is_bound:
        audit.record(actor=request.user, event="account.proof", outcome="failed", view=request.resolver_match.view_name)
    back = request.POST.get("proof_back") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("members:account_profile")
    left_out = {"csrfmiddlewaretoken", *PROOF_FIELDS}
    typed = [(name, value) for name in request.POST if name not in left_out for value in request.POST.getlist(name)]
    parts = urlsplit(back)
    context = {"form": form, "typed": typed, "back": parts._replace(scheme="", netloc="").geturl()}
    return TemplateResponse(request, "members/account/proof.html", context, status=422)
