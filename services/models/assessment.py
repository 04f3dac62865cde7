"""Criteria for branches and members, and the points given for outcomes. No ranking is drawn from them."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organisation, Person
from services.models.ledger import EARLIEST, Ledger, LedgerQuerySet, both_or_neither, ends_after, exactly_one


class Sheet(Ledger):
    """A set of criteria in force from a day to a day: four categories for branches, three lists for members."""

    class Subject(models.TextChoices):
        """Who is assessed."""

        BRANCH = "branch", _("Party branches")
        MEMBER = "member", _("Party members")

    name = models.CharField(_("name"), max_length=80)
    subject = models.CharField(_("assesses"), max_length=10, choices=Subject)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment sheet")
        verbose_name_plural = _("assessment sheets")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name", "starts_on"], name="sheet_name_once"),
            models.CheckConstraint(condition=models.Q(starts_on__gte=EARLIEST), name="sheet_start_sane"),
            models.CheckConstraint(condition=ends_after("starts_on", "ends_on"), name="sheet_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.name


class CriterionQuerySet(models.QuerySet):
    """Reads of criteria."""

    def visible_to(self, user: models.Model) -> "CriterionQuerySet":
        """Keep criteria of sheets the user may read."""
        return self.filter(sheet__in=Sheet.objects.visible_to(user))


class Criterion(models.Model):
    """One line of a sheet: what is looked at, by which rule, for how many points at most (negative: deducted)."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="criteria", verbose_name=_("sheet"))
    category = models.CharField(_("category"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("criterion"), max_length=200)
    rule = models.CharField(_("rule"), max_length=300, blank=True)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1)

    objects = CriterionQuerySet.as_manager()

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "position"], name="criterion_position_once"),
            models.CheckConstraint(condition=~models.Q(points=0), name="criterion_has_points"),
        ]

    def __str__(self) -> str:
        return self.text


class Score(Ledger):
    """Points for one criterion over one period, given to one branch or one member, with the outcome they stand for."""

    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="scores", verbose_name=_("criterion"))
    body = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_scores",
        verbose_name=_("branch assessed"),
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_scores",
        verbose_name=_("member assessed"),
    )
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    points = models.DecimalField(_("points given"), max_digits=5, decimal_places=1)
    reason = models.CharField(_("for which outcome"), max_length=200)
    activity = models.ForeignKey(
        "services.Activity", models.PROTECT, null=True, blank=True, related_name="scores", verbose_name=_("activity")
    )
    scored_at = models.DateTimeField(_("scored at"), default=timezone.now)
    scored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_scores", verbose_name=_("scored by")
    )
    voided_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_scores_voided",
        verbose_name=_("taken back by"),
    )

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.CheckConstraint(condition=exactly_one("body", "person"), name="score_of_one"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="score_has_reason"),
            models.CheckConstraint(condition=models.Q(from_on__gte=EARLIEST), name="score_start_sane"),
            models.CheckConstraint(condition=models.Q(to_on__gte=models.F("from_on")), name="score_ends_after_start"),
            models.CheckConstraint(condition=both_or_neither("voided_at", "voided_by"), name="score_voided_whole"),
            models.UniqueConstraint(
                fields=["criterion", "body", "person", "from_on"],
                condition=models.Q(voided_at=None),
                name="score_once_per_period",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.points}"
