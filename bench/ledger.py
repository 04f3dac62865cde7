"""The ledger's pages over generated rows: `python -m bench.ledger [county] [province] [--keep] [--queries]`.

A county has 2,900 drivers and a year of contacts (150,000 rows), the province a million drivers and 50 million rows in
the same tables (20 GB, and an hour to write on two busy cores; `--weeks 5` is a tenth of it, 3 GB in five minutes;
`--keep` leaves it for another run on the same day).

A page is timed as its reader gets it: Django's test client asks, so session, permissions, the role `app` under
row-level security, every query and the template are in the figure; only socket and nginx are not. Nothing is cached
between two requests. That a new entry is seen at once is asked of the same pages.
"""

import argparse
import re
import statistics
import sys
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from bench import ledger_data, scratch
from bench.ledger_data import Size

SIZES = {"county": Size(1, 1, 2_900, 54), "province": Size(16, 8, 7_813, 52)}
# page, milliseconds promised (None: printed only)
LIMITS = {
    "county": {"today": 30, "today of the house": None, "county": 150, "all figures": None, "word": 1_000},
    "province": {"today": 50, "today of the house": None, "city": 300, "county": None, "word": None},
}
WARM = 3


class Reader:
    """An account that asks for pages."""

    def __init__(self, pk):
        from django.test import Client  # noqa: PLC0415  (after django.setup)

        from members.models import User  # noqa: PLC0415

        self.user = User.objects.get(pk=pk)
        self.client = Client(HTTP_HOST="127.0.0.1")
        self.client.force_login(self.user)

    def get(self, name, **asked):
        from django.urls import reverse  # noqa: PLC0415

        return self._read(self.client.get(f"{reverse(name)}?{urlencode(asked)}"), 200)

    def post(self, name, expected, **given):
        from django.urls import reverse  # noqa: PLC0415

        return self._read(self.client.post(reverse(name), given), expected)

    def _read(self, answer, expected):
        if answer.status_code != expected:
            raise RuntimeError(f"{answer.status_code}, not {expected}, for {answer.request['PATH_INFO']}")
        return answer.content


def pages(official, overseer):
    """Return what is timed: a name and a function that asks for it."""
    year = datetime.now(tz=UTC).year
    quarter = {"organisation": "county1000", "period": f"{year}Q2"}
    overview, today = "services:report_dashboard", "services:today_page"
    return {
        "today": lambda: official.get(today),
        "today of the house": lambda: official.get(today, of="house"),
        "county": lambda: official.get(overview, organisation="county1000", period=year),
        "city": lambda: overseer.get(overview, organisation="city10", period=year),
        "all figures": lambda: official.get("services:indicator_index", organisation="county1000", period=year),
        "word": lambda: official.post("services:report_download", 200, **quarter),
    }


def timed(ask, rounds):
    """Return median and 95th percentile in milliseconds, a few warm-up rounds apart; slow pages get fewer rounds."""
    taken, began = [], time.perf_counter()
    while len(taken) < WARM + rounds and (len(taken) < WARM + 5 or time.perf_counter() - began < 20):
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken[WARM:]), statistics.quantiles(taken[WARM:], n=20, method="inclusive")[-1]


def slowest(ask):
    """Print the slowest queries of one request."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as captured:
        ask()
    total = sum(float(one["time"]) for one in captured)
    print(f"      {len(captured)} queries, {total:.3f} s", flush=True)
    for query in sorted(captured, key=lambda one: -float(one["time"]))[:8]:
        print("     ", query["time"], query["sql"][:400].replace("\n", " "))


def seen_at_once(official, overseer, code):
    """Tick the first contact 今日 shows; say whether the page has lost it and the overview counts one more."""
    page = official.get("services:today_page").decode()
    ticks = re.findall(r'name="ticked" value="([^"]+)"', page)
    year = datetime.now(tz=UTC).year

    def total():
        shown = overseer.get("services:report_dashboard", organisation=code, period=year).decode()
        return int(
            re.search(r'activity\.count/\?period=\d+&amp;organisation=[^"&]+"><span class="stat-value">(\d+)', shown)[1]
        )

    before = total()
    given = {"ticked": ticks[0], "on": datetime.now(tz=UTC).date().isoformat(), "once": str(uuid.uuid4())}
    official.post("services:today_page", 302, **given)
    return ticks[0] not in official.get("services:today_page").decode() and total() == before + 1


def measured(name, options):
    """Print a size's figures; return how many promises are broken."""
    size, broken = SIZES[name], 0
    if options.weeks:
        size = replace(size, weeks=options.weeks)

    def fill(_owner):
        from services.actions import vocabulary  # noqa: PLC0415

        vocabulary.load()
        ledger_data.fill(size, lambda text: print(f"  {text}", flush=True))

    label = f"{size} {datetime.now(tz=UTC).date()}" if options.keep else ""
    with scratch.database(f"bench_ledger_{name}", fill, lambda: label) as owner:
        print(f"  {name}: {size.people:,} drivers, {ledger_data.activities(owner):,} activities", flush=True)
        official, overseer = Reader(1000), Reader(10)
        asked = pages(official, overseer)
        for page, limit in LIMITS[name].items():
            middle, worst = timed(asked[page], options.rounds)
            kept = limit is None or worst <= limit
            said = "" if limit is None else f", promised {limit}: {'kept' if kept else 'MISSED'}"
            print(f"  {name}, {page}: p95 {worst:.0f} ms, median {middle:.0f}{said}", flush=True)
            broken += not kept
            if options.queries:
                slowest(asked[page])
        is_seen = seen_at_once(official, overseer, "city10" if name == "province" else "county1000")
        print(f"  {name}, a new entry seen at once in both: {'kept' if is_seen else 'MISSED'}", flush=True)
    return broken + (not is_seen)


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("sizes", nargs="*", choices=[[], *SIZES])
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--weeks", type=int, help="fewer weeks of contacts, for a first look")
    options.add_argument("--keep", action="store_true")
    options.add_argument("--queries", action="store_true")
    options = options.parse_args(arguments)
    return not sum(measured(name, options) for name in options.sizes or SIZES)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
