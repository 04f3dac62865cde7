"""The visitor's address behind nginx and without it."""

import pytest
from django.test import RequestFactory

from config.visitors import address_of


@pytest.mark.parametrize(
    ("behind_nginx", "forwarded", "address"),
    [
        (False, "198.51.100.7", "127.0.0.1"),
        (True, "198.51.100.7", "198.51.100.7"),
        (True, "made up, 198.51.100.7", "198.51.100.7"),
        (True, "", "127.0.0.1"),
    ],
)
def test_forwarded_address_counts_only_behind_nginx(settings, behind_nginx, forwarded, address):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind_nginx else None
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)

    assert address_of(request) == address
