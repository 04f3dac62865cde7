"""`make drill`: a hall of 300 people checks in behind one address, then a robot posts 10,000 times. Status 1 on a miss.

They come within two minutes, open the page, write for a few seconds and send; a tenth of them press twice; who is told
to wait tries again. Source: security promise 47: 300 of 300 within 5 minutes, p95 at most 2 s; one row a person; the
robot gets nothing but refusals, and the site stays below twice its p95 of before. `--people N --junk N --robots N`.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from bench.site import OFFICE, Visitor, p95, site, told

WRITING_SECONDS = 4  # the fastest that the form takes for a person
COMING_SECONDS = 120
HALL_SECONDS = 300
SLOWEST_SECONDS = 2
WINDOW = """
from members import checkins
from members.actions import checkin_point
with transaction.atomic(), whole_scope():
    point = checkin_point.open_(
        organisation=bureau, name="证件窗口", address="一楼", contact="0535-0", is_screen_only=False, by=official
    )
    made["code"] = checkins.token_of(point)
print(json.dumps(made))
"""
ROWS = """
import json
from django.db import transaction
from members.middleware import whole_scope
from members.models import CheckIn
with transaction.atomic(), whole_scope():
    print(json.dumps(CheckIn.objects.count()))
"""
REFUSALS = {400, 403, 409, 422, 429}
NAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡"


def main() -> int:
    """Run the drill and print the table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--junk", type=int, default=10_000)
    parser.add_argument("--robots", type=int, default=2)
    options = parser.parse_args()
    with site("drill-checkin") as place:
        code = place.shell(OFFICE + WINDOW)["code"]
        address = f"/w/{code}/"
        started = time.monotonic()
        with ThreadPoolExecutor(options.people) as hall:
            apart = COMING_SECONDS / options.people
            people = list(hall.map(lambda n: check_in(place.port, address, n, n * apart), range(options.people)))
        hall_seconds = time.monotonic() - started
        rows = place.shell(ROWS)
        quiet = look(place.port, threading.Event(), 200)
        junk, busy = robots(place.port, address, options)
        left = place.shell(ROWS)
    waits = [seconds for _is_in, times in people for seconds in times]
    statuses = Counter(junk)
    ratio = p95(busy) / p95(quiet)
    print(f"hall: {options.people} people in {hall_seconds:.0f} s; robot: {dict(sorted(statuses.items()))}")
    print(f"front page p95: {p95(quiet) * 1000:.0f} ms before, {p95(busy) * 1000:.0f} ms beside the robot")
    inside = sum(is_in for is_in, _times in people)
    return told(
        [
            ("people with a receipt", f"{inside}", inside == options.people, f"{options.people}"),
            ("until the last one (s)", f"{hall_seconds:.0f}", hall_seconds <= HALL_SECONDS, f"<= {HALL_SECONDS}"),
            ("p95 of a request in the hall (s)", f"{p95(waits):.2f}", p95(waits) <= SLOWEST_SECONDS, "<= 2"),
            ("rows", f"{rows}", rows == options.people, f"{options.people}"),
            ("rows after the robot", f"{left}", left == rows, f"{rows}"),
            (
                "answers that are no refusal",
                f"{sum(statuses[s] for s in set(statuses) - REFUSALS)}",
                not set(statuses) - REFUSALS,
                "0",
            ),
            ("site's p95 beside the robot / before", f"{ratio:.2f}", ratio <= 2, "<= 2"),
        ]
    )


def check_in(port: int, address: str, number: int, after: float) -> tuple[bool, list[float]]:
    """Come, open the page, write, send until it is taken; return whether it was, and how long each request took."""
    time.sleep(after)
    person, times = Visitor(port), []
    page = person.get(address)
    times.append(page.seconds)
    given = {
        "name": NAMES[number % 15] + NAMES[number // 15 % 15] + "安",
        "phone": f"139{number:08d}",
        "branch_name": "东街党支部",
        "born": "1980",
        "agreed": "on",
    }
    time.sleep(WRITING_SECONDS)
    for _again in range(30):
        answers = [person.post(address, **given, **page.fields) for _press in range(2 if number % 10 == 0 else 1)]
        times += [answer.seconds for answer in answers]
        if any(answer.status == 200 for answer in answers):
            return True, times
        if any(answer.status not in (429, 422) for answer in answers):
            return False, times
        time.sleep(5)
    return False, times


def robots(port: int, address: str, options: argparse.Namespace) -> tuple[list[int], list[float]]:
    """Post junk as fast as it goes while somebody reads the front page; return the statuses, and the reader's times."""
    done = threading.Event()
    with ThreadPoolExecutor(options.robots + 1) as pool:
        reader = pool.submit(look, port, done, None)
        share = options.junk // options.robots
        found = [pool.submit(robot, port, address, share) for _robot in range(options.robots)]
        statuses = [status for one in found for status in one.result()]
        done.set()
        return statuses, reader.result()


def robot(port: int, address: str, count: int) -> list[int]:
    """Post what no person would: no consent, a used or foreign ticket, the trap filled in, nothing at all."""
    visitor = Visitor(port)
    page = visitor.get(address)
    junk = [
        {},
        {"name": "机器人", "phone": "13900000000", "branch_name": "x", "born": "1980", "agreed": "on", "website": "x"},
        {"name": "机器人", "phone": "13900000000", "branch_name": "x", "born": "1980", "ticket": "x"},
        {"name": "x" * 5000, "phone": "0" * 500, "branch_name": "'; drop table", "born": "99999", "agreed": "on"},
    ]
    return [visitor.post(address, **{**page.fields, **junk[n % len(junk)]}).status for n in range(count)]


def look(port: int, done: threading.Event, count: int | None) -> list[float]:
    """Read the front page again and again; return how long each took."""
    visitor, times = Visitor(port), []
    while not done.is_set() and (count is None or len(times) < count):
        times.append(visitor.get("/").seconds)
        time.sleep(0.05)
    return times


if __name__ == "__main__":
    sys.exit(main())
