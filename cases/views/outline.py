"""Drafting a case from the ledger: the drafts of one's bodies, one being written, what it reads like, sending it in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import queries_outline as queries
from cases.actions import outline as actions
from cases.actions import outline_submit
from cases.evidence.verdicts import written
from cases.forms.outline import BeginForm, BindForm, ChooseForm, EditForm, PhotosForm, SendForm, texts_of
from cases.models import Outline
from cases.outline import rendering
from cases.outline.offers import offers
from cases.queries_callcheck import of_draft
from cases.views.intake import tell_received
from config.errors import Conflict, Refused
from config.paging import paginate
from members.access import requires
from members.permissions import Permission
from services.indicators import periods
from services.indicators.registry import Scope

NEXT = {"choose": "cases:outline_choose", "photos": "cases:outline_photos", "preview": "cases:outline_preview"}


@requires(Permission.DRAFT_CASE)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    rows = Outline.objects.visible_to(request.user).open().select_related("organisation", "saved_by", "created_by")
    page = paginate(request, rows.order_by("-saved_at", "-pk"), 25)
    return TemplateResponse(request, "cases/outline/list.html", {"page": page})


@requires(Permission.DRAFT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    form = BeginForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        outline = actions.begin(by=request.user, **form.cleaned_data)
        return redirect("cases:outline_choose", pk=outline.pk)
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "cases/outline/begin.html", {"form": form}, status=status)


@requires(Permission.DRAFT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the four parts; every way on saves first, and what somebody else saved meanwhile is shown beside."""
    outline = _load(request, pk)
    draft = rendering.read(outline)
    form = EditForm(request.POST or None, filled=draft.filled, outline=outline, initial=texts_of(outline))
    theirs = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.save(outline=outline, by=request.user, **form.for_save())
        except Conflict as conflict:
            form.add_error(None, str(conflict))
            form.data = form.data.copy()
            form.data["seen"] = str(outline.version)
            theirs = draft
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            wanted = NEXT.get(request.POST.get("then", ""))
            if wanted is None:
                messages.success(request, _("Saved. Nobody but your own offices sees it."))
            return redirect(wanted or "cases:outline_edit", pk=pk)
    context = {"outline": outline, "form": form, "draft": draft, "theirs": theirs, "photos": outline.photos.count()}
    context |= _asked(outline, draft)
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "cases/outline/edit.html", context, status=status)


@requires(Permission.DRAFT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    outline = _load(request, pk)
    offered = _offers(outline)
    form = ChooseForm(request.POST or None, offers=offered)
    if request.method == "POST" and form.is_valid():
        kept = actions.choose(outline=outline, offers=offered, chosen=form.cleaned_data["chosen"], by=request.user)
        if kept:
            said = _("Their sentence was changed, so take them out of the text yourself: %(labels)s.")
            messages.warning(request, said % {"labels": "、".join(kept)})
        return redirect("cases:outline_edit", pk=pk)
    chosen = {written(*row) for row in outline.fields.filter(period=outline.period).values_list("indicator", "filters")}
    context = {"outline": outline, "form": form, "groups": queries.grouped(offered, chosen), "days": _period(outline)}
    return TemplateResponse(request, "cases/outline/choose.html", context, status=422 if form.is_bound else 200)


@requires(Permission.DRAFT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def photos(request: HttpRequest, pk: int) -> HttpResponse:
    outline = _load(request, pk)
    chosen = dict(outline.photos.order_by("position", "pk").values_list("attachment_id", "caption"))
    page = paginate(request, queries.photos(outline, request.user), queries.PHOTOS_A_PAGE)
    form = PhotosForm(request.POST or None, photos=queries.with_chosen(page, outline), chosen=chosen)
    if request.method == "POST" and form.is_valid():
        actions.choose_photos(outline=outline, chosen=form.chosen, by=request.user)
        return redirect("cases:outline_edit", pk=pk)
    context = {"outline": outline, "form": form, "page": page}
    return TemplateResponse(request, "cases/outline/photos.html", context, status=422 if form.is_bound else 200)


@requires(Permission.DRAFT_CASE)
@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    return _preview(request, _load(request, pk), None)


@requires(Permission.DRAFT_CASE)
@require_POST
def bind(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a field in the place of a number typed by hand."""
    outline, form = _load(request, pk), BindForm(request.POST)
    offered = _offers(outline)
    offer = next((each for each in offered if each.identity == request.POST.get("offer")), None)
    try:
        if not form.is_valid() or offer is None:
            raise Refused(_("This number stands there no longer: the draft was changed meanwhile. Look at it again."))
        actions.bind(outline=outline, by=request.user, **{**form.cleaned_data, "offer": offer})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("cases:outline_preview", pk=pk)


@requires(Permission.DRAFT_CASE)
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    outline = _load(request, pk)
    form = SendForm(request.POST, outline=outline)
    if form.is_valid() and form.is_stated:
        try:
            sent = form.cleaned_data | {"statement": form.confirmed}
            case = outline_submit.submit(outline=outline, by=request.user, **sent)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            tell_received(request, case)
            return redirect("cases:receipt_detail", pk=case.pk)
    return _preview(request, outline, form)


@requires(Permission.DRAFT_CASE)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    actions.discard(outline=_load(request, pk), by=request.user)
    messages.success(request, _("The draft is deleted."))
    return redirect("cases:outline_list")


def _preview(request, outline, form):
    draft = rendering.read(outline, _offers(outline))
    context = {
        "outline": outline,
        "draft": draft,
        "form": form or SendForm(initial={"seen": outline.version}, outline=outline),
        "photos": outline.photos.select_related("attachment").order_by("position", "pk"),
        "problems": [*draft.problems, *rendering.photo_problems(outline)],
        **_asked(outline, draft),
    }
    return TemplateResponse(request, "cases/outline/preview.html", context, status=422 if form else 200)


def _asked(outline, draft):
    """What the call asks for, and what the draft as it was saved has or lacks of it."""
    if outline.call is None:
        return {}
    findings = of_draft(outline, draft.frozen()[0], timezone.now())
    return {"findings": findings, "parts": outline.call.parts.in_order()}


def _load(request, pk):
    rows = Outline.objects.visible_to(request.user).open()
    rows = rows.select_related("organisation__region", "saved_by", "call__organisation", "track")
    return get_object_or_404(rows, pk=pk)


def _period(outline):
    return periods.parse(outline.period, timezone.localdate())


def _offers(outline):
    return offers(Scope(outline.organisation), _period(outline))
