"""Reads of a task list: its lines with units, the latest word on each, and how many working days it is late."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from django.db.models import F, Max, Q

from config.dates import workdays_between
from members.models import Organisation, User
from services.models import Campaign, Group, Matter, MatterStep
from services.models.matter import OPEN_STATES, MatterQuerySet

TOLD = (MatterStep.Kind.PROGRESS, MatterStep.Kind.CLOSE, MatterStep.Kind.EXTEND, MatterStep.Kind.DECLINE)


@dataclass(frozen=True)
class Line:
    """A task as its list prints it. `late_days` are working days past the deadline, 0 for one that is in time."""

    matter: Matter
    units: list[Organisation]
    progress: MatterStep | None
    late_days: int


def tasks_of(campaign: Campaign, user: User, wanted: dict, today: date) -> MatterQuerySet:
    """Return the tasks of a list the account may read, narrowed by unit and state, in the order of their numbers."""
    rows = Matter.objects.visible_to(user).counted().of_group(Group.TASK).filter(campaign=campaign)
    if unit := wanted.get("unit"):
        rows = rows.filter(Q(lead_body=unit) | Q(pk__in=unit.services_matters_joined.values("pk")))
    conditions = {
        "open": Q(state__in=OPEN_STATES),
        "overdue": Q(state__in=OPEN_STATES, due_on__lt=today),
        "done": ~Q(state__in=OPEN_STATES),
    }
    rows = rows.filter(conditions.get(wanted.get("which", ""), Q()))
    return rows.select_related("kind", "organisation", "lead_body", "handler").order_by(
        F("number").asc(nulls_last=True), "pk"
    )


def lines(tasks: list[Matter], today: date) -> list[Line]:
    """Return tasks with what their list says of them, in three queries however many they are."""
    keys = [task.pk for task in tasks]
    latest = (
        MatterStep.objects.filter(matter__in=keys, kind__in=TOLD).values("matter").annotate(last=Max("pk")).order_by()
    )
    told = {step.matter_id: step for step in MatterStep.objects.filter(pk__in=[one["last"] for one in latest])}
    units: dict[int, list[Organisation]] = {key: [] for key in keys}
    for body in (
        Organisation.objects.filter(services_matters_joined__in=keys)
        .annotate(task=F("services_matters_joined"))
        .order_by("name", "pk")
    ):
        units[body.task].append(body)
    return [Line(task, units[task.pk], told.get(task.pk), late_days(task, today)) for task in tasks]


def units_of(campaign: Campaign) -> list[Organisation]:
    """Return the bodies that lead or help with a task of the list, by name."""
    tasks = Matter.objects.filter(campaign=campaign).values("pk")
    led, joined = Q(services_matters_led__in=tasks), Q(services_matters_joined__in=tasks)
    keys = {*Organisation.objects.filter(led).values_list("pk", flat=True)}
    keys |= {*Organisation.objects.filter(joined).values_list("pk", flat=True)}
    return Organisation.objects.filter(pk__in=keys).order_by("name", "pk")


def keys_of(once: UUID | None, count: int) -> list[UUID]:
    """Return the key of each task a pasted table enters: the same form sent again finds the same tasks."""
    return [uuid5(once, str(position)) for position in range(count)] if once else []


def numbers_of(campaign: Campaign, own: list[UUID] | None = None) -> set[int]:
    """Return the numbers the list has given out to others than its `own`."""
    rows = Matter.objects.filter(campaign=campaign).exclude(number=None).exclude(once__in=own or [])
    return set(rows.values_list("number", flat=True))


def late_days(task: Matter, today: date) -> int:
    """Return the working days an open matter is past its deadline, 0 for one in time or ended."""
    if task.due_on is None or task.state not in OPEN_STATES or task.due_on >= today:
        return 0
    return max(workdays_between(task.due_on, today), 0)
