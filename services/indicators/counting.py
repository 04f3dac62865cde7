"""How often duties were fulfilled: whole calendar periods owed, and those of them in which enough was done.

Counted in the database over rows the indicator already narrowed. A period counts when the pairing held through all of
it, it is over, and no excuse touches it, so the number never blames anybody for a broken week. Periods are bits of a
year, as `PairingYear` keeps them: what a pairing owed is a mask, what it kept is the mask and its row.
"""

from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from services.cadence import DAY, period_of
from services.indicators.periods import Period
from services.models import Duty

# `owed` is the mask of a year: all its periods, but for those that began before the pairing did or ended after it, and
# the excused ones. The pairings are read once, the years of a whole subtree at once: going from each pairing to its
# year takes a city's overview three times as long.
SHARES = """
with p as materialized ({rows}), excused as (
    select e.pairing_id, span.year, bit_or(1::bigint << span.bit) as bits
    from services_excuse e
    join unnest(%s::int[], %s::int[], %s::date[], %s::date[]) as span(year, bit, first_on, last_on)
      on e.from_on <= span.last_on and coalesce(e.to_on, 'infinity') >= span.first_on
    where e.pairing_id is not null and e.lifted_at is null
    group by 1, 2
), owed as (
    select p.id, year.number, year.whole
        & case when p.started_on <= year.firsts[1] then -1
            else -1::bigint << (year.lowest + width_bucket(p.started_on - 1, year.firsts)) end
        & case when p.ended_on is null or p.ended_on > year.lasts[array_upper(year.lasts, 1)] then -1
            else (1::bigint << (year.lowest + width_bucket(p.ended_on - 1, year.lasts))) - 1 end
        & ~coalesce(excused.bits, 0) as bits
    from p cross join (values {years}) as year(number, whole, lowest, firsts, lasts)
    left join excused on excused.pairing_id = p.id and excused.year = year.number
), done as materialized (
    select pairing_id, year, {column}::bigint as bits from services_pairingyear
    where year = any(%s) and organisation_path ^@ %s
)
select (select count(*) from p), coalesce(sum(bit_count(owed.bits::bit(64))), 0),
    coalesce(sum(bit_count((owed.bits & done.bits)::bit(64))), 0)
from owed left join done on done.pairing_id = owed.id and done.year = owed.number
"""
COLUMNS = {"week": "weeks", "month": "months"}
ONE_YEAR = "(%s::int, %s::bigint, %s::int, %s::date[], %s::date[])"
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
BODIES_EACH = """
select o.id, count(*), count(d.body_id),
    coalesce(array_agg(span.first_on order by span.first_on) filter (where d.body_id is null), array[]::date[])
from members_organisation o
join unnest(%s::date[], %s::date[]) as span(first_on, last_on) on o.closed_on is null or o.closed_on > span.last_on
left {done}
where o.id in ({rows}) and not exists (
    select 1 from services_excuse e
    where e.duty_id = %s and e.organisation_id = o.id and e.lifted_at is null
      and e.from_on <= span.last_on and coalesce(e.to_on, 'infinity') >= span.first_on)
group by o.id
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


@dataclass
class Year:
    """The periods of one year that are looked at, from the bit `lowest` on without a gap."""

    number: int
    lowest: int
    firsts: list[date] = field(default_factory=list)
    lasts: list[date] = field(default_factory=list)

    @property
    def whole(self) -> int:
        """All of them as bits."""
        return ((1 << len(self.firsts)) - 1) << self.lowest


def place_of(every: str, first: date) -> tuple[int, int]:
    """Return the year and the bit in which `PairingYear` keeps the week or month that begins on a day."""
    if every == "week":
        year, week, _day = first.isocalendar()
        return year, week - 1
    return first.year, first.month - 1


def years(every: str, firsts: list[date], lasts: list[date]) -> list[Year]:
    """Group periods by the year that keeps them."""
    found: dict[int, Year] = {}
    for first, last in zip(firsts, lasts, strict=True):
        number, bit = place_of(every, first)
        year = found.setdefault(number, Year(number, bit))
        year.firsts.append(first)
        year.lasts.append(last)
    return list(found.values())


@dataclass(frozen=True)
class Shares:
    """Of `pairings`, how many weeks or months they owed, and in how many of them there was a contact or a visit."""

    pairings: int
    owed: int
    kept: int


def pairing_shares(rows: QuerySet, every: str, period: Period, path: str = "") -> Shares:
    """Return what the pairings in `rows`, all under `path`, owed and kept in a period."""
    firsts, lasts = spans(every, period)
    if not firsts:
        return Shares(rows.count(), 0, 0)
    inner, values = rows.order_by().values("id", "started_on", "ended_on").query.sql_with_params()
    looked_at = years(every, firsts, lasts)
    places = [place_of(every, first) for first in firsts]
    sql = SHARES.format(rows=inner, years=", ".join([ONE_YEAR] * len(looked_at)), column=COLUMNS[every])
    given = [*values, [year for year, _bit in places], [bit for _year, bit in places], firsts, lasts]
    given += [value for one in looked_at for value in (one.number, one.whole, one.lowest, one.firsts, one.lasts)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, [one.number for one in looked_at], path])
        return Shares(*map(int, cursor.fetchone()))


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


def body_periods_each(rows: QuerySet, duty: Duty, period: Period) -> dict[int, tuple[int, int, list[date]]]:
    """Return by organisation how many periods it owed one duty, in how many it did it, and the first days missed.

    The same reckoning as `body_periods` and `body_periods_done`; an organisation that owed nothing is left out.
    """
    firsts, lasts = spans(duty.every, period)
    if not firsts:
        return {}
    inner, values = _ids(rows)
    done = [duty.every, duty.proof_kind_id, firsts[0], lasts[-1], duty.times]
    with connection.cursor() as cursor:
        cursor.execute(
            BODIES_EACH.format(done=BODIES_DONE.lstrip(), rows=inner), [firsts, lasts, *done, *values, duty.pk]
        )
        return {pk: (owed, held, missed) for pk, owed, held, missed in cursor.fetchall()}


def _ids(rows: QuerySet) -> tuple[str, tuple]:
    """Return the query for the rows' keys as SQL with its values."""
    return rows.order_by().values("pk").query.sql_with_params()


def _number(sql: str, values: list) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.fetchone()[0])
