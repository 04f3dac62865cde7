"""Names under which much is done: programmes, alliances, joint conferences, task lists; and what they promise."""

from datetime import date

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organisation
from services.models.ledger import EARLIEST, Ledger, LedgerQuerySet, both_or_neither, ends_after


class CampaignQuerySet(LedgerQuerySet):
    """Reads of campaigns."""

    def running_on(self, day: date) -> "CampaignQuerySet":
        """Keep those that run on a day."""
        return self.filter(models.Q(ends_on=None) | models.Q(ends_on__gte=day), starts_on__lte=day)

    def called(self, words: str) -> "CampaignQuerySet":
        """Keep those with these words in the name or in another name of theirs."""
        return self.filter(models.Q(name__icontains=words) | models.Q(aliases__icontains=words))


class Campaign(Ledger):
    """A name with a period and member bodies; activities, matters, grants and venues point at it.

    `aliases` are further names it goes by, separated by 、, so that whoever searches for one finds it.
    """

    class Form(models.TextChoices):
        """What sort of umbrella it is."""

        BRAND = "brand", _("Brand")
        PROGRAMME = "programme", _("Programme")
        ALLIANCE = "alliance", _("Alliance")
        CONFERENCE = "conference", _("Joint conference")
        TASK_LIST = "task_list", _("List of tasks")
        SELECTION = "selection", _("Selection")
        CLASSROOM = "classroom", _("Online classroom")

    form = models.CharField(_("form"), max_length=12, choices=Form)
    name = models.CharField(_("name"), max_length=60)
    aliases = models.CharField(_("also called"), max_length=200, blank=True)
    summary = models.TextField(_("what it is for"), max_length=1000, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )
    members = models.ManyToManyField(
        Organisation,
        through="services.CampaignMember",
        through_fields=("campaign", "body"),
        related_name="services_campaigns",
        verbose_name=_("members"),
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_campaigns", verbose_name=_("created by")
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name", "starts_on"], name="campaign_name_once"),
            models.CheckConstraint(condition=models.Q(starts_on__gte=EARLIEST), name="campaign_start_sane"),
            models.CheckConstraint(condition=ends_after("starts_on", "ends_on"), name="campaign_ends_after_start"),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")), name="campaign_not_part_of_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of the campaign."""
        return reverse("services:campaign_detail", args=[self.pk])

    def is_over(self, day: date) -> bool:
        """Whether it has ended before a day."""
        return self.ends_on is not None and self.ends_on < day


class CampaignMemberQuerySet(LedgerQuerySet):
    """Reads of memberships; `organisation` is the campaign's, so the scope is too."""


class CampaignMember(Ledger):
    """A body that takes part in a campaign from a day to a day. `organisation` repeats the campaign's for the scope."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="memberships", verbose_name=_("campaign"))
    body = models.ForeignKey(
        Organisation, models.PROTECT, related_name="services_memberships", verbose_name=_("member")
    )
    is_lead = models.BooleanField(_("leads it"), default=False)
    joined_on = models.DateField(_("from"))
    left_on = models.DateField(_("to"), null=True, blank=True)

    objects = CampaignMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a campaign")
        verbose_name_plural = _("members of campaigns")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "body"], condition=models.Q(left_on=None), name="campaign_member_once"
            ),
            models.CheckConstraint(condition=models.Q(joined_on__gte=EARLIEST), name="campaign_member_start_sane"),
            models.CheckConstraint(
                condition=ends_after("joined_on", "left_on"), name="campaign_member_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return str(self.body)


class TargetQuerySet(LedgerQuerySet):
    """Reads of targets."""

    def standing(self) -> "TargetQuerySet":
        """Keep what is still promised."""
        return self.filter(withdrawn_at=None)


class Target(Ledger):
    """A promised number with a deadline. Its progress is the indicator, never typed.

    `indicator` is a key of the registry, `filters` the parameters it accepts; `organisation` is whose target it is.
    `document` is the paper that set it, in words. A withdrawn one stays and counts nowhere.
    """

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="targets", verbose_name=_("campaign")
    )
    label = models.CharField(_("what is promised"), max_length=60)
    indicator = models.CharField(_("counted by"), max_length=60)
    filters = models.JSONField(_("of it only"), default=dict, blank=True)
    number = models.PositiveIntegerField(_("number promised"))
    starts_on = models.DateField(_("from"))
    due_on = models.DateField(_("deadline"))
    set_at = models.DateTimeField(_("set at"), default=timezone.now, editable=False)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_targets", verbose_name=_("set by")
    )
    document = models.CharField(_("set by which paper"), max_length=120, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_targets_withdrawn",
        verbose_name=_("withdrawn by"),
    )

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gte=1), name="target_above_zero"),
            models.CheckConstraint(condition=models.Q(starts_on__gte=EARLIEST), name="target_start_sane"),
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("starts_on")), name="target_due_after_start"
            ),
            models.CheckConstraint(
                condition=both_or_neither("withdrawn_at", "withdrawn_by"), name="target_withdrawn_whole"
            ),
        ]

    def __str__(self) -> str:
        return self.label
