"""The rubric of a call: criteria with weights and labelled levels, frozen once scoring began."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.call import Call


class Rubric(models.Model):
    """What the cases of one call are judged by. Made with the call from the template, then the call's own."""

    call = models.OneToOneField(Call, models.CASCADE, related_name="rubric", verbose_name=_("call for cases"))
    frozen_at = models.DateTimeField(_("frozen at"), null=True, editable=False)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("rubric")
        verbose_name_plural = _("rubrics")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(frozen_at=None, frozen_by=None)
                | models.Q(frozen_at__isnull=False, frozen_by__isnull=False),
                name="rubric_frozen_at_and_by",
            )
        ]

    def __str__(self) -> str:
        return str(self.call)

    @property
    def is_frozen(self) -> bool:
        """Whether scoring began, so that nothing of it changes any more."""
        return self.frozen_at is not None


class CriterionQuerySet(models.QuerySet):
    """Reads of criteria."""

    def visible_to(self, user: models.Model) -> "CriterionQuerySet":
        """Keep criteria of the calls the user sees."""
        return self.filter(rubric__call__in=Call.objects.visible_to(user))

    def in_order(self) -> "CriterionQuerySet":
        """Order them as they are printed, their levels at hand."""
        return self.order_by("position", "pk").prefetch_related(
            models.Prefetch("levels", CriterionLevel.objects.order_by("position", "pk"))
        )


class Criterion(models.Model):
    """One question of a rubric. A gate is passed or not and weighs nothing; the weights of the others sum up to 100."""

    class Kind(models.TextChoices):
        """How it counts."""

        GATE = "gate", _("Gate: passed or not")
        SCORE = "score", _("Scored")

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="criteria", verbose_name=_("rubric"))
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("how it counts"), max_length=5, choices=Kind, default=Kind.SCORE)
    name = models.CharField(pgettext_lazy("call", "criterion"), max_length=20)
    question = models.CharField(_("question to the reviewer"), max_length=300, blank=True)
    weight_percent = models.PositiveSmallIntegerField(_("weight"), default=0)

    objects = CriterionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("call", "criterion")
        verbose_name_plural = pgettext_lazy("call", "criteria")
        constraints = [
            models.UniqueConstraint(
                fields=["rubric", "name"], name="rubric_criterion_name_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=models.Q(kind="gate", weight_percent=0)
                | models.Q(kind="score", weight_percent__gte=1, weight_percent__lte=100),
                name="rubric_criterion_weight",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_gate(self) -> bool:
        """Whether it is passed or not."""
        return self.kind == self.Kind.GATE


class CriterionLevel(models.Model):
    """A labelled level of a criterion: the whole points (0 to 100) from which on it is reached.

    Of a gate the levels with points let a case through, those with 0 do not.
    """

    criterion = models.ForeignKey(
        Criterion, models.CASCADE, related_name="levels", verbose_name=pgettext_lazy("call", "criterion")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("level"), max_length=20)
    points = models.PositiveSmallIntegerField(_("points"))
    meaning = models.CharField(_("what it means"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        constraints = [
            models.UniqueConstraint(fields=["criterion", "label"], name="level_label_once"),
            models.CheckConstraint(condition=models.Q(points__lte=100), name="level_points_whole"),
        ]

    def __str__(self) -> str:
        return self.label
