"""Things that happened: one row each, whoever counts it later."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organisation, Person, Region
from services.models.ledger import Entered, EnteredQuerySet, day_between
from services.models.vocabulary import Kind


class Channel(models.TextChoices):
    """How people met."""

    ON_SITE = "on_site", _("On the spot")
    PHONE = "phone", _("By phone")
    ONLINE = "online", _("Online")


class ActivityQuerySet(EnteredQuerySet):
    """Reads of activities."""

    def with_row(self) -> "ActivityQuerySet":
        """Join what a list row shows, so that a list costs the same for 1 and for 1,000."""
        return self.select_related(
            "kind", "organisation", "body", "venue", "logged_by", "pairing__helped", "pairing__helped_organisation"
        )

    def newest_first(self) -> "ActivityQuerySet":
        """Order by the day it happened, the last first."""
        return self.order_by("-happened_on", "-pk")

    def entered_by(self, user: models.Model) -> "ActivityQuerySet":
        """Keep the user's own entries, the last entered first."""
        return self.filter(logged_by=user).order_by("-logged_at", "-pk")


class Activity(Entered):
    """Something happened on a day. `happened_on` is the date that counts, `logged_at` never is.

    `body` is the enterprise visited or the branch that met, `region` the township it counts for. `headcount` counts
    people taking part whose names nobody wrote down (人次); names are participations.
    """

    kind = models.ForeignKey(Kind, models.PROTECT, related_name="activities", verbose_name=_("kind"))
    happened_on = models.DateField(_("date"))
    title = models.CharField(_("title"), max_length=100, blank=True)
    line = models.CharField(_("one line"), max_length=200, blank=True)
    headcount = models.PositiveIntegerField(_("number of people"), null=True, blank=True)
    channel = models.CharField(_("how"), max_length=10, choices=Channel, default=Channel.ON_SITE)
    place = models.CharField(_("place"), max_length=100, blank=True)
    body = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_activities_about",
        verbose_name=_("organisation visited or meeting"),
    )
    co_organisations = models.ManyToManyField(
        Organisation, blank=True, related_name="services_activities_joined", verbose_name=_("together with")
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="services_activities", verbose_name=_("region")
    )
    venue = models.ForeignKey(
        "services.Venue", models.PROTECT, null=True, blank=True, related_name="activities", verbose_name=_("venue")
    )
    campaign = models.ForeignKey(
        "services.Campaign",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("campaign"),
    )
    pairing = models.ForeignKey(
        "services.Pairing",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("pairing"),
    )
    matter = models.ForeignKey(
        "services.Matter", models.PROTECT, null=True, blank=True, related_name="activities", verbose_name=_("matter")
    )
    # Asked only together with the row itself, and no activity is ever deleted: no index.
    apart_from = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("looks like another entry, but is not"),
    )
    folded_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="folded", verbose_name=_("the same as")
    )
    # What the entry it was folded into took over from it, to be given back when they are taken apart. Never queried.
    lent = models.JSONField(default=dict, blank=True, editable=False)
    # What the entry cost, for the house's own aim of being quick: a median over everybody, never by person.
    entry_seconds = models.PositiveSmallIntegerField(_("seconds the entry took"), null=True, blank=True, editable=False)
    people = models.ManyToManyField(
        Person, through="services.Participation", related_name="services_activities", verbose_name=_("people")
    )

    objects = ActivityQuerySet.as_manager()

    class Meta(Entered.Meta):
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            *Entered.Meta.constraints,
            models.CheckConstraint(condition=day_between("happened_on", "logged_at"), name="activity_day_sane"),
            models.CheckConstraint(
                condition=models.Q(headcount=None) | models.Q(headcount__gte=1, headcount__lte=1_000_000),
                name="activity_headcount_sane",
            ),
            models.CheckConstraint(
                condition=models.Q(folded_into=None)
                | (models.Q(void_reason="double") & ~models.Q(folded_into=models.F("id"))),
                name="activity_folded_is_void",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "happened_on"], name="activity_of_organisation"),
            models.Index(fields=["pairing", "happened_on"], name="activity_of_pairing"),
            models.Index(fields=["kind", "happened_on"], name="activity_of_kind"),
            models.Index(fields=["logged_by", "-logged_at"], name="activity_of_account"),
        ]

    def __str__(self) -> str:
        return self.title or self.line or str(self.kind)

    def get_absolute_url(self) -> str:
        """The page of the activity."""
        return reverse("services:activity_detail", args=[self.pk])

    @property
    def days_late(self) -> int:
        """How many days after it happened it was entered: 补记 shows it, nobody is blamed for it."""
        return (timezone.localdate(self.logged_at) - self.happened_on).days

    @property
    def is_folded(self) -> bool:
        """Whether it was found to be the same as another entry, which counts in its place."""
        return self.folded_into_id is not None

    @property
    def about(self) -> str:
        """Whom or what it was about, in a word."""
        if self.pairing_id is not None:
            return self.pairing.helped_name
        return str(self.body or self.venue or self.place or "")


class ParticipationQuerySet(models.QuerySet):
    """Reads of participations."""

    def visible_to(self, user: models.Model) -> "ParticipationQuerySet":
        """Keep those of activities the user may read."""
        return self.filter(activity__in=Activity.objects.visible_to(user))


class Participation(models.Model):
    """One named person in an activity: there, absent with a reason, or through with a training. Never minutes."""

    class State(models.TextChoices):
        """What the person did."""

        PRESENT = "present", _("Took part")
        ABSENT = "absent", _("Absent")
        COMPLETED = "completed", _("Completed")
        VISITED = "visited", _("Was visited")

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="participations", verbose_name=_("activity"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="services_participations", verbose_name=_("person"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PRESENT)
    reason = models.CharField(_("reason"), max_length=100, blank=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="services_participations_noted",
        verbose_name=_("noted by"),
    )

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        constraints = [
            models.UniqueConstraint(fields=["activity", "person"], name="participation_once"),
            models.CheckConstraint(
                condition=models.Q(reason="") | models.Q(state="absent"), name="participation_reason_of_absence"
            ),
        ]
        indexes = [models.Index(fields=["person", "activity"], name="participation_of_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.get_state_display()}"
