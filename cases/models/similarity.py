"""What a case's present text is made of, so that another text made of the same is found."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case


class CaseShingle(models.Model):
    """One stored shingle of a case's present text: a hash, one in eight of all; never the words."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="shingles", verbose_name=_("case"))
    shingle = models.IntegerField()
    is_masked = models.BooleanField(default=False)  # of the text with names masked

    class Meta:
        verbose_name = _("shingle")
        verbose_name_plural = _("shingles")
        indexes = [models.Index(fields=["is_masked", "shingle"], include=["case"], name="case_shingle")]

    def __str__(self) -> str:
        return str(self.shingle)
