"""The page after signing in."""

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from members.access import public, signed_in


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "cases/home/home.html", {})


@public
@require_safe
def library_placeholder(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "cases/library/index.html", {})
