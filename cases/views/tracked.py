"""A Word file with unaccepted revisions: both readings, by whom they differ, and which of them the unit signed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import proofing, queries
from cases.actions import tracked
from cases.forms.review import RevisionForm
from cases.forms.tracked import SignedForm
from cases.intake.arrival import examine
from cases.intake.docx import both_readings
from cases.intake.docx_package import Package
from cases.intake.proof import touched
from cases.models import SignedReading
from cases.views.queue import on_trail
from cases.views.receipt import case_or_404, chosen_intake
from config.errors import Refused
from config.text import diff
from config.uploads import old_word, storage
from members.access import requires
from members.permissions import Permission


@requires(Permission.EDIT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    case = case_or_404(request, pk)
    if not request.user.has_permission(Permission.EDIT_CASE, case.organisation):
        raise PermissionDenied
    intake = chosen_intake(request, case)
    here = on_trail(request, f"{reverse('cases:receipt_tracked', args=[case.pk])}?intake={intake.pk}")
    form = SignedForm(request.POST or None, auto_id="id_signed_%s")
    if request.method == "POST" and form.is_valid():
        try:
            tracked.note_signed(intake=intake, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Noted. The text of the case is not changed by it."))
            return redirect(here)
    try:
        context = _readings(intake)
    except (Refused, FileNotFoundError):
        messages.error(request, _("The original cannot be read here. Download it and open it in Word."))
        return redirect(on_trail(request, reverse("cases:receipt_detail", args=[case.pk])))
    said = intake.signed_readings.select_related("noted_by").order_by("-pk").first()
    wanted = said is not None and said.reading == SignedReading.Reading.REJECTED
    context |= {"case": case, "intake": intake, "form": form, "said": said}
    if wanted and intake.revision is not None and queries.may_edit(case, request.user):
        context["text_form"] = _as_signed(case, intake, context["rejected"])
    return TemplateResponse(request, "cases/receipt/tracked.html", context, status=422 if form.is_bound else 200)


def _readings(intake):
    """Raises: Refused for what is no Word file any more; FileNotFoundError where the original is gone."""
    data = storage.read(storage.ORIGINALS, intake.sha256)
    if intake.format == "doc":
        data = old_word.as_docx(data)
    accepted, rejected = both_readings(data)
    blocks = diff.compare(rejected, accepted)
    return {
        "rejected": rejected,
        "listed": proofing.changes(blocks, touched(Package(data).main())),
        "stretches": diff.fold(blocks),
    }


def _as_signed(case, intake, rejected):
    """The form that makes the text before its revisions the next one, cleaned like the first."""
    arrival = examine(rejected.encode(), "", is_paste=True, profile=intake.profile, title=intake.revision.title)
    note = _("As the unit signed it: without the revisions in the Word file")
    typed = {"base": intake.revision_id, "title": intake.revision.title, "body": arrival.cleaned.body, "note": note}
    return RevisionForm(case=case, initial=typed)
