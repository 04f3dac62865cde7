"""Who stands by whom, what that obliges to and how often, and who is excused for a while."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organisation, Person
from services.models.ledger import EARLIEST, Entered, EnteredQuerySet, Source, both_or_neither, ends_after, exactly_one
from services.models.vocabulary import Kind, near


class EndReason(models.TextChoices):
    """Why a pairing ended."""

    HELPER_LEFT = "helper_left", _("The helper left")
    HELPED_LEFT = "helped_left", _("The person helped left")
    HANDED_OVER = "handed_over", _("Handed over to somebody else")
    EXPIRED = "expired", _("The agreement ran out")
    DONE = "done", _("Its purpose is reached")


class PairingQuerySet(EnteredQuerySet):
    """Reads of pairings."""

    def active_on(self, day: date) -> "PairingQuerySet":
        """Keep pairings that hold on a day; the day of the end no longer counts."""
        ends = models.Q(ended_on=None) | models.Q(ended_on__gt=day)
        return self.standing().filter(ends, started_on__lte=day)

    def of_helper(self, person: Person | int | None) -> "PairingQuerySet":
        """Keep those in which a person, or who has this key, helps; nobody's for an account without a person."""
        return self.filter(helper=person) if person is not None else self.none()

    def with_row(self) -> "PairingQuerySet":
        """Join what a list row shows."""
        return self.select_related(
            "kind", "organisation", "helper", "helper_organisation", "helped", "helped_organisation", "region"
        )

    def with_helped(self) -> "PairingQuerySet":
        """Load no more than a page of many lines needs: whom it is for, and what its duties ask."""
        return self.select_related("helped", "helped_organisation").only(
            "kind_id",
            "organisation_path",
            "started_on",
            "ended_on",
            "source",
            "logged_at",
            "helped__name",
            "helped_organisation__name",
        )


class Period(models.Func):
    """The days a pairing holds, as a range."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Pairing(Entered):
    """Somebody stands by somebody: a person or a body on each side, from a day to a day.

    An agreement among more than two bodies names the others in `parties`; the signed paper is an attachment.
    The database refuses the same two in the same kind twice at a time.
    """

    kind = models.ForeignKey(Kind, models.PROTECT, related_name="pairings", verbose_name=_("kind"))
    helper = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_pairings_as_helper",
        verbose_name=_("person who helps"),
    )
    helper_organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_pairings_as_helper",
        verbose_name=_("organisation that helps"),
    )
    helped = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_pairings_as_helped",
        verbose_name=_("person helped"),
    )
    helped_organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_pairings_as_helped",
        verbose_name=_("organisation helped"),
    )
    parties = models.ManyToManyField(
        Organisation, blank=True, related_name="services_pairings_joined", verbose_name=_("further parties")
    )
    region = models.ForeignKey(
        "members.Region",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_pairings",
        verbose_name=_("region"),
    )
    campaign = models.ForeignKey(
        "services.Campaign",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pairings",
        verbose_name=_("campaign"),
    )
    started_on = models.DateField(_("from"))
    ended_on = models.DateField(_("to"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=12, choices=EndReason, blank=True)
    terms = models.TextField(_("what each side does"), max_length=1000, blank=True)

    objects = PairingQuerySet.as_manager()

    class Meta(Entered.Meta):
        verbose_name = _("pairing")
        verbose_name_plural = _("pairings")
        constraints = [
            *Entered.Meta.constraints,
            models.CheckConstraint(
                condition=exactly_one("helper", "helper_organisation"), name="pairing_has_one_helper"
            ),
            models.CheckConstraint(
                condition=exactly_one("helped", "helped_organisation"), name="pairing_has_one_helped"
            ),
            models.CheckConstraint(
                condition=models.Q(helper=None) | models.Q(helped=None) | ~models.Q(helper=models.F("helped")),
                name="pairing_not_with_oneself",
            ),
            models.CheckConstraint(
                condition=models.Q(helper_organisation=None)
                | models.Q(helped_organisation=None)
                | ~models.Q(helper_organisation=models.F("helped_organisation")),
                name="pairing_of_two_organisations",
            ),
            models.CheckConstraint(condition=models.Q(started_on__gte=EARLIEST), name="pairing_start_sane"),
            models.CheckConstraint(condition=ends_after("started_on", "ended_on"), name="pairing_ends_after_start"),
            models.CheckConstraint(
                condition=models.Q(ended_on=None, end_reason="")
                | (models.Q(ended_on__isnull=False) & ~models.Q(end_reason="")),
                name="pairing_end_has_reason",
            ),
            ExclusionConstraint(
                name="pairing_not_twice_at_a_time",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    (Coalesce("helper", 0), RangeOperators.EQUAL),
                    (Coalesce("helper_organisation", 0), RangeOperators.EQUAL),
                    (Coalesce("helped", 0), RangeOperators.EQUAL),
                    (Coalesce("helped_organisation", 0), RangeOperators.EQUAL),
                    (Period("started_on", "ended_on"), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(voided_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["helper", "kind"], name="pairing_of_helper"),
            models.Index(fields=["helped", "kind"], name="pairing_of_helped"),
            # Holds all that a city's overview asks of its 60,000 pairings, so the rows themselves are not looked at.
            models.Index(
                fields=["organisation", "kind", "started_on"],
                include=["id", "ended_on", "organisation_path"],
                condition=models.Q(voided_at=None),
                name="pairing_standing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}：{self.helper_name} → {self.helped_name}"

    def get_absolute_url(self) -> str:
        """The page of the pairing."""
        return reverse("services:pairing_detail", args=[self.pk])

    def is_over(self, day: date) -> bool:
        """Whether it no longer holds on a day; an agreement may have a last day that lies ahead."""
        return self.ended_on is not None and self.ended_on <= day

    @property
    def owes_from(self) -> date:
        """From which day its duties are owed: history that was imported owes nothing for the days before."""
        if self.source != Source.IMPORT:
            return self.started_on
        return max(self.started_on, timezone.localdate(self.logged_at))

    @property
    def helper_name(self) -> str:
        """Who helps, person or body; a person the account may not see has no name here."""
        return str(self.helper or self.helper_organisation or _("somebody outside your organisations"))

    @property
    def helped_name(self) -> str:
        """Who is helped, person or body; a person the account may not see has no name here."""
        return str(self.helped or self.helped_organisation or _("somebody outside your organisations"))


class Every(models.TextChoices):
    """How often a duty comes round: calendar periods, weeks from Monday."""

    WEEK = "week", _("week")
    MONTH = "month", _("month")
    QUARTER = "quarter", _("quarter")
    YEAR = "year", _("year")


class Proof(models.TextChoices):
    """Which rows fulfil a duty."""

    CONTACT = "contact", _("Any activity with the pairing")
    VISIT = "visit", _("An activity with the pairing on the spot")
    SOLVED = "solved", _("A matter of the pairing solved")
    ACTIVITY = "activity", _("An activity of a kind")
    GRANT = "grant", _("Something of a kind given")


class DutyQuerySet(models.QuerySet):
    """Reads of duties."""

    def visible_to(self, user: models.Model) -> "DutyQuerySet":
        """Keep the house's duties, and those of counties the user's own organisations lie in or look after."""
        return self.filter(near(user))


class Duty(models.Model):
    """A cadence: who owes what how often. Three rows say 每周联系、每月走访、每年解决一个问题 for every driver.

    It binds every pairing of a kind, or every body of a sort, or one body. Occurrences are never stored: what is owed
    and overdue is computed. `organisation` limits it to a subtree; without one it holds for the whole house.
    """

    label = models.CharField(_("duty"), max_length=60)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_duties_ordered",
        verbose_name=_("holds in"),
    )
    pairing_kind = models.ForeignKey(
        Kind, models.PROTECT, null=True, blank=True, related_name="duties", verbose_name=_("for pairings of the kind")
    )
    body_kind = models.CharField(
        _("for organisations of the sort"), max_length=20, choices=Organisation.Kind, blank=True
    )
    body = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_duties",
        verbose_name=_("for the organisation"),
    )
    every = models.CharField(_("every"), max_length=10, choices=Every)
    times = models.PositiveSmallIntegerField(_("times"), default=1)
    proof = models.CharField(_("fulfilled by"), max_length=10, choices=Proof)
    proof_kind = models.ForeignKey(
        Kind, models.PROTECT, null=True, blank=True, related_name="proves", verbose_name=_("of the kind")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pairing_kind__isnull=False, body_kind="", body=None)
                | (models.Q(pairing_kind=None, body=None) & ~models.Q(body_kind=""))
                | models.Q(pairing_kind=None, body_kind="", body__isnull=False),
                name="duty_binds_one",
            ),
            models.CheckConstraint(condition=models.Q(times__gte=1), name="duty_at_least_once"),
            models.CheckConstraint(condition=ends_after("starts_on", "ends_on"), name="duty_ends_after_start"),
            models.CheckConstraint(
                condition=models.Q(proof__in=[Proof.ACTIVITY, Proof.GRANT], proof_kind__isnull=False)
                | models.Q(proof__in=[Proof.CONTACT, Proof.VISIT, Proof.SOLVED], proof_kind=None),
                name="duty_proof_names_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(pairing_kind__isnull=False) | ~models.Q(proof__in=["contact", "visit", "solved"]),
                name="duty_of_bodies_has_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Excuse(models.Model):
    """Days on which a pairing, or a body's one duty, owes nothing: excused is not overdue."""

    class Reason(models.TextChoices):
        """Why nothing is owed."""

        AWAY = "away", _("Away on the road")
        STOPPED = "stopped", _("Business stopped")
        ILL = "ill", _("Ill or on leave")
        DIED = "died", _("Died")
        OTHER = "other", _("Other, see the note")

    pairing = models.ForeignKey(
        Pairing, models.CASCADE, null=True, blank=True, related_name="excuses", verbose_name=_("pairing")
    )
    duty = models.ForeignKey(
        Duty, models.PROTECT, null=True, blank=True, related_name="excuses", verbose_name=_("duty")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="services_excuses", verbose_name=_("organisation")
    )
    organisation_path = models.CharField(max_length=200, editable=False)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.CharField(_("note"), max_length=100, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="services_excuses", verbose_name=_("recorded by")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_excuses_lifted",
        verbose_name=_("lifted by"),
    )

    class Meta:
        verbose_name = _("excuse")
        verbose_name_plural = _("excuses")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pairing__isnull=False) | models.Q(duty__isnull=False), name="excuse_from_something"
            ),
            models.CheckConstraint(condition=ends_after("from_on", "to_on"), name="excuse_ends_after_start"),
            models.CheckConstraint(
                condition=~models.Q(reason="other") | ~models.Q(note=""), name="excuse_other_has_note"
            ),
            models.CheckConstraint(condition=both_or_neither("lifted_at", "lifted_by"), name="excuse_lifted_at_and_by"),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()
