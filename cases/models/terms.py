"""Terms that are easily written wrong: an editable table of fixed formulations and common slips (规范表述)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TermRuleQuerySet(models.QuerySet):
    """Reads of the term rules."""

    def visible_to(self, user: models.Model) -> "TermRuleQuerySet":
        """Keep all: the table is one for the whole house."""
        return self.all()

    def in_use(self) -> "TermRuleQuerySet":
        """Keep the rules texts are checked by."""
        return self.filter(retired_on=None).order_by("pk")


class TermRule(models.Model):
    """A form of words to warn of, what to write instead, and who says so. A warning only: it never blocks a case."""

    wrong = models.CharField(_("form to warn of"), max_length=60, unique=True)
    advice = models.CharField(_("what to write"), max_length=200)
    source = models.CharField(_("term source"), max_length=200)
    exceptions = models.CharField(
        _("not within"), max_length=200, blank=True, help_text=_("Words in which the form is right, separated by 、")
    )
    retired_on = models.DateField(_("retired on"), null=True, blank=True)

    objects = TermRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("term rule")
        verbose_name_plural = _("term rules")

    def __str__(self) -> str:
        return self.wrong
