"""The mailbox over a real IMAP server, and the acknowledgement over a real SMTP server."""

import imaplib
import socket
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cases.actions import mail, mail_fetch, mail_reply
from cases.models import Letter, Message, MessagePlace
from cases.models.mail import MailState
from config.management.commands.worker import plan_frequent
from members.middleware import set_scope
from tests.cases.mail_files import NAMES, letter
from tests.factories.members import OrganisationFactory

pytestmark = pytest.mark.django_db
OURS = "cases@news.example"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


FOLDERS = count()


@pytest.fixture(scope="module")
def imap():
    """A running IMAP server and a client signed in to it."""
    port = free_port()
    command = [Path(sys.executable).with_name("pymap"), "--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    server = subprocess.Popen([*command, "dict", "--demo-data"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _attempt in range(300):
            try:
                client = imaplib.IMAP4("127.0.0.1", port)
                break
            except OSError:
                time.sleep(0.2)
        client.login("demouser", "demopass")
        yield client
        client.shutdown()
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def box(imap, settings, tmp_path):
    """An empty folder, which is the mailbox of the settings."""
    imap.cases = f"Cases{next(FOLDERS)}"  # one each: no test waits for another's to be let go
    imap.create(imap.cases)
    secret = tmp_path / "password"
    secret.write_text("demopass\n")
    settings.MAILBOX = {
        "host": "127.0.0.1",
        "port": imap.sock.getpeername()[1],
        "user": "demouser",
        "password_file": str(secret),
        "folder": imap.cases,
        "tls": "none",
    }
    settings.MAIL_OWN_ADDRESSES = [OURS]
    OrganisationFactory(parent=None)
    set_scope(["*"])
    return imap


class Letters:
    """What the SMTP server took: sender, recipients, bytes."""

    def __init__(self):
        self.taken = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def sent(settings):
    """A running SMTP server; what it took."""
    letters = Letters()
    controller = Controller(letters, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.MAIL_REPLY_FROM = OURS
    yield letters.taken
    controller.stop()


def put(box, *letters):
    for data in letters:
        box.append(box.cases, None, None, data)


def different(count):
    return [letter(subject=f"第{n}封", message_id=f"<{n}@x>", sender=f"p{n}@county.example") for n in range(count)]


def test_every_letter_is_taken_in_once_and_stays_unread_in_the_mailbox(box):
    bomb = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 50_000
    put(box, *different(2), bomb)

    first, second = mail_fetch.fetch(), mail_fetch.fetch()

    assert (first["taken"], second["taken"]) == (3, 0)
    assert sorted(Message.objects.values_list("state", "sender_name")) == [
        ("parked", ""),
        ("waiting", NAMES),
        ("waiting", NAMES),
    ]
    box.select(box.cases, readonly=True)
    assert box.search(None, "UNSEEN")[1][0].split() == [b"1", b"2", b"3"]
    box.close()


def test_runs_cut_short_lose_nothing_and_double_nothing(box):
    put(box, *different(5))

    taken = [mail_fetch.fetch(limit=2)["taken"] for _run in range(4)]

    assert taken == [2, 2, 1, 0]
    assert (Message.objects.count(), MessagePlace.objects.count()) == (5, 5)


def test_a_mailbox_rebuilt_with_new_numbers_doubles_nothing(box):
    put(box, *different(3))
    mail_fetch.fetch()
    box.delete(box.cases)
    box.create(box.cases)
    put(box, *different(4))

    mail_fetch.fetch()

    assert (Message.objects.count(), MessagePlace.objects.count()) == (4, 7)


def test_without_room_a_letter_stays_where_it_is_until_there_is(box, settings):
    put(box, *different(1))
    room, settings.UNIT_QUOTA_BYTES = settings.UNIT_QUOTA_BYTES, 10

    full = mail_fetch.fetch()
    settings.UNIT_QUOTA_BYTES = room
    later = mail_fetch.fetch()

    assert [(run["taken"], run["left"]) for run in (full, later)] == [(0, 1), (1, 0)]


def test_letter_that_breaks_the_reading_keeps_none_of_the_others_out(box, monkeypatch, caplog):
    put(box, *different(3))
    read = mail.mail_read.read

    def broken(data, **options):
        if b"<0@x>" in data:
            raise ValueError(data.decode("latin-1"))
        return read(data, **options)

    monkeypatch.setattr(mail.mail_read, "read", broken)

    counted = mail_fetch.fetch()

    assert (counted["taken"], counted["left"], Message.objects.count()) == (2, 1, 2)
    assert "county.example" not in caplog.text


def test_the_command_says_what_is_missing(box, settings):
    settings.MAILBOX = settings.MAILBOX | {"password_file": "/nowhere"}
    with pytest.raises(CommandError, match="邮箱打不开"):
        call_command("fetch_mail")
    settings.MAILBOX = settings.MAILBOX | {"host": ""}
    with pytest.raises(CommandError, match="没有配置邮箱"):
        call_command("fetch_mail")


def test_the_sender_is_told_the_number_and_nothing_else(box, sent):
    put(box, letter("正文里的秘密", message_id="<1@county.example>"))

    counted = mail_fetch.fetch()

    message = Message.objects.get()
    ((sender, recipients, data),) = sent
    assert counted["acknowledged"] == 1
    assert (sender or "", recipients) == ("<>", ["li@county.example"])
    assert b"Auto-Submitted: auto-replied" in data
    assert b"In-Reply-To: <1@county.example>" in data
    assert message.number in mail.reading.text_of(mail.reading.read(data).parts[0])
    assert "秘密" not in mail.reading.text_of(mail.reading.read(data).parts[0])


def test_our_own_reply_fed_back_a_hundred_times_is_answered_never_again(box, sent):
    put(box, letter())
    mail_fetch.fetch()
    echo = sent[0][2]
    put(
        box,
        *[b"X-Turn: %d\r\n" % turn + echo.replace(b"Message-ID: <", b"Message-ID: <%d." % turn) for turn in range(100)],
    )

    mail_fetch.fetch()

    assert len(sent) == 1
    assert Message.objects.filter(state=MailState.AUTOMATIC).count() == 100


def test_a_sender_is_answered_once_a_day_and_a_machine_never(box, sent):
    same = [letter(f"第{n}封的正文", message_id=f"<{n}@x>") for n in range(3)]
    machine = letter("休假中", sender="auto@county.example", headers="Auto-Submitted: auto-replied\r\n")
    put(box, *same, machine)

    mail_fetch.fetch()
    mail_fetch.fetch()

    assert [recipients for _sender, recipients, _data in sent] == [["li@county.example"]]


def test_a_mail_server_that_is_down_loses_no_acknowledgement(box, sent, settings):
    put(box, letter())
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    down = mail_fetch.fetch()
    settings.EMAIL_PORT = port

    assert (down["taken"], down["acknowledged"]) == (1, 0)
    Letter.objects.update(next_try_at=timezone.now())  # the pause before the next try is over
    assert mail_reply.acknowledge_all() == 1
    assert len(sent) == 1


def test_the_worker_queues_the_fetching_once_in_its_time(settings):
    settings.FREQUENT_TASKS = {"cases.actions.mail_fetch.fetch_mail": 300}
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

    plan_frequent()
    plan_frequent()

    assert DBTaskResult.objects.filter(task_path="cases.actions.mail_fetch.fetch_mail").count() == 1
