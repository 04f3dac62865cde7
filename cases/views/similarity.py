"""Which other cases tell what a case tells, with the passages both have."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from cases.evidence.alike import alike
from cases.models import Case
from members.access import requires
from members.permissions import Permission


@requires(Permission.READ_DESK)
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Case.objects.visible_to(request.user)
    case = get_object_or_404(mine.with_row(), pk=pk)
    return TemplateResponse(request, "cases/similarity/page.html", {"case": case, "found": alike(case, mine)})
