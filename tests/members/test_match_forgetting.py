"""Closing a data match: of 400 people nothing is left in a dump, the data directory, WAL, media, vault, logs, files.

Source: issue 3 and `security.md` row 21. Real processes, real bytes: the database's own files are read.
"""

import contextlib
import os
import re
import secrets
import subprocess
import tempfile
import time

import psycopg2
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from config import embedded_pg
from config.vault import Vault
from members.actions.match import TOKEN_KEY
from members.digest import KeyedDigest
from members.identity import check_character
from members.matching import tokens
from members.matching.prepare import Tally, clean
from members.matching.rosters import Entry
from members.middleware import whole_scope
from members.models import Lead, MatchCandidate, MatchRun, Person
from tests.members import match_world
from tests.members.match_world import OURS, THEIRS, csv, xlsx

pytestmark = pytest.mark.django_db(transaction=True)

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "unicode_escape")
HEAD = 6  # a needle is looked for by its first bytes, then compared whole


@pytest.fixture(autouse=True)
def real_queue_and_own_places(settings, tmp_path, monkeypatch):
    """Queue in the database, and let temporary files fall where the test can see them."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    places = {name: tmp_path / name for name in ("temporary", "media", "vault", "logs", "dump")}
    for place in places.values():
        place.mkdir(exist_ok=True)
    monkeypatch.setenv("TMPDIR", str(places["temporary"]))
    monkeypatch.setattr(tempfile, "tempdir", str(places["temporary"]))
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")  # a roster in a temporary file would be an error
    return places


@pytest.fixture
def office():
    return match_world.office()


def rare(count):
    """Names nobody has, so that finding one means that it came from here."""
    drawn = set()
    while len(drawn) < count:
        drawn.add("亓" + "".join(chr(0x9D00 + secrets.randbelow(0x2A0)) for _ in range(2)))
    return sorted(drawn)


def planted(count):
    """People with a name, an identity number and a phone of their own."""
    found = []
    for at, name in enumerate(rare(count)):
        first17 = f"370685{1950 + secrets.randbelow(50)}{at % 12 + 1:02d}{at % 28 + 1:02d}{at % 1000:03d}"
        found.append([name, first17 + check_character(first17), f"1{secrets.randbelow(10**9) + 3 * 10**9}"])
    return found


def texts(people):
    """Every way in which a person's values could lie in a file."""
    found = set()
    for name, number, phone in people:
        found |= {value.encode(encoding) for value in (name, number, phone) for encoding in ENCODINGS}
    return found


def digests(people, key):
    """Every token of round one of these people, as bytes and as hexadecimal text."""
    digest, found = KeyedDigest(key), set()
    for number, (name, id_no, phone) in enumerate(people):
        entry = Entry(number, str(number), name=name, id_no=id_no, phone=phone)
        for token in tokens.core(digest, clean(entry, Tally())):
            if token:
                found |= {token, token.hex().encode()}
    return found


class Places:
    """Where something could have been left: the cluster's own files, a dump, and the test's folders."""

    def __init__(self, folders, since):
        self.cluster = embedded_pg.layout(settings.VAR_DIR)
        self.folders, self.since = folders, since

    def flush(self):
        """Have Postgres write every changed page and the log to its files."""
        with self.superuser() as cursor:
            cursor.execute("vacuum")
            cursor.execute("checkpoint")
            cursor.execute("select pg_switch_wal()")

    @contextlib.contextmanager
    def superuser(self):
        found = connection.settings_dict
        other = psycopg2.connect(host=found["HOST"], port=found["PORT"], user="postgres", dbname=found["NAME"])
        other.autocommit = True
        try:
            with other.cursor() as cursor:
                yield cursor
        finally:
            other.close()

    def dump(self):
        """Dump the database as the backup does, but as plain text."""
        found = connection.settings_dict
        command = [self.cluster.tool("pg_dump")]
        where = ["--host", str(found["HOST"]), "--port", str(found["PORT"]), "--username", "postgres"]
        with (self.folders["dump"] / "dump.sql").open("wb") as out:
            subprocess.run([*command, *where, found["NAME"]], stdout=out, check=True)

    def files(self):
        """Yield (kind, path) of every file written since the test began."""
        for path in self.cluster.home.rglob("*"):
            if path.is_file() and path.stat().st_mtime >= self.since:
                yield ("wal" if "pg_wal" in path.parts else "log" if path.suffix == ".log" else "heap"), path
        for kind, folder in self.folders.items():
            yield from ((kind, path) for path in folder.rglob("*") if path.is_file())

    def search(self, needles):
        """Return the kinds of places in which any needle stands, and which needles."""
        heads, found = {}, {}
        for needle in needles:
            heads.setdefault(needle[:HEAD], []).append(needle)
        for kind, path in self.files():
            for part in re.split(rb"\0{16,}", path.read_bytes()):
                for at in range(len(part) - HEAD + 1):
                    if part[at : at + HEAD] in heads:
                        hits = [needle for needle in heads[part[at : at + HEAD]] if part.startswith(needle, at)]
                        if hits:
                            found.setdefault(kind, set()).update(hits)
        return found


def work(manage, places, url):
    """Let a real worker process do everything that is queued; its words go to the logs."""
    child = manage(
        "worker",
        "--batch",
        "--no-startup-delay",
        DATABASE_URL=url,
        APP_VAULT=str(places["vault"]),
        APP_KEY_RING=str(settings.KEY_RING_PATH),
        TMPDIR=str(places["temporary"]),
    )
    said, _nothing = child.communicate(timeout=180)
    with (places["logs"] / "worker.log").open("a") as log:
        log.write(said)
    assert child.returncode == 0, said


def test_closing_forgets_everybody_who_was_not_found(
    client, manage, office, real_queue_and_own_places, test_database_url, tmp_path, caplog
):
    places = Places(real_queue_and_own_places, time.time() - 1)
    strangers, kept = planted(400), planted(3)
    wide = "x" * 15_000  # the file is larger than what Django would keep in memory by itself
    ours = [[*OURS, "备注"], *([*one, "", "", wide] for one in (*strangers[:200], *kept))]
    # The last stranger's number stands in the other roll under another name: a pair that a person will reject.
    theirs = [THEIRS, *([*one, "一支部"] for one in (*strangers[200:], *kept))]
    theirs.append([strangers[399][0], strangers[0][1], "", "二支部"])
    client.force_login(office.official)

    def post(name, *arguments, **data):
        return client.post(reverse(f"members:match_{name}", args=arguments), data)

    wanted = {"organisation": office.bureau.pk, "members_organisation": office.department.pk}
    post("create", purpose="寻找隐形党员", basis="协议2026年1号", is_agreed="on", **wanted)
    with transaction.atomic(), whole_scope():
        run = MatchRun.objects.get()
    post("give", run.pk, "practitioners", file=SimpleUploadedFile("名册.csv", csv(ours, "gb18030")))
    post("give", run.pk, "members", file=SimpleUploadedFile("党员.xlsx", xlsx({"表": theirs})))
    work(manage, places.folders, test_database_url)
    post("start", run.pk)
    work(manage, places.folders, test_database_url)
    key = Vault(run.uuid).get(TOKEN_KEY)
    client.get(run.get_absolute_url())
    post("approve", run.pk, "practitioners")
    client.force_login(office.officer)
    post("approve", run.pk, "members")
    work(manage, places.folders, test_database_url)
    client.force_login(office.official)
    with transaction.atomic(), whole_scope():
        doubtful = MatchCandidate.objects.get(pass_code="review-id")
        sampled = MatchCandidate.objects.get(is_sampled=True)
        leads = Lead.objects.count()
    page = client.get(reverse("members:match_review", args=[run.pk])).content.decode()
    post("decide", run.pk, sampled.number, answer="yes")
    post("decide", run.pk, doubtful.number, answer="no")
    sealed = texts(strangers) | digests(strangers, key) | {key}
    before = places.search(sealed)

    post("close", run.pk)
    work(manage, places.folders, test_database_url)
    (places.folders["logs"] / "web.log").write_text(caplog.text)
    places.flush()
    places.dump()
    control = texts(kept) | {"寻找隐形党员".encode()}
    for name in ("media", "vault", "logs", "temporary"):
        (places.folders[name] / "control").write_bytes(kept[0][0].encode())
    found, forgotten = places.search(control), places.search(sealed)

    with transaction.atomic(), whole_scope():
        run.refresh_from_db()
        names = sorted(Person.objects.values_list("name", flat=True))
    assert (run.state, run.automatic_count, run.review_count, run.confirmed_count) == ("closed", 3, 1, 3)
    assert [(row["pass"], row["confirmed"], row["rejected"]) for row in run.decisions] == [
        ("id-name", 1, 0),
        ("review-id", 0, 1),
    ]
    assert (leads, names) == (2, sorted(name for name, _number, _phone in kept))
    assert any(name in page for name, _number, _phone in (*strangers, *kept))  # there was something to forget
    assert {"dump", "heap", "wal", "media", "vault", "logs", "temporary"} <= found.keys()
    assert {kept[0][0].encode(), kept[1][0].encode()} <= found["dump"] & found["heap"] & found["wal"]
    assert (before, forgotten) == ({}, {})
    assert not Vault(run.uuid).folder.exists()
    assert DBTaskResult.objects.filter(task_path__contains="match").count() == 0


def test_a_numbers_digest_in_an_ordinary_table_would_be_found(office, real_queue_and_own_places):
    """The search sees what it must: a planted digest, in the heap and in the log of Postgres."""
    places = Places(real_queue_and_own_places, time.time() - 1)
    person = planted(1)
    wanted = digests(person, os.urandom(32))
    raw = next(needle for needle in wanted if len(needle) == 16)
    with transaction.atomic(), whole_scope():
        Person.objects.create(
            name="某人", organisation=office.bureau, organisation_path=office.bureau.path, phone_digest=raw
        )
    places.flush()

    found = places.search(wanted)

    assert {"heap", "wal"} <= found.keys()
    assert all(hits == {raw} for hits in found.values())


def test_a_roster_given_lies_nowhere_in_the_clear(real_queue_and_own_places, office):
    places = Places(real_queue_and_own_places, time.time() - 1)
    person = planted(1)

    with transaction.atomic(), whole_scope():
        office.give(office.open(), "practitioners", csv([OURS, [*person[0], "", ""]]))
    places.flush()

    assert len(list((real_queue_and_own_places["vault"]).rglob("*"))) > 3
    assert places.search(texts(person)) == {}
