"""Figures of other people's systems, the only typed numbers there are; and snapshots of what was reported."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.indicators import periods
from services.models.ledger import EARLIEST, Entered, EnteredQuerySet, Ledger, LedgerQuerySet

# Where Chinese writes the word around a number: 超12%, 2900余名, 300家以上.
BEFORE, INSIDE, BEHIND = ("超", "近", "约", "逾"), ("余", "多"), ("以上",)
QUALIFIERS = (*BEFORE, *INSIDE, *BEHIND)


class FigureQuerySet(EnteredQuerySet):
    """Reads of figures."""

    def with_row(self) -> "FigureQuerySet":
        """Join what a list row shows."""
        return self.select_related("organisation", "logged_by")

    def newest_first(self) -> "FigureQuerySet":
        """Order by the last day they speak of, the newest first."""
        return self.order_by("-to_on", "label", "-pk")


class Figure(Entered):
    """A number somebody else attests, with its source and its days. A correction voids the row and enters a new one.

    `key` names the series (such as practitioners); `qualifier` is the word around the number as the source writes it.
    `corrects` is the row this one took the place of, which stays as it was.
    """

    key = models.SlugField(_("series"), max_length=60)
    label = models.CharField(_("what it says"), max_length=80)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4)
    unit = models.CharField(_("unit"), max_length=12, blank=True)
    qualifier = models.CharField(_("qualifier"), max_length=8, blank=True)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    source_name = models.CharField(_("who attests it"), max_length=120)
    source_link = models.URLField(_("address of the source"), max_length=500, blank=True)
    issued_on = models.DateField(_("attested on"))
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name=_("takes the place of")
    )

    objects = FigureQuerySet.as_manager()

    class Meta(Entered.Meta):
        verbose_name = _("figure of others")
        verbose_name_plural = _("figures of others")
        constraints = [
            *Entered.Meta.constraints,
            models.CheckConstraint(condition=models.Q(from_on__gte=EARLIEST), name="figure_start_sane"),
            models.CheckConstraint(condition=models.Q(to_on__gte=models.F("from_on")), name="figure_ends_after_start"),
            models.CheckConstraint(condition=~models.Q(source_name=""), name="figure_has_source"),
            models.UniqueConstraint(
                fields=["organisation", "key", "from_on", "to_on"],
                condition=models.Q(voided_at=None),
                name="figure_once_per_period",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "key", "to_on"], name="figure_of_organisation")]

    def __str__(self) -> str:
        return f"{self.label} {self.amount}"

    def get_absolute_url(self) -> str:
        """The page of the figure."""
        return reverse("services:figure_detail", args=[self.pk])

    @property
    def amount(self) -> str:
        """The number as its source writes it: 超12%, 2900余名, 300家以上."""
        number = f"{self.value:f}"
        number = number.rstrip("0").rstrip(".") if "." in number else number
        places = (BEFORE, INSIDE, BEHIND)
        before, inside, behind = (self.qualifier if self.qualifier in place else "" for place in places)
        return f"{before}{number}{inside}{self.unit}{behind}"

    @property
    def is_of_a_day(self) -> bool:
        """Whether it tells of one day (a stock) and not of a span."""
        return self.from_on == self.to_on

    @property
    def period_text(self) -> str:
        """The days as the form takes them: 2024, 2024Q2, 2024-07, a day, or two days with .. between."""
        if self.is_of_a_day:
            return self.from_on.isoformat()
        return periods.of_days(self.from_on, self.to_on, self.to_on).text.removeprefix("since:")

    @property
    def period_words(self) -> str:
        """The days in words."""
        if self.is_of_a_day:
            return self.from_on.isoformat()
        return periods.of_days(self.from_on, self.to_on, self.to_on).label


class Snapshot(Ledger):
    """What an organisation reported at a moment. Rows are only ever added: what was sent is remembered."""

    title = models.CharField(_("title"), max_length=120)
    period = models.CharField(_("period"), max_length=40)
    scope = models.CharField(_("counted by"), max_length=12)
    sent_to = models.CharField(_("sent to"), max_length=120, blank=True)
    taken_at = models.DateTimeField(_("taken at"), default=timezone.now)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_snapshots", verbose_name=_("taken by")
    )

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        indexes = [models.Index(fields=["organisation", "-taken_at"], name="snapshot_of_organisation")]

    def __str__(self) -> str:
        return self.title


class SnapshotValueQuerySet(models.QuerySet):
    """Reads of reported values."""

    def visible_to(self, user: models.Model) -> "SnapshotValueQuerySet":
        """Keep values of snapshots the user may read."""
        return self.filter(snapshot__in=Snapshot.objects.visible_to(user))


class SnapshotValue(models.Model):
    """One number of a snapshot, with the version of the definition it was computed by."""

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="values", verbose_name=_("snapshot"))
    key = models.CharField(_("indicator"), max_length=60)
    filters = models.JSONField(_("of it only"), default=dict)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4, null=True)
    rows = models.PositiveIntegerField(_("rows"))
    version = models.PositiveSmallIntegerField(_("version"))

    objects = SnapshotValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("reported value")
        verbose_name_plural = _("reported values")

    def __str__(self) -> str:
        return f"{self.key} {self.value}"
