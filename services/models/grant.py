"""What was given: packs, certificates, honours, titles, marks, funds, subsidies, reports in the media."""

from decimal import Decimal

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organisation, Person, Region, Vehicle
from services.models.ledger import Entered, EnteredQuerySet, Level, at_most_one, day_between, ends_after
from services.models.vocabulary import Group, Kind

# What goes on being in force until it comes down or runs out.
LASTING = frozenset({Group.MARK, Group.TITLE, Group.CERTIFICATE})


def sum_in_words(yuan: Decimal) -> str:
    """Return a sum as offices write it: round ones in units of 10,000."""
    if yuan >= 10_000 and yuan % 100 == 0:
        return _("%(sum)s ten thousand yuan") % {"sum": f"{(yuan / 10_000).normalize():f}"}
    return _("%(sum)s yuan") % {"sum": f"{yuan.normalize():f}"}


class GrantQuerySet(EnteredQuerySet):
    """Reads of grants."""

    def with_row(self) -> "GrantQuerySet":
        """Join what a list row shows."""
        return self.select_related("kind", "organisation", "person", "body", "vehicle", "campaign")

    def newest_first(self) -> "GrantQuerySet":
        """Order by the day given, the last first."""
        return self.order_by("-given_on", "-pk")

    def entered_with(self, grant: "Grant") -> "GrantQuerySet":
        """Keep what one form or one list entered in the same moment as this grant, itself included."""
        same = {"organisation_id": grant.organisation_id, "logged_by_id": grant.logged_by_id}
        return self.filter(logged_at=grant.logged_at, activity_id=grant.activity_id, **same)


class Grant(Entered):
    """Something given on a day, to one person, body or vehicle, or just so many without names.

    Amounts are in fen. `level` is how high the giver stands, `grade` what a certificate of skill attests. `ended_on`
    is the day a mark was taken down or a title ran out.
    """

    kind = models.ForeignKey(Kind, models.PROTECT, related_name="grants", verbose_name=_("kind"))
    name = models.CharField(_("what"), max_length=100)
    given_on = models.DateField(_("given on"))
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    amount_fen = models.BigIntegerField(_("amount in fen"), null=True, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level, blank=True)
    grade = models.CharField(_("grade"), max_length=20, blank=True)
    issuer = models.CharField(_("given by"), max_length=100, blank=True)
    serial = models.CharField(_("number on the paper"), max_length=60, blank=True)
    link = models.URLField(_("address of the report"), max_length=500, blank=True)
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="services_grants", verbose_name=_("person")
    )
    body = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_grants",
        verbose_name=_("organisation that got it"),
    )
    vehicle = models.ForeignKey(
        Vehicle, models.PROTECT, null=True, blank=True, related_name="services_grants", verbose_name=_("vehicle")
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="services_grants", verbose_name=_("region")
    )
    campaign = models.ForeignKey(
        "services.Campaign", models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("campaign")
    )
    matter = models.ForeignKey(
        "services.Matter", models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("matter")
    )
    activity = models.ForeignKey(
        "services.Activity", models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("activity")
    )
    venue = models.ForeignKey(
        "services.Venue", models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("venue")
    )
    ended_on = models.DateField(_("until"), null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta(Entered.Meta):
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            *Entered.Meta.constraints,
            models.CheckConstraint(condition=day_between("given_on", "logged_at"), name="grant_day_sane"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1, quantity__lte=10_000_000), name="grant_quantity_above_zero"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_fen=None) | models.Q(amount_fen__gte=1), name="grant_amount_above_zero"
            ),
            models.CheckConstraint(
                condition=at_most_one("person", "body", "vehicle"), name="grant_at_most_one_recipient"
            ),
            models.CheckConstraint(condition=ends_after("given_on", "ended_on"), name="grant_ends_after_start"),
            models.CheckConstraint(condition=~models.Q(name=""), name="grant_has_name"),
            # Issuers number for themselves, and one paper may honour several: their number is that paper's.
            models.UniqueConstraint(
                fields=["organisation", "kind", "issuer", "serial", "person", "body", "vehicle"],
                condition=models.Q(voided_at=None) & ~models.Q(serial=""),
                name="grant_serial_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "given_on"], name="grant_of_organisation"),
            models.Index(fields=["kind", "given_on"], name="grant_of_kind"),
            models.Index(fields=["activity"], name="grant_of_activity"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of the grant."""
        return reverse("services:grant_detail", args=[self.pk])

    @property
    def is_in_force_until_ended(self) -> bool:
        """Whether an end may still be noted: a mark, title or certificate without one, or with one that lies ahead."""
        ended = self.ended_on is not None and self.ended_on <= timezone.localdate()
        return self.kind.group in LASTING and not ended

    @property
    def amount_yuan(self) -> Decimal | None:
        """The amount in yuan, None for none."""
        return None if self.amount_fen is None else Decimal(self.amount_fen) / 100

    @property
    def amount(self) -> str:
        """The amount with its unit, `""` for none."""
        return "" if self.amount_fen is None else sum_in_words(Decimal(self.amount_fen) / 100)

    @property
    def recipient(self) -> str:
        """Who got it, `""` for a quantity without names."""
        return str(self.person or self.body or self.vehicle or "")
