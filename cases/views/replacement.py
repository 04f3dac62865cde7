"""Another file from the submitting side: until the review begins, during it, and when asked for changes."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import queries
from cases.actions import intake
from cases.forms.replacement import ReplaceForm
from cases.models import Case, Intake
from config.errors import Refused
from config.uploads.handlers import kept_in_memory, oversized
from members.access import requires
from members.permissions import Permission


@requires(Permission.SUBMIT_CASE)
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not queries.may_replace(case, request.user):
        messages.warning(request, _("Another text cannot be sent while the case is: %s.") % case.status.public_label)
        return redirect(case)
    initial = {"base": case.current_revision_id, "once_token": uuid.uuid4()}
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ReplaceForm(*sent, case=case, oversized=oversized(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            revision = _receive(case, form, request.user)
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            if revision is None:
                messages.info(request, _("The file says the same as the text that is here."))
            else:
                messages.success(request, _("Revision %s is saved.") % revision.number)
            return redirect("cases:revision_edit", pk) if case.status == Case.State.RETURNED else redirect(case)
    context = {"case": case, "form": form, "is_late": not queries.may_edit(case, request.user)}
    return TemplateResponse(request, "cases/review/replace.html", context, status=422 if form.errors else 200)


def _receive(case, form, user):
    sent = form.cleaned_data
    return intake.receive_again(
        case=case,
        data=form.file_data,
        filename=sent["file"].name,
        door=Intake.Door.UPLOAD,
        by=user,
        base=sent["base"],
        once_token=sent["once_token"],
    )
