"""Photos that the holder of a case's own link adds before the review begins, or when asked for changes."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import queries
from cases.models import SecretLink
from cases.views import photo as photo_views
from cases.views.holder import held
from config.uploads.handlers import kept_in_memory
from members.access import public


@public
@kept_in_memory
@require_http_methods(["GET", "HEAD", "POST"])
@held
def photos(request: HttpRequest, token: str, link: SecretLink) -> HttpResponse:
    case = link.case
    if case is None:
        return redirect("cases:holder_page", token=token)
    if not queries.holder_may_edit(case):
        messages.warning(request, _("Photos cannot be changed while the case is: %s.") % case.status.public_label)
        return redirect("cases:holder_page", token=token)
    address = reverse("cases:holder_photos", args=[token])
    return photo_views.answer(request, case, photo_views.Page("cases/holder/photos.html", address, None, token))


@public
@require_safe
@held
def file(request: HttpRequest, token: str, link: SecretLink, photo: int, size: str) -> HttpResponse:
    if link.case is None:
        raise Http404
    found = get_object_or_404(link.case.photos, pk=photo)
    return photo_views.served(request, found, size, name=f"{link.case_id}-{photo}")
