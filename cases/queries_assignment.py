"""Reads of assignments: who may review what, what lies with whom, and what a reviewer has to do."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import conflict, queries_blind, queries_kin, workflow
from cases.conflict import Body
from cases.models import Assignment, Case, Interest, Recusal, Signature
from cases.models.assignment import UNDER_REVIEW, AssignmentQuerySet, RecusalKind, Task, body_of
from cases.models.case import CaseQuerySet
from cases.spread import Chair, Seat, Spread, spread
from config import bulk
from members.models import Organisation, RoleAssignment, User
from members.permissions import OWN_ROLES, ROLE_PERMISSIONS, Permission, Role

AT_ONCE = 500  # cases given out in one go, so that no page takes long; the next press takes the next ones
PERMISSION = {
    Task.SCORE: Permission.SCORE_CASES,
    Task.FIRST: Permission.SIGN_FIRST,
    Task.SECOND: Permission.SIGN_SECOND,
    Task.FINAL: Permission.SIGN_FINAL,
}
# Up to which state a case may still be given out for a task.
UNTIL = {
    Task.SCORE: Case.State.READY,
    Task.FIRST: Case.State.FIRST_REVIEW,
    Task.SECOND: Case.State.SECOND_REVIEW,
    Task.FINAL: Case.State.FINAL_REVIEW,
}


class Barred(TextChoices):
    """Why a person cannot be given a case. The first that holds is told."""

    OUTSIDE = "outside", _("their role does not reach this case")
    OWN = "own", _("the case comes from their own organisation, or from one above it")
    SUPERIOR = "superior", _("they are the author's superior: the case comes from a body under their own organisation")
    DECLARED = "declared", _("they keep away from this case")
    AUTHOR = "author", _("they entered the case themselves")
    CONTACT = "contact", _("they are its author or contact: by name and organisation, e-mail address or telephone")
    STAGE = "stage", _("they have another of its three reviews")
    HAS_IT = "has_it", _("it is with them already")


CONFLICTS = (Barred.OWN, Barred.SUPERIOR, Barred.DECLARED, Barred.CONTACT)  # what a chief may lift, with a reason


@dataclass
class Candidate:
    """A person who may be given cases: under which paths, what they like, how much lies with them.

    `is_outside` is a reviewer who does not sit at the desk.
    """

    user: User
    paths: list[str]
    own: list[Body]
    interests: list[str] = field(default_factory=list)
    field_ids: frozenset[int] = frozenset()
    load: int = 0
    is_outside: bool = True

    @property
    def pk(self) -> int:
        """The account's key."""
        return self.user.pk


def state_allows(task: str, state: str) -> bool:
    """Tell whether a case in this state may be given out for a task."""
    return state in workflow.HELD and workflow.RANK[Case.State(state)] <= workflow.RANK[UNTIL[Task(task)]]


def with_done(rows: AssignmentQuerySet) -> AssignmentQuerySet:
    """Say of each as `is_done` whether an opinion was given or the stage is signed."""
    signed = Signature.objects.filter(case=OuterRef("case_id"), stage=OuterRef("task"), voided_at=None)
    return rows.annotate(is_done=Q(done_at__isnull=False) | Q(Exists(signed)))


def still_open(rows: AssignmentQuerySet) -> AssignmentQuerySet:
    """Keep what stands and waits to be done."""
    return with_done(rows).filter(ended_at=None, is_done=False, case__state__in=UNDER_REVIEW)


def mine(user: User) -> AssignmentQuerySet:
    """Return what the user is to review or has reviewed, while the cases are under review."""
    rows = Assignment.objects.visible_to(user).filter(reviewer=user, ended_at=None, case__state__in=UNDER_REVIEW)
    return with_done(rows)


def open_count(user: User) -> int:
    """Return how much waits for the user."""
    return mine(user).filter(is_done=False).count()


def of_cases_read_by(user: User) -> AssignmentQuerySet:
    """Return assignments of the cases the user may read, their own conflict notwithstanding."""
    return Assignment.objects.filter(case__in=Case.objects.visible_to(user))


def of_case(case: Case) -> AssignmentQuerySet:
    """Return a case's assignments, ended ones too, oldest first within a task."""
    rows = with_done(Assignment.objects.filter(case=case)).select_related("reviewer__organisation", "given_by")
    return rows.order_by("task", "given_at", "pk")


def candidates(task: str, by: User) -> list[Candidate]:
    """Return everybody who may do a task somewhere within what `by` gives out, by name; five queries."""
    able = {role for role, permissions in ROLE_PERMISSIONS.items() if PERMISSION[Task(task)] in permissions}
    held = _roles_in_force(able)
    users = User.objects.filter(pk__in=held, is_active=True).select_related("organisation__region")
    acted_for = {path for roles in held.values() for role, path in roles if role in OWN_ROLES}
    bodies = {row.path: row for row in Organisation.objects.filter(path__in=acted_for).select_related("region")}
    loads = dict(
        still_open(Assignment.objects.filter(reviewer__in=held))
        .values_list("reviewer")
        .annotate(number=Count("pk"))
        .order_by()
    )
    likes = defaultdict(list)
    for row in Interest.objects.filter(reviewer__in=held).select_related("field").order_by("field__position", "pk"):
        likes[row.reviewer_id].append(row.field)
    found = []
    for user in users.order_by("name", "pk"):
        paths = [path for role, path in held[user.pk] if role in able]
        own = [
            user.organisation,
            *(bodies[path] for role, path in held[user.pk] if role in OWN_ROLES and path in bodies),
        ]
        fields = likes[user.pk]
        found.append(
            Candidate(
                user,
                paths,
                [body_of(body) for body in own],
                [str(one) for one in fields],
                frozenset(one.pk for one in fields),
                loads.get(user.pk, 0),
                not any(Permission.EDIT_CASE in ROLE_PERMISSIONS[role] for role, _path in held[user.pk]),
            )
        )
    scopes = by.paths(Permission.ASSIGN_REVIEWS)
    return [one for one in found if any(_meet(path, scope) for path in one.paths for scope in scopes)]


def _roles_in_force(able: Collection[Role]) -> dict[int, list[tuple[str, str]]]:
    """Return the roles of everybody who holds one of `able` today, as (role, path)."""
    rows = RoleAssignment.objects.in_force(timezone.localdate())
    held = defaultdict(list)
    whose = rows.filter(role__in=able).values("user")
    for user, role, path in rows.filter(user__in=whose).values_list("user", "role", "organisation__path"):
        held[user].append((role, path))
    return held


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


class Bars:
    """Who may not be given which of some cases for a task, and why; as many queries for many as for one."""

    def __init__(self, cases: Collection[Case], people: Collection[Candidate], task: str) -> None:
        """Read what was said, given and signed of these cases."""
        keys = bulk.listed([case.pk for case in cases])
        self.task, self.people = Task(task), people
        self._of_bodies: dict[tuple[int, int], tuple[bool, Barred | None]] = {}
        self._authors = queries_kin.authors_among([case.pk for case in cases], [one.user for one in people])
        said = Recusal.objects.standing().filter(case__in=keys).values_list("case", "user", "kind")
        self._said = {(case, user): kind for case, user, kind in said}
        self._tasks, self.seats_taken = defaultdict(set), defaultdict(int)
        for case, user, has in (
            Assignment.objects.standing().filter(case__in=keys).values_list("case", "reviewer", "task")
        ):
            self._tasks[case, user].add(has)
            self.seats_taken[case] += has == self.task
        if self.task != Task.SCORE:
            for case, user, stage in Signature.objects.filter(case__in=keys).values_list("case", "signed_by", "stage"):
                self._tasks[case, user].add(stage)

    def why(self, case: Case, person: Candidate) -> Barred | None:
        """Return why a person cannot be given a case; None when they can."""
        is_within, by_bodies = self._by_bodies(case, person)
        said = self._said.get((case.pk, person.pk))
        if not is_within:
            return Barred.OUTSIDE
        if said == RecusalKind.DECLARED:
            return Barred.DECLARED
        if case.created_by_id == person.pk:
            return Barred.AUTHOR
        if said != RecusalKind.LIFTED and (bar := self._by_person(case, person) or by_bodies):
            return bar
        tasks = self._tasks.get((case.pk, person.pk), ())
        if self.task in tasks:
            return Barred.HAS_IT
        return Barred.STAGE if self.task != Task.SCORE and set(tasks) - {Task.SCORE} else None

    def _by_person(self, case: Case, person: Candidate) -> Barred | None:
        return Barred.CONTACT if (case.pk, person.pk) in self._authors else None

    def _by_bodies(self, case: Case, person: Candidate) -> tuple[bool, Barred | None]:
        """Return whether the person's role reaches the case's body, and how the body keeps them away."""
        key = case.organisation_id, person.pk
        if key not in self._of_bodies:
            is_within = any(case.organisation.path.startswith(scope) for scope in person.paths)
            self._of_bodies[key] = is_within, _bar_of(body_of(case.organisation), person.own)
        return self._of_bodies[key]


def _bar_of(body: Body, own: list[Body]) -> Barred | None:
    if not conflict.is_own(body, own):
        return None
    return Barred.SUPERIOR if conflict.is_superior(body, own) else Barred.OWN


def assignable(rows: CaseQuerySet, task: str) -> CaseQuerySet:
    """Keep cases that may be given out for a task now."""
    states = [state for state in Case.State if state_allows(task, state)]
    return rows.filter(state__in=states)


def _lacking(rows: CaseQuerySet, task: str, wanted: int) -> CaseQuerySet:
    """Keep cases that have fewer reviewers for a task than wanted."""
    given = Assignment.objects.standing().filter(task=task).order_by().values("case")
    # One pass over what was given out: asked case by case, each is looked for among all of them.
    return rows.exclude(pk__in=given.annotate(number=Count("pk")).filter(number__gte=wanted).values("case"))


@dataclass
class Plan:
    """A spread before it is entered: the cases, who would get them, and whom each could not go to."""

    cases: list[Case]
    people: list[Candidate]
    done: Spread
    kept_away: dict[int, int]

    @property
    def by_case(self) -> dict[int, list[int]]:
        """The reviewers of each case."""
        found = defaultdict(list)
        for case, person in self.done.pairs:
            found[case].append(person)
        return found

    @property
    def given(self) -> dict[int, int]:
        """How many each person would get."""
        found = defaultdict(int)
        for _case, person in self.done.pairs:
            found[person] += 1
        return found


def plan(rows: CaseQuerySet, people: list[Candidate], task: str, each: int, most: int | None = None) -> Plan:
    """Spread the first cases of a list over people until each case has `each` reviewers; nothing is stored.

    Reviewers a case has already count; for a stage of the three reviews each case has one.
    """
    wanted_each = each if task == Task.SCORE else 1
    found = (
        _lacking(assignable(rows, task), task, wanted_each).select_related(None).select_related("organisation__region")
    )
    fields = ("pk", "state", "field_id", "created_by_id", "year", "sequence", "title", "organisation")
    cases = list(found.only(*fields)[:AT_ONCE])
    bars, seats, kept_away = Bars(cases, people, task), [], defaultdict(int)
    for case in cases:
        reasons = {person.pk: bars.why(case, person) for person in people}
        for pk, reason in reasons.items():
            kept_away[pk] += reason in CONFLICTS
        wanted = max(wanted_each - bars.seats_taken[case.pk], 0)
        if wanted:
            seats.append(Seat(case.pk, wanted, case.field_id, {pk for pk, reason in reasons.items() if reason}))
    chairs = [Chair(one.pk, one.load, one.field_ids, most) for one in people]
    return Plan(cases, people, spread(seats, chairs), kept_away)


@dataclass(frozen=True)
class Standing:
    """What the page of a case says of its reviewers: given out, kept away, admitted in spite of a conflict."""

    assignments: list[Assignment]
    recusals: list[Recusal]
    is_blind: bool

    @property
    def current(self) -> list[Assignment]:
        """Those neither declined nor taken back."""
        return [row for row in self.assignments if row.ended_at is None]


def standing(case: Case) -> Standing:
    """Gather a case's assignments and recusals, and whether it is judged blind; three queries."""
    recusals = Recusal.objects.standing().filter(case=case).select_related("user", "made_by").order_by("pk")
    return Standing(list(of_case(case)), list(recusals), queries_blind.is_blind(case))
