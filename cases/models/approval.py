"""The final signature by a one-time link: a leader without an account, named, on one text of one case."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, Revision
from cases.models.review import Decision, ExternalSigner
from members.models.organisation import under_paths
from members.permissions import Permission


class ApprovalQuerySet(models.QuerySet):
    """Reads of links; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "ApprovalQuerySet":
        """Keep links for cases whose final review the user may sign."""
        return self.filter(under_paths("case__organisation__path", user.paths(Permission.SIGN_FINAL)))

    def open(self) -> "ApprovalQuerySet":
        """Keep links neither used nor closed; they may have expired."""
        return self.filter(used_at=None, closed_at=None)


class Approval(models.Model):
    """A link to sign one text of one case, for one named person. Only digests of its token and its code are stored."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="approvals", verbose_name=_("case"))
    organisation_path = models.CharField(max_length=200, editable=False)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+", verbose_name=_("on revision"))
    signer = models.ForeignKey(
        ExternalSigner, models.PROTECT, related_name="approvals", verbose_name=_("who is to sign")
    )
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    code_digest = models.BinaryField(editable=False)
    wrong_codes = models.PositiveSmallIntegerField(_("wrong codes"), default=0)
    created_at = models.DateTimeField(_("given at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="approvals_given", verbose_name=_("given by")
    )
    expires_at = models.DateTimeField(_("valid until"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    reminded_on = models.DateField(_("reminded on"), null=True)
    used_at = models.DateTimeField(_("used at"), null=True)
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, related_name="approval", verbose_name=_("decision")
    )

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("link for the final signature")
        verbose_name_plural = _("links for the final signature")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(used_at=None, closed_at=None), name="approval_open_once_a_case"
            ),
            models.CheckConstraint(
                condition=models.Q(used_at=None, decision=None)
                | models.Q(used_at__isnull=False, decision__isnull=False),
                name="approval_used_made_a_decision",
            ),
        ]

    def __str__(self) -> str:
        return str(self.signer)

    @property
    def ran_out(self) -> bool:
        """Whether its time is over and nobody answered or closed it."""
        return self.used_at is None and self.closed_at is None and self.expires_at <= timezone.now()

    @property
    def is_usable(self) -> bool:
        """Whether it still opens."""
        return self.used_at is None and self.closed_at is None and self.expires_at > timezone.now()
