"""Entering a bureau's roster: `python -m bench.imports [--rows 100000] [--peer-rows 5000]`, and django-import-export.

Both get the same csv columns (name, identity number, phone, plate, employer) with the same good and bad rows, and must
do the same with a row: read each cell by our own readers, refuse bad ones with a reason, find who is registered by the
digest of the number, seal number and phone, link the employer, enter the vehicle. The peer is driven as its manual
shows it, a resource with widgets and hooks, once with its defaults and once in bulk; it needs `requirements-scale.txt`.
Rows a second are compared, so the peer may have fewer rows. Ours also seals every row in the vault and keeps a record
of it for undoing; the peer does not.
"""

import argparse
import csv
import io
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from bench import scratch

SCALE = Path(__file__).parent.parent / "var" / "scale"
SEED = 20261122
HEAD = ["姓名", "身份证号", "手机号", "车牌号", "工作单位"]
EMPLOYERS = 300
BAD = 50  # one row in so many lacks its number and phone
LEAST = 10


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


def ours(data, home, official):
    """Receive and enter a file as the pages and the worker do; return the batch and the seconds."""
    from django.db import transaction  # noqa: PLC0415

    from members.actions import batch, batch_run  # noqa: PLC0415
    from members.middleware import set_scope, whole_scope  # noqa: PLC0415
    from members.models import ImportBatch  # noqa: PLC0415

    started = time.perf_counter()
    with transaction.atomic():
        set_scope([home.path])
        received = batch.receive(filename="roster.csv", data=data, organisation=home, by=official)
        batch.start(batch=received, by=official, enqueue=lambda pk: None)
    while batch_run.work(received.pk):
        pass
    seconds = time.perf_counter() - started
    with transaction.atomic(), whole_scope():
        return ImportBatch.objects.get(pk=received.pk), seconds


def theirs(data, home, bulk):
    """Import a file with django-import-export; return (entered, refused) and the seconds."""
    import tablib  # noqa: PLC0415
    from django.db import transaction  # noqa: PLC0415

    from bench.imports_peer import PersonResource  # noqa: PLC0415
    from members.middleware import whole_scope  # noqa: PLC0415

    started = time.perf_counter()
    dataset = tablib.Dataset().load(data.decode(), format="csv")
    with transaction.atomic(), whole_scope():
        result = PersonResource(home, bulk=bulk).import_data(dataset)
    seconds = time.perf_counter() - started
    if result.has_errors():
        errors = [*result.base_errors, *(error for _row, errors in result.row_errors() for error in errors)]
        raise RuntimeError(errors[0].traceback)
    return (dataset.height - len(result.invalid_rows), len(result.invalid_rows)), seconds


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--peer-rows", type=int, default=5_000)
    options = options.parse_args(arguments)
    sys.path.append(str(SCALE))
    with scratch.database("bench_imports"):
        home, official = bureau()
        batch, seconds = ours(roster(options.rows, SEED), home, official)
        speed = options.rows / seconds
        counts = f"{batch.created_count} entered, {batch.bad_count} refused"
        print(f"  import of {options.rows:,} rows: {seconds:.1f} s, {speed:,.0f} rows/s ({counts})", flush=True)
        right = (batch.created_count, batch.bad_count) == (options.rows - options.rows // BAD, options.rows // BAD)
        if not find_spec("import_export"):
            print("  django-import-export is not installed: the ratio could not be measured")
            return False
        kept = right
        for number, bulk in enumerate((False, True), start=1):
            counts, seconds = theirs(roster(options.peer_rows, SEED + number), home, bulk)
            right = counts == (options.peer_rows - options.peer_rows // BAD, options.peer_rows // BAD)
            ratio = speed * seconds / options.peer_rows
            name = "in bulk" if bulk else "by its defaults"
            promised = "" if bulk else f", promised {LEAST}: {'kept' if ratio >= LEAST else 'MISSED'}"
            print(f"  django-import-export {name}: {options.peer_rows / seconds:,.0f} rows/s, ours {ratio:.1f} times"
                  f" that{promised}", flush=True)  # fmt: skip
            kept = kept and right and (bulk or ratio >= LEAST)
    return kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
