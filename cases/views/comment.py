"""Comments: what readers write and object to, and the queue of those who moderate."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import moderation
from cases.actions import comment as comment_actions
from cases.forms.comment import CommentForm, ModerationForm
from cases.models import Case, Comment, LibraryEntry
from config.errors import Refused, WrongState
from config.limits import address_of, hit
from config.paging import paginate
from members.access import public, requires
from members.permissions import Permission

HOUR, DAY = 3600, 86400
COMMENTS_PER_HOUR = 10  # of one address; a meeting room of readers shares one
REPORTS_PER_HOUR = 20


@public
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    entry = get_object_or_404(LibraryEntry.objects.public().select_related("case"), slug=slug)
    if request.method != "POST":
        return _leave_page(request, entry, CommentForm())
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _leave_page(request, entry, form, status=422)
    if not form.is_robot:
        if not hit(f"comment|{address_of(request)}", limit=COMMENTS_PER_HOUR, per_seconds=HOUR):
            form.add_error(None, _("Too many comments came from your network. Your text is kept here: try in an hour."))
            return _leave_page(request, entry, form, status=429)
        try:
            words = {"name": form.cleaned_data["name"], "body": form.cleaned_data["body"]}
            comment_actions.leave(case=entry.case, **words)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return _leave_page(request, entry, form, status=409)
    messages.success(
        request, _("Thank you. Your comment waits for approval; it will be shown once an editor has read it.")
    )
    return redirect(entry)


def _leave_page(request, entry, form, status=200):
    context = {"entry": entry, "form": form, "is_closed": entry.case.comments_closed_at is not None}
    return TemplateResponse(request, "cases/comment/leave.html", context, status=status)


@public
@require_POST
def report(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One report of an address and comment a day counts; to the reader every one looks the same."""
    entry = get_object_or_404(LibraryEntry.objects.public(), slug=slug)
    comment = get_object_or_404(Comment.objects.public(), case=entry.pk, pk=pk)
    address = address_of(request)
    if not hit(f"report|{address}", limit=REPORTS_PER_HOUR, per_seconds=HOUR):
        return TemplateResponse(request, "429.html", status=429)
    if hit(f"report|{pk}|{address}", limit=1, per_seconds=DAY):
        comment_actions.report(comment=comment)
    messages.success(request, _("Thank you. An editor will look at this comment."))
    return redirect(entry)


@requires(Permission.MODERATE_COMMENTS)
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    number = request.GET.get("case", "")
    case = None
    if number:
        cases = Case.objects.visible_to(request.user).with_row()
        case = get_object_or_404(cases, pk=int(number) if number.isdecimal() and len(number) < 18 else 0)
    scope = Comment.objects.visible_to(request.user)
    tab = moderation.tab_named(request.GET.get("state"))
    context = {
        "case": case,
        "may_close": case is not None and request.user.has_permission(Permission.MODERATE_COMMENTS, case.organisation),
        "tab": tab,
        "tabs": moderation.tabs(scope, case),
        "page": paginate(request, moderation.rows(scope, tab, case)),
        "back": _queue_address(tab.key, number),
    }
    return TemplateResponse(request, "cases/comment/queue.html", context)


@requires(Permission.MODERATE_COMMENTS)
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """`do` is approved or rejected for all that are ticked, approved-7 for one alone."""
    state, _dash, number = request.POST.get("do", "").partition("-")
    chosen = [number] if number else request.POST.getlist("comments")
    form = ModerationForm({"state": state, "comments": chosen}, user=request.user)
    back = _queue_address(request.POST.get("state", ""), request.POST.get("case", ""))
    if not form.is_valid():
        for error in [*form["comments"].errors] or [_("Choose whether to approve or to reject.")]:
            messages.error(request, error)
        return redirect(back)
    done, already = comment_actions.decide_each(by=request.user, **form.cleaned_data)
    if done and state == Comment.State.APPROVED:
        messages.success(request, ngettext("%s comment is public now.", "%s comments are public now.", done) % done)
    elif done:
        messages.success(request, ngettext("%s comment is rejected.", "%s comments are rejected.", done) % done)
    if already:
        text = ngettext(
            "%s comment had been decided so by somebody else already.",
            "%s comments had been decided so by somebody else already.",
            already,
        )
        messages.info(request, text % already)
    return redirect(back)


def _queue_address(state, case):
    """Return the address of one tab, of one case alone where a number is given."""
    asked = {"state": moderation.tab_named(state).key} | ({"case": case} if case.isdecimal() else {})
    return f"{reverse('cases:comment_queue')}?{urlencode(asked)}"


@requires(Permission.MODERATE_COMMENTS)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    return _switch(request, pk, comment_actions.close, _("No further comments are taken on %(number)s."))


@requires(Permission.MODERATE_COMMENTS)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    return _switch(request, pk, comment_actions.reopen, _("Comments are taken on %(number)s again."))


def _switch(request, pk, action, said):
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not request.user.has_permission(Permission.MODERATE_COMMENTS, case.organisation):
        raise PermissionDenied
    try:
        action(case=case, by=request.user)
        messages.success(request, said % {"number": case.number})
    except WrongState as refusal:
        messages.info(request, str(refusal))
    return redirect(_queue_address("", str(pk)))
