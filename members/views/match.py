"""Data match: open a run, give rosters, see what was understood, start, watch, stop, approve, close."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from config.uploads import gate
from config.uploads.handlers import oversized, takes_rosters
from members import match_pages, queries, tasks
from members.access import fresh_proof, requires
from members.actions import match as matches
from members.forms.match import ColumnsForm, CreateForm, RosterForm
from members.imports import reasons, workbook
from members.models import MatchRun
from members.models.match import Side
from members.permissions import Permission

XLSX = gate.KINDS["xlsx"].content_type


@requires(Permission.EDIT_PEOPLE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    runs = MatchRun.objects.visible_to(request.user).select_related("organisation", "members_organisation")
    return TemplateResponse(request, "members/match/list.html", {"page": paginate(request, runs.order_by("-pk"))})


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    form = CreateForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        wanted = {name: value for name, value in form.cleaned_data.items() if name != "is_agreed"}
        try:
            run = matches.create(**wanted, by=request.user)
        except Refused as refusal:
            form.add_error("organisation", str(refusal))
        else:
            return redirect(run)
    return TemplateResponse(request, "members/match/create.html", {"form": form})


@requires(Permission.EDIT_PEOPLE)
@never_cache
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.EDIT_PEOPLE)
@never_cache
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far the worker is, for the script that moves the bar."""
    return JsonResponse(match_pages.progress(_load(request, pk)))


@requires(Permission.EDIT_PEOPLE)
@takes_rosters
@require_POST
def give(request: HttpRequest, pk: int, side: Side) -> HttpResponse:
    run = _load(request, pk)
    form = RosterForm(request.POST, request.FILES, is_oversized="file" in oversized(request))
    if not form.is_valid():
        return _page(request, run, {side: form})
    file = form.cleaned_data["file"]
    try:
        matches.give(
            run=run,
            side=side,
            filename=file.name,
            data=file.file.getvalue(),
            by=request.user,
            enqueue=tasks.read_roster.enqueue,
        )
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return _page(request, run, {side: form})
    return redirect(run)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def register(request: HttpRequest, pk: int) -> HttpResponse:
    run = _load(request, pk)
    return _done(request, run, matches.take_register, enqueue=tasks.read_roster.enqueue)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def columns(request: HttpRequest, pk: int, side: Side) -> HttpResponse:
    run = _load(request, pk)
    layout = match_pages.layout_of(run, side)
    form = ColumnsForm(request.POST, table=layout) if layout else None
    if form is None or not form.is_valid():
        messages.error(request, _("These columns cannot be read. Upload the roster again."))
        return redirect(run)
    wanted = {"side": side, "fields": form.meanings, "enqueue": tasks.read_roster.enqueue}
    return _done(request, run, matches.map_columns, **wanted)


@requires(Permission.EDIT_PEOPLE)
@fresh_proof
@never_cache
@require_POST
def bad_rows(request: HttpRequest, pk: int, side: Side) -> HttpResponse:
    """Give the bad rows of a roster back as a workbook; posted, since it is put on record."""
    run = _load(request, pk)
    try:
        headers, rows = matches.bad_rows(run=run, side=side, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(run)
    told = [([str(number), *cells], reasons.sentences(faults)) for number, cells, faults in rows]
    book = workbook.build([_("Row"), *headers], told, _("What is wrong"))
    response = HttpResponse(book, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{_('to correct')}.xlsx")
    return response


@requires(Permission.EDIT_PEOPLE)
@require_POST
def swap(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, _load(request, pk), matches.swap, enqueue=tasks.read_roster.enqueue)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, _load(request, pk), matches.start, enqueue=tasks.run_match.enqueue)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, _load(request, pk), matches.stop, said=_("Stopped. The rosters are kept."))


@requires(Permission.EDIT_PEOPLE)
@fresh_proof
@require_POST
def approve(request: HttpRequest, pk: int, side: Side) -> HttpResponse:
    run = _load(request, pk)
    return _done(request, run, matches.approve, side=side, enqueue=tasks.open_leads.enqueue)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    said = _("The data match is closed: rosters and pairs are destroyed, leads and counts stay.")
    return _done(request, _load(request, pk), matches.close, said=said)


def _load(request: HttpRequest, pk: int) -> MatchRun:
    runs = MatchRun.objects.visible_to(request.user).filter(mode=MatchRun.Mode.ONE_OFFICE)
    return get_object_or_404(runs.select_related("organisation", "members_organisation", "created_by"), pk=pk)


def _done(request: HttpRequest, run: MatchRun, action: object, said: str = "", **wanted: object) -> HttpResponse:
    """Do it, say so or why not, and show the run."""
    try:
        action(run=run, by=request.user, **wanted)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if said:
            messages.success(request, said)
    return redirect(run)


def _page(request: HttpRequest, run: MatchRun, forms: dict | None = None) -> HttpResponse:
    context = match_pages.context(run, request.user, forms or {})
    context["left_count"] = queries.to_decide_count(run)
    return TemplateResponse(request, "members/match/detail.html", context)
