"""The desk: queues, one case, its text and its decisions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from cases.models import Case
from members.access import signed_in


@signed_in
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    return TemplateResponse(request, "cases/review/detail.html", {"case": case})
