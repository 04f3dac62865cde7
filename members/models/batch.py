"""Imports of a bureau's workbook: the batch, what each of its rows led to, and the column names it taught us."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.organisation import Organisation, under_paths
from members.models.register import Person, Vehicle
from members.permissions import Permission

PEOPLE = "people"


class BatchState(models.TextChoices):
    """Where an import stands. `tone` colours the tag."""

    READY = "ready", _("Waiting for your confirmation")
    RUNNING = "running", _("Running")
    DONE = "done", _("Finished")
    STOPPED = "stopped", _("Stopped: the account may no longer import here")
    UNDONE = "undone", _("Undone")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        tones = {self.READY: "attention", self.RUNNING: "progress", self.DONE: "success"}
        return tones.get(self, "ended")


class ImportBatchQuerySet(models.QuerySet):
    """Reads of imports; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "ImportBatchQuerySet":
        """Keep imports of people into organisations whose people the user keeps."""
        within = under_paths("organisation_path", user.paths(Permission.EDIT_PEOPLE))
        return self.filter(within, subject=PEOPLE)


class ImportBatch(models.Model):
    """One uploaded workbook. Its rows lie sealed in a vault named after `uuid`, never in the database.

    `subject` is what its rows are about; for all but people it is an upper app's. `constants` hold what no column says
    and every row shares. `done_rows` is the checkpoint: it moves in the transaction that enters a chunk's rows.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject = models.CharField(max_length=20, default=PEOPLE, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="import_batches", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    filename = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    sheet = models.CharField(_("sheet"), max_length=100, blank=True)
    other_sheets = models.JSONField(default=list)
    headers = models.JSONField(default=list)
    fields = models.JSONField(default=list)
    constants = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=BatchState, default=BatchState.READY)
    total_rows = models.PositiveIntegerField(_("rows"), default=0)
    done_rows = models.PositiveIntegerField(_("rows done"), default=0)
    created_count = models.PositiveIntegerField(_("entered"), default=0)
    filled_count = models.PositiveIntegerField(_("completed"), default=0)
    known_count = models.PositiveIntegerField(_("known already"), default=0)
    bad_count = models.PositiveIntegerField(_("not taken"), default=0)
    faults = models.JSONField(default=list)
    first_bad = models.JSONField(default=list)
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="import_batches", verbose_name=_("uploaded by")
    )
    closed_at = models.DateTimeField(_("file destroyed at"), null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done_rows__lte=models.F("total_rows")), name="batch_done_within_total"
            )
        ]

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        """The page of the import."""
        return reverse("members:batch_detail", args=[self.pk])

    @property
    def state_tag(self) -> BatchState:
        """The state as a member of its enum."""
        return BatchState(self.state)

    @property
    def done_percent(self) -> int:
        """How much of the file has been worked through."""
        return self.done_rows * 100 // self.total_rows if self.total_rows else 0


class ImportRow(models.Model):
    """What one row of a batch led to, by ids alone: enough to undo it, nothing to learn from it."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name=_("import"))
    number = models.PositiveIntegerField(_("row"))
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+", verbose_name=_("person"))
    vehicle = models.ForeignKey(Vehicle, models.SET_NULL, null=True, related_name="+", verbose_name=_("vehicle"))
    is_new_person = models.BooleanField(default=False)
    is_new_vehicle = models.BooleanField(default=False)
    filled = ArrayField(models.CharField(max_length=30), default=list, verbose_name=_("fields filled in"))

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="import_row_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.number}"


class ColumnName(models.Model):
    """What a header means in the workbooks of one organisation, as somebody there once said; "" leaves it out."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="column_names", verbose_name=_("organisation")
    )
    subject = models.CharField(max_length=20, default=PEOPLE, editable=False)
    header = models.CharField(_("column name"), max_length=200)
    field = models.CharField(_("meaning"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("remembered column name")
        verbose_name_plural = _("remembered column names")
        constraints = [models.UniqueConstraint(fields=["organisation", "subject", "header"], name="column_name_once")]

    def __str__(self) -> str:
        return self.header
