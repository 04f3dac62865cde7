"""The statistics of 100,000 cases: what the desk's page and a unit's own page cost, at the 95th percentile.

`python -m bench.statistics [--cases 100000]`. A database of its own, dropped afterwards: ten years of cases of 1,400
bodies, each with the moves that led to its state. Requests go through the whole of Django, one after the other.
"""

import argparse
import statistics
import sys
import time

from bench import scratch
from bench.library import required

MOST_MS = 300  # what issue 5 allows a page of a campaign of 2,000 cases; here for the present year
ROUNDS = 15
BODIES = 1_400
# State, how many of twenty end there, and the moves that lead there.
ROAD = ["submit", "take_up", "pass_first", "pass_second", "pass_final", "publish"]
STATES = ["draft", "received", "first_review", "second_review", "final_review", "ready", "published"]
PUBLISHED, DECLINED, OPEN = 9, 8, 3


def fill(owner, count):
    """Write regions, bodies, people, cases and their moves in SQL: half published, two in five declined."""
    with owner.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(
            "INSERT INTO members_region (code, name, level, path) SELECT (370000 + 100 * n)::text, '第' || n || '市',"
            " 'city', (370000 + 100 * n) || '.' FROM generate_series(1, 16) n ON CONFLICT DO NOTHING"
        )
        cursor.execute(
            "INSERT INTO members_organisation (code, name, short_name, kind, path, region_id, uscc)"
            " SELECT 'o' || n, '第' || n || '局', '', (array['agency', 'enterprise', 'township'])[1 + n %% 3],"
            " CASE WHEN n = 0 THEN '1.' ELSE '1.' || n + 1 || '.' END,"
            " (array(SELECT id FROM members_region WHERE level = 'city' ORDER BY id))[1 + n %% 16], ''"
            " FROM generate_series(0, %s) n",
            [BODIES],
        )
        cursor.execute("SELECT min(id), max(id) FROM members_organisation WHERE code LIKE 'o%'")
        lowest, _highest = cursor.fetchone()
        values = {
            "id": "n", "uuid": "gen_random_uuid()", "year": "2026 - n % 10", "sequence": "n", "title": "'案例' || n",
            "organisation_id": f"{lowest} + 1 + n % {BODIES}", "contributor_name": "''", "contact_cipher": "''",
            "state": f"CASE WHEN n % 20 < {PUBLISHED} THEN 'published' WHEN n % 20 < {PUBLISHED + DECLINED}"
            " THEN 'declined' ELSE 'second_review' END",
            "created_at": "at", "received_at": "at", "state_since": "at + (n % 40) * interval '1 day'",
            "published_at": f"CASE WHEN n % 20 < {PUBLISHED} THEN at + (n % 40) * interval '1 day' END",
        }  # fmt: skip
        names = [*required(cursor, "cases_case"), "received_at", "published_at"]
        chosen = {name: values.get(name, "false") for name in dict.fromkeys(names)}
        when = "make_timestamptz(2026 - n % 10, 1 + n % 12, 1 + n % 28, 8, 0, 0)"
        cursor.execute(
            f"INSERT INTO cases_case ({', '.join(chosen)}) SELECT {', '.join(chosen.values())}"
            f" FROM (SELECT n, {when} AS at FROM generate_series(1, {count}) n) numbered"
        )
        cursor.execute(
            "INSERT INTO cases_revision (id, case_id, number, title, body, digest, source, note, created_at)"
            " SELECT id, id, 1, title, '正文', '', 'intake', '', created_at FROM cases_case"
        )
        cursor.execute("UPDATE cases_case SET current_revision_id = id")
        last = f"CASE WHEN c.id % 20 < {PUBLISHED} THEN 6 ELSE 3 END"
        cursor.execute(
            "INSERT INTO cases_decision (case_id, revision_id, kind, from_state, to_state, note, decided_at, since)"
            " SELECT c.id, c.id, (%(road)s::text[])[step], (%(states)s::text[])[step], (%(states)s::text[])[step + 1],"
            " '', c.received_at + ((step - 1) * (1 + c.id %% 7)) * interval '1 day',"
            " c.received_at + greatest(step - 2, 0) * (1 + c.id %% 7) * interval '1 day'"
            f" FROM cases_case c, generate_series(1, 6) step WHERE step <= {last} ORDER BY c.id, step".replace(
                "% 20", "%% 20"
            ),
            {"road": ROAD, "states": STATES},
        )
        cursor.execute("VACUUM ANALYZE")


def measure(client, url):
    """Ask for an address again and again; return milliseconds at the median and the 95th percentile."""
    times = []
    for _round in range(ROUNDS + 1):
        began = time.perf_counter()
        response = client.get(url)
        times.append((time.perf_counter() - began) * 1000)
        if response.status_code != 200:
            raise RuntimeError(f"{response.status_code} for {url}")
    times = times[1:]  # the first answer compiles templates
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    options = options.parse_args(arguments)
    with scratch.database("bench_statistics", lambda owner: fill(owner, options.cases)):
        from django.test import Client  # noqa: PLC0415  (Django is set up by the scratch database)
        from django.utils import timezone  # noqa: PLC0415

        from members.models import Organisation, RoleAssignment, User  # noqa: PLC0415

        def signed_in(name, role, code):
            body = Organisation.objects.get(code=code)
            user = User.objects.create(username=name, name=name, organisation=body)
            RoleAssignment.objects.create(user=user, role=role, organisation=body, starts_on=timezone.localdate())
            client = Client()
            client.force_login(user)
            return client

        chief, unit = signed_in("chief", "chief_editor", "o0"), signed_in("unit", "official", "o7")
        kept = True
        for what, client, url, promise in (
            ("desk, this year", chief, "/desk/statistics/?year=2026", MOST_MS),
            ("desk, all years", chief, "/desk/statistics/?year=", None),
            ("rows behind a number", chief, "/desk/statistics/rows/?year=2026&measure=accepted", MOST_MS),
            ("a unit's own page", unit, "/desk/our-submissions/?year=", MOST_MS),
        ):
            median, late = measure(client, url)
            verdict = "" if promise is None else f", promised {promise} ms: {'kept' if late <= promise else 'MISSED'}"
            kept &= promise is None or late <= promise
            print(
                f"{what}: median {median:.0f} ms, p95 {late:.0f} ms over {options.cases:,} cases{verdict}", flush=True
            )
    return kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
