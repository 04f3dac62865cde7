"""Data match: a run over two rosters, what each side gave and approved, and the pairs it found.

No table holds a name or a number of either roll: rosters and both records of a pair lie sealed in the vault named
after the run's `uuid` (decision 1) and go with its key when the run closes.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.discovery import Lead
from members.models.organisation import Organisation, under_paths
from members.permissions import Permission


class Side(models.TextChoices):
    """Whose roll: each side gives one and approves for itself."""

    PRACTITIONERS = "practitioners", _("Practitioners")
    MEMBERS = "members", _("Party members")


class MatchState(models.TextChoices):
    """Where a run stands. `tone` colours the tag."""

    PREPARING = "preparing", _("Being prepared")
    RUNNING = "running", _("Comparing")
    FAILED = "failed", _("Did not succeed")
    COUNTED = "counted", _("Counted, waits for approval")
    OPEN = "open", _("Being reviewed")
    CLOSED = "closed", _("Closed, rosters destroyed")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        tones = {self.RUNNING: "progress", self.OPEN: "progress", self.COUNTED: "attention", self.FAILED: "attention"}
        return tones.get(self, "ended" if self == self.CLOSED else "neutral")


class PairState(models.TextChoices):
    """What became of a pair. `tone` colours the tag."""

    WAITING = "waiting", _("Automatic, waits for approval")
    OPEN = "open", _("To decide")
    LATER = "later", _("Put off")
    SECOND = "second", _("Needs a second person")
    CONFIRMED = "confirmed", _("The same person")
    REJECTED = "rejected", _("Two people")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        tones = {self.OPEN: "attention", self.SECOND: "attention", self.CONFIRMED: "success", self.REJECTED: "ended"}
        return tones.get(self, "neutral")


class MatchRunQuerySet(models.QuerySet):
    """Reads of runs; row-level security stands underneath."""

    def visible_to(self, user: models.Model) -> "MatchRunQuerySet":
        """Keep runs in which the user keeps the people of either side."""
        paths = user.paths(Permission.EDIT_PEOPLE)
        return self.filter(under_paths("organisation_path", paths) | under_paths("members_path", paths))


class MatchRun(models.Model):
    """A run over two rosters. `organisation` keeps the practitioners and gets the leads; the other keeps the members.

    Counts stay when the run is closed, all else goes. `attempt`, here and on rosters, tells a worker whether it is
    still the one that is meant. `step_rows` of `step_total` rows are done in `stage`. `weights` are those of the model
    that weighed this run's pairs, in bits by `field:level`. `decisions` is filled on closing.
    """

    class Mode(models.TextChoices):
        """Who sees which roll (members paper, section 7)."""

        ONE_OFFICE = "one_office", _("One office holds both rosters")
        BROKER = "broker", _("Blind: each side gives tokens only")
        PSI = "psi", _("Blind: the two sides compute by themselves")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mode = models.CharField(_("mode"), max_length=12, choices=Mode, default=Mode.ONE_OFFICE)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="match_runs", verbose_name=_("keeps the practitioners")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    members_organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="match_runs_as_members", verbose_name=_("keeps the members' roll")
    )
    members_path = models.CharField(max_length=200, editable=False)
    purpose = models.CharField(_("purpose"), max_length=200)
    basis = models.CharField(_("legal basis"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=MatchState, default=MatchState.PREPARING)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    stage = models.CharField(max_length=20, blank=True, editable=False)
    step_rows = models.PositiveIntegerField(default=0, editable=False)
    step_total = models.PositiveIntegerField(default=0, editable=False)
    failure = models.CharField(max_length=60, blank=True, editable=False)
    token_version = models.CharField(max_length=40, blank=True, editable=False)
    model_version = models.CharField(max_length=40, blank=True, editable=False)
    weights = models.JSONField(default=dict, editable=False)
    automatic_count = models.PositiveIntegerField(_("automatic"), default=0)
    sampled_count = models.PositiveIntegerField(_("sampled for checking"), default=0)
    review_count = models.PositiveIntegerField(_("to be reviewed"), default=0)
    confirmed_count = models.PositiveIntegerField(_("the same person"), default=0)
    rejected_count = models.PositiveIntegerField(_("two people"), default=0)
    pass_counts = models.JSONField(default=dict)
    decisions = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="match_runs", verbose_name=_("created by")
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="match_runs_started",
        verbose_name=_("started by"),
    )
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = MatchRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("data match")
        verbose_name_plural = _("data matches")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=MatchState.values), name="match_state_known"),
            models.CheckConstraint(
                condition=models.Q(state=MatchState.CLOSED, closed_at__isnull=False)
                | (~models.Q(state=MatchState.CLOSED) & models.Q(closed_at=None)),
                name="match_closed_at_when_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.purpose

    def get_absolute_url(self) -> str:
        """The page of the run."""
        name = "match_detail" if self.mode == self.Mode.ONE_OFFICE else "blind_detail"
        return reverse(f"members:{name}", args=[self.pk])

    @property
    def state_tag(self) -> MatchState:
        """The state as a member of its enum."""
        return MatchState(self.state)

    @property
    def pair_count(self) -> int:
        """All pairs found, automatic or not."""
        return self.automatic_count + self.review_count


class MatchRoster(models.Model):
    """What one side gave: where its rows come from and how many there are. The rows and all words lie in the vault."""

    class Source(models.TextChoices):
        """Where the rows come from."""

        UPLOAD = "upload", _("An uploaded roster")
        REGISTER = "register", _("The register")
        TOKENS = "tokens", _("Tokens of the side's own script")

    class State(models.TextChoices):
        """How far it has been read."""

        READING = "reading", _("Being read")
        READY = "ready", _("Read")
        REFUSED = "refused", _("Not readable")

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="rosters", verbose_name=_("data match"))
    side = models.CharField(_("side"), max_length=13, choices=Side)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READING)
    fault = models.CharField(max_length=40, blank=True, editable=False)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    unusable_count = models.PositiveIntegerField(_("rows that cannot be matched"), default=0)
    given_at = models.DateTimeField(_("given at"), default=timezone.now)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="match_rosters", verbose_name=_("given by")
    )

    class Meta:
        verbose_name = _("roster")
        verbose_name_plural = _("rosters")
        constraints = [models.UniqueConstraint(fields=["run", "side"], name="match_roster_once_a_side")]

    def __str__(self) -> str:
        return self.get_side_display()


class MatchApproval(models.Model):
    """One side's leave to open the names of a run whose counts it has seen; two sides, two people."""

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="approvals", verbose_name=_("data match"))
    side = models.CharField(_("side"), max_length=13, choices=Side)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="match_approvals", verbose_name=_("approved by")
    )
    at = models.DateTimeField(_("approved at"), default=timezone.now)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.UniqueConstraint(fields=["run", "side"], name="match_approval_once_a_side"),
            models.UniqueConstraint(fields=["run", "by"], name="match_approval_two_people"),
        ]

    def __str__(self) -> str:
        return self.get_side_display()


class MatchCandidate(models.Model):
    """A pair of handles that may be one person: pass, probability and evidence, no value of either record.

    `number` orders the queue, strongest first. `levels` are `field:level`; `opened` names the rows a confirmation
    made ("person", "lead", "evidence"), so that taking it back removes exactly those.
    """

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="candidates", verbose_name=_("data match"))
    number = models.PositiveIntegerField(_("number"))
    practitioner_handle = models.CharField(max_length=64)
    member_handle = models.CharField(max_length=64)
    pass_code = models.CharField(_("pass"), max_length=30)
    probability = models.FloatField(_("probability"))
    levels = ArrayField(models.CharField(max_length=30), default=list, verbose_name=_("evidence"))
    is_automatic = models.BooleanField(default=False)
    is_sampled = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=10, choices=PairState, default=PairState.OPEN)
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("first by")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    lead = models.ForeignKey(
        Lead, models.SET_NULL, null=True, blank=True, related_name="match_candidates", verbose_name=_("lead")
    )
    opened = ArrayField(models.CharField(max_length=10), default=list, blank=True)

    class Meta:
        verbose_name = _("possible pair")
        verbose_name_plural = _("possible pairs")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="match_candidate_numbered"),
            models.UniqueConstraint(fields=["run", "practitioner_handle"], name="match_practitioner_once"),
            models.UniqueConstraint(fields=["run", "member_handle"], name="match_member_once"),
            models.CheckConstraint(condition=models.Q(state__in=PairState.values), name="match_pair_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=PairState.SECOND) | models.Q(first_by__isnull=False),
                name="match_second_after_first",
            ),
            models.CheckConstraint(
                condition=models.Q(first_by=None)
                | models.Q(decided_by=None)
                | ~models.Q(first_by=models.F("decided_by")),
                name="match_second_is_another",
            ),
        ]
        indexes = [models.Index(fields=["run", "state", "number"], name="match_queue")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"

    @property
    def state_tag(self) -> PairState:
        """The state as a member of its enum."""
        return PairState(self.state)
