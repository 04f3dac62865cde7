"""What the ledger knows of one person (人员一页纸)."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from members.models import Development, DevelopmentStep, Lead, Person, User, Vehicle
from members.models.register import LINKS, PersonQuerySet
from services.models import Activity, Grant, Matter, Pairing, Participation, Score
from services.models.vocabulary import Group
from services.queries.dossier.section import Section

PAPERS = (Group.CERTIFICATE, Group.HONOUR, Group.TITLE, Group.MARK)


def people(user: User) -> PersonQuerySet:
    """Return the people whose dossier the user may open."""
    return Person.objects.visible_to(user).with_links()


def sections(user: User, person: Person) -> list[Section]:
    """Return a person's sections in the order of the page. Two queries: the pairings and the activities by name."""
    pairings = Pairing.objects.visible_to(user).standing()
    activities = _activities(user, person, pairings)
    matters = Matter.objects.visible_to(user)  # what went into a hard problem was asked all the same
    looked_after = Q(commissioner=person) | Q(guide=person) | Q(handler__person=person)
    grants = Grant.objects.visible_to(user).standing().filter(Q(person=person) | Q(vehicle__in=_vehicles(user, person)))
    taken = Participation.objects.visible_to(user).filter(person=person, activity__voided_at=None)
    ways = Development.objects.visible_to(user).filter(person=person)
    scores = Score.objects.visible_to(user).counted().filter(person=person)
    return [
        Section("helped", _("Who stands by this person"), pairings.filter(helped=person)),
        Section("helps", _("Whom this person stands by"), pairings.filter(helper=person)),
        Section("activities", _("What was done with this person"), activities),
        Section("matters", _("Matters asked"), matters.filter(requester=person)),
        Section("charges", _("Matters looked after"), matters.filter(looked_after)),
        Section("papers", _("Certificates, honours and marks"), grants.filter(kind__group__in=PAPERS)),
        Section("grants", _("Given to this person"), grants.exclude(kind__group__in=PAPERS)),
        Section("trainings", _("Trainings"), taken.filter(activity__kind__group=Group.TRAINING)),
        Section("developments", _("Development of members"), ways),
        Section("scores", _("Assessment"), scores),
        Section("vehicles", _("Vehicles"), _vehicles(user, person)),
    ]


def further(user: User, person: Person) -> list[QuerySet]:
    """Return what else the timeline tells of: posts, the lead, and the steps of a development both sides recorded."""
    ways = Development.objects.visible_to(user).filter(person=person)
    steps = DevelopmentStep.objects.filter(development__in=ways, taken_back_at=None)
    return [person.posts.all(), Lead.objects.visible_to(user).filter(person=person), steps]


def links(person: Person) -> list[tuple[str, object]]:
    """Return the four links with their names; None for one nobody filled in."""
    return [(str(Person._meta.get_field(name).verbose_name), getattr(person, name)) for name in LINKS]


def lead_of(user: User, person: Person) -> Lead | None:
    """Return the lead of a person, with its region and who looks after it."""
    return Lead.objects.visible_to(user).filter(person=person).select_related("region", "owner", "person").first()


def posts(person: Person) -> list:
    """Return the posts a person holds or held, those of today first."""
    return list(person.posts.select_related("organisation").order_by("to_on", "-from_on", "-pk"))


def is_gone(found: list, today: date) -> bool:
    """Tell whether all posts a person ever held are over."""
    return bool(found) and all(post.to_on is not None and post.to_on < today for post in found)


def _vehicles(user: User, person: Person) -> object:
    return Vehicle.objects.visible_to(user).of([person])


def _activities(user: User, person: Person, pairings: object) -> object:
    """Return activities in which a person took part, and those of the pairings the person stands in.

    The numbers are fetched first: with them both halves of the condition are looked up by index.
    """
    mine = list(pairings.filter(Q(helped=person) | Q(helper=person)).values_list("pk", flat=True))
    taken = Participation.objects.filter(person=person).exclude(state=Participation.State.ABSENT)
    there = list(taken.values_list("activity", flat=True))
    return Activity.objects.visible_to(user).standing().filter(Q(pk__in=there) | Q(pairing__in=mine))
