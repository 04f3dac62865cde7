"""Reads around drafts from the ledger: the ledger's photos of a body and period, offers by part and group."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from cases.models import Outline
from cases.models.outline import SECTIONS
from cases.outline.offers import Offer
from cases.outline.rendering import HEADINGS
from members.models import User
from services.indicators import periods
from services.models import Attachment
from services.models.attachment import AttachmentQuerySet

PHOTOS_A_PAGE = 24


@dataclass
class OfferGroup:
    """Offers under one heading of one part; each with whether it was chosen."""

    label: str
    offers: list[tuple[Offer, bool]] = field(default_factory=list)


def grouped(offers: list[Offer], chosen: Collection[str]) -> list[tuple[str, list[OfferGroup]]]:
    """Return offers by part and group, in the order of their table; parts with nothing are left out."""
    found: dict[str, dict[str, OfferGroup]] = {section: {} for section in SECTIONS}
    for offer in offers:
        group = found[offer.section].setdefault(offer.group, OfferGroup(offer.group))
        group.offers.append((offer, offer.identity in chosen))
    return [(HEADINGS[section], list(groups.values())) for section, groups in found.items() if groups]


def photos(outline: Outline, user: User) -> AttachmentQuerySet:
    """Return the photos of the body's activities, gifts and venues in the period that still lie there.

    The body's own first, then those of bodies under it; within each the latest day first. A photo of an activity
    counts by the activity's day, any other by the day it was added.
    """
    period = periods.parse(outline.period, timezone.localdate())
    rows = (
        Attachment.objects.visible_to(user)
        .standing()
        .filter(sort=Attachment.Sort.PHOTO, organisation__path__startswith=outline.organisation.path)
    )
    until = Q(activity__happened_on__lte=period.end) | Q(activity=None, added_at__date__lte=period.end)
    rows = rows.filter(until)
    if period.start:
        since = Q(activity__happened_on__gte=period.start) | Q(activity=None, added_at__date__gte=period.start)
        rows = rows.filter(since)
    rows = rows.exclude(activity__voided_at__isnull=False).exclude(grant__voided_at__isnull=False)
    is_below = ExpressionWrapper(~Q(organisation=outline.organisation), BooleanField())
    day = Coalesce("activity__happened_on", TruncDate("added_at"))
    return rows.with_row().select_related("activity__venue").order_by(is_below, day.desc(), "-pk")


def with_chosen(page: Iterable[Attachment], outline: Outline) -> list[Attachment]:
    """Return the draft's own photos in their order, then those of a page that are not among them."""
    chosen = list(
        Attachment.objects.with_row()
        .select_related("activity__venue")
        .filter(cases_outline_photos__outline=outline)
        .order_by("cases_outline_photos__position", "pk")
    )
    known = {photo.pk for photo in chosen}
    return [*chosen, *(photo for photo in page if photo.pk not in known)]
