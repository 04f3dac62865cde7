"""Merges of two rows that are one thing, kept step by step so that they can be undone."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.organisation import Organisation, under_paths
from members.permissions import Permission

ROLES = "members.roleassignment"


class MergeQuerySet(models.QuerySet):
    """Reads of merges."""

    def visible_to(self, user: models.Model) -> "MergeQuerySet":
        """Keep merges under organisations the user manages."""
        return self.filter(under_paths("organisation__path", user.paths(Permission.MANAGE_ORGANISATIONS)))


class Merge(models.Model):
    """Two rows of one model became one: everything pointing at `absorbed_id` points at `kept_id` since.

    Both are plain numbers beside the model's label, so that organisations and people merge alike. `filled` holds, by
    field, what was empty on the kept row and came from the absorbed one, so that undoing knows its own work.
    """

    model = models.CharField(_("kind of row"), max_length=60)
    kept_id = models.BigIntegerField(_("kept row"))
    absorbed_id = models.BigIntegerField(_("absorbed row"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="merges", verbose_name=_("organisation")
    )
    filled = models.JSONField(_("fields filled in"), default=dict)
    closed_on_before = models.DateField(_("closed on, before"), null=True, blank=True)
    merged_at = models.DateTimeField(_("merged at"), default=timezone.now)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="merges_made", verbose_name=_("merged by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merges_undone",
        verbose_name=_("undone by"),
    )

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.CheckConstraint(condition=~models.Q(kept_id=models.F("absorbed_id")), name="merge_of_two_rows"),
            models.CheckConstraint(
                condition=models.Q(undone_at=None, undone_by=None)
                | models.Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_at_and_by",
            ),
            models.UniqueConstraint(
                fields=["model", "absorbed_id"], condition=models.Q(undone_at=None), name="merge_absorbed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.absorbed_id} → {self.kept_id}"


class MergeStep(models.Model):
    """The rows of one table whose `column` was pointed at the kept row, or that had to stay behind."""

    class Outcome(models.TextChoices):
        """What became of the rows."""

        MOVED = "moved", _("Moved to the kept row")
        KEPT = "kept", _("Left behind: the kept row has the same already")
        OWN = "own", _("Left behind: they are your own roles")
        RESTORED = "restored", _("Moved back")
        CHANGED = "changed", _("Not moved back: changed since the merge")

    merge = models.ForeignKey(Merge, models.PROTECT, related_name="steps", verbose_name=_("merge"))
    table = models.CharField(_("table"), max_length=60, help_text=_("The model's label, such as cases.case."))
    column = models.CharField(_("column"), max_length=60)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    row_ids = ArrayField(models.BigIntegerField(), verbose_name=_("rows"))

    class Meta:
        verbose_name = _("merge step")
        verbose_name_plural = _("merge steps")
        constraints = [models.UniqueConstraint(fields=["merge", "table", "column", "outcome"], name="merge_step_once")]

    def __str__(self) -> str:
        return f"{self.table}.{self.column} {self.outcome} ({len(self.row_ids)})"

    @property
    def said(self) -> str:
        """The outcome in words; what a person leaves behind are rows of imports and values set aside, never roles."""
        if self.outcome == self.Outcome.OWN and self.table != ROLES:
            return str(_("Left behind: it belongs to the record merged away"))
        return self.get_outcome_display()
