"""A county's own layout of its reports, version by version."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.models.ledger import Ledger, LedgerQuerySet, both_or_neither

IN_USE = Q(used_at__isnull=False, ended_at=None)


class ReportTemplateQuerySet(LedgerQuerySet):
    """Reads of templates."""

    def in_use(self) -> "ReportTemplateQuerySet":
        """Keep those reports are made with now."""
        return self.filter(IN_USE)


class ReportTemplate(Ledger):
    """A Word or Excel file with placeholders. Looked at first, then put in use; what it replaces stays, to go back to.

    It serves its organisation and everything under it that has none of its own.
    """

    class Span(models.TextChoices):
        """The reports it is for."""

        MONTH = "month", _("Monthly report")
        QUARTER = "quarter", _("Quarterly report")
        YEAR = "year", _("Yearly report")

    class Sort(models.TextChoices):
        """What kind of file."""

        WORD = "docx", _("Word")
        EXCEL = "xlsx", _("Excel")

    span = models.CharField(_("report"), max_length=10, choices=Span)
    sort = models.CharField(_("file kind"), max_length=4, choices=Sort)
    version = models.PositiveSmallIntegerField(_("version"))
    filename = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField(_("size in bytes"))
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_templates", verbose_name=_("by")
    )
    used_at = models.DateTimeField(_("in use since"), null=True, blank=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_templates_used",
        verbose_name=_("put in use by"),
    )
    ended_at = models.DateTimeField(_("in use until"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_templates_ended",
        verbose_name=_("taken out of use by"),
    )

    objects = ReportTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("report template")
        verbose_name_plural = _("report templates")
        constraints = [
            models.CheckConstraint(condition=both_or_neither("used_at", "used_by"), name="template_used_whole"),
            models.CheckConstraint(condition=both_or_neither("ended_at", "ended_by"), name="template_ended_whole"),
            models.UniqueConstraint(fields=["organisation", "span", "sort", "version"], name="template_version_once"),
            models.UniqueConstraint(
                fields=["organisation", "span", "sort"], condition=IN_USE, name="template_one_in_use"
            ),
        ]

    def __str__(self) -> str:
        version = _("version %d") % self.version
        return f"{self.get_span_display()} · {self.get_sort_display()} · {version}"

    @property
    def is_in_use(self) -> bool:
        """Whether reports are made with it now."""
        return self.used_at is not None and self.ended_at is None
