"""A case's figures beside the ledger: the strip at the margin, and what each figure stands for."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import queries_question
from cases.actions import evidence
from cases.actions.question import may_answer
from cases.evidence import changes, contradictions, verdicts
from cases.forms.evidence import ClaimForm, FigureForm
from cases.models import Case
from config.errors import Refused
from members.access import public, requires
from members.permissions import Permission

CHECKERS = (Permission.EDIT_CASE, Permission.READ_LEDGER)


@public
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "cases/evidence/about.html")


@requires(*CHECKERS)
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load_to_check(request, pk)
    lines = verdicts.lines_of(case, case.current_revision)
    changes.mark(case, case.current_revision, lines)
    gone = queries_question.place_beside(case, lines)
    contradictions.mark_others(case, lines, Case.objects.visible_to(request.user))
    context = {
        "case": case,
        "paragraphs": list(verdicts.paragraphs(case.current_revision.body, lines)),
        "lines": lines,
        "counts": verdicts.counts(lines),
        "contradictions": contradictions.within(lines),
        "unasked": [line for line in lines if line.changed and not line.changed.is_asked],
        "elsewhere": [(line, other) for line in lines for other in line.elsewhere if other.is_bound],
        "is_desk": request.user.has_permission(Permission.EDIT_CASE, case.organisation),
        "may_answer": may_answer(case, request.user),
        "gone": gone,
        "opens_rows": request.user.has_permission(Permission.READ_LEDGER, case.organisation),
    }
    return TemplateResponse(request, "cases/evidence/page.html", context)


@requires(*CHECKERS)
@require_http_methods(["GET", "HEAD", "POST"])
def bind(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose what one figure stands for; `place` in the address says which."""
    case = _load_to_check(request, pk)
    context = request.POST.get("context") or request.GET.get("place", "")
    line = verdicts.line_at(case, case.current_revision, context)
    if line is None and request.method != "POST":
        return _back(case)
    form = ClaimForm(request.POST or None, case=case, user=request.user, initial=_initial(line, case) if line else {})
    if request.method == "POST" and form.is_valid():
        key, filters = form.cleaned_data.pop("what")
        try:
            evidence.confirm(case=case, by=request.user, key=key, filters=filters, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The figure is bound; the ledger's answer stands beside it."))
            return _back(case)
    status = 422 if form.is_bound else 200
    return TemplateResponse(
        request, "cases/evidence/bind.html", {"case": case, "form": form, "line": line}, status=status
    )


@requires(*CHECKERS)
@require_POST
def set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load_to_check(request, pk)
    form = FigureForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(_("This figure cannot be read."), code="context")
        evidence.set_aside(case=case, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Set aside: the ledger does not count this."))
    return _back(case)


def _initial(line, case):
    binding = line.binding
    if binding is None:
        return {"context": line.context, "organisation": case.organisation_id}
    return {
        "context": line.context,
        "what": binding.written,
        "organisation": binding.organisation.pk,
        "period": binding.period,
    }


def _load_to_check(request, pk):
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not any(request.user.has_permission(each, case.organisation) for each in CHECKERS):
        raise PermissionDenied
    return case


def _back(case):
    return redirect(reverse("cases:evidence_page", args=[case.pk]))
