"""Criteria for branches and members, and the points given for outcomes. No ranking is drawn from them."""

from datetime import date

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import Organisation, Person
from members.models.organisation import under_paths
from members.permissions import Permission
from services.models.ledger import EARLIEST, Ledger, LedgerQuerySet, both_or_neither, ends_after, exactly_one


class SheetQuerySet(LedgerQuerySet):
    """Reads of sheets; row-level security lets a branch read the sheets of the bodies above it."""

    def visible_to(self, user: models.Model) -> "SheetQuerySet":
        """Keep sheets of organisations the user reads the ledger of, and of those above them."""
        paths = user.paths(Permission.READ_LEDGER)
        steps = [path.rstrip(".").split(".") for path in paths]
        above = [".".join(step[: count + 1]) + "." for step in steps for count in range(len(step))]
        return self.filter(under_paths("organisation__path", paths) | models.Q(organisation__path__in=above))

    def in_force_on(self, day: date) -> "SheetQuerySet":
        """Keep sheets in force on a day."""
        return self.filter(models.Q(ends_on=None) | models.Q(ends_on__gte=day), starts_on__lte=day)


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

    objects = SheetQuerySet.as_manager()

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

    def get_absolute_url(self) -> str:
        """The page with its criteria."""
        return reverse("services:assessment_sheet", args=[self.pk])


class CriterionQuerySet(models.QuerySet):
    """Reads of criteria."""

    def visible_to(self, user: models.Model) -> "CriterionQuerySet":
        """Keep criteria of sheets the user may read."""
        return self.filter(sheet__in=Sheet.objects.visible_to(user))


class Criterion(models.Model):
    """One line of a sheet: what is looked at, by which rule, for how many points at most (negative: deducted).

    With an `indicator` the points are counted from it: so many for each, or all of them from a threshold on. In
    `filters` the value `@` stands for whoever is assessed. Without one they are given by hand, for an outcome named.
    """

    class Measure(models.TextChoices):
        """How points come of the indicator's value."""

        EACH = "each", _("So many points for each")
        THRESHOLD = "threshold", _("All points from a value on")

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="criteria", verbose_name=_("sheet"))
    category = models.CharField(_("category"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("criterion"), max_length=200)
    rule = models.CharField(_("rule"), max_length=300, blank=True)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1)
    indicator = models.CharField(_("counted from the figure"), max_length=60, blank=True)
    filters = models.JSONField(_("narrowed by"), default=dict, blank=True)
    measure = models.CharField(_("how it counts"), max_length=10, choices=Measure, blank=True)
    step = models.DecimalField(
        _("points for each, or the value from which on"), max_digits=7, decimal_places=1, null=True, blank=True
    )

    objects = CriterionQuerySet.as_manager()

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.UniqueConstraint(fields=["sheet", "position"], name="criterion_position_once"),
            models.CheckConstraint(condition=~models.Q(points=0), name="criterion_has_points"),
            models.CheckConstraint(
                condition=models.Q(indicator="", measure="", step=None)
                | (~models.Q(indicator="") & ~models.Q(measure="") & models.Q(step__gt=0)),
                name="criterion_counts_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class AssessmentState(models.TextChoices):
    """Where an assessment stands. `tone` colours the tag."""

    DRAFT = "draft", pgettext_lazy("assessment", "Draft")
    SUBMITTED = "submitted", pgettext_lazy("assessment", "Submitted")
    CONFIRMED = "confirmed", pgettext_lazy("assessment", "Confirmed")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        return {self.DRAFT: "neutral", self.SUBMITTED: "attention"}.get(self, "success")


class AssessmentStep(models.TextChoices):
    """What may be done to an assessment; which may follow which stands in `services.workflow`."""

    SUBMIT = "submit", pgettext_lazy("assessment", "Submit")
    CONFIRM = "confirm", pgettext_lazy("assessment", "Confirm")
    RETURN = "return", pgettext_lazy("assessment", "Return")
    REOPEN = "reopen", pgettext_lazy("assessment", "Reopen")


class Assessment(Ledger):
    """One branch or member under one sheet over one period. `organisation` is the assessed one's, so it reads its own.

    Its points count once somebody else than who submitted them has confirmed them.
    """

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="assessments", verbose_name=_("sheet"))
    body = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_assessments",
        verbose_name=_("branch assessed"),
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_assessments",
        verbose_name=_("member assessed"),
    )
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    state = models.CharField(_("state"), max_length=10, choices=AssessmentState, default=AssessmentState.DRAFT)
    note = models.CharField(_("note"), max_length=200, blank=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_assessments_submitted",
        verbose_name=_("submitted by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_assessments_confirmed",
        verbose_name=_("confirmed by"),
    )

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.CheckConstraint(condition=exactly_one("body", "person"), name="assessment_of_one"),
            models.CheckConstraint(condition=models.Q(from_on__gte=EARLIEST), name="assessment_start_sane"),
            models.CheckConstraint(
                condition=models.Q(to_on__gte=models.F("from_on")), name="assessment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state="draft", submitted_at=None, submitted_by=None, confirmed_at=None, confirmed_by=None
                )
                | models.Q(
                    state="submitted",
                    submitted_at__isnull=False,
                    submitted_by__isnull=False,
                    confirmed_at=None,
                    confirmed_by=None,
                )
                | models.Q(
                    state="confirmed",
                    submitted_at__isnull=False,
                    submitted_by__isnull=False,
                    confirmed_at__isnull=False,
                    confirmed_by__isnull=False,
                ),
                name="assessment_signed_as_it_stands",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("submitted_by")),
                name="assessment_by_two_people",
            ),
            models.UniqueConstraint(
                fields=["sheet", "body", "person", "from_on", "to_on"],
                name="assessment_once_per_period",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} · {self.sheet}"

    def get_absolute_url(self) -> str:
        """The page on which it is scored."""
        return reverse("services:assessment_detail", args=[self.pk])

    @property
    def subject(self) -> Organisation | Person:
        """Who is assessed."""
        return self.body or self.person

    @property
    def state_tag(self) -> AssessmentState:
        """The state as an enum member, for its label and colour."""
        return AssessmentState(self.state)


class ScoreQuerySet(LedgerQuerySet):
    """Reads of scores."""

    def counted(self) -> "ScoreQuerySet":
        """Keep what counts: scores nobody has taken back, those of an assessment once it is confirmed."""
        confirmed = models.Q(assessment=None) | models.Q(assessment__state=AssessmentState.CONFIRMED)
        return self.filter(confirmed, voided_at=None)


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
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, null=True, blank=True, related_name="scores", verbose_name=_("assessment")
    )
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    counted = models.DecimalField(_("points the figure counted"), max_digits=5, decimal_places=1, null=True, blank=True)
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

    objects = ScoreQuerySet.as_manager()

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
