"""今日 of a whole house: what has fallen behind, whoever it is due from. The oldest lines, and how many there are.

A city has 60,000 pairings, so the database groups them by the day from which something is owed: that day and the
calendar say what is due (`services.cadence`), for a few hundred days instead of every pairing. Pairings that ended or
are excused follow rules of their own and are looked at one by one.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from members.models import User
from services import cadence
from services.models import Duty, Pairing
from services.models.ledger import HERE
from services.models.pairing import Proof
from services.queries import today as own
from services.queries.matter_lists import MOST
from services.queries.scope import reporting_bodies

FROM = """
with bound as (
    select p.id, last.last_on, greatest(
            p.started_on, case when p.source = 'import' then (p.logged_at at time zone %s)::date end, %s
        ) as since,
        p.ended_on is not null or p.id in (
            select e.pairing_id from services_excuse e where e.lifted_at is null and e.pairing_id is not null
        ) as is_special
    from ({pairings}) p left join lateral ({last}) as last(pairing_id, last_on) on last.pairing_id = p.id
), owed as (
    select id, is_special, case when last_on is null or last_on < since then since
        else (date_trunc(%s, last_on) + %s::interval)::date end as from_on
    from bound
)
"""
GROUPS = "select case when is_special then id end, from_on, count(*) from owed group by 1, 2"
OLDEST = "select id from owed where not is_special and from_on = any(%s) order by from_on, id limit %s"
# A day in the last week with a contact, or in the last month with a visit: no more is needed to go on from there. Asked
# of each pairing, since a house has a few thousand of the province's million.
KEPT = {
    (Proof.CONTACT, "week"): "select pairing_id, max(to_date(year || '-' || length(ltrim(weeks::bit(64)::text, '0')),"
    " 'IYYY-IW')) from services_pairingyear where weeks <> 0 and pairing_id = p.id group by 1",
    (Proof.VISIT, "month"): "select pairing_id, max(make_date(year, length(ltrim(months::bit(32)::text, '0')), 1))"
    " from services_pairingyear where months <> 0 and pairing_id = p.id group by 1",
}
ASKED = ("id", "started_on", "ended_on", "source", "logged_at")  # as `Pairing.owes_from` reads them
LENGTHS = {"week": "7 days", "month": "1 month", "quarter": "3 months", "year": "1 year"}


@dataclass
class Found:
    """What a duty leaves owed: how many are overdue or due this week, and the pairings to show."""

    overdue: int = 0
    this_week: int = 0
    shown: set[int] = field(default_factory=set)
    special: set[int] = field(default_factory=set)


def of_house(user: User, today: date) -> own.Day:
    """Return the day of everything in the account's scope, the first lines of each list with what they leave out."""
    found = Found()
    for duty in Duty.objects.exclude(pairing_kind=None).select_related("organisation").order_by("pk"):
        _look(duty, user, today, found)
    pairings = Pairing.objects.active_on(today).with_helped()
    alone = own.owed(list(pairings.filter(pk__in=found.special)), list(reporting_bodies(user)), today)
    rows = own.owed(list(pairings.filter(pk__in=found.shown - found.special)), [], today) + alone
    rows.sort(key=lambda one: (one.due.due_on, one.about, one.duty.pk))
    late = [row for row in rows if row.due.is_overdue(today)][:MOST]
    soon = [row for row in rows if not row.due.is_overdue(today)][:MOST]
    late_alone = sum(row.due.is_overdue(today) for row in alone)
    return own.day_of(
        user,
        today,
        late + soon,
        is_house=True,
        further_overdue=found.overdue + late_alone - len(late),
        further_this_week=found.this_week + len(alone) - late_alone - len(soon),
    )


def _look(duty: Duty, user: User, today: date, found: Found) -> None:
    """Add what one duty leaves owed: counts of all, and the pairings with the oldest."""
    rows = Pairing.objects.visible_to(user).active_on(today).filter(kind=duty.pairing_kind_id)
    if duty.organisation is not None:
        rows = rows.filter(organisation__path__startswith=duty.organisation.path)
    pairings, values = rows.order_by().values(*ASKED).query.sql_with_params()
    last = KEPT.get((duty.proof, duty.every)) if duty.times == 1 else None
    if last is None:
        last, more = own.last_days(duty, rows.order_by().values("pk")).query.sql_with_params()
        values = [*values, *more]
    base = FROM.format(pairings=pairings, last=last)
    given = [HERE.key, duty.starts_on, *values, duty.every, LENGTHS[duty.every]]
    counts: Counter[date] = Counter()
    for special, from_on, count in _rows(base + GROUPS, given):
        if special is None:
            counts[from_on] = count
        else:
            found.special.add(special)
    dues = {day: cadence.next_due(duty.every, None, day, duty.ends_on) for day in counts}
    dues = {day: due for day, due in dues.items() if due and due.first_on <= today}
    late = [day for day, due in dues.items() if due.is_overdue(today)]
    soon = [day for day, due in dues.items() if not due.is_overdue(today) and due.due_on <= own.week_end(today)]
    found.overdue += sum(counts[day] for day in late)
    found.this_week += sum(counts[day] for day in soon)
    for days in (late, soon):
        if days:
            found.shown.update(pk for (pk,) in _rows(base + OLDEST, [*given, days, MOST]))


def _rows(sql: str, values: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
