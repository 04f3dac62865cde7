"""What happens to a case after it is public."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case


class CorrectionQuerySet(models.QuerySet):
    """Reads of corrections."""

    def standing(self, entry: models.Model) -> "CorrectionQuerySet":
        """Keep those of the text as it was last put into the library; what was withdrawn before is not shown."""
        return self.filter(case=entry.pk, published_at__gte=entry.published_at)


class Correction(models.Model):
    """A correction (更正) printed on the public page; the text it corrects stays in the earlier revision."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="corrections", verbose_name=_("case"))
    note = models.TextField(_("what was corrected"))
    revision = models.ForeignKey(
        "cases.Revision", models.PROTECT, related_name="corrections", verbose_name=_("corrected text")
    )
    published_at = models.DateTimeField(_("published at"), default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="corrections_published", verbose_name=_("by")
    )

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")

    def __str__(self) -> str:
        return self.note[:40]
