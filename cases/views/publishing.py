"""After publication: corrections with a preview, withdrawal, and the public record of what changed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases.actions import publishing, review
from cases.corrections import changes_of
from cases.forms.publishing import CorrectionForm, WithdrawalForm
from cases.models import Case, Decision
from cases.search.casepage import entry_at
from cases.views.library import withdrawn
from config.errors import Conflict, Refused
from config.text import diff
from members.access import public, requires
from members.permissions import Permission


@requires(Permission.PUBLISH_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load(request, pk)
    if case.state != Case.State.PUBLISHED:
        messages.warning(request, _("Only a published case can be corrected; this one is: %s.") % case.status.label)
        return redirect(case)
    current = case.current_revision
    if request.method != "POST":
        form = CorrectionForm(case=case, initial={"title": current.title, "body": current.body})
        return _correct_page(request, case, form)
    form = CorrectionForm(request.POST, case=case)
    if not form.is_valid():
        return _correct_page(request, case, form, status=422)
    if request.POST.get("do") != "publish" or not form.is_previewed:
        return _preview(request, case, form)
    try:
        publishing.correct(case=case, by=request.user, **form.cleaned_data)
    except Conflict as refusal:
        return _preview(request, _load(request, pk), form, conflict=refusal)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _correct_page(request, case, form, status=409)
    messages.success(request, _("The correction is published. Readers see the note and what changed."))
    return redirect("cases:publishing_corrections", case.library_entry.slug)


def _preview(request, case, form, conflict=None):
    """Show what would change against the public text as it is now, before anything does."""
    current, mine = case.current_revision, form.cleaned_data
    if conflict is None and mine["base"] != current:
        conflict = _("Somebody corrected this case while you were writing. Below is what yours would change now.")
    if (mine["title"], mine["body"]) == (current.title, current.body):
        form.add_error(None, _("The text is the same as the public one: there is nothing to correct."))
        return _correct_page(request, case, form, status=422)
    mine["base"] = current
    preview = {
        "title_runs": diff.compare_words(current.title, mine["title"]) if current.title != mine["title"] else [],
        "stretches": diff.fold(diff.compare(current.body, mine["body"])),
        "note": mine["note"],
        "seal": form.seal,
        "conflict": conflict,
    }
    return _correct_page(request, case, form, preview, status=409 if conflict else 200)


def _correct_page(request, case, form, preview=None, status=200):
    context = {"case": case, "form": form, "preview": preview, "base": case.current_revision_id}
    return TemplateResponse(request, "cases/publishing/correct.html", context, status=status)


@requires(Permission.PUBLISH_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load(request, pk)
    if case.state != Case.State.PUBLISHED:
        messages.warning(request, _("Only a published case can be withdrawn; this one is: %s.") % case.status.label)
        return redirect(case)
    form = WithdrawalForm(request.POST or None, case=case, initial={"revision": case.current_revision_id})
    if request.method != "POST" or not form.is_valid():
        return _withdraw_page(request, case, form, status=422 if form.is_bound else 200)
    try:
        review.decide(case=case, kind=Decision.Kind.RETRACT, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        fresh = WithdrawalForm({**request.POST.dict(), "revision": case.current_revision_id}, case=case)
        return _withdraw_page(request, case, fresh, status=409)
    messages.success(request, _("The case is withdrawn. Its address now shows your note."))
    return redirect(case)


def _withdraw_page(request, case, form, status):
    context = {"case": case, "form": form, "entry": case.library_entry}
    return TemplateResponse(request, "cases/publishing/withdraw.html", context, status=status)


def _load(request, pk):
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not request.user.has_permission(Permission.PUBLISH_CASE, case.organisation):
        raise PermissionDenied
    return case


@public
@require_safe
def corrections(request: HttpRequest, slug: str) -> HttpResponse:
    entry = entry_at(slug)
    if entry is None:
        raise Http404
    if entry.withdrawn_at is not None:
        return withdrawn(request, entry)
    context = {"entry": entry, "changes": changes_of(entry)}
    return TemplateResponse(request, "cases/publishing/corrections.html", context)
