"""The pairings of a person's dossier: the other side's name, and when each duty was last kept and falls due."""

from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from services.queries.dossier.section import Mark, Shown
from services.queries.today import duties_of_all

OTHER_SIDE = {"helped": "helper_name", "helps": "helped_name"}


def with_duties(found: Shown, today: date) -> Shown:
    """Name the other side in the lines of pairings, and add what those in force owe; one query a duty."""
    if found.key not in OTHER_SIDE:
        return found
    in_force = [row for row in found.rows if row.ended_on is None or row.ended_on > today]
    owed = duties_of_all(in_force)
    lines = [
        replace(
            line,
            title=getattr(row, OTHER_SIDE[found.key]),
            marks=tuple(_mark(*duty, today) for duty in owed.get(row.pk, ())),
        )
        for row, line in zip(found.rows, found.lines, strict=True)
    ]
    return replace(found, lines=lines)


def _mark(duty: object, last_on: date | None, due: object, today: date) -> Mark:
    last = _("last on %(day)s") % {"day": last_on.isoformat()} if last_on else _("not yet")
    owed = _("due by %(day)s") % {"day": due.due_on.isoformat()} if due else _("nothing owed")
    return Mark(f"{duty.label}：{last}，{owed}", bool(due and due.is_overdue(today)))
