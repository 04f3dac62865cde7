"""What machines read of the library: Atom feed, sitemap, robots.txt, the browser's search box. Addresses absolute."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from cases.models import LibraryEntry
from config.text.unseen import without_controls

ENTRIES_IN_FEED = 30
ENTRIES_IN_SITEMAP = 5_000  # of the 50,000 the protocol allows, so that one file stays small


def absolute(path: str) -> str:
    """Give the address of a page as the outside world types it."""
    return settings.SITE_URL + path


def atom(entries: Iterable[LibraryEntry]) -> Atom1Feed:
    """Write the newest cases as an Atom feed; an entry keeps its id, changed or not.

    What XML may not hold is left out, so that no single text can take the feed from its readers.
    """
    feed = Atom1Feed(
        title=_("Dazhong Party-Building Case Library"),
        link=absolute(reverse("cases:library_index")),
        description=_("Cases of party building, newest first"),
        language="zh-CN",
        feed_url=absolute(reverse("cases:library_feed")),
        subtitle=_("Cases of party building, newest first"),
    )
    for entry in entries:
        feed.add_item(
            title=without_controls(entry.title),
            link=absolute(entry.get_absolute_url()),
            description=without_controls(entry.summary),
            author_name=without_controls(entry.organisation_name),
            pubdate=entry.published_at,
            updateddate=entry.updated_at,
            unique_id=absolute(entry.get_absolute_url()),
            categories=[without_controls(entry.field.name)] if entry.field else (),
        )
    return feed


def sitemap_pages(total: int) -> list[str]:
    """Give the addresses of the sitemap's parts; one at least."""
    parts = max(1, -(-total // ENTRIES_IN_SITEMAP))
    return [absolute(reverse("cases:library_sitemap_part", args=[number + 1])) for number in range(parts)]


def sitemap_part(entries: Iterable[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
    """Give (address, last change) of each (slug, last change)."""
    return [(absolute(reverse("cases:library_detail", args=[slug])), changed) for slug, changed in entries]
