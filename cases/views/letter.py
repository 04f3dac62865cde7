"""The outbox: the lists, one letter, and what an editor does with it. Sending is the worker's."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cases import contact, queries_letter
from cases.actions import letter as letter_actions
from cases.forms.letter import ChosenLettersForm, LetterFilterForm, LetterForm
from cases.models import Case, Letter
from cases.models.letter import LetterKind
from config import cipher, sealed
from config.errors import Refused
from config.paging import paginate
from members.access import requires
from members.permissions import Permission

KEPT = ("tab", "q", "kind")


@requires(Permission.EDIT_CASE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    tab = queries_letter.tab_named(request.GET.get("tab"))
    filters = LetterFilterForm(request.GET)
    page = paginate(request, queries_letter.rows(request.user, tab, **filters.chosen))
    context = {
        "tab": tab,
        "counts": queries_letter.counts(request.user),
        "filters": filters,
        "page": page,
        "query": urlencode(_kept(request.GET)),
        "is_off": not settings.MAIL_REPLY_FROM,
    }
    return TemplateResponse(request, "cases/letter/list.html", context)


@requires(Permission.EDIT_CASE)
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing with the letters that are ticked, or send all that the address's filters show."""
    move = request.POST.get("do", "")
    back = redirect(f"{reverse('cases:letter_list')}?{urlencode(_kept(request.GET))}")
    if move == "send_all":
        tab = queries_letter.tab_named("drafts")
        rows = queries_letter.rows(request.user, tab, **LetterFilterForm(request.GET).chosen)
        chosen = list(rows.select_related(None).only("pk"))
    else:
        form = ChosenLettersForm(request.POST, user=request.user)
        if not form.is_valid():
            messages.error(request, form["letters"].errors[0])
            return back
        chosen = list(form.cleaned_data["letters"])
    try:
        return _done_with(request, move, chosen) or back
    except Refused as refusal:
        messages.error(request, str(refusal))
        return back


def _done_with(request, move, chosen):
    """Do it and say so; returns the page to go to, None for the list. Raises: Refused, BadRequest."""
    if move in ("send", "send_all"):
        _say_sent(request, *letter_actions.send(drafts=chosen, by=request.user))
    elif move == "merge":
        joined = letter_actions.merge(drafts=chosen, by=request.user)
        messages.success(request, _("They are one letter now. Read it through, then send it."))
        return redirect(joined)
    elif move == "discard":
        count = letter_actions.discard(chosen=chosen, by=request.user)
        said = ngettext("%s letter is deleted.", "%s letters are deleted.", count) % count
        messages.success(request, said)
    else:
        raise BadRequest
    return None


def _say_sent(request, sent, left):
    if sent:
        said = ngettext("%s letter is on its way.", "%s letters are on their way.", sent) % sent
        messages.success(request, said)
    if left:
        said = ngettext(
            "%s letter stays: it has no e-mail address, or somebody else sent or deleted it.",
            "%s letters stay: they have no e-mail address, or somebody else sent or deleted them.",
            left,
        )
        messages.warning(request, said % left)


@requires(Permission.EDIT_CASE)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.EDIT_CASE)
@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Save a draft's words; the second button sends them at once."""
    found = _load_to_change(request, pk)
    form = LetterForm(request.POST, letter=found)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        letter_actions.edit(letter=found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, _load(request, pk), form=form, status=409)
    if request.POST.get("do") == "send":
        _say_sent(request, *letter_actions.send(drafts=[found], by=request.user))
    else:
        messages.success(request, _("The draft is saved."))
    return redirect(found)


@requires(Permission.EDIT_CASE)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load_to_change(request, pk)
    if letter_actions.discard(chosen=[found], by=request.user):
        messages.success(request, _("The letter is deleted. It can be taken back."))
    else:
        messages.error(request, _("Nothing was changed: the letter has moved on meanwhile."))
    return redirect(found)


@requires(Permission.EDIT_CASE)
@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, letter_actions.hand_over, _("Noted: its reader was told otherwise."))


@requires(Permission.EDIT_CASE)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, letter_actions.take_back, _("It is a draft again."))


@requires(Permission.EDIT_CASE)
@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a draft in free words to the contributor of a case."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not request.user.has_permission(Permission.EDIT_CASE, case.organisation):
        raise PermissionDenied
    to = letter_actions.contributor_of(case)
    opened = letter_actions.draft(kind=LetterKind.OTHER, to=to, case=case, note=_("(write here)"), by=request.user)
    if opened is None:
        messages.error(request, _("Whoever sent this case in has an account without an e-mail address."))
        return redirect(case)
    return redirect(opened)


def _kept(asked):
    return {name: asked[name] for name in KEPT if asked.get(name)}


def _load(request, pk):
    rows = Letter.objects.visible_to(request.user)
    related = ("organisation", "created_by", "edited_by", "settled_by", "to_user", "merged_into", "answers", "bounce")
    return get_object_or_404(rows.select_related(*related), pk=pk)


def _load_to_change(request, pk):
    found = _load(request, pk)
    if not letter_actions.may_keep(request.user, found):
        raise PermissionDenied
    return found


def _move(request, pk, action, said):
    found = _load_to_change(request, pk)
    try:
        action(letter=found, by=request.user)
        messages.success(request, said)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


def _page(request, found, *, form=None, status=200):
    is_draft = found.status == Letter.State.DRAFT
    items = found.items.exclude(case=None).select_related("case").order_by("position")
    context = {
        "letter": found,
        "address": _masked(found),
        "form": form or (LetterForm(letter=found) if is_draft else None),
        "cases": list({item.case_id: item.case for item in items}.values()),
        "attempts": list(found.attempts.order_by("-number")),
        "others": list(queries_letter.others_to(found, request.user)) if is_draft else [],
        "absorbed": list(found.absorbed.order_by("pk")),
        "may": {move: found.status in states for move, states in letter_actions.MOVES.items()},
        "is_off": not settings.MAIL_REPLY_FROM,
    }
    return TemplateResponse(request, "cases/letter/detail.html", context, status=status)


def _masked(letter):
    try:
        return contact.masked(sealed.unseal(letter, "to_cipher")) if letter.to_cipher else ""
    except cipher.Undecipherable:
        return ""
