"""The second factor of an account: the seed its phone shares with us, recovery codes, and resets by two people."""

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.sealed import SealedField
from members.models.account import User

RESET_HOURS = 72


class SecondFactorQuerySet(models.QuerySet):
    """Reads of second factors."""

    def in_use(self) -> "SecondFactorQuerySet":
        """Keep those a first code has confirmed."""
        return self.exclude(confirmed_at=None)


class SecondFactor(models.Model):
    """The seed of an account's codes, sealed; `last_step` is the 30-second step of the last code taken."""

    user = models.OneToOneField(User, models.PROTECT, related_name="factor", verbose_name=_("account"))
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seed_cipher = SealedField(place="factor", default=b"")
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("set up at"), null=True, blank=True)

    objects = SecondFactorQuerySet.as_manager()

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """A code for the day the phone is gone, as a keyed digest; it works once."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="codes", verbose_name=_("second factor"))
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.pk)


class FactorResetQuerySet(models.QuerySet):
    """Reads of resets."""

    def waiting(self) -> "FactorResetQuerySet":
        """Keep those a second administrator may still approve."""
        return self.filter(approved_at=None, asked_at__gt=timezone.now() - timedelta(hours=RESET_HOURS))


class FactorReset(models.Model):
    """A lost factor taken off an account: one administrator asks, another approves within 72 hours."""

    user = models.ForeignKey(User, models.PROTECT, related_name="factor_resets", verbose_name=_("account"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="resets_asked", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="resets_approved", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)

    objects = FactorResetQuerySet.as_manager()

    class Meta:
        verbose_name = _("reset of a second factor")
        verbose_name_plural = _("resets of second factors")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by=None, approved_at=None)
                | models.Q(approved_by__isnull=False, approved_at__isnull=False),
                name="reset_approved_at_and_by",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("asked_by")),
                name="reset_by_two_people",
            ),
            models.CheckConstraint(condition=~models.Q(asked_by=models.F("user")), name="reset_not_by_oneself"),
        ]

    def __str__(self) -> str:
        return str(self.user)
