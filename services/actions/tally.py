"""Keeping the tallies small: many additions of one day become one row with the same sum."""

from django.db import connection, transaction

from members.middleware import whole_scope

COMPACT = """
with many as (
    select organisation_id, kind_id, region_id, channel, happened_on
    from services_tally group by 1, 2, 3, 4, 5 having count(*) > 1
), gone as (
    delete from services_tally t using many m
    where (t.organisation_id, t.kind_id, t.channel, t.happened_on)
        = (m.organisation_id, m.kind_id, m.channel, m.happened_on) and t.region_id is not distinct from m.region_id
    returning t.*
)
insert into services_tally (organisation_id, organisation_path, kind_id, region_id, channel, happened_on, number)
select organisation_id, max(organisation_path), kind_id, region_id, channel, happened_on, sum(number)
from gone group by 1, 3, 4, 5, 6 having sum(number) <> 0
"""


def compact() -> int:
    """Put rows of the same body, kind, place, channel and day together; return how many rows that leaves of them.

    One statement, so every reader sees the sums before or after; what is entered meanwhile stays a row of its own.
    """
    with transaction.atomic(), whole_scope(), connection.cursor() as cursor:
        cursor.execute(COMPACT)
        return cursor.rowcount
