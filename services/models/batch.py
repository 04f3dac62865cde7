"""Imports into the ledger: the register's batches with subjects of our own, and which rows each chunk entered."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.models import ImportBatch
from members.models.batch import ImportBatchQuerySet
from members.models.organisation import under_paths
from members.permissions import Permission


class ImportSubject(models.TextChoices):
    """What a workbook is about."""

    ACTIVITY = "activity", _("Activity")
    GRANT = "grant", _("Grant")
    PAIRING = "pairing", _("Pairing")
    MATTER = "matter", _("Matter")
    VENUE = "venue", _("Venue")


class LedgerImportQuerySet(ImportBatchQuerySet):
    """Reads of imports into the ledger; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "LedgerImportQuerySet":
        """Keep imports into organisations for which the user imports."""
        within = under_paths("organisation_path", user.paths(Permission.IMPORT_LEDGER))
        return self.filter(within, subject__in=ImportSubject.values)


class LedgerImport(ImportBatch):
    """One uploaded workbook of the ledger's own rows: the same table and mechanism as the register's imports."""

    objects = LedgerImportQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = _("import into the ledger")
        verbose_name_plural = _("imports into the ledger")

    def get_absolute_url(self) -> str:
        """The page of the import."""
        return reverse("services:batch_detail", args=[self.pk])

    @property
    def subject_name(self) -> str:
        """What its rows are about, in a word."""
        return str(ImportSubject(self.subject).label)


class ImportChunk(models.Model):
    """Which rows one chunk of an import entered, by ids alone: enough to undo it, nothing to learn from it."""

    batch = models.ForeignKey(
        ImportBatch, models.CASCADE, related_name="services_chunks", verbose_name=_("import into the ledger")
    )
    first_row = models.PositiveIntegerField(_("row"))
    row_ids = ArrayField(models.BigIntegerField(), verbose_name=_("rows"))

    class Meta:
        verbose_name = _("chunk of an import")
        verbose_name_plural = _("chunks of imports")
        constraints = [models.UniqueConstraint(fields=["batch", "first_row"], name="import_chunk_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.first_row}"
