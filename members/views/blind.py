"""Blind match: what each side learns, the program, and the page of a run from tickets to leads."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.forms import Form
from config.paging import paginate
from config.uploads import gate
from config.uploads.handlers import kept_in_memory, oversized, takes_rosters
from members import queries, tasks
from members.access import fresh_proof, requires, signed_in
from members.actions import blind, blind_leads, blind_psi
from members.actions import match as matches
from members.blind import build
from members.forms.blind import ComparedForm, CreateForm, DecideForm, OpenedForm, TokensForm
from members.imports import reasons
from members.matching import explain
from members.models import MatchRun
from members.models.match import MatchState, Side
from members.permissions import Permission

REFRESH_SECONDS = 3
FEW = 10  # so few pairs that the count alone may tell who it is


@requires(Permission.EDIT_PEOPLE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    runs = MatchRun.objects.visible_to(request.user).filter(mode__in=blind.BLIND)
    rows = runs.select_related("organisation", "members_organisation").order_by("-pk")
    return TemplateResponse(request, "members/blind/list.html", {"page": paginate(request, rows)})


@signed_in
@require_safe
def explained(request: HttpRequest) -> HttpResponse:
    programs = [
        {"name": build.NAME, "sha256": build.sha256(), "url": reverse("members:blind_program")},
        {"name": build.PSI_NAME, "sha256": build.sha256("psi"), "url": reverse("members:blind_psi_program")},
    ]
    return TemplateResponse(request, "members/blind/explained.html", {"programs": programs})


@signed_in
@require_safe
def program(request: HttpRequest, module: str) -> HttpResponse:
    return _download(build.packed(module), build.NAMES[module], "application/zip")


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = CreateForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        organisation, members_organisation = form.bodies
        try:
            run = blind.create(
                organisation=organisation,
                members_organisation=members_organisation,
                purpose=form.cleaned_data["purpose"],
                basis=form.cleaned_data["basis"],
                mode=form.cleaned_data["mode"],
                by=request.user,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("members:blind_detail", run.pk)
    return TemplateResponse(request, "members/blind/create.html", {"form": form})


@requires(Permission.EDIT_PEOPLE)
@never_cache
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one run; while its files are joined the browser looks again every few seconds."""
    run = _load(request, pk)
    response = _page(request, run)
    if run.state == MatchState.RUNNING:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


@requires(Permission.EDIT_PEOPLE)
@require_safe
def ticket(request: HttpRequest, pk: int, side: Side) -> HttpResponse:
    run = _load(request, pk)
    return _download(blind.ticket(run=run, side=side).encode(), f"{run.pk}-{side}-ticket.json", "application/json")


@requires(Permission.EDIT_PEOPLE)
@require_POST
def algorithm(request: HttpRequest, pk: int) -> HttpResponse:
    run = _load(request, pk)
    try:
        blind.use_sha256(run=run, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The run uses SHA-256 now. Both departments download their tickets again."))
    return redirect("members:blind_detail", run.pk)


@requires(Permission.EDIT_PEOPLE)
@takes_rosters
@require_POST
def tokens(request: HttpRequest, pk: int, side: Side) -> HttpResponse:
    run = _load(request, pk)
    form = TokensForm(request.POST, request.FILES, prefix=side, oversized=oversized(request))
    if not form.is_valid():
        return _page(request, run, form)
    file = form.cleaned_data["file"]
    try:
        data = gate.read("tokens", file)
        gate.admit("tokens", file.name, data)
        blind.give(run=run, side=side, data=data, by=request.user, enqueue=tasks.join_tokens.enqueue)
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return _page(request, run, form)
    return redirect("members:blind_detail", run.pk)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def compared(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what the receiving program of a private set intersection showed."""
    run, form = _load(request, pk), ComparedForm(request.POST)
    if not form.is_valid():
        return _page(request, run, form)
    try:
        blind_psi.compared(run=run, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(run)


@requires(Permission.EDIT_PEOPLE)
@fresh_proof
@require_POST
def approve(request: HttpRequest, pk: int, side: Side) -> HttpResponse:
    run = _load(request, pk)
    try:
        run = blind.approve(run=run, side=side, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        is_open = run.state == MatchState.OPEN
        opened = _("Both sides have approved. Each may now download its handles.")
        messages.success(request, opened if is_open else _("Approved for your side. The other side's leave is needed."))
    return redirect("members:blind_detail", run.pk)


@requires(Permission.EDIT_PEOPLE)
@fresh_proof
@never_cache
@require_POST
def handles(request: HttpRequest, pk: int, side: Side) -> HttpResponse:
    """Give a side its handles; posted, since it is put on record."""
    run = _load(request, pk)
    try:
        text = blind.handles(run=run, side=side, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("members:blind_detail", run.pk)
    return _download(text.encode(), f"{run.pk}-{side}-handles.json", "application/json")


@requires(Permission.EDIT_PEOPLE)
@require_POST
def decide(request: HttpRequest, pk: int, pair: int) -> HttpResponse:
    run, form = _load(request, pk), DecideForm(request.POST)
    candidate = get_object_or_404(run.candidates.all(), pk=pair)
    if form.is_valid():
        try:
            blind.decide(candidate=candidate, is_same=form.cleaned_data["answer"] == "yes", by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
    return redirect("members:blind_detail", run.pk)


@requires(Permission.EDIT_PEOPLE)
@kept_in_memory
@require_POST
def enter(request: HttpRequest, pk: int, side: Side) -> HttpResponse:
    run = _load(request, pk)
    form = OpenedForm(request.POST, request.FILES, prefix=side, oversized=oversized(request))
    if not form.is_valid():
        return _page(request, run, form)
    file = form.cleaned_data["file"]
    entering = blind_psi.enter if run.mode == MatchRun.Mode.PSI else blind_leads.enter
    try:
        result = entering(run=run, side=side, filename=file.name, data=gate.read("workbook", file), by=request.user)
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return _page(request, run, form)
    _tell(request, result)
    return redirect("members:blind_detail", run.pk)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    run = _load(request, pk)
    try:
        matches.close(run=run, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Closed. Handles and tokens are destroyed; the leads and the counts stay."))
    return redirect("members:blind_detail", run.pk)


def _load(request: HttpRequest, pk: int) -> MatchRun:
    runs = MatchRun.objects.visible_to(request.user).filter(mode__in=blind.BLIND)
    return get_object_or_404(runs.select_related("organisation", "members_organisation", "created_by"), pk=pk)


def _page(request: HttpRequest, run: MatchRun, faulty: Form | None = None) -> HttpResponse:
    """Answer with the page of a run; `faulty` is a form of one side that has errors."""
    sides = blind.sides(run, request.user)
    is_psi = run.mode == MatchRun.Mode.PSI
    kind = OpenedForm if run.state == MatchState.OPEN else TokensForm
    pairs = run.candidates.order_by("number") if run.state == MatchState.OPEN else run.candidates.none()
    context = {
        "run": run,
        "sides": sides,
        "mine": [
            (row, faulty if faulty is not None and faulty.prefix == row.side else kind(prefix=row.side))
            for row in sides
            if row.is_mine
        ],
        "faulty": faulty,
        "algorithm": blind.algorithm_of(run).upper(),
        "sha256": build.sha256("psi" if is_psi else "cli"),
        "is_psi": is_psi,
        "compared_form": _compared_form(sides, faulty) if is_psi else None,
        "left_count": queries.to_decide_count(run) if run.state == MatchState.OPEN else None,
        "is_few": 0 < run.pair_count < FEW,
        "is_preparing": run.state in (MatchState.PREPARING, MatchState.FAILED),
        "page": paginate(request, pairs),
    }
    for pair in context["page"]:
        pair.words = explain.PASSES[pair.pass_code]
    return TemplateResponse(request, "members/blind/detail.html", context)


def _compared_form(sides: list[blind.SideRow], faulty: Form | None) -> ComparedForm | None:
    """Return the form for the numbers that the members' side's program shows; None for the other side."""
    if not any(row.is_mine and row.side == Side.MEMBERS for row in sides):
        return None
    return faulty if isinstance(faulty, ComparedForm) else ComparedForm()


def _tell(request: HttpRequest, result: blind_leads.Entered) -> None:
    told = ngettext("%(count)d lead was opened.", "%(count)d leads were opened.", result.leads)
    messages.success(request, told % {"count": result.leads})
    if result.known:
        messages.info(request, _("%(count)d rows had been entered before.") % {"count": result.known})
    if result.undecided:
        messages.info(request, _("%(count)d rows wait for a decision on their pair.") % {"count": result.undecided})
    if result.foreign:
        messages.warning(request, _("%(count)d rows have no handle of this run.") % {"count": result.foreign})
    for number, faults in result.without[:20]:
        why = reasons.sentences(faults)
        left_out = _("Pair %(number)d was entered without a number, to be asked of the person: %(why)s")
        messages.warning(request, left_out % {"number": number, "why": why})
    for number, faults in result.bad[:20]:
        why = reasons.sentences(faults)
        messages.warning(request, _("Pair %(number)d was not entered: %(why)s") % {"number": number, "why": why})


def _download(data: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
