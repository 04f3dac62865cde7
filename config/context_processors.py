"""What every page may use without its view passing it."""

from itertools import groupby

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import SimpleLazyObject

from config import navigation
from config.navigation import Place


def site(request):
    """`site.public`, `site.staff` (groups of links), `site.footer`, `site.search_url`; computed when used."""
    return {"site": SimpleLazyObject(lambda: _Site(request))}


class _Site:
    def __init__(self, request):
        user = getattr(request, "user", None) or AnonymousUser()
        match = request.resolver_match
        view_name = match.view_name if match else ""
        self.public = navigation.links(Place.PUBLIC, user, view_name)
        self.footer = navigation.links(Place.FOOTER, user, view_name)
        staff = navigation.links(Place.STAFF, user, view_name) if user.is_authenticated else []
        self.staff = [(group, list(items)) for group, items in groupby(staff, key=lambda link: link.group)]
        self.search_url = navigation.search_url()
