"""Keeping the tallies small: many additions of one day become one row with the same sum."""

from django.db import connection, transaction

from members.middleware import whole_scope
from services.models import MonthTally, Tally

COMPACT = """
with many as (
    select organisation_id, kind_id, region_id, channel, happened_on
    from {table} group by 1, 2, 3, 4, 5 having count(*) > 1
), gone as (
    delete from {table} t using many m
    where (t.organisation_id, t.kind_id, t.channel, t.happened_on)
        = (m.organisation_id, m.kind_id, m.channel, m.happened_on) and t.region_id is not distinct from m.region_id
    returning t.*
)
insert into {table} (organisation_id, organisation_path, kind_id, region_id, channel, happened_on, number)
select organisation_id, max(organisation_path), kind_id, region_id, channel, happened_on, sum(number)
from gone group by 1, 3, 4, 5, 6 having sum(number) <> 0
"""


def compact() -> int:
    """Put rows of the same body, kind, place, channel and day or month together; return how many rows that leaves.

    One statement a table, so every reader sees the sums before or after; what is entered meanwhile stays a row of its
    own.
    """
    left = 0
    with transaction.atomic(), whole_scope(), connection.cursor() as cursor:
        for table in (Tally._meta.db_table, MonthTally._meta.db_table):
            cursor.execute(COMPACT.format(table=table))
            left += cursor.rowcount
    return left
