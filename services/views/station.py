"""What everybody sees of venues: those published in each county, one with address, hours, phone and services.

No account, no script and nothing personal is needed or shown; search engines are welcome.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from members.access import public
from services.queries import venue as queries

SHOWN_AT_ONCE = 60  # places of all counties together; where there are more, a county is chosen first


@public
@require_safe
def list_(request: HttpRequest) -> HttpResponse:
    """Show the counties, and the venues of the one chosen; while they are few, all at once."""
    counties = queries.counties()
    asked = request.GET.get("county", "")
    chosen = next((one for one in counties if one.region.code == asked), None)
    if chosen is None and len(counties) == 1:
        chosen = counties[0]
    is_short = sum(one.count for one in counties) <= SHOWN_AT_ONCE
    venues = queries.shown_in(chosen.region if chosen else None) if chosen or is_short else []
    kinds = list({venue.kind_id: venue.kind for venue in venues}.values())
    kind = next((one for one in kinds if one.code == request.GET.get("kind")), None)
    context = {
        "counties": counties,
        "chosen": chosen,
        "kinds": kinds,
        "kind": kind,
        "venues": [venue for venue in venues if kind is None or venue.kind_id == kind.pk],
        "canonical": f"{settings.SITE_URL}{request.path}" + (f"?county={chosen.region.code}" if chosen else ""),
    }
    return TemplateResponse(request, "services/station/list.html", context)


@public
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.shown(pk)
    if found is None:
        raise Http404
    context = {"venue": found, "canonical": f"{settings.SITE_URL}{found.get_public_url()}"}
    return TemplateResponse(request, "services/station/detail.html", context)


@public
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    addresses = [f"{settings.SITE_URL}{path}" for path in queries.shown_addresses()]
    context = {"addresses": addresses}
    return TemplateResponse(request, "services/station/sitemap.xml", context, content_type="application/xml")
