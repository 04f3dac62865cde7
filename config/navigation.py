"""What the menus offer. Each app registers its own items when it loads (in `apps.py`, `ready`)."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.urls import NoReverseMatch, get_resolver, get_script_prefix, reverse
from django.utils.translation import get_language


class Place(StrEnum):
    PUBLIC = "public"  # under the masthead, for everybody
    STAFF = "staff"  # beside the work pages, for the signed-in
    FOOTER = "footer"  # at the foot of every page, for everybody


@dataclass(frozen=True)
class NavItem:
    """One entry of a menu.

    `permission` is a permission's value as a string; without one the item is for everybody the
    menu is for. `group` is the heading it stands under in the staff menu. `also` names further
    URL-name prefixes under which the item counts as current; its own area always counts.
    """

    label: str
    url_name: str
    permission: str | None = None
    order: int = 100
    group: str = ""
    icon: str = ""
    place: Place = Place.STAFF
    also: tuple[str, ...] = ()

    @property
    def area(self):
        """`cases:review_queue` → `cases:review_`: pages of one area light up one item."""
        return self.url_name.rpartition("_")[0] + "_"


@dataclass(frozen=True)
class Link:
    """A menu entry as one page shows it."""

    label: str
    url: str
    icon: str
    group: str
    is_current: bool

    @property
    def icon_key(self):
        """The id under which a page keeps the icon's shapes, to draw them a second time."""
        return "nav" + self.url.rstrip("/").replace("/", "-")


_items: dict[tuple[Place, str], NavItem] = {}
_search: list[str] = []


def register(*items):
    """Add items; the same URL name in the same place replaces the earlier one."""
    for item in items:
        _items[item.place, item.url_name] = item
    _links.cache_clear()


def register_search(url_name):
    """Name the page that the search box in the masthead asks (GET, parameter `q`)."""
    _search[:] = [url_name]


def search_url():
    return _reverse(_search[0]) if _search else ""


def links(place, user, view_name=""):
    """The links of one menu that `user` may follow, in order."""
    items = [item for item in _items.values() if item.place == place]
    allowed = {permission for permission in {item.permission for item in items} if _may(user, permission)}
    return list(_links(place, frozenset(allowed), view_name, get_language(), get_resolver(), get_script_prefix()))


@lru_cache(maxsize=1024)
def _links(place, allowed, view_name, _language, _resolver, _prefix):
    """The links of one menu for whoever has these permissions: made once a process, they depend on nothing else."""
    items = sorted((i for i in _items.values() if i.place == place), key=lambda item: (item.order, item.url_name))
    current = _current(items, view_name)
    return tuple(
        Link(str(item.label), url, item.icon, str(item.group), item is current)
        for item in items
        if item.permission in allowed and (url := _reverse(item.url_name))
    )


def _current(items, view_name):
    """The item whose page this is, else the one whose area it belongs to, the most exact first."""
    if exact := [item for item in items if item.url_name == view_name]:
        return exact[0]
    prefixes = [(prefix, item) for item in items for prefix in (item.area, *item.also) if view_name.startswith(prefix)]
    return max(prefixes, key=lambda pair: len(pair[0]))[1] if prefixes and view_name else None


def _may(user, permission):
    return permission is None or (user.is_authenticated and user.has_permission(permission))


def _reverse(url_name):
    try:
        return reverse(url_name)
    except NoReverseMatch:  # registered ahead of its page: no dead link meanwhile
        return ""
