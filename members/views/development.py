"""Developments: a list with counts that open their rows, one page each with what both sides recorded."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Refused
from config.paging import paginate
from members import queries, queries_development, workflow
from members.access import requires
from members.actions import development as developments
from members.forms.development import DevelopmentFilterForm, OpenForm, RecordForm, StageForm, title_of
from members.models import Development, DevelopmentQuota, Person
from members.models.development import EndReason, Side, Stage
from members.permissions import Permission


@requires(Permission.READ_PEOPLE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    visible = Development.objects.visible_to(request.user)
    form = DevelopmentFilterForm(request.GET or None, user=request.user)
    is_narrowed = form.is_bound and form.is_valid()
    rows = queries_development.narrowed(visible, form.cleaned_data, today) if is_narrowed else visible
    page = paginate(request, rows.select_related("person", "organisation").order_by("-opened_at", "-pk"))
    found = queries_development.standings(page.object_list, today)
    quotas = DevelopmentQuota.objects.visible_to(request.user)
    context = {
        "form": form,
        "tallies": queries_development.tallies(visible),
        "open": {name: len(keys) for name, keys in queries_development.open_keys(visible, today).items()},
        "quotas": queries_development.quota_lines(quotas)[:8],
        "page": page,
        "rows": [(row, found[row.pk]) for row in page],
    }
    return TemplateResponse(request, "members/development/list.html", context)


@requires(Permission.READ_PEOPLE)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.EDIT_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
def open_(request: HttpRequest, person: int) -> HttpResponse:
    found = get_object_or_404(Person.objects.visible_to(request.user).select_related("organisation"), pk=person)
    form = OpenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = developments.open_development(person=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The development is kept from now on. Record the application first."))
            return redirect(opened)
    return TemplateResponse(request, "members/development/open.html", {"form": form, "person": found})


@requires(Permission.EDIT_PEOPLE)
@require_POST
def record(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    lines = queries_development.lines_of(found)
    form = RecordForm(request.POST, lines=_recordable(found, lines))
    if form.is_valid():
        try:
            developments.record(development=found, by=request.user, **form.wanted)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The step is recorded."))
            return redirect(found)
    return _page(request, found, form)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def take_back(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    found = _load(request, pk)
    try:
        developments.take_back(step=get_object_or_404(found.steps, pk=step), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The step is taken back."))
    return redirect(found)


@requires(Permission.EDIT_PEOPLE)
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    found = _load(request, pk)
    form = StageForm(request.POST)
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            developments.move(development=found, to=Stage(wanted["to"]), reason=wanted["reason"], by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
    return redirect(found)


def _load(request: HttpRequest, pk: int) -> Development:
    rows = Development.objects.visible_to(request.user).select_related("person__employer", "organisation")
    return get_object_or_404(rows.select_related("person__home_community", "person__party_branch"), pk=pk)


def _recordable(found: Development, lines: list) -> list:
    """Keep the lines a side may still record: up to the stage reached, and not yet by both."""
    if found.stage == Stage.ENDED:
        return []
    reached = workflow.rank(found.stage)
    begun = [line for line in lines if line.starts_on or not line.rule.clock_from_id]
    return [line for line in begun if line.missing and workflow.rank(line.rule.stage) <= reached]


def _page(request: HttpRequest, found: Development, form: RecordForm | None = None) -> HttpResponse:
    today = timezone.localdate()
    may_edit = request.user.has_permission(Permission.EDIT_PEOPLE, found.organisation)
    lines = queries_development.lines_of(found)
    recordable = _recordable(found, lines)
    if form is None and may_edit and recordable:
        asked = {name: request.GET[name] for name in ("step", "side") if name in request.GET}
        form = RecordForm(initial=asked, lines=recordable)
    reached = workflow.rank(found.ended_from or found.stage)
    keys = {id(line): f"{line.rule.pk}-{line.occasion}" for line in recordable}
    context = {
        "development": found,
        "rows": [
            {
                "line": line,
                "title": title_of(line),
                "sides": [(side, line.records.get(side.value)) for side in Side],
                "is_overdue": line.is_overdue(today) and line.rule.stage == found.stage,
                "key": keys.get(id(line), ""),
                "is_mine": any(record.recorded_by_id == request.user.pk for record in line.records.values()),
                "stage": Stage(line.rule.stage),
                "may_take_back": may_edit and workflow.rank(line.rule.stage) >= reached,
            }
            for line in lines
        ],
        "form": form if may_edit else None,
        "is_asked": "step" in request.GET or (form is not None and form.is_bound),
        "moves": _moves(found) if may_edit else [],
        "reasons": EndReason.choices,
        "may_edit": may_edit,
        "history": queries.history(found),
    }
    return TemplateResponse(request, "members/development/detail.html", context)


def _moves(found: Development) -> list[tuple[Stage, str]]:
    """Return where it may go, each with the kind of button: on, back, end."""
    return [
        (to, "end" if to == Stage.ENDED else "on" if workflow.is_forward(found.stage, to) else "back")
        for to in workflow.moves(found.stage, found.ended_from)
    ]
