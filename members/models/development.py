"""Development of party members: one person's way in, each step as recorded by the enterprise and by the home place.

Dates and who recorded them, nothing else: no row here has room for political-review material or a free text.
"""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models.organisation import Organisation, under_paths
from members.models.register import Person
from members.permissions import Permission


class Stage(models.TextChoices):
    """How far a person has come. `tone` colours the tag. Source: 中国共产党发展党员工作细则 (2014)."""

    APPLICANT = "applicant", _("Applicant")
    ACTIVIST = "activist", _("Activist")
    CANDIDATE = "candidate", _("Candidate for development")
    PROBATIONARY = "probationary", _("Probationary member")
    FULL = "full", _("Full member")
    ENDED = "ended", _("Broken off")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        tones = {self.APPLICANT: "neutral", self.PROBATIONARY: "attention", self.FULL: "success", self.ENDED: "ended"}
        return tones.get(self, "progress")


class Side(models.TextChoices):
    """Who records a step: both do (双向记实)."""

    ENTERPRISE = "enterprise", _("Enterprise")
    HOME = "home", _("Home place")


class WayIn(models.TextChoices):
    """By which of the two channels a person came (两种渠道)."""

    ENTERPRISE = "enterprise", _("Through the enterprise")
    HOME = "home", _("Through the home place")


class EndReason(models.TextChoices):
    """Why a development was broken off. A choice, since free text would carry what must not be kept."""

    WITHDREW = "withdrew", _("Withdrew the application")
    MOVED = "moved", _("Moved to another county")
    NOT_READY = "not_ready", _("The branch found the conditions not met")
    MISTAKE = "mistake", _("Entered by mistake")


class StepDefinitionQuerySet(models.QuerySet):
    """Reads of the steps; they are no secret."""

    def visible_to(self, user: models.Model) -> "StepDefinitionQuerySet":
        """Keep all: who may change them is the desk's question."""
        return self

    def in_use(self) -> "StepDefinitionQuerySet":
        """Keep steps that are still asked for, in their order."""
        return self.filter(retired_on=None).order_by("position", "pk")


class StepDefinition(models.Model):
    """One step of the way with its clocks: editable data, marked as a sample until somebody has checked it.

    `stage` is the one that is left once its steps are complete. Months are counted from the step `clock_from`.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"))
    stage = models.CharField(pgettext_lazy("development", "stage"), max_length=12, choices=Stage)
    clock_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followers", verbose_name=_("counted from")
    )
    at_least_months = models.PositiveSmallIntegerField(_("at the earliest after months"), null=True, blank=True)
    at_most_months = models.PositiveSmallIntegerField(_("at the latest after months"), null=True, blank=True)
    extended_months = models.PositiveSmallIntegerField(
        _("with an extension at the latest after months"), null=True, blank=True
    )
    every_months = models.PositiveSmallIntegerField(_("repeated every so many months"), null=True, blank=True)
    at_least_hours = models.PositiveSmallIntegerField(_("hours at the least"), null=True, blank=True)
    is_admission = models.BooleanField(
        _("admits the person"), default=False, help_text=_("Its day decides which year's quota is used.")
    )
    is_sample = models.BooleanField(_("sample"), default=False, help_text=_("Untick it once it has been checked."))
    retired_on = models.DateField(_("retired on"), null=True, blank=True)

    objects = StepDefinitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of the development")
        verbose_name_plural = _("steps of the development")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(clock_from__isnull=False)
                | models.Q(at_least_months=None, at_most_months=None, every_months=None),
                name="step_months_counted_from",
            ),
            models.CheckConstraint(
                condition=models.Q(extended_months=None) | models.Q(extended_months__gte=models.F("at_most_months")),
                name="step_extension_is_longer",
            ),
            models.CheckConstraint(
                condition=models.Q(every_months=None) | models.Q(every_months__gte=1), name="step_repeats_forward"
            ),
            models.UniqueConstraint(
                fields=["is_admission"],
                condition=models.Q(is_admission=True, retired_on=None),
                name="step_admission_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DevelopmentQuerySet(models.QuerySet):
    """Reads of developments; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "DevelopmentQuerySet":
        """Keep those of the organisations in which the user may read people."""
        return self.filter(under_paths("organisation_path", user.paths(Permission.READ_PEOPLE)))

    def running(self) -> "DevelopmentQuerySet":
        """Keep those that are still under way."""
        return self.exclude(stage__in=[Stage.FULL, Stage.ENDED])


class Development(models.Model):
    """One person's way into the party. `admitted_on` is the day of the admitting step, which the quota counts."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="developments", verbose_name=_("person"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="developments", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    way_in = models.CharField(_("channel"), max_length=12, choices=WayIn)
    stage = models.CharField(
        pgettext_lazy("development", "stage"), max_length=12, choices=Stage, default=Stage.APPLICANT
    )
    admitted_on = models.DateField(_("admitted on"), null=True, blank=True)
    ended_from = models.CharField(_("broken off as"), max_length=12, choices=Stage, blank=True)
    ended_on = models.DateField(_("broken off on"), null=True, blank=True)
    end_reason = models.CharField(_("reason"), max_length=12, choices=EndReason, blank=True)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="developments_opened", verbose_name=_("opened by")
    )

    objects = DevelopmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("development")
        verbose_name_plural = _("developments")
        constraints = [
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="development_stage_known"),
            models.CheckConstraint(
                condition=models.Q(stage="ended", ended_on__isnull=False)
                & ~models.Q(end_reason="")
                & ~models.Q(ended_from="")
                | ~models.Q(stage="ended") & models.Q(ended_on=None, end_reason="", ended_from=""),
                name="development_ended_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(stage__in=["probationary", "full"]) | models.Q(admitted_on__isnull=False),
                name="development_admitted_on_a_day",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=~models.Q(stage="ended"), name="development_once_at_a_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation_path"], name="development_path_prefix", opclasses=["varchar_pattern_ops"]
            )
        ]

    def __str__(self) -> str:
        return str(self.person)

    def get_absolute_url(self) -> str:
        """The page of the development."""
        return reverse("members:development_detail", args=[self.pk])

    @property
    def stage_tag(self) -> Stage:
        """The stage as a member of its enum."""
        return Stage(self.stage)


class DevelopmentStep(models.Model):
    """A step as one side recorded it. Taken back, it stays as a row that no longer counts."""

    development = models.ForeignKey(Development, models.CASCADE, related_name="steps", verbose_name=_("development"))
    definition = models.ForeignKey(
        StepDefinition, models.PROTECT, related_name="records", verbose_name=_("step of the development")
    )
    side = models.CharField(_("recorded by side"), max_length=12, choices=Side)
    occasion = models.PositiveSmallIntegerField(_("time"), default=1)
    done_on = models.DateField(_("done on"))
    hours = models.PositiveSmallIntegerField(_("hours"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="development_steps", verbose_name=_("recorded by")
    )
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="development_steps_taken_back",
        verbose_name=_("taken back by"),
    )

    class Meta:
        verbose_name = _("recorded step")
        verbose_name_plural = _("recorded steps")
        constraints = [
            models.UniqueConstraint(
                fields=["development", "definition", "side", "occasion"],
                condition=models.Q(taken_back_at=None),
                name="development_step_once_a_side",
            ),
            models.CheckConstraint(condition=models.Q(side__in=Side.values), name="development_step_side_known"),
            models.CheckConstraint(condition=models.Q(occasion__gte=1), name="development_step_occasion_counted"),
            models.CheckConstraint(
                condition=models.Q(taken_back_at=None, taken_back_by=None)
                | models.Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
                name="development_step_taken_back_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition} {self.done_on}"


class QuotaQuerySet(models.QuerySet):
    """Reads of quotas; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "QuotaQuerySet":
        """Keep those of the organisations in which the user may read people."""
        return self.filter(under_paths("organisation_path", user.paths(Permission.READ_PEOPLE)))


class DevelopmentQuota(models.Model):
    """How many people an organisation with everything below it may admit in a year (计划单列)."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="development_quotas", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    year = models.PositiveSmallIntegerField(_("year"))
    places = models.PositiveSmallIntegerField(_("places"))

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = _("development quota")
        verbose_name_plural = _("development quotas")
        constraints = [models.UniqueConstraint(fields=["organisation", "year"], name="development_quota_once_a_year")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}"
