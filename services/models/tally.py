"""What the database adds up by itself as activities are entered, so that a city's numbers need no scan of its rows.

Triggers keep both tables within the transaction of the change (`services/migrations/0012_tally_triggers.py`);
nobody else writes them, but for `services.actions.tally.compact`. They hold counts and weeks, no words and no names.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Organisation, Region
from services.models.activity import Channel
from services.models.pairing import Pairing
from services.models.vocabulary import Kind


def copied(to: type[models.Model], name: str, null: bool = False) -> models.ForeignKey:
    """Return a column copied from the activities: it follows them by trigger, without a constraint of its own."""
    return models.ForeignKey(
        to,
        models.DO_NOTHING,
        null=null,
        db_constraint=False,
        db_index=False,
        related_name="services_%(class)s_rows",
        verbose_name=name,
    )


class Sums(models.Model):
    """So many activities more, or fewer, of a body, kind, place, channel and day. Only sums of rows mean anything.

    A row is added for every change and none is changed, so that two entries never wait for one another.
    """

    organisation = copied(Organisation, _("organisation"))
    organisation_path = models.CharField(max_length=200, editable=False)
    kind = copied(Kind, _("kind"))
    region = copied(Region, _("region"), null=True)
    channel = models.CharField(_("how"), max_length=10, choices=Channel)
    happened_on = models.DateField(_("date"))
    number = models.IntegerField(_("number"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.happened_on} {self.number:+}"


class Tally(Sums):
    """Sums by day."""

    class Meta:
        verbose_name = _("tally of activities")
        verbose_name_plural = _("tallies of activities")
        indexes = [models.Index(fields=["organisation", "happened_on"], name="tally_of_organisation")]


class MonthTally(Sums):
    """Sums by month, under its first day: a city's year is read from a thirtieth of the rows."""

    class Meta:
        verbose_name = _("tally of activities by month")
        verbose_name_plural = _("tallies of activities by month")
        indexes = [models.Index(fields=["organisation", "happened_on"], name="month_tally_of_organisation")]


class PairingYear(models.Model):
    """In which weeks of a year a pairing had a contact, and in which months a visit, each as a bit from the lowest.

    Weeks are those of ISO 8601, so the row of a year holds weeks of that ISO year and months of that calendar year.
    """

    pairing = models.ForeignKey(
        Pairing, models.CASCADE, db_index=False, related_name="years", verbose_name=_("pairing")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    year = models.PositiveSmallIntegerField(_("year"))
    weeks = models.BigIntegerField(_("weeks with a contact"), default=0)
    months = models.IntegerField(_("months with a visit"), default=0)

    class Meta:
        verbose_name = _("year of a pairing")
        verbose_name_plural = _("years of pairings")
        constraints = [models.UniqueConstraint(fields=["pairing", "year"], name="pairing_year_once")]
        indexes = [
            models.Index(
                fields=["organisation_path", "year"],
                opclasses=["varchar_pattern_ops", "int2_ops"],
                include=["pairing", "weeks", "months"],
                name="pairing_year_of_path",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pairing_id} {self.year}"
