"""The public library: front page, lists and search, one case, and what machines read."""

from django.contrib.messages.storage.cookie import CookieStorage
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from cases import feeds
from cases.forms.comment import CommentForm
from cases.models import LibraryEntry
from cases.search import listing
from cases.search.casepage import CasePage, entry_at
from config.paging import paginate
from members.access import public

MESSAGES = CookieStorage.cookie_name  # a reader who has just sent a comment is to see the answer
ENTRIES_ON_FRONT = 15
ENTRIES_ON_LIST = 20
SITEMAPS = ("cases:library_sitemap", "services:station_sitemap")


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    library = listing.front()
    first, *others = listing.illustrated(listing.newest()[:ENTRIES_ON_FRONT]) or [None]
    return TemplateResponse(
        request, "cases/library/index.html", {"first": first, "others": others, "groups": library.groups,
                                              "total": library.total}
    )  # fmt: skip


@public
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    found = listing.read(request.GET)
    page = paginate(request, found.source, ENTRIES_ON_LIST)
    context = {
        "listing": found,
        "page": page,
        "rows": found.rows(list(page)),
        "typed": " ".join(request.GET.get("q", "").split()),
    }
    return TemplateResponse(request, "cases/library/search.html", context)


def withdrawn(request: HttpRequest, entry: LibraryEntry) -> HttpResponse:
    """Say that a case is gone for good, and why."""
    context = {"entry": entry, "canonical": feeds.absolute(entry.get_absolute_url())}
    return TemplateResponse(request, "cases/library/withdrawn.html", context, status=410)


@public
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    entry = entry_at(slug)
    if entry is None:
        raise Http404
    if entry.withdrawn_at is not None:
        return withdrawn(request, entry)
    canonical = feeds.absolute(entry.get_absolute_url())
    page = CasePage.of(entry)
    is_personal = request.user.is_authenticated or MESSAGES in request.COOKIES
    tag = None if is_personal else page.tag(request.LANGUAGE_CODE)
    if tag and (answer := get_conditional_response(request, etag=tag, last_modified=page.changed_at)):
        return answer
    context = {"entry": entry, "canonical": canonical, "page": page, "comment_form": CommentForm()}
    response = TemplateResponse(request, "cases/library/detail.html", context)
    if tag:
        response.headers["ETag"] = tag
        response.headers["Last-Modified"] = page.last_modified
        patch_cache_control(response, private=True, no_cache=True)
    return response


@public
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    entries = listing.newest()[: feeds.ENTRIES_IN_FEED]
    response = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    feeds.atom(entries).write(response, "utf-8")
    return response


@public
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    pages = feeds.sitemap_pages(LibraryEntry.objects.public().count())
    return TemplateResponse(request, "cases/library/sitemap.xml", {"pages": pages}, content_type="application/xml")


@public
@require_safe
def sitemap_part(request: HttpRequest, number: int) -> HttpResponse:
    public = LibraryEntry.objects.public()
    if not 1 <= number <= len(feeds.sitemap_pages(public.count())):
        raise Http404
    first = (number - 1) * feeds.ENTRIES_IN_SITEMAP
    rows = public.order_by("pk").values_list("slug", "updated_at")
    entries = feeds.sitemap_part(rows[first : first + feeds.ENTRIES_IN_SITEMAP])
    context = {"entries": entries}
    return TemplateResponse(request, "cases/library/sitemap_part.xml", context, content_type="application/xml")


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    context = {"sitemaps": [feeds.absolute(reverse(name)) for name in SITEMAPS]}
    return TemplateResponse(request, "cases/library/robots.txt", context, content_type="text/plain; charset=utf-8")


@public
@require_safe
def opensearch(request: HttpRequest) -> HttpResponse:
    context = {"site_url": feeds.absolute("")}
    content_type = "application/opensearchdescription+xml"
    return TemplateResponse(request, "cases/library/opensearch.xml", context, content_type=content_type)
