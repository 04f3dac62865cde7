"""Places: drivers' homes, rest stops, service centres, counters, parking; one may lie inside another."""

import re
from datetime import date

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import Organisation, Region
from services.models.ledger import EARLIEST, Ledger, LedgerQuerySet, ends_after
from services.models.vocabulary import Kind

MOBILE = r"(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)"


class VenueState(models.TextChoices):
    """Whether a venue is open, and shown to everybody."""

    OPEN = "open", pgettext_lazy("venue", "Open")
    PUBLISHED = "published", pgettext_lazy("venue", "Open, public page")
    CLOSED = "closed", pgettext_lazy("venue", "Closed")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        return {"open": "neutral", "published": "success", "closed": "ended"}[self.value]


class VenueQuerySet(LedgerQuerySet):
    """Reads of venues."""

    def public(self) -> "VenueQuerySet":
        """Keep what everybody may see: open venues whose keeper has made the address public."""
        return self.filter(is_public=True, closed_on=None)

    def with_row(self) -> "VenueQuerySet":
        """Join what a list row shows."""
        return self.select_related("kind", "organisation", "region", "parent")

    def open_on(self, day: date) -> "VenueQuerySet":
        """Keep those open on a day."""
        return self.filter(models.Q(closed_on=None) | models.Q(closed_on__gt=day), opened_on__lte=day)


class Venue(Ledger):
    """A place with what it holds. Its use is an activity, its name plate a page to print."""

    kind = models.ForeignKey(Kind, models.PROTECT, related_name="venues", verbose_name=_("kind"))
    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("inside")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="services_venues", verbose_name=_("region"))
    address = models.CharField(_("address"), max_length=160, blank=True)
    opening_hours = models.CharField(_("opening hours"), max_length=100, blank=True)
    phone = models.CharField(_("office phone"), max_length=40, blank=True)
    opened_on = models.DateField(_("open since"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    batch = models.CharField(_("batch"), max_length=40, blank=True)
    rooms = models.PositiveSmallIntegerField(_("rooms"), null=True, blank=True)
    beds = models.PositiveSmallIntegerField(_("beds"), null=True, blank=True)
    zones = models.PositiveSmallIntegerField(_("zones"), null=True, blank=True)
    area_square_metres = models.PositiveIntegerField(_("area in square metres"), null=True, blank=True)
    offers = models.TextField(_("what is there"), max_length=1000, blank=True)
    services = models.TextField(_("services"), max_length=1000, blank=True)
    partners = models.ManyToManyField(
        Organisation, blank=True, related_name="services_venues_shared", verbose_name=_("run together with")
    )
    campaign = models.ForeignKey(
        "services.Campaign", models.PROTECT, null=True, blank=True, related_name="venues", verbose_name=_("campaign")
    )
    matter = models.ForeignKey(
        "services.Matter",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="venues_made",
        verbose_name=_("came from the matter"),
    )
    is_public = models.BooleanField(_("shown to everybody"), default=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name=_("merged into")
    )
    created_at = models.DateTimeField(_("entered at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_venues", verbose_name=_("entered by")
    )

    objects = VenueQuerySet.as_manager()

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], condition=models.Q(closed_on=None), name="venue_name_once"
            ),
            models.CheckConstraint(condition=models.Q(opened_on__gte=EARLIEST), name="venue_start_sane"),
            models.CheckConstraint(condition=ends_after("opened_on", "closed_on"), name="venue_closed_after_opened"),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")), name="venue_not_inside_itself"
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None)
                | (models.Q(closed_on__isnull=False) & ~models.Q(merged_into=models.F("id"))),
                name="venue_merged_is_closed",
            ),
            models.CheckConstraint(
                condition=models.Q(is_public=False) | ~models.Q(address=""), name="venue_public_has_address"
            ),
            # People's own numbers are kept sealed and shown to nobody; a venue's is an office's.
            models.CheckConstraint(condition=~models.Q(phone__regex=MOBILE), name="venue_phone_is_an_offices"),
        ]
        indexes = [models.Index(fields=["organisation", "opened_on"], name="venue_of_organisation")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of the venue."""
        return reverse("services:venue_detail", args=[self.pk])

    def get_public_url(self) -> str:
        """The page everybody may read, once it is published."""
        return reverse("services:station_detail", args=[self.pk])

    @property
    def dialled(self) -> str:
        """The phone as a telephone dials it: digits alone, the first number of several."""
        first = re.split(r"[/、,，转]", self.phone)[0]
        return re.sub(r"[^0-9+]", "", first)

    @property
    def state_tag(self) -> "VenueState":
        """Open, open to everybody's eyes, or closed."""
        if self.closed_on is not None:
            return VenueState.CLOSED
        return VenueState.PUBLISHED if self.is_public else VenueState.OPEN
