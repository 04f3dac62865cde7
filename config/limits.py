"""Count what strangers do and say when it is too often: exact, in Postgres, shared by every process.

Source: security.md row 46 and A3. The counter is an unlogged table: it is quick, and a crash may forget it.
"""

import time

from django.db import connection
from django.utils.crypto import salted_hmac

from config.visitors import address_of

__all__ = ["address_of", "hit"]

COUNT = """
insert into config_hit (key, window_number, hits, ends_at) values (%s, %s, 1, to_timestamp(%s))
on conflict (key, window_number) do update set hits = config_hit.hits + 1 returning hits
"""
SWEEP = "delete from config_hit where ends_at < now() - interval '1 hour'"


def hit(key, *, limit, per_seconds):
    """Count one more for `key` and tell whether it is still within `limit` in this window.

    Only a digest of the key under the site's secret is stored, so that nobody finds an address by trying them all.
    Called inside a request's transaction it counts with that transaction, and whoever shares the key waits for its
    end: a refused request must therefore answer below 500.
    """
    window = int(time.time() // per_seconds)
    digest = salted_hmac("config.limits", key, algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [digest, window, (window + 1) * per_seconds])
        hits = cursor.fetchone()[0]
        if hits == 1:
            cursor.execute(SWEEP)
    return hits <= limit
