"""Sending a text in, with a look at what cleaning does before it is sent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import receipts
from cases.actions import intake
from cases.forms.intake import SubmissionForm, TextForm
from cases.intake.arrival import Arrival, examine
from config.errors import Refused
from config.uploads.handlers import oversized
from members.access import requires
from members.permissions import Permission


@requires(Permission.SUBMIT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return TemplateResponse(request, "cases/intake/submit.html", {"form": SubmissionForm(user=request.user)})
    form = SubmissionForm(request.POST, request.FILES, user=request.user, oversized=oversized(request))
    action = request.POST.get("action", "preview")
    if form.is_valid() and action in {"submit", "draft"}:
        try:
            case = intake.receive(**form.for_receive(), by=request.user, submit=action == "submit")
        except Refused as refusal:
            form.add_error(form.source_field, str(refusal))
        else:
            tell_received(request, case)
            return redirect("cases:receipt_detail", pk=case.pk)
    return show_again(request, form, action, page="cases/intake/submit.html", preview="cases/intake/preview.html")


def tell_received(request: HttpRequest, case: intake.Case) -> None:
    sentence = (
        _("%(number)s is saved as a draft. Nobody else sees it until you submit it.")
        if case.state == case.State.DRAFT
        else _("%(number)s is received. Below is everything cleaning took out.")
    )
    messages.success(request, sentence % {"number": case.number})


def show_again(request: HttpRequest, form: TextForm, action: str, *, page: str, preview: str, **more) -> HttpResponse:
    """Show the form with its errors, or what cleaning will do; whatever was pasted or uploaded stays."""
    arrival = None
    if form.arrival and action == "drop_file":
        form.forget_upload()
        form.errors.clear()
    if form.arrival:
        arrival = examined(form)
    context = {"form": form, "kept_name": form.kept_name, **more}
    if arrival is None or action == "edit" or not form.is_valid():
        return TemplateResponse(request, page, context, status=413 if oversized(request) else 200)
    return TemplateResponse(request, preview, context | receipts.preview(arrival))


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
