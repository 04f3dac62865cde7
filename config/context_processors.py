"""What every page may use without its view passing it."""

from functools import cached_property
from itertools import groupby

from django.contrib.auth.models import AnonymousUser

from config import navigation
from config.navigation import Place


def site(request):
    """`site.public`, `site.staff` (groups of links), `site.footer`, `site.search_url`; each computed when used."""
    return {"site": _Site(request)}


class _Site:
    def __init__(self, request):
        self.request = request

    @cached_property
    def public(self):
        return self._links(Place.PUBLIC)

    @cached_property
    def footer(self):
        return self._links(Place.FOOTER)

    @cached_property
    def staff(self):
        if not self._user.is_authenticated:
            return []
        return [(group, list(items)) for group, items in groupby(self._links(Place.STAFF), key=lambda link: link.group)]

    @property
    def search_url(self):
        return navigation.search_url()

    @property
    def _user(self):
        return getattr(self.request, "user", None) or AnonymousUser()

    def _links(self, place):
        match = self.request.resolver_match
        return navigation.links(place, self._user, match.view_name if match else "")
