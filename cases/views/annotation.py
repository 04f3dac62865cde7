"""Notes on passages of a case's text, from its page at the desk."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import queries, queries_annotation
from cases.actions import annotation
from cases.actions.returns import COLLECTED_IN
from cases.forms.annotation import NoteForm
from cases.models import Annotation, Case
from cases.views.queue import on_trail
from config.errors import Refused
from members.access import requires
from members.models import User
from members.permissions import Permission

STEPS = {
    "resolve": (annotation.resolve, {}),
    "reopen": (annotation.reopen, {}),
    "show": (annotation.show, {"is_shown": True}),
    "hide": (annotation.show, {"is_shown": False}),
    "ask": (annotation.ask, {}),
}


def notes_of(case: Case, user: User) -> dict:
    """Return what a case's page shows of notes: the marked text, the list, and the form of who may write."""
    found = queries_annotation.notes(case, is_desk=queries.reads_desk(case, user))
    is_writer = user.has_permission(Permission.EDIT_CASE, case.organisation) and case.status in COLLECTED_IN
    return {
        "paragraphs": queries_annotation.marked(case.current_revision.body, found),
        "notes": [note for note in found if note.is_open],
        "settled": [note for note in found if not note.is_open],
        "note_form": NoteForm(case=case) if is_writer else None,
    }


@requires(Permission.EDIT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a wrong note with a page of its own, so that nothing typed is lost."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not request.user.has_permission(Permission.EDIT_CASE, case.organisation):
        raise PermissionDenied
    form = NoteForm(request.POST or None, case=case)
    if request.method == "POST" and form.is_valid():
        try:
            note = annotation.write(case=case, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error({"paragraph": "paragraph", "quote": "quote"}.get(refusal.code), str(refusal))
        else:
            return redirect(on_trail(request, case.get_absolute_url()) + f"#note-{note.pk}")
    context = {"case": case, "form": form, "paragraphs": queries_annotation.marked(case.current_revision.body, [])}
    return TemplateResponse(request, "cases/annotation/write.html", context, status=422 if form.errors else 200)


@requires(Permission.EDIT_CASE)
@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle, reopen, show, hide a note, or put it on the list of the next return."""
    rows = Annotation.objects.visible_to(request.user).select_related("case__organisation")
    note = get_object_or_404(rows, pk=pk)
    if not request.user.has_permission(Permission.EDIT_CASE, note.case.organisation):
        raise PermissionDenied
    wanted = request.POST.get("step")
    if wanted not in STEPS:
        raise BadRequest
    act, more = STEPS[wanted]
    try:
        act(note=note, by=request.user, **more)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if wanted == "ask":
            messages.success(request, _("Put on the list. The unit reads it once the case is returned."))
    return redirect(on_trail(request, note.case.get_absolute_url()) + f"#note-{note.pk}")
