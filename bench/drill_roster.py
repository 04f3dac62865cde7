"""`make drill`: 200 MB of roster pass through the page into a match, one byte more does not. Status 1 on a miss.

Decision 9: the web takes 200 MB and names the command for more. Prints how long uploading, reading and comparing take,
and the most memory that web server, worker and upload child held. `--mb N --members N`; `--mb 1` tries the drill.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.site import OFFICE, Site, Visitor, site, told

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
CHARACTERS = "10X98765432"
HEADERS = "姓名,身份证号,手机号,车牌号,工作单位\r\n"
NAMES, GIVEN = "王李张刘陈杨赵黄周吴", "建国红强明磊静伟芳敏军平华"
LIMIT_MB = 200
WEB_MIB, WORKER_MIB = 1024, 4096
RUN = """
from members.actions import match
with transaction.atomic(), whole_scope():
    run = match.create(
        organisation=bureau, members_organisation=department, purpose="大名册", basis="协议1号", by=official
    )
    made["run"] = run.pk
print(json.dumps(made))
"""
STATE = """
import json
from django.db import transaction
from members.middleware import whole_scope
from members.models import MatchRun
with transaction.atomic(), whole_scope():
    run = MatchRun.objects.get()
    sides = {roster.side: [roster.state, roster.row_count] for roster in run.rosters.all()}
    print(json.dumps([run.state, run.failure, run.automatic_count, sides]))
"""


def main() -> int:
    """Run the drill and print the table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=LIMIT_MB)
    parser.add_argument("--members", type=int, default=40_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, site("drill-roster") as place:
        large, small, beyond = (Path(folder) / f"{name}.csv" for name in ("practitioners", "members", "beyond"))
        rows = write(large, options.mb * 2**20)
        write(small, 2**40, options.members)
        with beyond.open("wb") as file:
            file.truncate(LIMIT_MB * 2**20 + 1)
        return told(walk(place, large, small, beyond, rows, options))


def walk(place: Site, large: Path, small: Path, beyond: Path, rows: int, options: argparse.Namespace) -> list:
    """Upload, read, compare, all by the pages; return the lines of the table."""
    run = place.shell(OFFICE + RUN)["run"]
    most = dict.fromkeys(("web", "worker", "child"), 0)
    done = threading.Event()
    watching = threading.Thread(target=watch, args=(place, most, done))
    watching.start()
    visitor = Visitor(place.port)
    visitor.sign_in("official")
    address, token = f"/matches/{run}/", lambda: visitor.get(f"/matches/{run}/").fields["csrfmiddlewaretoken"]
    try:
        uploaded = visitor.upload(f"{address}practitioners/give/", token(), large)
        if uploaded.status != 302:
            sys.exit(f"the upload was answered {uploaded.status}")
        read = wait(place, lambda found: found[3]["practitioners"][0] != "reading")
        visitor.upload(f"{address}members/give/", token(), small)
        wait(place, lambda found: found[3].get("members", ["reading"])[0] != "reading")
        refused = visitor.upload(f"{address}members/give/", token(), beyond)
        visitor.post(f"{address}start/", csrfmiddlewaretoken=token())
        compared = wait(place, lambda found: found[0] not in ("preparing", "running"))
        found = place.shell(STATE)
    finally:
        done.set()
        watching.join()
    size = large.stat().st_size / 2**20
    print(f"{size:.0f} MiB, {rows} rows: upload {uploaded.seconds:.1f} s, read {read:.1f} s, compared {compared:.1f} s")
    is_named = "manage.py match" in refused.body
    return [
        ("uploaded (status)", f"{uploaded.status}", uploaded.status == 302, "302"),
        ("rows understood", f"{found[3]['practitioners'][1]}", found[3]["practitioners"][1] == rows, f"{rows}"),
        ("state of the run", found[0], found[0] == "counted", "counted"),
        ("pairs found by the rules", f"{found[2]}", found[2] >= min(rows, options.members) * 0.99, "all"),
        ("one byte more names the command", str(is_named), is_named, "True"),
        ("most memory of the web process (MiB)", f"{most['web']}", most["web"] <= WEB_MIB, f"<= {WEB_MIB}"),
        ("most memory of the upload child (MiB)", f"{most['child']}", most["child"] <= 1024, "<= 1024"),
        ("most memory of the worker (MiB)", f"{most['worker']}", most["worker"] <= WORKER_MIB, f"<= {WORKER_MIB}"),
    ]


def watch(place: Site, most: dict[str, int], done: threading.Event) -> None:
    """Note the most memory each kind of process holds."""
    while not done.is_set():
        for kind, mebibytes in place.memory().items():
            most[kind] = max(most[kind], mebibytes)
        time.sleep(0.1)


def wait(place: Site, is_over: object) -> float:
    """Wait until the worker is done with something; return how long it took."""
    started = time.monotonic()
    while not is_over(place.shell(STATE)) and time.monotonic() - started < 3600:
        time.sleep(1)
    return time.monotonic() - started


def write(path: Path, limit: int, most: int = 10**9) -> int:
    """Write people of a number, name and phone of their own up to a size or a count; return how many."""
    count, size = 0, len(HEADERS.encode())
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADERS)
        while count < most:
            block = "".join(_line(n) for n in range(count, min(count + 5000, most)))
            size += len(block.encode())
            if size > limit:
                break
            file.write(block)
            count = min(count + 5000, most)
    return count


def _line(n: int) -> str:
    """Make the nth person; the 45 years, 12 months and 28 days go round before the three digits do."""
    year, month, day, serial = 1960 + n % 45, n // 45 % 12 + 1, n // 540 % 28 + 1, n // 15120 % 1000
    body = f"370685{year}{month:02d}{day:02d}{serial:03d}"
    check = CHARACTERS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]
    name = NAMES[n % 10] + GIVEN[n // 10 % 13] + GIVEN[n // 130 % 13]
    return f"{name},{body}{check},138{n:08d},鲁F{n % 100000:05d},招远市顺达{n % 97}运输有限公司\r\n"


if __name__ == "__main__":
    sys.exit(main())
