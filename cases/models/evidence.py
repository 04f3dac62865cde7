"""What a case claims in numbers: which indicator a figure stands for, and what the ledger said about it when."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, Revision
from members.models import Organisation


class Verdict(models.TextChoices):
    """What the ledger says of a figure. Source: decision 14."""

    MATCHES = "matches", _("agrees")
    DIFFERS = "differs", _("differs")
    NO_RECORD = "no_record", _("no record")
    EXTERNAL = "external", _("attested by others")


class ClaimQuerySet(models.QuerySet):
    """Reads of claims."""

    def visible_to(self, user: models.Model) -> "ClaimQuerySet":
        """Keep claims of the cases the user sees."""
        return self.filter(case__in=Case.objects.visible_to(user))


class Claim(models.Model):
    """A figure of a case, confirmed to stand for an indicator within a scope and a period; or for none of them.

    It belongs to the case, not to a revision: `context` is the figure with the words beside it, so a claim holds in
    every revision in which these stand, and goes out of force where the figure was changed.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="claims", verbose_name=_("case"))
    context = models.CharField(_("figure in its place"), max_length=200)
    mention = models.CharField(_("figure as written"), max_length=60)
    indicator = models.CharField(_("indicator"), max_length=60, blank=True)  # empty: the ledger counts no such thing
    filters = models.JSONField(_("narrowed by"), default=dict, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="cases_claims", verbose_name=_("organisation")
    )
    period = models.CharField(_("period"), max_length=60, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_claims", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), default=timezone.now)
    is_drafted = models.BooleanField(_("drafted from the ledger"), default=False)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(fields=["case", "context"], name="claim_once_a_place"),
            models.CheckConstraint(
                condition=models.Q(indicator="") | models.Q(organisation__isnull=False) & ~models.Q(period=""),
                name="claim_says_where_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.mention


class ClaimCheck(models.Model):
    """What the ledger said of a claim at one moment; only ever added to. Made when a case becomes public."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="checks", verbose_name=_("claim"))
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="claim_checks", verbose_name=_("revision"))
    indicator = models.CharField(_("indicator"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version of the definition"))
    low = models.DecimalField(_("at least"), max_digits=24, decimal_places=4)
    high = models.DecimalField(_("at most"), max_digits=24, decimal_places=4, null=True)
    value = models.DecimalField(_("in the ledger"), max_digits=24, decimal_places=4, null=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    checked_at = models.DateTimeField(_("checked at"), default=timezone.now)

    class Meta:
        verbose_name = _("check of a claim")
        verbose_name_plural = _("checks of claims")
        indexes = [models.Index(fields=["revision", "claim"], name="claim_check_of_revision")]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.verdict}"
