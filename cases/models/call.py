"""Calls for cases (征集): the window, the limits of this one call, its tracks, required parts and dated phases."""

import uuid
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import Organisation
from members.models.organisation import under_paths
from members.permissions import Permission


class CallState(models.TextChoices):
    """Whether a call is public. Where it stands in time is computed from its dates. `tone` colours the tag."""

    DRAFT = "draft", pgettext_lazy("call", "Draft")
    ANNOUNCED = "announced", pgettext_lazy("call", "Announced")
    CANCELLED = "cancelled", pgettext_lazy("call", "Cancelled")

    @property
    def tone(self) -> str:
        """The colour of the tag."""
        return {self.DRAFT: "neutral", self.ANNOUNCED: "success"}.get(self, "ended")


class CallQuerySet(models.QuerySet):
    """Reads of calls. Announced and cancelled ones are public notices."""

    def public(self) -> "CallQuerySet":
        """Keep what readers see."""
        return self.exclude(state=CallState.DRAFT)

    def managed_by(self, user: models.Model) -> "CallQuerySet":
        """Keep calls of organisations whose calls the user manages."""
        return self.filter(under_paths("organisation__path", user.paths(Permission.MANAGE_CALLS)))

    def visible_to(self, user: models.Model) -> "CallQuerySet":
        """Keep public calls, and drafts of those the user manages."""
        if not user.is_authenticated:
            return self.public()
        mine = under_paths("organisation__path", user.paths(Permission.MANAGE_CALLS))
        return self.filter(~models.Q(state=CallState.DRAFT) | mine)

    def open_at(self, now: datetime) -> "CallQuerySet":
        """Keep announced calls whose window is open."""
        return self.filter(state=CallState.ANNOUNCED, opens_at__lte=now, closes_at__gt=now)

    def open_to(self, organisation: Organisation) -> "CallQuerySet":
        """Keep calls a body may send cases to: those of the bodies above it, and its own."""
        steps = organisation.path.rstrip(".").split(".")
        paths = [".".join(steps[: count + 1]) + "." for count in range(len(steps))]
        return self.filter(organisation__path__in=paths)


class Call(models.Model):
    """One call for cases: who calls, from when to when, and every limit as a setting of this call alone.

    `closes_at` is the first moment that is too late. Bodies under `organisation` may send cases. Limits left empty
    are not set. Source of the settings: what about twenty public calls ask for; they conflict, so none is a constant.
    """

    State = CallState

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="cases_calls", verbose_name=_("called by")
    )
    state = models.CharField(_("state"), max_length=10, choices=CallState, default=CallState.DRAFT)
    name = models.CharField(_("name of the call"), max_length=80)
    preface = models.TextField(_("preface"), max_length=2000, blank=True)
    rules = models.TextField(_("rules"), max_length=8000, blank=True)
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    takes_late = models.BooleanField(_("late cases are taken and marked"), default=False)
    least_characters = models.PositiveIntegerField(_("characters at least"), null=True, blank=True)
    most_characters = models.PositiveIntegerField(_("characters at most"), null=True, blank=True)
    least_photos = models.PositiveSmallIntegerField(_("photos at least"), null=True, blank=True)
    most_photos = models.PositiveSmallIntegerField(_("photos at most"), null=True, blank=True)
    least_photo_pixels = models.PositiveIntegerField(_("width of a photo in pixels, at least"), null=True, blank=True)
    needs_captions = models.BooleanField(_("every photo needs a caption"), default=True)
    most_per_unit = models.PositiveSmallIntegerField(_("cases of one unit at most"), null=True, blank=True)
    needs_recommendation = models.BooleanField(_("cases need a recommendation"), default=False)
    needs_form = models.BooleanField(_("the stamped application form is needed"), default=False)
    statement = models.CharField(_("statement the unit confirms"), max_length=300, blank=True)
    contact = models.CharField(_("whom to ask"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_calls", verbose_name=_("created by")
    )
    announced_at = models.DateTimeField(_("announced at"), null=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, editable=False)
    cancel_reason = models.CharField(_("why it was cancelled"), max_length=300, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call for cases")
        verbose_name_plural = _("calls for cases")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=CallState.values), name="call_state_known"),
            models.UniqueConstraint(fields=["organisation", "name"], name="call_name_once"),
            models.CheckConstraint(condition=models.Q(closes_at__gt=models.F("opens_at")), name="call_closes_after"),
            models.CheckConstraint(
                condition=models.Q(most_characters=None)
                | models.Q(least_characters=None)
                | models.Q(most_characters__gte=models.F("least_characters")),
                name="call_characters_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(most_photos=None)
                | models.Q(least_photos=None)
                | models.Q(most_photos__gte=models.F("least_photos")),
                name="call_photos_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(state=CallState.DRAFT) | models.Q(announced_at__isnull=False),
                name="call_public_has_moment",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=CallState.CANCELLED) | models.Q(cancelled_at__isnull=False),
                name="call_cancelled_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The public page; a draft is shown there to those who manage it alone."""
        return reverse("cases:call_page", args=[self.pk])

    @property
    def status(self) -> CallState:
        """The state as a member of the enum."""
        return CallState(self.state)

    @property
    def last_day(self) -> datetime:
        """The last moment in time, local: 24:00 of the last day reads as that day."""
        return timezone.localtime(self.closes_at) - timedelta(seconds=1)

    @property
    def is_till_midnight(self) -> bool:
        """Whether it closes at 24:00."""
        return timezone.localtime(self.closes_at).time() == time(0)

    def is_open_at(self, now: datetime) -> bool:
        """Whether cases may be sent in at a moment and count as in time."""
        return self.state == CallState.ANNOUNCED and self.opens_at <= now < self.closes_at

    def takes_at(self, now: datetime) -> bool:
        """Whether a case sent in at a moment enters the call at all, in time or late."""
        is_late_but_taken = self.takes_late and now >= self.closes_at
        return self.is_open_at(now) or (self.state == CallState.ANNOUNCED and is_late_but_taken)


class PartQuerySet(models.QuerySet):
    """Reads of what belongs to a call."""

    def visible_to(self, user: models.Model) -> "PartQuerySet":
        """Keep parts of calls the user sees."""
        return self.filter(call__in=Call.objects.visible_to(user))

    def in_order(self) -> "PartQuerySet":
        """Order them as they are printed."""
        return self.order_by("position", "pk")


class Track(models.Model):
    """A category within one call; a case of the call stands in exactly one of its tracks, where it has any."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="tracks", verbose_name=_("call for cases"))
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("track"), max_length=40)
    note = models.CharField(_("for whom or what"), max_length=200, blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        verbose_name = _("track")
        verbose_name_plural = _("tracks")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "name"], name="track_name_once", deferrable=models.Deferrable.DEFERRED
            )
        ]

    def __str__(self) -> str:
        return self.name


class RequiredPart(models.Model):
    """A part the text must have: found by a heading that holds its name or one of `aliases` (separated by 、).

    An abstract is such a part, with a limit of its own.
    """

    call = models.ForeignKey(Call, models.CASCADE, related_name="parts", verbose_name=_("call for cases"))
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("part"), max_length=20)
    aliases = models.CharField(_("other headings"), max_length=120, blank=True)
    most_characters = models.PositiveIntegerField(_("characters at most"), null=True, blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        verbose_name = _("required part")
        verbose_name_plural = _("required parts")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "name"], name="required_part_name_once", deferrable=models.Deferrable.DEFERRED
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> list[str]:
        """Every word a heading of this part may hold."""
        return [self.name, *(word for word in self.aliases.split("、") if word)]

    @property
    def told(self) -> str:
        """The part with its limit, if it has one."""
        if self.most_characters is None:
            return self.name
        return _("%(name)s (at most %(most)s characters)") % {"name": self.name, "most": self.most_characters}


class Phase(models.Model):
    """A dated step after the window: both days belong to it. The window itself is the call's own.

    `is_blind` hides units, places and people from the reviewers of a review phase.
    """

    class Kind(models.TextChoices):
        """What happens in it."""

        RECOMMEND = "recommend", _("Recommendation")
        REVIEW = "review", _("Scoring")
        NOTICE = "notice", _("Public notice")
        RESULT = "result", _("Result")

    call = models.ForeignKey(Call, models.CASCADE, related_name="phases", verbose_name=_("call for cases"))
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind of phase"), max_length=10, choices=Kind)
    name = models.CharField(_("phase"), max_length=20)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    is_blind = models.BooleanField(_("units and people hidden"), default=False)

    objects = PartQuerySet.as_manager()

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "kind"],
                condition=models.Q(kind__in=["recommend", "notice", "result"]),
                name="phase_kind_once",
            ),
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="phase_in_order"),
            models.CheckConstraint(
                condition=models.Q(is_blind=False) | models.Q(kind="review"), name="phase_blind_is_review"
            ),
        ]

    def __str__(self) -> str:
        return self.name
