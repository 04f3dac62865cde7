"""How often duties were fulfilled: whole calendar periods owed, and those of them in which enough was done.

Counted in the database over rows the indicator already narrowed; nothing is stored. A period counts when the pairing
held through all of it, it is over, and no excuse touches it, so the number never blames anybody for a broken week.
"""

from datetime import date

from django.db import connection
from django.db.models import QuerySet

from services.cadence import DAY, period_of
from services.indicators.periods import Period
from services.models import Duty

OWED = """
select {what}
from services_pairing p
join unnest(%s::date[], %s::date[]) as span(first_on, last_on)
  on p.started_on <= span.first_on and (p.ended_on is null or p.ended_on > span.last_on)
{done}
where p.id in ({rows}) and not exists (
    select 1 from services_excuse e
    where e.pairing_id = p.id and e.lifted_at is null
      and e.from_on <= span.last_on and coalesce(e.to_on, 'infinity') >= span.first_on)
"""
DONE = """
join (
    select a.pairing_id, date_trunc(%s, a.happened_on)::date as first_on
    from services_activity a
    where a.pairing_id in ({rows}) and a.voided_at is null and a.happened_on between %s and %s {only}
    group by 1, 2 having count(*) >= %s
) d on d.pairing_id = p.id and d.first_on = span.first_on
"""
ON_SITE = "and a.channel = 'on_site'"
BODIES_OWED = """
select count(*)
from members_organisation o
join unnest(%s::date[], %s::date[]) as span(first_on, last_on) on o.closed_on is null or o.closed_on > span.last_on
{done}
where o.id in ({rows}) and not exists (
    select 1 from services_excuse e
    where e.duty_id = %s and e.organisation_id = o.id and e.lifted_at is null
      and e.from_on <= span.last_on and coalesce(e.to_on, 'infinity') >= span.first_on)
"""
BODIES_DONE = """
join (
    select coalesce(a.body_id, a.organisation_id) as body_id, date_trunc(%s, a.happened_on)::date as first_on
    from services_activity a
    where a.kind_id = %s and a.voided_at is null and a.happened_on between %s and %s
    group by 1, 2 having count(*) >= %s
) d on d.body_id = o.id and d.first_on = span.first_on
"""


def spans(every: str, period: Period) -> tuple[list[date], list[date]]:
    """Return first and last days of the calendar periods that lie wholly in `period` and are over.

    A period without a start is looked at from the first of its last year.
    """
    first_days, last_days = [], []
    start = period.start or date(period.as_of.year, 1, 1)
    first, last = period_of(every, start)
    if first < start:
        first, last = period_of(every, last + DAY)
    while last <= period.as_of:
        first_days.append(first)
        last_days.append(last)
        first, last = period_of(every, last + DAY)
    return first_days, last_days


def pairing_periods(rows: QuerySet, every: str, period: Period) -> int:
    """Return how many periods the pairings in `rows` owed."""
    firsts, lasts = spans(every, period)
    inner, values = _ids(rows)
    return _number(OWED.format(what="count(*)", done="", rows=inner), [firsts, lasts, *values])


def pairing_periods_done(rows: QuerySet, every: str, period: Period, is_on_site: bool = False, times: int = 1) -> int:
    """Return in how many of the owed periods there was a contact, or with `is_on_site` a visit."""
    firsts, lasts = spans(every, period)
    if not firsts:
        return 0
    inner, values = _ids(rows)
    done = DONE.format(rows=inner, only=ON_SITE if is_on_site else "")
    sql = OWED.format(what="count(*)", done=done, rows=inner)
    return _number(sql, [firsts, lasts, every, *values, firsts[0], lasts[-1], times, *values])


def body_periods(rows: QuerySet, duty: Duty, period: Period) -> int:
    """Return how many periods the organisations in `rows` owed one duty."""
    firsts, lasts = spans(duty.every, period)
    inner, values = _ids(rows)
    return _number(BODIES_OWED.format(done="", rows=inner), [firsts, lasts, *values, duty.pk])


def body_periods_done(rows: QuerySet, duty: Duty, period: Period) -> int:
    """Return in how many of those periods the organisations did it often enough."""
    firsts, lasts = spans(duty.every, period)
    if not firsts:
        return 0
    inner, values = _ids(rows)
    done = [duty.every, duty.proof_kind_id, firsts[0], lasts[-1], duty.times]
    sql = BODIES_OWED.format(done=BODIES_DONE, rows=inner)
    return _number(sql, [firsts, lasts, *done, *values, duty.pk])


def _ids(rows: QuerySet) -> tuple[str, tuple]:
    """Return the query for the rows' keys as SQL with its values."""
    return rows.order_by().values("pk").query.sql_with_params()


def _number(sql: str, values: list) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]
