"""Count what strangers do and say when it is too often: exact, in Postgres, shared by every process.

Source: security.md row 46 and A3. The counter is an unlogged table: it is quick, and a crash may forget it.
"""

import time

from django.db import connection
from django.utils.crypto import salted_hmac

from config.visitors import address_of

__all__ = ["address_of", "hit", "take"]

COUNT = """
insert into config_hit (key, window_number, hits, ends_at) values (%s, %s, 1, to_timestamp(%s))
on conflict (key, window_number) do update set hits = config_hit.hits + 1 returning hits
"""
# A bucket holds `capacity` tokens and gains `per_second`; nothing comes back when there is less than one.
TAKE = """
insert into config_bucket as bucket (key, tokens, at, ends_at)
values (%(key)s, %(capacity)s - 1, %(now)s, to_timestamp(%(now)s + %(capacity)s / %(rate)s))
on conflict (key) do update set
    tokens = least(%(capacity)s, bucket.tokens + (%(now)s - bucket.at) * %(rate)s) - 1,
    at = %(now)s, ends_at = excluded.ends_at
where least(%(capacity)s, bucket.tokens + (%(now)s - bucket.at) * %(rate)s) >= 1
returning tokens
"""
SWEEP = "delete from config_hit where ends_at < now() - interval '1 hour'"


def hit(key, *, limit, per_seconds):
    """Count one more for `key` and tell whether it is still within `limit` in this window.

    Only a digest of the key under the site's secret is stored, so that nobody finds an address by trying them all.
    Called inside a request's transaction it counts with that transaction, and whoever shares the key waits for its
    end: a refused request must therefore answer below 500.
    """
    window = int(time.time() // per_seconds)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [_digest(key), window, (window + 1) * per_seconds])
        hits = cursor.fetchone()[0]
        if hits == 1:
            cursor.execute(SWEEP)
    return hits <= limit


def take(key, *, capacity, per_second):
    """Take one token out of the bucket of `key` and tell whether there was one.

    A crowd may come at once, up to `capacity`, and then as many as `per_second` lets through: for doors that many
    people share an address at. Stored and locked as in `hit`; whoever is refused takes nothing.
    """
    asked = {"key": _digest(key), "capacity": float(capacity), "rate": float(per_second), "now": time.time()}
    with connection.cursor() as cursor:
        cursor.execute(TAKE, asked)
        return cursor.fetchone() is not None


def _digest(key):
    return salted_hmac("config.limits", key, algorithm="sha256").hexdigest()
