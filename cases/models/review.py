"""Decisions on a case and the three signatures."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case, Revision, State
from members.models import Organisation


class Stage(models.TextChoices):
    """The three reviews of 三审制. Source: 图书质量保障体系 (GAPP order 8), articles 7 to 9, as newspapers apply it."""

    FIRST = "first", _("First review")
    SECOND = "second", _("Second review")
    FINAL = "final", _("Final review")


class ExternalSigner(models.Model):
    """A leader without an account who signs by a one-time link: name and office count as a person (decision 16)."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_signers", verbose_name=_("organisation of the cases")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    name = models.CharField(_("name"), max_length=60)
    office = models.CharField(_("office"), max_length=80)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("signer without an account")
        verbose_name_plural = _("signers without an account")
        constraints = [models.UniqueConstraint(fields=["organisation", "name", "office"], name="external_signer_once")]

    def __str__(self) -> str:
        return f"{self.name}（{self.office}）"


class Decision(models.Model):
    """One move of a case, pinned to the revision it was made on. Going back voids it; nothing deletes it.

    `since` is when the state it left began; `decided_at` less that is how long the case stood there.
    """

    class Kind(models.TextChoices):
        """What was decided; which may follow which stands in `cases.workflow`."""

        SUBMIT = "submit", _("Submit")
        TAKE_UP = "take_up", _("Take up for review")
        PASS_FIRST = "pass_first", _("Pass first review")
        PASS_SECOND = "pass_second", _("Pass second review")
        PASS_FINAL = "pass_final", _("Pass final review")
        RETURN = "return", _("Return for changes")
        RESUBMIT = "resubmit", _("Resubmit")
        RECALL = "recall", _("Recall the return")
        SEND_BACK = "send_back", _("Send back one stage")
        DECLINE = "decline", _("Decline")
        REOPEN = "reopen", _("Reopen")
        MERGE = "merge", _("Merge into another case")
        PUBLISH = "publish", _("Publish")
        RETRACT = "retract", _("Withdraw from the library")
        WITHDRAW = "withdraw", _("Withdraw the submission")

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions", verbose_name=_("case"))
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="decisions", verbose_name=_("on revision"))
    kind = models.CharField(_("decision"), max_length=20, choices=Kind)
    from_state = models.CharField(_("from"), max_length=20, choices=State)
    to_state = models.CharField(_("to"), max_length=20, choices=State)
    note = models.TextField(_("note"), blank=True)
    decided_at = models.DateTimeField(_("at"), default=timezone.now)
    since = models.DateTimeField(_("in the state it left since"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cases_decided", verbose_name=_("by")
    )
    signer = models.ForeignKey(
        ExternalSigner, models.PROTECT, null=True, related_name="decisions", verbose_name=_("by, through a link")
    )
    voided_by = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="voids", verbose_name=_("voided by the decision")
    )

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [models.Index(fields=["case", "id"], name="decision_of_case")]

    def __str__(self) -> str:
        return self.get_kind_display()


class Signature(models.Model):
    """One person's name under one of the three reviews.

    The database refuses one person in two stages of a case, voided or not (a voided signature frees only its own
    stage, decision 14), and two standing signatures in one stage.
    """

    Stage = Stage

    case = models.ForeignKey(Case, models.PROTECT, related_name="signatures", verbose_name=_("case"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage)
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="signature", verbose_name=_("decision"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cases_signed", verbose_name=_("signed by")
    )
    signer = models.ForeignKey(
        ExternalSigner,
        models.PROTECT,
        null=True,
        related_name="signatures",
        verbose_name=_("signed by, through a link"),
    )
    signed_at = models.DateTimeField(_("signed at"), default=timezone.now)
    voided_at = models.DateTimeField(_("voided at"), null=True)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "stage"], condition=models.Q(voided_at=None), name="signature_once_per_stage"
            ),
            ExclusionConstraint(
                name="signature_one_person_one_stage",
                expressions=[("case", "="), ("signed_by", "="), ("stage", "<>")],
            ),
            ExclusionConstraint(
                name="signature_one_signer_one_stage",
                expressions=[("case", "="), ("signer", "="), ("stage", "<>")],
            ),
            models.CheckConstraint(
                condition=models.Q(signed_by=None, signer__isnull=False)
                | models.Q(signed_by__isnull=False, signer=None),
                name="signature_of_one_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} · {self.who}"

    @property
    def who(self) -> str:
        """The account's name, or the leader's with the office."""
        return str(self.signed_by or self.signer)
