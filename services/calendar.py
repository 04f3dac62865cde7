"""A day's duties outside the page: as text for a chat, and as a calendar (pure)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import icalendar
from django.utils.translation import gettext as _

from services.queries.today import Day


def as_text(day: Day) -> str:
    """Return the day as lines to paste into a chat: what is overdue first, then what is due this week."""
    lines = [_("To do on %(day)s") % {"day": day.today.isoformat()}]
    for label, owed, matters in (
        (_("Overdue"), day.overdue, day.overdue_matters),
        (_("Due this week"), day.this_week, day.matters_this_week),
    ):
        entries = [f"{one.duty.label} · {one.about} · {one.due.due_on:%m-%d}" for one in owed]
        entries += [f"{matter.title} · {matter.due_on:%m-%d}" for matter in matters]
        if entries:
            lines += [f"【{label}】", *(f"{number}. {entry}" for number, entry in enumerate(entries, 1))]
    return "\n".join(lines if len(lines) > 1 else [*lines, _("Nothing is due.")])


def as_ics(day: Day, host: str) -> bytes:
    """Return a calendar with one whole-day entry for each duty and due day; names stay in the house."""
    made = icalendar.Calendar()
    made.add("prodid", f"-//{host}//today//")
    made.add("version", "2.0")
    made.add("x-wr-calname", _("What is due"))
    made.add("refresh-interval", timedelta(hours=12), {"value": "DURATION"})
    counts = Counter((one.duty.label, max(one.due.due_on, day.today)) for one in (*day.overdue, *day.this_week))
    counts.update(
        (_("Matters due"), max(matter.due_on, day.today)) for matter in (*day.overdue_matters, *day.matters_this_week)
    )
    for (label, on), count in sorted(counts.items(), key=lambda pair: (pair[0][1], pair[0][0])):
        event = icalendar.Event()
        event.add("uid", f"{on:%Y%m%d}-{label}@{host}")
        event.add("dtstamp", datetime.now(UTC))
        event.add("dtstart", on)
        event.add("summary", f"{label} × {count}")
        made.add_component(event)
    return made.to_ical()
