"""Reads around one entry: who may change it, what it looked like, who should have been there, whom a name means."""

import hashlib
import re
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from members.models import Organisation, Person, User
from members.permissions import Permission
from services.models import Activity, Grant, Participation
from services.models.vocabulary import Group

FIELDS = (
    *("kind", "happened_on", "title", "line", "headcount", "channel", "place", "body", "venue", "campaign"),
    *("matter", "pairing"),
)
PARTY_BODIES = {Organisation.Kind.PARTY_BRANCH, Organisation.Kind.PARTY_GROUP}
NAMES_AT_ONCE = 300  # our choice: a list longer than this is a workbook to be imported
State = Participation.State
# What somebody named at an activity of a group most likely did.
USUAL = {Group.TRAINING: State.COMPLETED, Group.CARE: State.VISITED, Group.CONTACT: State.VISITED}


@dataclass
class Named:
    """One name as it was typed, and the people it may mean."""

    text: str
    people: list[Person] = field(default_factory=list)


def may_change(user: User, activity: Activity) -> bool:
    """Tell whether the user may correct an entry: its author and every official who keeps that ledger."""
    return activity.voided_at is None and user.has_permission(Permission.LOG_ACTIVITY, activity.organisation)


def stamp(activity: Activity) -> str:
    """Return a short digest of what an entry says, so that two people changing it at once are noticed."""
    values = [str(getattr(activity, Activity._meta.get_field(name).attname)) for name in FIELDS]
    joined = sorted(activity.co_organisations.values_list("pk", flat=True))
    return hashlib.sha256("\x1f".join([*values, str(joined)]).encode()).hexdigest()[:16]


def branch_of(activity: Activity) -> Organisation | None:
    """Return the branch or group that met, None where the entry is about no branch."""
    for body in (activity.body, activity.organisation):
        if body is not None and body.kind in PARTY_BODIES:
            return body
    return None


def members_of(user: User, branch: Organisation | None) -> list[Person]:
    """Return the people whose membership lies in a branch, by name."""
    if branch is None:
        return []
    return list(Person.objects.visible_to(user).filter(party_branch=branch).order_by("name", "pk"))


def grants_of(activity: Activity) -> QuerySet:
    """Return what was given at an entry, or at one that was folded into it."""
    rows = Grant.objects.standing().filter(Q(activity=activity) | Q(activity__folded_into=activity))
    return rows.select_related("kind").order_by("pk")


def usual_state(activity: Activity) -> Participation.State:
    """Return what somebody named at this entry most likely did."""
    return USUAL.get(activity.kind.group, State.PRESENT)


def meant(user: User, text: str) -> list[Named]:
    """Return whom pasted names mean among the people the user sees: one query, however many names.

    Names are separated by commas, semicolons, 、 or lines; a second word is the employer or the branch.
    """
    asked = list(dict.fromkeys(" ".join(one.split()) for one in re.split(r"[、,，;；\n\r\t\0]", text) if one.strip()))
    first = {one: one.split()[0] for one in asked}
    rows = Person.objects.visible_to(user).filter(name__in=set(first.values()))
    known: dict[str, list[Person]] = {}
    for person in rows.select_related("employer", "party_branch", "organisation").order_by("pk"):
        known.setdefault(person.name, []).append(person)
    return [Named(one, _fitting(known.get(first[one], []), one.split()[1:])) for one in asked]


def _fitting(people: list[Person], words: list[str]) -> list[Person]:
    for word in words:
        people = [one for one in people if word in str(one.employer or "") or word in str(one.party_branch or "")]
    return people
