"""Decisions that wait to be announced: taking one of many cases, looking them over, undoing, announcing."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import contact, queries_announcement
from cases.actions import announcement, letter_result
from cases.forms.announcement import ChosenPendingForm, PendingFilterForm, TogetherForm
from cases.models import PendingDecision
from cases.views import queue as queue_views
from config.errors import Refused
from config.paging import paginate
from members.access import requires
from members.permissions import Permission

KEPT = ("q", "kind", "call")


@requires(Permission.EDIT_CASE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    filters = PendingFilterForm(request.GET, user=request.user)
    rows = queries_announcement.rows(request.user, **filters.chosen)
    page = paginate(request, rows)
    context = {
        "filters": filters,
        "outcomes": queries_announcement.outcomes(rows),
        "samples": [(each, letter_result.preview(each, [each])) for each in queries_announcement.samples(rows)],
        "page": page,
        "lines": [(pending, letter_result.way_of(pending.case)) for pending in page],
        "query": urlencode(_kept(request.GET)),
    }
    return TemplateResponse(request, "cases/announcement/list.html", context)


@requires(Permission.EDIT_CASE)
@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the letter in which one pending decision will be told, with all that the same person is told in it."""
    rows = PendingDecision.objects.visible_to(request.user).open()
    pending = get_object_or_404(rows.select_related("case__organisation", "case__created_by"), pk=pk)
    preview = letter_result.preview(pending, queries_announcement.of_body(pending, request.user))
    context = {
        "pending": pending,
        "preview": preview,
        "address": contact.masked(preview.to.address) if preview and preview.to.address else "",
        "way": letter_result.way_of(pending.case),
    }
    return TemplateResponse(request, "cases/announcement/letter.html", context)


@requires(Permission.EDIT_CASE)
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Announce or undo what is ticked, or announce all that the address's filters show."""
    move = request.POST.get("do", "")
    back = redirect(f"{reverse('cases:announcement_list')}?{urlencode(_kept(request.GET))}")
    if move == "announce_all":
        filters = PendingFilterForm(request.GET, user=request.user)
        chosen = list(queries_announcement.rows(request.user, **filters.chosen).select_related(None).only("pk"))
    else:
        form = ChosenPendingForm(request.POST, user=request.user)
        if not form.is_valid():
            messages.error(request, form["pending"].errors[0])
            return back
        chosen = list(form.cleaned_data["pending"])
    try:
        _do(request, move, chosen)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return back


def _do(request, move, chosen):
    if move in ("announce", "announce_all"):
        announcement.announce(chosen=chosen, by=request.user)
        messages.success(request, _("They are being announced. You are told when it is done; letters wait as drafts."))
    elif move == "undo":
        count = announcement.undo(chosen=chosen, by=request.user)
        said = ngettext("%s pending decision is undone.", "%s pending decisions are undone.", count)
        messages.success(request, said % count)
    else:
        raise BadRequest


@requires(Permission.EDIT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def together(request: HttpRequest, name: str) -> HttpResponse:
    """Take one decision of all cases that a list shows by its filters, to be announced later."""
    chosen = queue_views.named(name, is_author_side=False)
    filters, _sorting, rows = queue_views.listed(request, chosen)
    form = TogetherForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            held, left = announcement.hold_all(
                cases=list(rows.select_related(None).only("pk")), by=request.user, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error("note" if refusal.code == "note_missing" else None, str(refusal))
        else:
            _say_held(request, held, left)
            return redirect("cases:announcement_list")
    context = {
        "queue": chosen,
        "filters": filters,
        "form": form,
        "count": rows.count(),
        "back": f"{chosen.get_absolute_url()}?{urlencode(queue_views.kept(request))}",
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "cases/announcement/together.html", context, status=status)


def _say_held(request, held, left):
    said = ngettext("%s decision waits to be announced.", "%s decisions wait to be announced.", held) % held
    messages.success(request, said)
    if left:
        said = ngettext(
            "%s case was left out: it waits already, or the decision does not fit where it stands.",
            "%s cases were left out: they wait already, or the decision does not fit where they stand.",
            left,
        )
        messages.warning(request, said % left)


def _kept(asked):
    return {name: asked[name] for name in KEPT if asked.get(name)}
