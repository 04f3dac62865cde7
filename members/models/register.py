"""People and their posts. The identity fields arrive with the register proper."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.organisation import Organisation, under_paths


class PersonQuerySet(models.QuerySet):
    """Reads of people; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "PersonQuerySet":
        """Keep people of the organisations in which the user has a role."""
        return self.filter(under_paths("organisation_path", user.paths()))


class Person(models.Model):
    """A person the ledger knows. `organisation_path` repeats the organisation's path for row-level security."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="people", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            models.Index(fields=["organisation_path"], name="person_path_prefix", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """An office a person holds in an organisation, from a day to a day."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_("person"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts", verbose_name=_("organisation"))
    organisation_path = models.CharField(max_length=200, editable=False)
    title = models.CharField(_("title"), max_length=60)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_on=None) | models.Q(to_on__gte=models.F("from_on")), name="post_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return self.title
