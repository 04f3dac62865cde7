"""Entering a bureau's roster and a year's activities, and django-import-export with the same rows.

`python -m bench.imports [--rows 100000] [--activities 50000] [--peer-rows 5000]`. Both get the same csv columns with
the same good and bad rows, and must do the same with a row. Of a roster: read each cell by our own readers, refuse bad
ones with a reason, find who is registered by the digest of the number, seal number and phone, link the employer, enter
the vehicle. Of a list of activities: read day and number, find kind and enterprise by name, find the row that is there
already by what it says. The peer is driven as its manual shows it, a resource with widgets and hooks, once with its
defaults and once in bulk; it needs `requirements-scale.txt`. Rows a second are compared, so the peer may have fewer
rows. Ours also seals every row in the vault and keeps a record of it for undoing; the peer does not.
"""

import argparse
import csv
import io
import sys
import time
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

from bench import scratch

SCALE = Path(__file__).parent.parent / "var" / "scale"
SEED = 20261122
HEAD = ["姓名", "身份证号", "手机号", "车牌号", "工作单位"]
EMPLOYERS = 300
BAD = 50  # one row in so many lacks its number and phone
LEAST = 10
LEDGER_HEAD = ["活动类别", "日期", "走访企业", "活动内容", "参加人数"]
KINDS = ("走访慰问", "入企走访", "清雪保畅", "应急支援", "座谈会")


def roster(rows, seed):
    """Write a csv of people who do not exist."""
    from members.matching.generate import Maker  # noqa: PLC0415  (after django.setup)

    maker, out = Maker(seed), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for row in range(rows):
        human = maker.human()
        number, phone = ("", "") if row % BAD == 0 else (human.number, human.phone)
        plate = f"鲁F{row // 10_000 % 26 + 65:c}{row % 10_000:04}"
        writer.writerow([human.name, number, phone, plate, f"第{row % EMPLOYERS}运输公司"])
    return out.getvalue().encode()


def bureau():
    """Found a bureau with its enterprises and an official who may enter people."""
    from members.actions import organisation  # noqa: PLC0415
    from members.models import Organisation, Region, RoleAssignment, User  # noqa: PLC0415

    region = Region.objects.create(code="370685", name="甲县", level=Region.Level.COUNTY, path="370685.")
    kinds = Organisation.Kind
    home = organisation.found(code="b", name="甲县交通运输局", kind=kinds.AGENCY, region=region, by=None)
    for number in range(EMPLOYERS):
        organisation.found(code=f"e{number}", name=f"第{number}运输公司", kind=kinds.ENTERPRISE, region=region,
                           parent=home, by=None)  # fmt: skip
    official = User.objects.create_user("official", name="张工", organisation=home)
    RoleAssignment.objects.create(user=official, role="official", organisation=home)
    return home, official


def activities(rows, first):
    """Write a csv of activities of 2024, numbered from `first`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(LEDGER_HEAD)
    for row in range(first, first + rows):
        kind = "没有的类别" if row % BAD == 0 else KINDS[row % len(KINDS)]
        day = date(2024, 1, 1) + timedelta(days=row % 366)
        firm = f"第{row % EMPLOYERS}运输公司"
        writer.writerow([kind, f"{day:%Y-%m-%d}", firm, f"看望第{row}车队司机", f"{row % 90 + 1}人"])
    return out.getvalue().encode()


def ours(data, home, official, **subject):
    """Receive and enter a file as the pages and the worker do; return the batch and the seconds."""
    from django.db import transaction  # noqa: PLC0415

    from members.actions import batch, batch_run  # noqa: PLC0415
    from members.middleware import set_scope, whole_scope  # noqa: PLC0415
    from members.models import ImportBatch  # noqa: PLC0415

    started = time.perf_counter()
    with transaction.atomic():
        set_scope([home.path])
        received = batch.receive(filename="roster.csv", data=data, organisation=home, by=official,
                                 **subject)  # fmt: skip
        batch.start(batch=received, by=official, enqueue=lambda pk: None, **subject)
    while batch_run.work(received.pk, **subject):
        pass
    seconds = time.perf_counter() - started
    with transaction.atomic(), whole_scope():
        return ImportBatch.objects.get(pk=received.pk), seconds


def theirs(data, resource):
    """Import a file with a resource of django-import-export; return (entered, refused) and the seconds."""
    import tablib  # noqa: PLC0415
    from django.db import transaction  # noqa: PLC0415

    from members.middleware import whole_scope  # noqa: PLC0415

    started = time.perf_counter()
    dataset = tablib.Dataset().load(data.decode(), format="csv")
    with transaction.atomic(), whole_scope():
        result = resource.import_data(dataset)
    seconds = time.perf_counter() - started
    if result.has_errors():
        errors = [*result.base_errors, *(error for _row, errors in result.row_errors() for error in errors)]
        raise RuntimeError(errors[0].traceback)
    return (dataset.height - len(result.invalid_rows), len(result.invalid_rows)), seconds


def compared(what, rows, batch, seconds, peers):
    """Print our speed and the peer's, by its defaults and in bulk; say whether the promise is kept."""
    speed = rows / seconds
    counts = f"{batch.created_count} entered, {batch.bad_count} refused"
    print(f"  import of {rows:,} {what}: {seconds:.1f} s, {speed:,.0f} rows/s ({counts})", flush=True)
    kept = (batch.created_count, batch.bad_count) == (rows - rows // BAD, rows // BAD)
    if not find_spec("import_export"):
        print("  django-import-export is not installed: the ratio could not be measured")
        return False
    for bulk, (data, resource, least) in peers().items():
        counts, seconds = theirs(data, resource)
        total = sum(counts)
        ratio = speed * seconds / total
        name = "in bulk" if bulk else "by its defaults"
        promised = "" if bulk else f", promised {least}: {'kept' if ratio >= least else 'MISSED'}"
        print(f"  django-import-export {name}: {total / seconds:,.0f} rows/s, ours {ratio:.1f} times that{promised}",
              flush=True)  # fmt: skip
        right = counts == (total - total // BAD, total // BAD)
        kept = kept and right and (bulk or ratio >= least)
    return kept


def rosters(options, home, official):
    """Measure the register's import."""

    def peers():
        from bench.imports_peer import PersonResource  # noqa: PLC0415

        return {bulk: (roster(options.peer_rows, SEED + 1 + bulk), PersonResource(home, bulk), LEAST)
                for bulk in (False, True)}  # fmt: skip

    batch, seconds = ours(roster(options.rows, SEED), home, official)
    return compared("people", options.rows, batch, seconds, peers)


def ledgers(options, home, official):
    """Measure the ledger's import of activities, and that a second upload enters nothing."""
    from services.actions import vocabulary  # noqa: PLC0415
    from services.actions.batch import SUBJECTS  # noqa: PLC0415

    def peers():
        from bench.imports_peer import ActivityResource  # noqa: PLC0415

        return {bulk: (activities(options.peer_rows, 10**7 * (1 + bulk)), ActivityResource(home, official, bulk), LEAST)
                for bulk in (False, True)}  # fmt: skip

    vocabulary.load()
    data, subject = activities(options.activities, 0), {"subject": SUBJECTS["activity"]}
    batch, seconds = ours(data, home, official, **subject)
    kept = compared("activities", options.activities, batch, seconds, peers)
    again, seconds = ours(data + b"\n", home, official, **subject)
    print(
        f"  the same file again: {seconds:.1f} s, {again.created_count} entered, {again.known_count} known", flush=True
    )
    return kept and (again.created_count, again.known_count) == (0, batch.created_count)


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--activities", type=int, default=50_000)
    options.add_argument("--peer-rows", type=int, default=5_000)
    options = options.parse_args(arguments)
    sys.path.append(str(SCALE))
    with scratch.database("bench_imports"):
        home, official = bureau()
        measured = [rosters(options, home, official)] if options.rows else []
        measured += [ledgers(options, home, official)] if options.activities else []
    return all(measured)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
