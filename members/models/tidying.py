"""What a value was before it was tidied or set aside by a merge: sealed, so that it can be put back."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.cipher import Undecipherable
from config.sealed import SealedField, unseal
from members import identity
from members.models.merge import Merge
from members.models.organisation import under_paths
from members.models.register import Person, Vehicle
from members.permissions import Permission


class PriorValueQuerySet(models.QuerySet):
    """Reads of former values; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "PriorValueQuerySet":
        """Keep those of people and vehicles the user keeps; what a merge set aside is undone at the merge."""
        return self.filter(under_paths("organisation_path", user.paths(Permission.EDIT_PEOPLE)), merge=None)


class PriorValue(models.Model):
    """A name, number, phone or plate as it stood before. `merge` is the merge that set it aside, if one did."""

    class Place(models.TextChoices):
        """Which value."""

        NAME = "name", _("name")
        IDENTITY = "identity", _("identity number")
        PHONE = "phone", _("mobile number")
        PLATE = "plate", _("plate")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    place = models.CharField(_("field"), max_length=10, choices=Place)
    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    vehicle = models.ForeignKey(
        Vehicle, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("vehicle")
    )
    merge = models.ForeignKey(
        Merge, models.PROTECT, null=True, blank=True, related_name="prior_values", verbose_name=_("merge")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    value_cipher = SealedField(place="prior_value", default=b"")
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="values_tidied", verbose_name=_("changed by")
    )
    put_back_at = models.DateTimeField(_("put back at"), null=True, blank=True)
    put_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="values_put_back",
        verbose_name=_("put back by"),
    )

    objects = PriorValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("former value")
        verbose_name_plural = _("former values")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person=None, vehicle__isnull=False) | models.Q(person__isnull=False, vehicle=None),
                name="prior_value_of_one_row",
            ),
            models.CheckConstraint(
                condition=models.Q(put_back_at=None, put_back_by=None)
                | models.Q(put_back_at__isnull=False, put_back_by__isnull=False),
                name="prior_value_put_back_whole",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person or self.vehicle)

    @property
    def shown(self) -> str:
        """The former value as a list may show it: numbers masked, `?` where no key opens it."""
        try:
            text = unseal(self, "value_cipher")
        except Undecipherable:
            return "?"
        masks = {self.Place.IDENTITY: identity.mask_id, self.Place.PHONE: identity.mask_phone}
        return masks.get(self.place, str)(text)
