"""The public notice: objecting, following one's objection; on the desk the list and the handling record."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import queries_notice as queries
from cases.actions import notice as actions
from cases.forms.contact import RevealContactForm
from cases.forms.notice import NoteForm, ObjectionForm, SettleForm, ShortlistForm
from cases.models import Call, Objection
from config.errors import Refused
from config.limits import address_of, hit
from config.paging import paginate
from members.access import fresh_proof, public, requires
from members.permissions import Permission

HOUR = 3600
OBJECTIONS_PER_HOUR = 10  # of one address; an office shares one


@public
@require_http_methods(["GET", "HEAD", "POST"])
def object_(request: HttpRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(Call.objects.public().select_related("created_by").prefetch_related("phases"), pk=pk)
    form = ObjectionForm(request.POST or None, call=call)
    status = 200
    if request.method == "POST" and form.is_valid() and not form.is_robot:
        if not hit(f"objection|{address_of(request)}", limit=OBJECTIONS_PER_HOUR, per_seconds=HOUR):
            form.add_error(
                None, _("Too many objections came from your network. Your text stands here: try in an hour.")
            )
            status = 429
        else:
            try:
                made = actions.object_(call=call, **form.for_object())
                return redirect("cases:notice_follow", key=made.uuid)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
    context = {"call": call, "form": form, "is_open": queries.takes_objections(call, timezone.now())}
    return TemplateResponse(request, "cases/notice/object.html", context, status=status)


@public
@never_cache
@require_safe
def follow(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What became of an objection, for whoever kept its address."""
    objection = queries.by_key(key)
    if objection is None:
        raise Http404
    response = TemplateResponse(request, "cases/notice/follow.html", {"objection": objection})
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@requires(Permission.MANAGE_CALLS)
@require_http_methods(["GET", "HEAD", "POST"])
def shortlist(request: HttpRequest, pk: int) -> HttpResponse:
    calls = Call.objects.visible_to(request.user).managed_by(request.user)
    call = get_object_or_404(calls.select_related("organisation").prefetch_related("phases"), pk=pk)
    form = ShortlistForm(request.POST or None, call=call)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_list(call=call, rows=form.cleaned_data["lines"], by=request.user)
        except Refused as refusal:
            form.add_error("lines", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("cases:notice_shortlist", pk=pk)
    context = {
        "call": call,
        "form": form,
        "listed": queries.standing(call),
        "phase": queries.phase_of(call),
        "is_shown": queries.is_shown(call, timezone.now()),
    }
    return TemplateResponse(request, "cases/notice/shortlist.html", context)


@requires(Permission.HANDLE_OBJECTIONS)
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    rows = Objection.objects.visible_to(request.user).select_related("call", "case")
    page = paginate(request, queries.open_first(rows))
    return TemplateResponse(request, "cases/notice/list.html", {"page": page})


@requires(Permission.HANDLE_OBJECTIONS)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _load(request, pk))


@requires(Permission.HANDLE_OBJECTIONS)
@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, "note", NoteForm(request.POST), actions.note)


@requires(Permission.HANDLE_OBJECTIONS)
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, "settle", SettleForm(request.POST), actions.settle)


@requires(Permission.HANDLE_OBJECTIONS)
@fresh_proof
@never_cache
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with who objected; no cache keeps the page and no address leads back to it."""
    objection = _load(request, pk)
    form = RevealContactForm(request.POST)
    if not form.is_valid():
        return _page(request, objection, status=422, contact=form)
    try:
        name, contact = actions.reveal(objection=objection, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(objection)
    context = {"objection": objection, "name": name, "contact": contact}
    return TemplateResponse(request, "cases/notice/reveal.html", context)


def _change(request, pk, name, form, action):
    objection = _load(request, pk)
    if not form.is_valid():
        return _page(request, objection, status=422, **{name: form})
    try:
        action(objection=objection, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, _load(request, pk), status=409, **{name: form})
    messages.success(request, _("Noted."))
    return redirect(objection)


def _load(request, pk):
    rows = Objection.objects.visible_to(request.user).select_related("call__organisation", "case", "settled_by")
    return get_object_or_404(rows, pk=pk)


def _page(request, objection, status=200, **bound):
    has_contact = bool(objection.name_cipher or objection.contact_cipher)
    context = {
        "objection": objection,
        "steps": objection.steps.select_related("done_by").order_by("pk"),
        "note": NoteForm(),
        "settle": SettleForm(),
        "contact": RevealContactForm() if has_contact else None,
        "bound": list(bound.values()),
        "still_listed": queries.still_listed(objection),
        "may_list": request.user.has_permission(Permission.MANAGE_CALLS, objection.call.organisation),
    } | bound
    return TemplateResponse(request, "cases/notice/detail.html", context, status=status)
