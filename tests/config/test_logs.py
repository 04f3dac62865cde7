"""What reaches the log: no address that opens something by itself (`security.md` row 30)."""

import io
import logging
import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver
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


def keyed(resolver, before=""):
    """Return every address of the site that holds a key, with a word in the place of each."""
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if not isinstance(entry, URLPattern):
            yield from keyed(entry, path)
        elif re.search(r"<\w+:(?:token|key)>", path) and not entry.name.startswith("indicator_"):
            yield "/" + re.sub(r"<\w+:(\w+)>", "GeheimesWort", path)


def test_no_address_that_is_a_key_is_written(lines):
    addresses = list(keyed(get_resolver()))
    (door,) = re.findall(r"~\^(\S+) +/\$door/-;", (settings.BASE_DIR / "ops" / "nginx.conf").read_text())
    door = re.compile(door.replace("?<door>", "?P<door>"))

    for address in addresses:
        logging.getLogger("django.request").error("%s: %s", "Internal Server Error", address)

    assert len(addresses) > 10
    assert "Geheim" not in lines()
    assert [address for address in addresses if not door.match(address)] == []
