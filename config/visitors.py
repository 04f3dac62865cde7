"""Who is asking, as far as the network knows."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address, for the limit on password guessing.

    Behind our nginx (APP_HTTPS=1) every connection comes from nginx itself, which replaces X-Forwarded-For by the
    address it saw; without it that header is whatever the visitor likes, and ignored.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER is None:
        return peer
    return request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or peer
