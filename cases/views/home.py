"""The page after signing in."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from members.access import signed_in


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "cases/home/home.html", {})
