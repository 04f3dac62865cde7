"""The text of a case: changing it, and reading what was changed."""

from urllib.parse import parse_qsl

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import queries, queries_annotation, queries_returns, workflow
from cases.actions import case as case_actions
from cases.actions import returns, review
from cases.forms.returns import AnswersForm
from cases.forms.review import RevisionForm
from cases.models import Case, Decision, Revision
from cases.views.queue import on_trail, trail_of, trail_query
from config.errors import Conflict, Refused
from config.text import diff
from config.text.merge import merge
from members.access import requires, signed_in
from members.permissions import Permission

# What the submitting side does with a text once it is as it should be.
SENDING = {Case.State.DRAFT: Decision.Kind.SUBMIT, Case.State.RETURNED: Decision.Kind.RESUBMIT}


@requires(Permission.EDIT_CASE, Permission.SUBMIT_CASE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    is_editor = request.user.has_permission(Permission.EDIT_CASE, case.organisation)
    if not is_editor and not queries.is_author(case, request.user):
        raise PermissionDenied
    if request.method == "POST":
        return _save(request, case)
    if not queries.may_edit(case, request.user):
        messages.warning(request, _("The text cannot be changed while the case is: %s.") % case.get_state_display())
        return redirect(case)
    if is_editor and case.status in workflow.HELD and case.held_by_id != request.user.pk:
        return TemplateResponse(request, "cases/review/claim.html", {"case": case, "trail": trail_of(request, case)})
    current = case.current_revision
    form = RevisionForm(case=case, initial={"base": current.pk, "title": current.title, "body": current.body})
    return _form_page(request, case, form)


def _save(request, case):
    form = RevisionForm(request.POST, case=case)
    answers = _answers(request, case)
    if not form.is_valid() or (answers and not answers.is_valid()):
        return _form_page(request, case, form, answers, status=422)
    if answers:
        returns.answer(case=case, answers=answers.answers(), by=request.user)
    is_ours = queries.is_author(case, request.user) and case.status in workflow.EDITED_BY_AUTHOR
    source = Revision.Source.RESUBMISSION if is_ours else Revision.Source.EDIT
    try:
        revision = case_actions.revise(case=case, by=request.user, source=source, **form.cleaned_data)
    except Conflict as refusal:
        return _conflict(request, case, form, refusal)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _form_page(request, case, form, answers, status=409)
    if revision is None and not answers:
        messages.info(request, _("Nothing changed, so no new revision was made."))
    elif revision is None and "send" not in request.POST:
        messages.info(request, _("The answers are saved. The text is the same, so no new revision was made."))
    elif revision is not None:
        messages.success(request, _("Revision %s is saved.") % revision.number)
    if "send" in request.POST:
        return _send(request, case, form)
    return redirect(on_trail(request, case.get_absolute_url()))


def _send(request, case, form):
    """Submit or resubmit the text just saved."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=case.pk)
    kind = SENDING.get(case.status)
    back = on_trail(request, case.get_absolute_url())
    if kind is None:
        return redirect(back)
    try:
        review.decide(case=case, kind=kind, by=request.user, revision=case.current_revision)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:revision_edit", case.pk)
    messages.success(request, _("The case is with the editors now."))
    return redirect(back)


def _answers(request, case):
    """The author's answers to the checklist of a returned case; None where nothing is asked of this reader."""
    asked = queries_returns.standing(case) if queries.is_author(case, request.user) else None
    if asked is None or not asked.items:
        return None
    return AnswersForm(request.POST if request.method == "POST" else None, items=asked.items)


def _form_page(request, case, form, answers=None, status=200):
    context = {
        "case": case,
        "form": form,
        "sends": SENDING.get(case.status) if queries.is_author(case, request.user) else None,
        "returned": queries.standing_return(case),
        "asked": queries_returns.standing(case),
        "answers": answers or _answers(request, case),
        "notes": [] if queries.reads_desk(case, request.user) else queries_annotation.beside_list(case),
        "may_replace": queries.may_replace(case, request.user),
        "trail": trail_of(request, case),
    }
    return TemplateResponse(request, "cases/review/edit.html", context, status=status)


def _conflict(request, case, form, refusal):
    """Both texts: what was saved meanwhile, and what this person wrote, ready to be merged by hand."""
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=case.pk)
    saved, mine = case.current_revision, form.cleaned_data
    found = merge(mine["base"].body, saved.body, mine["body"])
    title = saved.title if mine["title"] == mine["base"].title else mine["title"]
    typed = {"base": saved.pk, "title": title, "body": found.text, "note": mine["note"]}
    context = {
        "case": case,
        "saved": saved,
        "base": mine["base"],
        "mine": mine,
        "merge": found,
        "refusal": refusal,
        "form": RevisionForm(case=case, initial=typed),
        "trail": trail_of(request, case),
        "title_differs": saved.title != mine["title"],
    }
    return TemplateResponse(request, "cases/review/conflict.html", context, status=409)


@signed_in
@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    revisions = list(queries.revisions(case))
    newest = revisions[0].number
    new = _number(request.GET.get("to"), newest)
    old = _number(request.GET.get("from"), max(new - 1, 1))
    pair = {row.number: row for row in case.revisions.filter(number__in=[old, new]).select_related("created_by")}
    if old not in pair or new not in pair:
        raise Http404
    blocks = diff.compare(pair[old].body, pair[new].body)
    asked = queries_returns.checklist(case)
    if asked is not None:
        is_about = asked.request.decision.revision.number == old
        asked = queries_returns.with_changes(asked, pair[old].body, pair[new].body) if is_about else None
    context = {
        "case": case,
        "revisions": revisions,
        "old": pair[old],
        "new": pair[new],
        "stretches": diff.fold(blocks),
        "title_runs": diff.compare_words(pair[old].title, pair[new].title),
        "changes": [block for block in blocks if block.kind != "same"],
        "numbers": [block for block in blocks if block.figures_gone or block.figures_new],
        "asked": asked,
        "may_judge": queries.may_judge(case, request.user),
        "is_desk": queries.reads_desk(case, request.user),
        "kept_fields": parse_qsl(trail_query(request)),
    }
    return TemplateResponse(request, "cases/review/compare.html", context)


def _number(text, default):
    return int(text) if text and text.isdecimal() and len(text) < 5 else default
