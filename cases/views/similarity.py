"""Which other cases tell what a case tells, the passages both have side by side, and pairs put aside."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases import queries
from cases.actions import similarity
from cases.evidence.alike import alike
from cases.forms.similarity import DismissForm
from cases.models import Case, Likeness
from cases.views.queue import on_trail, trail_of
from config.errors import Refused
from members.access import requires
from members.permissions import Permission


@requires(Permission.READ_DESK)
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Case.objects.visible_to(request.user)
    case = get_object_or_404(mine.with_row(), pk=pk)
    if not queries.reads_desk(case, request.user):
        raise Http404
    judged = {}
    for row in Likeness.objects.visible_to(request.user).of(case).select_related("dismissed_by"):
        judged[row.later_id if row.earlier_id == case.pk else row.earlier_id] = row
    found = alike(case, mine)
    may_judge = request.user.has_permission(Permission.EDIT_CASE, case.organisation)
    context = {
        "case": case,
        "found": [(each, judged.get(each.case.pk), DismissForm(prefix=f"pair-{each.case.pk}")) for each in found],
        "may_judge": may_judge,
        "trail": trail_of(request, case),
    }
    return TemplateResponse(request, "cases/similarity/page.html", context)


@requires(Permission.EDIT_CASE)
@require_POST
def dismiss(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    case, against = _pair(request, pk, other)
    form = DismissForm(request.POST, prefix=f"pair-{other}")
    if not form.is_valid():
        messages.error(request, _("The reason is too long: 200 characters at most. Shorten it and try again."))
        return _back(request, case)
    try:
        similarity.dismiss(case=case, other=against, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Put aside. It comes back if the texts grow more alike."))
    return _back(request, case)


@requires(Permission.EDIT_CASE)
@require_POST
def restore(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    case, against = _pair(request, pk, other)
    try:
        similarity.restore(case=case, other=against, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The pair waits for a look again."))
    return _back(request, case)


def _pair(request, pk, other):
    mine = Case.objects.visible_to(request.user)
    case, against = get_object_or_404(mine, pk=pk), get_object_or_404(mine, pk=other)
    if not request.user.has_permission(Permission.EDIT_CASE, case.organisation):
        raise PermissionDenied
    if case.pk == against.pk:
        raise Http404
    return case, against


def _back(request, case):
    return redirect(on_trail(request, reverse("cases:similarity_page", args=[case.pk])))
