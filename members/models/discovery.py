"""Leads: practitioners who may be party members, by which channel they were found, and what became of it."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.organisation import Organisation, Region, under_paths
from members.models.register import Person
from members.permissions import Permission


class LeadState(models.TextChoices):
    """How far a lead has come. `tone` colours the tag."""

    FOUND = "found", _("Found")
    CONTACTED = "contacted", _("Contacted")
    VERIFIED = "verified", _("Membership verified")
    RETURNED = "returned", _("Back in the fold")
    TRANSFERRED = "transferred", _("Membership transferred")
    DUAL = "dual", _("Managed by both branches")
    FALSE_ALARM = "false_alarm", _("No party member")
    UNWILLING = "unwilling", _("Not willing")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        tones = {
            self.FOUND: "attention",
            self.CONTACTED: "progress",
            self.VERIFIED: "progress",
            self.RETURNED: "success",
            self.TRANSFERRED: "success",
            self.DUAL: "success",
        }
        return tones.get(self, "ended")


class Channel(models.TextChoices):
    """How a lead was found."""

    DATA_MATCH = "data_match", _("Data match")
    ENTERPRISE_VISIT = "enterprise_visit", _("Enterprise visit")
    CHECK_IN = "check_in", _("Check-in by QR code")
    VEHICLE = "vehicle", _("By a vehicle")


class LeadQuerySet(models.QuerySet):
    """Reads of leads; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "LeadQuerySet":
        """Keep leads of the organisations in which the user may read people, but for people merged into others."""
        visible = under_paths("organisation_path", user.paths(Permission.READ_PEOPLE))
        return self.filter(visible, person__merged_into=None)

    def confirmed(self) -> "LeadQuerySet":
        """Keep those the person or the branch confirmed: only they count as found (decision 3)."""
        return self.exclude(confirmed_at=None)

    def untouched_since(self, moment: datetime, states: frozenset) -> "LeadQuerySet":
        """Keep those in `states` that nobody has moved since `moment`, the longest waiting first."""
        return self.filter(state__in=states, touched_at__lt=moment).order_by("touched_at", "pk")


class Lead(models.Model):
    """A sign that a practitioner may be a party member: one per person, whatever the channels.

    `channel` is the first one; `region` is the township it counts for. A lead counts as found once it is confirmed.
    """

    person = models.OneToOneField(Person, models.PROTECT, related_name="lead", verbose_name=_("person"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="leads", verbose_name=_("organisation"))
    organisation_path = models.CharField(max_length=200, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="leads", verbose_name=_("region"))
    channel = models.CharField(_("first channel"), max_length=20, choices=Channel)
    state = models.CharField(_("state"), max_length=12, choices=LeadState, default=LeadState.FOUND)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads_owned",
        verbose_name=_("looked after by"),
    )
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    touched_at = models.DateTimeField(_("last step at"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads_confirmed",
        verbose_name=_("confirmed by"),
    )
    joined_group_at = models.DateTimeField(_("joined the contact group at"), null=True, blank=True)
    joined_group_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads_joined",
        verbose_name=_("joining noted by"),
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=LeadState.values), name="lead_state_known"),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None, confirmed_by=None)
                | models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="lead_confirmed_at_and_by",
            ),
            models.CheckConstraint(
                condition=models.Q(joined_group_at=None, joined_group_by=None)
                | models.Q(joined_group_at__isnull=False, joined_group_by__isnull=False),
                name="lead_joined_group_at_and_by",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_path"], name="lead_path_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["state", "touched_at"], name="lead_waiting"),
        ]

    def __str__(self) -> str:
        return str(self.person)

    def get_absolute_url(self) -> str:
        """The page of the lead."""
        return reverse("members:discovery_lead", args=[self.pk])

    @property
    def state_tag(self) -> LeadState:
        """The state as a member of its enum."""
        return LeadState(self.state)


class EnterpriseVisit(models.Model):
    """Officials went to an enterprise and asked who is a party member."""

    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="visits", verbose_name=_("enterprise"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="visits_made", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    visited_on = models.DateField(_("visited on"))
    visitors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="visits", verbose_name=_("who went"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="visits_recorded", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("enterprise visit")
        verbose_name_plural = _("enterprise visits")

    def __str__(self) -> str:
        return f"{self.enterprise} {self.visited_on}"


class LeadEvidence(models.Model):
    """One channel by which a lead was found. A second sign of the same channel changes nothing.

    Of a data match it keeps the pass and what agreed (`field:level`), so that it can be explained to the person.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="evidence", verbose_name=_("lead"))
    channel = models.CharField(_("channel"), max_length=20, choices=Channel)
    visit = models.ForeignKey(
        EnterpriseVisit, models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name=_("visit")
    )
    match_run = models.ForeignKey(
        "members.MatchRun",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("data match"),
    )
    pass_code = models.CharField(_("pass"), max_length=30, blank=True)
    levels = ArrayField(models.CharField(max_length=30), default=list, blank=True, verbose_name=_("evidence"))
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence_recorded",
        verbose_name=_("recorded by"),
    )

    class Meta:
        verbose_name = _("evidence of a lead")
        verbose_name_plural = _("evidence of leads")
        constraints = [models.UniqueConstraint(fields=["lead", "channel"], name="lead_channel_once")]

    def __str__(self) -> str:
        return self.get_channel_display()
