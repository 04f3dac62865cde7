"""The final signature by a one-time link: the desk gives and closes it, the leader reads and decides.

The leader is not signed in: link and code are the key. `strict-origin` sends the site's name alone to others; under
`no-referrer` browsers send `Origin: null`, which the check against forged requests refuses.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cases import approval_keys, queries_approval
from cases.actions import approval as approval_actions
from cases.forms.approval import ApproveForm, CodeForm, GiveApprovalForm
from cases.models import Approval, Case
from config.errors import Refused
from config.limits import address_of, hit
from members.access import public, requires
from members.middleware import whole_scope
from members.permissions import Permission

HOUR = 3600
POSTS_PER_LINK = 30
POSTS_PER_ADDRESS = 60
TICKET = TimestampSigner(salt="cases.approval")


@requires(Permission.SIGN_FINAL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the post with the page itself, not a redirect: link and code are shown once."""
    case = _load(request, pk)
    form = GiveApprovalForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            given, code = approval_actions.give(case=case, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _given(request, case, given, code)
    if form.is_bound:
        status = 422
    context = {"case": case, "form": form, "latest": queries_approval.latest(case)}
    return TemplateResponse(request, "cases/approval/give.html", context, status=status)


def _given(request, case, given, code):
    path = reverse("cases:approval_page", args=[approval_keys.token_of(given.uuid)])
    by_letter = {what: bool(approval_actions.address_of(given, what)) for what in ("link", "code")}
    context = {
        "case": case,
        "approval": given,
        "address": request.build_absolute_uri(path),
        "code": "" if by_letter["code"] else code,
        "is_drafted": any(by_letter.values()),
    }
    return TemplateResponse(request, "cases/approval/given.html", context)


@requires(Permission.SIGN_FINAL)
@never_cache
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the same person once more, as last time; answers with link and code, like `give`."""
    case = _load(request, pk)
    try:
        return _given(request, case, *approval_actions.again(case=case, by=request.user))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:approval_give", pk=pk)


@requires(Permission.SIGN_FINAL)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load(request, pk)
    found = get_object_or_404(Approval.objects.visible_to(request.user).open(), case=case)
    approval_actions.close(approval=found, by=request.user)
    messages.success(request, _("The link is closed. Whoever opens it now is told so."))
    return redirect("cases:approval_give", pk=pk)


def _load(request, pk):
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not request.user.has_permission(Permission.SIGN_FINAL, case.organisation):
        raise PermissionDenied
    return case


def opened(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a view to whoever has a working link; count posts; keep the address out of other people's sight."""

    @wraps(view)
    def checked(request: HttpRequest, token: str) -> HttpResponse:
        with whole_scope():
            link = queries_approval.link_of(token)
            if link is None:
                response = TemplateResponse(request, "cases/approval/closed.html", status=404)
            elif request.method == "POST" and not _within_limits(request, link):
                response = TemplateResponse(request, "cases/holder/too_often.html", status=429)
            else:
                response = view(request, token, link)
            response.render()
        response["Referrer-Policy"] = "strict-origin"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return checked


def _within_limits(request, link):
    by_link = hit(f"approval|{link.pk}", limit=POSTS_PER_LINK, per_seconds=HOUR)
    return hit(f"approval-address|{address_of(request)}", limit=POSTS_PER_ADDRESS, per_seconds=HOUR) and by_link


@public
@require_http_methods(["GET", "HEAD", "POST"])
@opened
def page(request: HttpRequest, token: str, link: Approval) -> HttpResponse:
    """Ask for the code; after the right one show the text and take the decision."""
    if request.method != "POST":
        return _ask(request, link, CodeForm())
    if "ticket" in request.POST:
        return _decide(request, token, link)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _ask(request, link, form)
    try:
        approval_actions.enter(token=token, code=form.cleaned_data["code"])
    except Refused as refusal:
        form.add_error("code", str(refusal))
        return _ask(request, link, form)
    return _show(request, link, ApproveForm(initial={"ticket": TICKET.sign(str(link.uuid))}))


def _decide(request, token, link):
    form = ApproveForm(request.POST)
    try:
        is_shown = TICKET.unsign(request.POST["ticket"], max_age=HOUR) == str(link.uuid)
    except BadSignature:
        is_shown = False
    if not is_shown:
        asked = CodeForm()
        messages.error(request, _("An hour has passed since you wrote the code. Write it once more."))
        return _ask(request, link, asked)
    if not form.is_valid():
        return _show(request, link, form)
    chosen = form.cleaned_data
    try:
        decision = approval_actions.use(token=token, move=chosen["move"], note=chosen["note"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, link, form)
    return TemplateResponse(request, "cases/approval/done.html", {"case": link.case, "decision": decision})


def _ask(request, link, form):
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "cases/approval/code.html", {"approval": link, "form": form}, status=status)


def _show(request, link, form):
    context = {"approval": link, "page": queries_approval.page(link), "form": form}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "cases/approval/page.html", context, status=status)
