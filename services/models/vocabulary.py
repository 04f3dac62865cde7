"""The words the ledger is kept in: kinds with their groups, and first sentences. A county may add its own."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Organisation


class Domain(models.TextChoices):
    """Which sort of row a kind is for."""

    ACTIVITY = "activity", _("Activity")
    MATTER = "matter", _("Matter")
    PAIRING = "pairing", _("Pairing")
    GRANT = "grant", _("Grant")
    VENUE = "venue", _("Venue")


class Group(models.TextChoices):
    """What a kind counts as. Reports and claims speak of groups, so these are the house's and not a county's."""

    VOLUNTEERING = "volunteering", _("Volunteering and emergency help")
    CARE = "care", _("Care and visits to people")
    EXCHANGE = "exchange", _("Exchange and know-how")
    PARTY_LIFE = "party_life", _("Party life")
    TRAINING = "training", _("Training")
    ENTERPRISE_VISIT = "enterprise_visit", _("Visits to enterprises and surveys")
    MEETING = "meeting", _("Meetings")
    RECEPTION = "reception", _("Visits received")
    CONTACT = "contact", _("Contact with one's pairing")
    VENUE_USE = "venue_use", _("Use of a venue")
    PUBLICITY = "publicity", _("Publicity")

    APPEAL = "appeal", _("Appeal")
    PROBLEM = "problem", _("Hard problem")
    TASK = "task", _("Task")
    SUGGESTION = "suggestion", _("Suggestion")
    PROJECT = "project", _("Project")
    ERRAND = "errand", _("Errand for an enterprise")
    CLUE = "clue", _("Clue")

    HELP = "help", _("Help for a driver")
    COMMISSIONERS = "commissioners", _("Two commissioners")
    MENTORING = "mentoring", _("Mentoring")
    SECRETARY = "secretary", _("Enterprise secretary")
    CO_BUILDING = "co_building", _("Co-building")
    CULTIVATION = "cultivation", _("Cultivation of an applicant")
    COVERAGE = "coverage", _("Coverage by the party")
    COOPERATION = "cooperation", _("Cooperation with a platform")

    GOODS = "goods", _("Goods")
    CERTIFICATE = "certificate", _("Certificate")
    HONOUR = "honour", _("Honour")
    TITLE = "title", _("Title of a selection")
    MARK = "mark", _("Mark or sign")
    FUND = "fund", _("Fund")
    SUBSIDY = "subsidy", _("Subsidy")
    MEDIA = "media", _("Report in the media")

    REST = "rest", _("Place to rest")
    SERVICE = "service", _("Place of service")
    DISPLAY = "display", _("Place of display")
    COUNTER = "counter", _("Counter")
    PARKING = "parking", _("Parking")


G = Group

GROUPS: dict[Domain, tuple[Group, ...]] = {
    Domain.ACTIVITY: (
        G.VOLUNTEERING,
        G.CARE,
        G.EXCHANGE,
        G.PARTY_LIFE,
        G.TRAINING,
        G.ENTERPRISE_VISIT,
        G.MEETING,
        G.RECEPTION,
        G.CONTACT,
        G.VENUE_USE,
        G.PUBLICITY,
    ),
    Domain.MATTER: (G.APPEAL, G.PROBLEM, G.TASK, G.SUGGESTION, G.PROJECT, G.ERRAND, G.CLUE),
    Domain.PAIRING: (
        G.HELP,
        G.COMMISSIONERS,
        G.MENTORING,
        G.SECRETARY,
        G.CO_BUILDING,
        G.CULTIVATION,
        G.COVERAGE,
        G.COOPERATION,
    ),
    Domain.GRANT: (G.GOODS, G.CERTIFICATE, G.HONOUR, G.TITLE, G.MARK, G.FUND, G.SUBSIDY, G.MEDIA),
    Domain.VENUE: (G.REST, G.SERVICE, G.DISPLAY, G.COUNTER, G.PARKING),
}


def _group_fits_domain() -> models.Q:
    condition = models.Q(pk__in=[])
    for domain, groups in GROUPS.items():
        condition |= models.Q(domain=domain, group__in=[str(group) for group in groups])
    return condition


def near(user: models.Model) -> models.Q:
    """Match the house's rows, and those of counties the user's own organisations lie in or look after."""
    found = models.Q(organisation=None)
    for path in user.paths():
        steps = path.rstrip(".").split(".")
        above = [".".join(steps[: count + 1]) + "." for count in range(len(steps))]
        found |= models.Q(organisation__path__startswith=path) | models.Q(organisation__path__in=above)
    return found


class KindQuerySet(models.QuerySet):
    """Reads of kinds."""

    def visible_to(self, user: models.Model) -> "KindQuerySet":
        """Keep the house's kinds, and those of counties the user's own organisations lie in or look after."""
        return self.filter(near(user))

    def in_use(self) -> "KindQuerySet":
        """Keep kinds that may still be chosen."""
        return self.filter(retired_on=None)

    def of(self, domain: Domain, *groups: Group) -> "KindQuerySet":
        """Keep one domain's kinds, of these groups where any are given, in their printed order."""
        rows = self.filter(domain=domain)
        return (rows.filter(group__in=groups) if groups else rows).order_by("position", "pk")


class Kind(models.Model):
    """What sort of activity, matter, pairing, grant or venue a row is. Its `group` is what reports count by.

    A matter's kind is its category (unpaid freight, parking); the group says whether it is an appeal or a task.
    `due_days` are working days. Without an organisation it is the whole house's.
    """

    domain = models.CharField(_("for"), max_length=10, choices=Domain)
    group = models.CharField(_("group"), max_length=20, choices=Group)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    label = models.CharField(_("name"), max_length=40)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_kinds",
        verbose_name=_("added by the organisation"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    due_days = models.PositiveSmallIntegerField(_("due in working days"), null=True, blank=True)
    is_person_needed = models.BooleanField(_("a person must be named"), default=False)
    is_body_needed = models.BooleanField(_("an organisation must be named"), default=False)
    is_number_asked = models.BooleanField(_("the number is asked for first"), default=False)
    retired_on = models.DateField(_("retired on"), null=True, blank=True)

    objects = KindQuerySet.as_manager()

    class Meta:
        verbose_name = _("kind")
        verbose_name_plural = _("kinds")
        constraints = [
            models.CheckConstraint(condition=_group_fits_domain(), name="kind_group_fits_domain"),
            models.CheckConstraint(condition=~models.Q(label=""), name="kind_has_label"),
            models.UniqueConstraint(
                fields=["domain", "label", "organisation"], name="kind_label_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.label


class PhraseQuerySet(models.QuerySet):
    """Reads of first sentences."""

    def visible_to(self, user: models.Model) -> "PhraseQuerySet":
        """Keep the house's, and those of counties the user's own organisations lie in or look after."""
        return self.filter(near(user))


class Phrase(models.Model):
    """A first sentence for the line of an activity or the answer to a matter, offered by kind."""

    kind = models.ForeignKey(Kind, models.CASCADE, related_name="phrases", verbose_name=_("kind"))
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_phrases",
        verbose_name=_("added by the organisation"),
    )
    text = models.CharField(_("sentence"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = PhraseQuerySet.as_manager()

    class Meta:
        verbose_name = _("sentence")
        verbose_name_plural = _("sentences")
        constraints = [
            models.UniqueConstraint(fields=["kind", "organisation", "text"], name="phrase_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.text
