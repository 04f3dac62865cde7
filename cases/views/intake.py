"""Sending a text in, with a look at what cleaning does before it is sent."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import receipts
from cases.actions import intake
from cases.forms.intake import SubmissionForm, TextForm
from cases.forms.upload import keep_answers, redeem_answers
from cases.intake.arrival import Arrival, examine
from cases.models import Call
from config.errors import FileRefused, Refused
from config.numbers import whole_number
from config.uploads.handlers import kept_in_memory, oversized
from members.access import requires
from members.permissions import Permission


@requires(Permission.SUBMIT_CASE)
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    pages = {"page": "cases/intake/submit.html", "preview": "cases/intake/preview.html"}
    if request.method != "POST":
        call = whole_number(request.GET.get("call"))
        _tell_closed(request, call)
        return look(request, lambda data: SubmissionForm(data, user=request.user, call=call), **pages)
    form = SubmissionForm(request.POST, request.FILES, user=request.user, oversized=oversized(request))
    action = request.POST.get("action", "preview")
    if form.is_valid() and (action == "draft" or (action == "submit" and form.is_stated)):
        try:
            case = intake.receive(**form.for_receive(), by=request.user, submit=action == "submit")
        except Refused as refusal:
            form.add_error(form.source_field, str(refusal))
        else:
            tell_received(request, case)
            return redirect("cases:receipt_detail", pk=case.pk)
    return show_again(request, form, action, **pages)


def _tell_closed(request, call):
    """Say of a call somebody came for that it takes nothing now, rather than leave it out without a word."""
    found = Call.objects.public().filter(pk=call).first() if call is not None else None
    if found is not None and not found.takes_at(timezone.now()):
        said = _("“%(name)s” takes no cases now: its window is from %(first)s to %(last)s.")
        days = {"first": timezone.localdate(found.opens_at).isoformat(), "last": found.last_day.date().isoformat()}
        messages.warning(request, said % ({"name": found.name} | days))


def tell_received(request: HttpRequest, case: intake.Case) -> None:
    sentence = (
        _("%(number)s is saved as a draft. Nobody else sees it until you submit it.")
        if case.state == case.State.DRAFT
        else _("%(number)s is received. Below is everything cleaning took out.")
    )
    messages.success(request, sentence % {"number": case.number})


def look(
    request: HttpRequest, form_of: Callable[[QueryDict | None], TextForm], *, page: str, preview: str, **more
) -> HttpResponse:
    """Show the empty form, or what a ticket in the address holds: the preview, or the form filled in again."""
    form = form_of(None)
    if "seen" not in request.GET:
        return TemplateResponse(request, page, {"form": form, **more})
    answers = redeem_answers(request.GET["seen"], form.owner)
    if answers is None:
        messages.warning(request, _("This preview has run out. Paste the text or choose the file once more."))
        return redirect(request.path)
    form = form_of(answers)
    form.is_valid()
    return show_again(request, form, request.GET.get("as", "preview"), page=page, preview=preview, **more)


def show_again(request: HttpRequest, form: TextForm, action: str, *, page: str, preview: str, **more) -> HttpResponse:
    """Show the form with its errors, or what cleaning will do; whatever was pasted or uploaded stays.

    What was posted without an error gets an address of its own, so that the browser's Back leads onto it again.
    """
    arrival = None
    if form.arrival and action == "drop_file":
        form.forget_upload()
        form.errors.clear()
    if form.arrival:
        arrival = examined(form)
    if request.method == "POST" and arrival is not None and action in {"preview", "edit"} and form.is_valid():
        try:
            kept = {"seen": keep_answers(form.data, form.owner)} | ({"as": "edit"} if action == "edit" else {})
            return redirect(f"{request.path}?{urlencode(kept)}")
        except FileRefused as refusal:
            form.add_error(form.source_field, str(refusal))
    context = {"form": form, "kept_name": form.kept_name, "is_unstated": action == "submit", **more}
    if arrival is None or action == "edit" or not form.is_valid():
        return TemplateResponse(request, page, context, status=413 if oversized(request) else 200)
    found = form.findings(arrival, form.unit)
    return TemplateResponse(request, preview, context | receipts.preview(arrival) | {"findings": found})


def examined(form: TextForm) -> Arrival | None:
    """Look at what arrived and remember an upload that can be read; a refusal is written beside its field."""
    sent = form.arrival
    try:
        arrival = examine(
            sent["data"],
            sent["filename"],
            is_paste=not sent["filename"],
            profile=form.data.get("profile", ""),
            title=form.cleaned_data.get("title", ""),
        )
        form.remember(title=arrival.cleaned.title)
    except Refused as refusal:
        if not form.has_error(form.source_field):
            form.add_error(form.source_field, str(refusal))
        return None
    return arrival
