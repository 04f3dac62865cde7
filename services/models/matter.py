"""What was asked or assigned: appeals, hard problems, tasks, suggestions, projects, errands; and each of its steps."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.cipher import Undecipherable
from config.sealed import SealedField, unseal
from members import identity
from members.models import Organisation, Person, Region
from services.models.ledger import EARLIEST, Ledger, LedgerQuerySet, both_or_neither, day_between, ends_after
from services.models.vocabulary import Group, Kind


class MatterState(models.TextChoices):
    """Where a matter stands. `tone` colours the tag."""

    RECEIVED = "received", pgettext_lazy("matter", "Received")
    HANDLING = "handling", _("Being handled")
    CLOSED = "closed", _("Closed, call-back due")
    SETTLED = "settled", _("Settled")
    DECLINED = "declined", pgettext_lazy("matter", "Declined")
    MERGED = "merged", _("Merged into another")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        tones = {
            self.RECEIVED: "attention",
            self.HANDLING: "progress",
            self.CLOSED: "progress",
            self.SETTLED: "success",
        }
        return tones.get(self, "ended")


class Outcome(models.TextChoices):
    """What the handler says came of it."""

    SOLVED = "solved", _("Solved")
    PARTLY = "partly", _("Partly solved")
    EXPLAINED = "explained", _("Explained")


class Adoption(models.TextChoices):
    """The same outcomes in the words of a suggestion."""

    SOLVED = "solved", _("Adopted")
    PARTLY = "partly", _("Adopted in part")
    EXPLAINED = "explained", _("Not adopted, with reasons")


class Satisfaction(models.TextChoices):
    """What the call-back heard. Not reached is its own value: silence is not contentment."""

    SATISFIED = "satisfied", _("Satisfied")
    BASICALLY = "basically", _("Basically satisfied")
    UNSATISFIED = "unsatisfied", _("Not satisfied")
    UNREACHED = "unreached", _("Not reached")
    NOT_NEEDED = "not_needed", _("No call-back needed")


class Stage(models.TextChoices):
    """How far a project has come."""

    PREPARING = "preparing", _("Being prepared")
    APPLIED = "applied", _("Applied for")
    APPROVED = "approved", _("Approved")
    STARTED = "started", _("Work has begun")
    FINISHED = "finished", _("Finished")


class Way(models.TextChoices):
    """How a matter came in."""

    PHONE = "phone", _("Phone call")
    VISIT = "visit", _("In person")
    PAIRING = "pairing", _("Through the pairing")
    MEETING = "meeting", _("At a meeting")
    VENUE = "venue", _("At a venue")
    PLATFORM = "platform", _("From a platform")
    ONLINE = "online", _("Online")
    ORDER = "order", _("Assigned from above")


OPEN_STATES = (MatterState.RECEIVED, MatterState.HANDLING)
IS_OPEN = models.Q(state__in=OPEN_STATES)
COUNTED_BY = ["id", "kind", "state", "is_solved", "organisation_path"]  # a city's numbers come from an index alone


class MatterQuerySet(LedgerQuerySet):
    """Reads of matters."""

    def counted(self) -> "MatterQuerySet":
        """Keep what counts: merged ones are counted as the matter they were merged into."""
        return self.exclude(state=MatterState.MERGED)

    def open(self) -> "MatterQuerySet":
        """Keep those somebody still has to do something about."""
        return self.filter(state__in=OPEN_STATES)

    def of_group(self, *groups: Group) -> "MatterQuerySet":
        """Keep appeals, tasks and so on."""
        return self.filter(kind__group__in=groups)

    def with_row(self) -> "MatterQuerySet":
        """Join what a list row shows."""
        return self.select_related(
            "kind", "organisation", "requester", "body", "handler", "lead_body", "campaign", "guide", "meeting__kind"
        )


class Matter(Ledger):
    """Something asked or assigned, on its way to an answer. Changed by actions alone, each leaving a step.

    `guide` is the person of the office who looks after it: beside the commissioner for an enterprise's appeal, alone as
    the cadre of a project (包服干部).

    The kind is its category, the kind's group says whether it is an appeal, a task, a project. `due_on` is counted in
    working days. The handler closes it; for what a person asked, only the call-back makes it solved.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    once = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.ForeignKey(Kind, models.PROTECT, related_name="matters", verbose_name=_("category"))
    state = models.CharField(_("state"), max_length=10, choices=MatterState, default=MatterState.RECEIVED)
    number = models.PositiveSmallIntegerField(_("number in its list"), null=True, blank=True)
    title = models.CharField(_("in one line"), max_length=120)
    detail = models.TextField(_("detail"), max_length=2000, blank=True)
    way = models.CharField(_("came in"), max_length=10, choices=Way, default=Way.PHONE)
    requester = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_matters_asked",
        verbose_name=_("person who asks"),
    )
    requester_name = models.CharField(_("name of who asks"), max_length=60, blank=True)
    phone_cipher = SealedField(place="phone", digest="phone_digest", default=b"", editable=False)
    phone_digest = models.BinaryField(null=True, editable=False)
    body = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_matters_about",
        verbose_name=_("enterprise or body concerned"),
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="services_matters", verbose_name=_("region")
    )
    venue = models.ForeignKey(
        "services.Venue", models.PROTECT, null=True, blank=True, related_name="matters", verbose_name=_("venue")
    )
    campaign = models.ForeignKey(
        "services.Campaign",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="matters",
        verbose_name=_("campaign"),
    )
    pairing = models.ForeignKey(
        "services.Pairing", models.PROTECT, null=True, blank=True, related_name="matters", verbose_name=_("pairing")
    )
    meeting = models.ForeignKey(
        "services.Activity",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="matters_raised",
        verbose_name=_("raised at"),
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of the problem")
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_matters_handled",
        verbose_name=_("handled by"),
    )
    lead_body = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_matters_led",
        verbose_name=_("leading unit"),
    )
    co_bodies = models.ManyToManyField(
        Organisation, blank=True, related_name="services_matters_joined", verbose_name=_("units that help")
    )
    commissioner = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_matters_as_commissioner",
        verbose_name=_("commissioner of the committee"),
    )
    guide = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_matters_as_guide",
        verbose_name=_("guide of the office"),
    )
    stage = models.CharField(_("stage of the project"), max_length=10, choices=Stage, blank=True)
    deliverable = models.CharField(_("what is to be delivered"), max_length=200, blank=True)
    received_on = models.DateField(_("received on"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    planned_on = models.DateField(_("planned for"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    satisfaction = models.CharField(_("call-back"), max_length=12, choices=Satisfaction, blank=True)
    is_solved = models.BooleanField(_("solved"), default=False)
    called_back_at = models.DateTimeField(_("called back at"), null=True, blank=True)
    called_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_matters_called_back",
        verbose_name=_("called back by"),
    )
    logged_at = models.DateTimeField(_("entered at"), default=timezone.now)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_matters", verbose_name=_("entered by")
    )

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = _("matter")
        verbose_name_plural = _("matters")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=MatterState.values), name="matter_state_known"),
            models.CheckConstraint(condition=day_between("received_on", "logged_at"), name="matter_day_sane"),
            models.CheckConstraint(condition=ends_after("received_on", "closed_on"), name="matter_closed_after"),
            models.CheckConstraint(condition=ends_after("received_on", "due_on"), name="matter_due_after"),
            models.CheckConstraint(
                condition=models.Q(planned_on=None) | models.Q(planned_on__gte=EARLIEST), name="matter_plan_sane"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["received", "handling", "merged"], closed_on=None, outcome="")
                | models.Q(state="declined", closed_on__isnull=False, outcome="")
                | (models.Q(state__in=["closed", "settled"], closed_on__isnull=False) & ~models.Q(outcome="")),
                name="matter_closed_has_outcome",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="merged") | models.Q(parent__isnull=False), name="matter_merged_names_other"
            ),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")), name="matter_not_part_of_itself"
            ),
            models.CheckConstraint(
                condition=models.Q(is_solved=False) | models.Q(state="settled", outcome__in=["solved", "partly"]),
                name="matter_solved_is_settled",
            ),
            models.CheckConstraint(
                condition=both_or_neither("called_back_at", "called_back_by"), name="matter_called_back_whole"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["received", "handling"])
                | models.Q(called_back_at=None, satisfaction=""),
                name="matter_open_has_no_call_back",
            ),
            models.UniqueConstraint(fields=["campaign", "number"], name="matter_number_once_per_list"),
        ]
        indexes = [
            models.Index(fields=["organisation", "received_on"], include=COUNTED_BY, name="matter_received"),
            models.Index(fields=["organisation", "closed_on"], include=COUNTED_BY, name="matter_closed_on"),
            models.Index(fields=["state", "due_on"], name="matter_waiting"),
            models.Index(fields=["phone_digest"], name="matter_of_phone"),
            # 今日 asks for the few that are open, among all there ever were.
            models.Index(fields=["handler", "due_on"], condition=IS_OPEN, name="matter_open_of_handler"),
            models.Index(fields=["logged_by", "due_on"], condition=IS_OPEN, name="matter_open_of_author"),
            models.Index(fields=["organisation", "due_on"], condition=IS_OPEN, name="matter_open_of_body"),
            models.Index(
                fields=["organisation", "closed_on"],
                condition=models.Q(state=MatterState.CLOSED),
                name="matter_to_call_back",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of the matter."""
        return reverse("services:matter_detail", args=[self.pk])

    @property
    def state_tag(self) -> MatterState:
        """The state as a member of its enum."""
        return MatterState(self.state)

    @property
    def outcomes(self) -> type[models.TextChoices]:
        """The words its outcome is told in."""
        return Adoption if self.kind.group == Group.SUGGESTION else Outcome

    @property
    def outcome_label(self) -> str:
        """What came of it in words, `""` while nothing has."""
        return self.outcomes(self.outcome).label if self.outcome else ""

    @property
    def asked_by(self) -> str:
        """Who asks, registered or not."""
        return str(self.requester) if self.requester_id is not None else self.requester_name

    @property
    def phone_masked(self) -> str:
        """First three and last two digits of the phone, `""` for none, `?` where no key opens it."""
        try:
            text = unseal(self, "phone_cipher")
        except Undecipherable:
            return "?"
        return identity.mask_phone(text) if text else ""


class MatterStepQuerySet(models.QuerySet):
    """Reads of steps."""

    def visible_to(self, user: models.Model) -> "MatterStepQuerySet":
        """Keep steps of matters the user may read."""
        return self.filter(matter__in=Matter.objects.visible_to(user))


class MatterStep(models.Model):
    """One thing done to a matter. A database trigger refuses to change or delete it; a matter is extended once."""

    class Kind(models.TextChoices):
        """What was done; which may follow which stands in `services.workflow`."""

        RECEIVE = "receive", _("Receive")
        TAKE = "take", _("Take on")
        HAND_OVER = "hand_over", _("Hand over")
        CLAIM = "claim", _("Claim for a unit")
        PROGRESS = "progress", _("Note progress")
        ADVANCE = "advance", _("Move to a stage")
        EXTEND = "extend", _("Extend the deadline")
        MERGE = "merge", _("Merge into a problem")
        SPLIT = "split", _("Take out of the problem")
        DECLINE = "decline", pgettext_lazy("matter", "Decline")
        CLOSE = "close", pgettext_lazy("matter", "Close")
        CALL_BACK = "call_back", _("Call back")
        REOPEN = "reopen", _("Reopen")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="steps", verbose_name=_("matter"))
    kind = models.CharField(_("step"), max_length=10, choices=Kind)
    from_state = models.CharField(_("from"), max_length=10, choices=MatterState, blank=True)
    to_state = models.CharField(_("to"), max_length=10, choices=MatterState)
    note = models.CharField(_("note"), max_length=500, blank=True)
    body = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_matter_steps",
        verbose_name=_("unit"),
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    made_at = models.DateTimeField(_("at"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_matter_steps", verbose_name=_("by")
    )

    objects = MatterStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a matter")
        verbose_name_plural = _("steps of matters")
        constraints = [
            models.UniqueConstraint(fields=["matter"], condition=models.Q(kind="extend"), name="matter_extended_once"),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["extend", "decline"]) | ~models.Q(note=""), name="matter_step_says_why"
            ),
        ]
        indexes = [models.Index(fields=["matter", "id"], name="step_of_matter")]

    def __str__(self) -> str:
        return self.get_kind_display()
