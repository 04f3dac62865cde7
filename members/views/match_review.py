"""Reviewing the pairs of a data match: one at a time, strongest first; decide, put off, take back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members import match_pages, queries
from members.access import requires
from members.actions import match_review
from members.forms.match import AnswerForm
from members.models import MatchCandidate, MatchRun
from members.models.match import PairState
from members.permissions import Permission


@requires(Permission.EDIT_PEOPLE)
@never_cache
@require_safe
def queue(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the next pair; `?later` goes through those put off, `?last` says what the last answer did."""
    run = _load(request, pk)
    if not match_pages.may_show_pairs(run):
        return redirect(run)
    put_off = "later" in request.GET
    pair = queries.next_pair(run, request.user, put_off=put_off)
    last = request.GET.get("last", "")
    decided = run.candidates.filter(number=int(last)).first() if last.isdecimal() and len(last) < 9 else None
    context = {
        "run": run,
        "pair": pair,
        "card": match_pages.card(pair) if pair else None,
        "put_off": put_off,
        "last": match_pages.verdict(decided) if decided and decided.state != PairState.OPEN else None,
        "counts": queries.pair_counts(run),
        "left_count": queries.to_decide_count(run),
    }
    return TemplateResponse(request, "members/match/review.html", context)


@requires(Permission.EDIT_PEOPLE)
@never_cache
@require_safe
def pairs(request: HttpRequest, pk: int) -> HttpResponse:
    """List the pairs by number with what became of them, for taking a decision back."""
    run = _load(request, pk)
    if not match_pages.may_show_pairs(run):
        return redirect(run)
    rows = run.candidates.select_related("decided_by", "first_by", "lead").order_by("number")
    state = request.GET.get("state", "")
    rows = rows.filter(state=state) if state in PairState.values else rows.exclude(state=PairState.WAITING)
    page = paginate(request, rows)
    context = {
        "run": run,
        "page": page,
        "rows": [(pair, match_pages.verdict(pair)) for pair in page],
        "states": [(value, label, value == state) for value, label in PairState.choices if value != PairState.WAITING],
        "counts": queries.pair_counts(run),
    }
    return TemplateResponse(request, "members/match/pairs.html", context)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def decide(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    pair = _pair(request, pk, number)
    form = AnswerForm(request.POST)
    address = reverse("members:match_review", args=[pk])
    if not form.is_valid():
        messages.error(request, _("Choose one of the answers."))
        return redirect(address)
    try:
        match_review.decide(candidate=pair, answer=form.cleaned_data["answer"], by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(address)
    later = "&later" if "later" in request.GET else ""
    return redirect(f"{address}?last={number}{later}")


@requires(Permission.EDIT_PEOPLE)
@require_POST
def undo(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    pair = _pair(request, pk, number)
    try:
        match_review.undo(candidate=pair, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("members:match_pairs", pk)
    messages.success(request, _("The decision is taken back, the pair is open again."))
    return redirect("members:match_review", pk)


def _load(request: HttpRequest, pk: int) -> MatchRun:
    runs = MatchRun.objects.visible_to(request.user).filter(mode=MatchRun.Mode.ONE_OFFICE)
    return get_object_or_404(runs.select_related("organisation", "members_organisation"), pk=pk)


def _pair(request: HttpRequest, pk: int, number: int) -> MatchCandidate:
    run = _load(request, pk)
    return get_object_or_404(run.candidates.all(), number=number)
