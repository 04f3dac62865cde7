"""Photos of the ledger, for who may read the row they belong to."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from config.uploads import storage
from members.access import requires
from members.permissions import Permission
from services.models import Attachment


@requires(Permission.READ_LEDGER)
@require_safe
def photo(request: HttpRequest, pk: int, size: str) -> HttpResponse:
    found = get_object_or_404(Attachment.objects.visible_to(request.user).standing(), pk=pk, sort="photo")
    if size not in found.digests:
        raise Http404
    try:
        return storage.served(
            request,
            shelf=storage.PICTURES,
            sha256=found.digests[size],
            content_type="image/jpeg",
            filename=f"{pk}-{size}.jpg",
            inline=True,
        )
    except FileNotFoundError as error:
        raise Http404 from error
