"""The public notice (公示) of a call: the cases on its list, and what the public objects to them."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.call import Call
from cases.models.case import Case
from config.sealed import SealedField
from members.models.organisation import under_paths
from members.permissions import Permission


class Shortlisted(models.Model):
    """A case on a call's list, as the notice shows it: its honour and place. Taken off, the row stays."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="shortlist", verbose_name=_("call for cases"))
    case = models.ForeignKey(Case, models.PROTECT, related_name="shortlisted", verbose_name=_("case"))
    honour = models.CharField(_("honour"), max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(_("position"))
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    removed_at = models.DateTimeField(_("taken off at"), null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("case on the list")
        verbose_name_plural = _("cases on the list")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "case"], condition=models.Q(removed_at=None), name="shortlisted_once"
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at=None, removed_by=None)
                | models.Q(removed_at__isnull=False, removed_by__isnull=False),
                name="shortlisted_removed_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id}/{self.case_id}"


class ObjectionOutcome(models.TextChoices):
    """How an objection ended. `tone` colours the tag."""

    OPEN = "open", pgettext_lazy("objection", "Being looked into")
    UPHELD = "upheld", pgettext_lazy("objection", "Upheld")
    PARTLY = "partly", pgettext_lazy("objection", "Upheld in part")
    REJECTED = "rejected", pgettext_lazy("objection", "Not upheld")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        return {self.OPEN: "attention", self.REJECTED: "ended"}.get(self, "success")


class ObjectionQuerySet(models.QuerySet):
    """Reads of objections; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "ObjectionQuerySet":
        """Keep objections in the calls whose objections the user handles."""
        return self.filter(under_paths("call__organisation__path", user.paths(Permission.HANDLE_OBJECTIONS)))


class Objection(models.Model):
    """What somebody objects to a case on the list, or to the list. Who it was is sealed and shown on record only."""

    Outcome = ObjectionOutcome

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    call = models.ForeignKey(Call, models.PROTECT, related_name="objections", verbose_name=_("call for cases"))
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="objections", verbose_name=_("case")
    )
    body = models.TextField(_("objection"), max_length=3000)
    name_cipher = SealedField(place="objector_name", default=b"", editable=False)
    contact_cipher = SealedField(place="objector_contact", default=b"", editable=False)
    once_token = models.UUIDField(default=uuid4, unique=True, editable=False)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=10, choices=ObjectionOutcome, default=ObjectionOutcome.OPEN)
    finding = models.TextField(_("finding"), max_length=2000, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="objections_settled", verbose_name=_("by")
    )

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=ObjectionOutcome.values), name="objection_outcome_known"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="open", settled_at=None, settled_by=None)
                | (~models.Q(outcome="open") & models.Q(settled_at__isnull=False, settled_by__isnull=False)),
                name="objection_settled_whole",
            ),
        ]
        indexes = [models.Index(fields=["call", "received_at"], name="objection_of_call")]

    def __str__(self) -> str:
        return f"{self.call_id}/{self.pk}"

    def get_absolute_url(self) -> str:
        """Return its page on the desk."""
        return reverse("cases:notice_detail", args=[self.pk])

    @property
    def number(self) -> str:
        """What it is called by: 异-2026-0001."""
        return f"异-{timezone.localtime(self.received_at).year}-{self.pk:04d}"

    @property
    def status(self) -> ObjectionOutcome:
        """The outcome as a member of the enum."""
        return ObjectionOutcome(self.outcome)


class ObjectionStep(models.Model):
    """One line of an objection's handling record: what was done about it, by whom, when. Never changed."""

    objection = models.ForeignKey(Objection, models.PROTECT, related_name="steps", verbose_name=_("objection"))
    text = models.TextField(_("what was done"), max_length=1000)
    done_at = models.DateTimeField(_("at"), default=timezone.now)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("step of handling an objection")
        verbose_name_plural = _("steps of handling an objection")

    def __str__(self) -> str:
        return f"{self.objection_id}/{self.pk}"
