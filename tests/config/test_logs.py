"""What reaches the log: no address that opens something by itself (`security.md` row 30)."""

import io
import logging

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string


@pytest.fixture
def lines():
    """Log beside the site's own handler, through the filters and the form the settings give it."""
    declared = settings.LOGGING["handlers"]["stderr"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(settings.LOGGING["formatters"][declared["formatter"]]["format"]))
    for name in declared["filters"]:
        handler.addFilter(import_string(settings.LOGGING["filters"][name]["()"])())
    logging.getLogger().addHandler(handler)
    yield stream.getvalue
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["/s/{}/", "/s/{}/resubmit/", "/account/first-password/MQ/{}/"])
def test_a_refused_post_does_not_write_the_token(door, lines):
    Client(enforce_csrf_checks=True).post(door.format("GeheimesWort-12345"), {"a": "b"})

    written = lines()
    assert "Forbidden" in written
    assert "Geheim" not in written


def test_an_error_page_does_not_write_it_either(lines):
    logging.getLogger("django.request").error("%s: %s", "Internal Server Error", "/s/GeheimesWort/?sent=1")

    assert lines() == "ERROR django.request: Internal Server Error: /s/-?sent=1\n"


def test_other_lines_stay_as_they_are(lines):
    logging.getLogger("cases").warning("%s of %d", "/desk/cases/7/", 100)

    assert lines() == "WARNING cases: /desk/cases/7/ of 100\n"
