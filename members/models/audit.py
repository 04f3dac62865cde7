"""The audit log: append-only, chained by hash, without personal values."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """Who did what to which row. Written by `members.audit.record` alone; triggers number, chain and protect it.

    `actor_id` and `object_id` are plain numbers, not foreign keys: history survives what it speaks of.
    """

    number = models.BigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("account"), null=True)
    event = models.CharField(_("event"), max_length=60)
    object_type = models.CharField(_("kind of row"), max_length=60, blank=True)
    object_id = models.BigIntegerField(_("row"), null=True)
    outcome = models.CharField(_("outcome"), max_length=20)
    detail = models.JSONField(_("detail"), default=dict)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
            models.Index(fields=["actor_id", "-number"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.event}"
