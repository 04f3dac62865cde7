"""The text of a case out to a proof-reader as a Word file with tracked changes, and back as a revision."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import proofing, queries
from cases.exports import proof as proofs
from cases.exports import word as word_files
from cases.forms.proof import ProofForm, RefuseForm
from cases.forms.review import RevisionForm
from cases.forms.upload import redeem, ticket_for
from cases.intake import proof as returned
from cases.models import Case, Revision
from cases.views.export import sent
from config.errors import Refused
from config.text import diff
from config.uploads import gate
from config.uploads.handlers import kept_in_memory
from config.uploads.names import shown_name
from members.access import requires
from members.permissions import Permission


@requires(Permission.EDIT_CASE)
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load(request, pk)
    if not queries.may_edit(case, request.user):
        messages.warning(request, _("The text cannot be changed while the case is: %s.") % case.get_state_display())
        return redirect(case)
    form = ProofForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, case, form, status=422 if form.is_bound else 200)
    upload, owner = form.cleaned_data["file"], f"proof-{request.user.pk}"
    try:
        if upload:
            data, name = gate.read("text", upload), upload.name
            kept = ticket_for(data, name, owner)
        else:
            kept = form.cleaned_data["kept"]
            data, name = redeem(kept, owner) or _run_out()
        return _compared(request, case, data, name, kept)
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return _page(request, case, form, status=422)


@requires(Permission.EDIT_CASE)
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the present text; `from` names the revision whose changes are to be seen in it."""
    case = _load(request, pk)
    revision, since = case.current_revision, request.GET.get("from", "")
    earlier = None
    if since:
        if not since.isdecimal() or len(since) > 4:
            raise Http404
        earlier = get_object_or_404(Revision, case=case, number=int(since)).body
    mark = proofs.mark(case.year, case.sequence, revision.number)
    name = _("proof of revision %(number)s") % {"number": revision.number}
    return sent(
        proofs.copy(revision.title, revision.body, mark, earlier),
        word_files.CONTENT_TYPE,
        f"{case.number} {name}.docx",
    )


def _load(request, pk):
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not request.user.has_permission(Permission.EDIT_CASE, case.organisation):
        raise PermissionDenied
    return case


def _page(request, case, form, status):
    revisions = [row for row in queries.revisions(case) if row.number != case.current_revision.number]
    context = {"case": case, "form": form, "revisions": revisions}
    return TemplateResponse(request, "cases/proof/page.html", context, status=status)


def _run_out():
    """Raises: Refused."""
    raise Refused(_("The file looked at has run out. Choose it once more."), code="run_out")


def _compared(request, case, data, filename, kept):
    """Show each change of the proof-reader and by whom, and the text without those refused, ready to be saved.

    Raises: Refused for a file of another case or of no revision of this one.
    """
    found = returned.read(data, filename, case.current_revision.body)
    base = case.current_revision
    if found.made_from is not None:
        year, sequence, number = found.made_from
        if (year, sequence) != (case.year, case.sequence):
            told = {"other": f"案-{year}-{sequence:04d}", "number": case.number}
            raise Refused(_("This is the proof of %(other)s, not of %(number)s. Open that case.") % told, code="other")
        base = case.revisions.filter(number=number).first()
        if base is None:
            raise Refused(_("This proof was made from a revision that is not there."), code="no_revision")
    blocks = diff.compare(base.body, found.body)
    note = _("Proof-read: %(name)s") % {"name": shown_name(filename)}
    listed = proofing.changes(blocks, found.touches)
    refusing = RefuseForm(request.POST, numbers=[change.number for change in listed])
    refused = set(refusing.cleaned_data["refuse"]) if refusing.is_valid() else set()
    body = proofing.without(blocks, refused) if refused else found.body
    typed = {"base": base.pk, "title": found.title[:200], "body": body, "note": note[:200]}
    form = RevisionForm(case=case, initial=typed)
    context = {
        "case": case,
        "base": base,
        "found": found,
        "is_older": base.pk != case.current_revision_id,
        "stretches": diff.fold(blocks),
        "title_runs": diff.compare_words(base.title, found.title),
        "changes": [block for block in blocks if block.kind != "same"],
        "numbers": [block for block in blocks if block.figures_gone or block.figures_new],
        "form": form,
        "listed": listed,
        "refused": refused,
        "untracked": [change for change in listed if not change.hands],
        "kept": kept,
    }
    return TemplateResponse(request, "cases/proof/compared.html", context)
