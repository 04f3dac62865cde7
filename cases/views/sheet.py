"""The signature sheet of a case, to print or as a Word file."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import queries
from cases.exports import signatures
from cases.exports.word import CONTENT_TYPE
from cases.models import Case
from cases.views.export import sent
from members.access import requires
from members.permissions import Permission


@requires(Permission.READ_DESK)
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load(request, pk)
    context = {"case": case, "facts": signatures.facts(case), "rows": signatures.rows(case)}
    return TemplateResponse(request, "cases/sheet/page.html", context)


@requires(Permission.READ_DESK)
@require_safe
def word(request: HttpRequest, pk: int) -> HttpResponse:
    case = _load(request, pk)
    return sent(signatures.word(case), CONTENT_TYPE, f"{case.number} {_('Signature sheet')}.docx")


def _load(request, pk):
    case = get_object_or_404(Case.objects.visible_to(request.user).with_row(), pk=pk)
    if not queries.reads_desk(case, request.user):
        raise PermissionDenied
    return case
