"""Task lists of a joint conference: many tasks entered at once, and the word on many of them noted at once."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members.models import Organisation, User
from members.permissions import Permission
from services.actions import matter as matters
from services.models import Campaign, Kind, Matter
from services.models.matter import Way
from services.queries import task as queries

OUTSIDE = _("This lies outside the organisations whose task lists you keep.")


@dataclass(frozen=True)
class Task:
    """One line of a list. Without a number it gets the next free one."""

    title: str
    number: int | None
    lead: Organisation | None
    units: tuple[Organisation, ...]
    due_on: date | None
    deliverable: str


def enter(
    *, campaign: Campaign, tasks: list[Task], kind: Kind, received_on: date, once: UUID, by: User, is_mine: bool = True
) -> list[Matter]:
    """Enter the tasks of a list, all or none; the same form sent twice enters nothing twice.

    Raises: Refused outside the scope, or for a number the list has already.
    Side effects in order: for each task what `matter.receive` does.
    """
    if not by.has_permission(Permission.MANAGE_CAMPAIGNS, campaign.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)  # two at once would give out the same numbers
        keys = queries.keys_of(once, len(tasks))
        taken = queries.numbers_of(campaign) | {task.number for task in tasks}
        return [
            matters.receive(
                asked=matters.Asked(
                    kind=kind,
                    title=task.title,
                    received_on=received_on,
                    way=Way.ORDER,
                    due_on=task.due_on,
                    campaign=campaign,
                    number=task.number or _next(taken),
                    lead_body=task.lead,
                    co_bodies=task.units,
                    deliverable=task.deliverable,
                ),
                organisation=campaign.organisation,
                once=key,
                by=by,
                is_mine=is_mine,
            )
            for key, task in zip(keys, tasks, strict=True)
        ]


def note(*, campaign: Campaign, notes: dict[Matter, str], by: User) -> int:
    """Note how far several tasks of a list are, all or none; one nobody has taken on is taken on first.

    Raises: Refused, WrongState. Side effects in order: for each what `matter.note_progress` does.
    """
    with transaction.atomic():
        for task, said in notes.items():
            if task.campaign_id != campaign.pk:
                raise Refused(_("This task stands on another list."), code="list")
            if task.state == "received":
                matters.take(matter=task, by=by)
            matters.note_progress(matter=task, note=said, by=by)
    return len(notes)


def _next(taken: set[int | None]) -> int:
    number = max((one for one in taken if one), default=0) + 1
    taken.add(number)
    return number
