"""A mailbox of 1,000 letters taken in by a process that is killed three times on the way.

`python -m bench.mailbox [--letters 1000] [--kills 3]`. A real IMAP server (pymap) holds the letters and a second copy
of every twentieth; a real SMTP server takes the acknowledgements. Every process is the command `manage.py fetch_mail`,
ended with SIGKILL in the middle of its work. Then each letter must be there once, under its sender's right name: most
are labelled gb2312, and the names are of those that this set does not have.
"""

import argparse
import base64
import imaplib
import io
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from contextlib import closing, contextmanager
from pathlib import Path

from bench import scratch

SEED = 20261122
FAMILY = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
RARE = "赟玥㛃喆堃甯祎翀䶮犇骉淼珺昇旻烜珩翾溦"
# What stands on the letter, and what the bytes really are; a third is labelled as it should be.
CHARSETS = (("gb2312", "gb18030"), ("GB2312", "gb18030"), ("gbk", "gb18030"), ("gb18030", "gb18030"),
            ("x-gbk", "gb18030"), ("utf-8", "utf-8"))  # fmt: skip
COPIES = 20  # a second copy of one letter in so many
OURS = "desk@bench.example"
FOLDER = "Letters"
PATIENCE = 600  # seconds


def word(text, label, real):
    return f"=?{label}?B?{base64.b64encode(text.encode(real)).decode()}?="


def people(count, chance):
    """Give names that differ."""
    names = [f"{family}{first}{second}" for family in FAMILY for first in RARE for second in RARE if first != second]
    return chance.sample(names, count)


def document(text):
    """Write the smallest .docx that says this."""
    buffer, main = io.BytesIO(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    office = "http://schemas.openxmlformats.org"
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", f'<Types xmlns="{office}/package/2006/content-types"><Override '
                         f'PartName="/word/document.xml" ContentType="{main}"/></Types>')  # fmt: skip
        package.writestr("_rels/.rels", f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship '
                         f'Id="r1" Type="{office}/officeDocument/2006/relationships/officeDocument" '
                         'Target="word/document.xml"/></Relationships>')  # fmt: skip
        package.writestr("word/document.xml", f'<w:document xmlns:w="{office}/wordprocessingml/2006/main"><w:body>'
                         f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>")  # fmt: skip
    return buffer.getvalue()


def letter(number, name, chance):
    """Write one letter; every third brings a document under its author's name."""
    label, real = CHARSETS[number % len(CHARSETS)]
    text = f"通讯员{name}来稿。" + "县里为货车司机建起驿站，登记党员12名，每月走访一次。" * chance.randint(5, 60)
    head = (
        f"Message-ID: <{number}@county.example>\r\nFrom: {word(name, label, real)} <p{number}@county.example>\r\n"
        f"Subject: {word(f'{name}：驿站的第{number}年', label, real)}\r\nDate: Mon, 16 Nov 2026 09:00:00 +0800\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_edge"\r\n\r\n'
    ).encode()
    parts = [f"Content-Type: text/plain; charset={label}\r\n\r\n".encode() + text.encode(real)]
    if number % 3 == 0:
        filename = word(f"申报表—{name}.docx", label, real)
        described = f'Content-Disposition: attachment; filename="{filename}"\r\nContent-Transfer-Encoding: base64'
        packed = base64.encodebytes(document(text))
        parts.append(f"Content-Type: application/octet-stream\r\n{described}\r\n\r\n".encode() + packed)
    return head + b"".join(b"--=_edge\r\n" + part + b"\r\n" for part in parts) + b"--=_edge--\r\n"


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def imap_server(letters):
    """Start an IMAP server that holds these letters; give its port."""
    port = free_port()
    command = [Path(sys.executable).with_name("pymap"), "--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    server = subprocess.Popen([*command, "dict", "--demo-data"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = signed_in(port)
        client.create(FOLDER)
        for data in letters:
            client.append(FOLDER, None, None, data)
        yield port
        client.shutdown()
    finally:
        server.terminate()
        server.wait()


def signed_in(port):
    for _attempt in range(200):
        try:
            client = imaplib.IMAP4("127.0.0.1", port)
            client.login("demouser", "demopass")
            return client
        except OSError:
            time.sleep(0.2)
    sys.exit("the IMAP server did not start")


@contextmanager
def smtp_server():
    """Start an SMTP server; give its port and the recipients it was asked to deliver to."""
    from aiosmtpd.controller import Controller  # noqa: PLC0415  (of the tests' requirements)

    class Taking:
        recipients: Counter = Counter()

        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
            self.recipients.update(envelope.rcpt_tos)
            return "250 OK"

    controller = Controller(Taking(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port, Taking.recipients
    finally:
        controller.stop()


def fetched(owner):
    """Return how many letters were read so far."""
    with owner.cursor() as cursor:
        cursor.execute("select count(*) from cases_messageplace")
        return cursor.fetchone()[0]


def take_in(owner, total, kills):
    """Run the command until all is read, killed when it has done its share; return seconds at work and kills."""
    marks = [total * (kill + 1) // (kills + 1) for kill in range(kills)]
    killed, worked, deadline = 0, 0.0, time.monotonic() + PATIENCE
    while fetched(owner) < total and time.monotonic() < deadline:
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, "manage.py", "fetch_mail"], stdout=subprocess.DEVNULL)
        while process.poll() is None:
            if killed < len(marks) and fetched(owner) >= marks[killed]:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
            time.sleep(0.02)
        worked += time.perf_counter() - started
    return worked, killed


def judged(names):
    """Return how many letters are lost, doubled, and under a wrong name, subject or file name; forget their files."""
    from django.db import transaction  # noqa: PLC0415  (after django.setup)

    from cases.models import Message, MessagePart  # noqa: PLC0415
    from config.uploads import storage  # noqa: PLC0415
    from members.middleware import whole_scope  # noqa: PLC0415

    with transaction.atomic(), whole_scope():
        rows = list(Message.objects.values_list("message_id", "sender_name", "subject", "body", "sha256"))
        files = dict(MessagePart.objects.exclude(name="").values_list("message__message_id", "name"))
        digests = {*MessagePart.objects.values_list("sha256", flat=True), *(row[4] for row in rows)} - {""}
    seen = Counter(row[0] for row in rows)
    wrong = 0
    for message_id, sender, subject, body, _sha256 in rows:
        number = int(message_id.strip("<>").partition("@")[0])
        name = names[number]
        right = (sender, subject, body[: 3 + len(name)]) == (name, f"{name}：驿站的第{number}年", f"通讯员{name}")
        wrong += not right or (number % 3 == 0 and files.get(message_id) != f"申报表—{name}.docx")
    for sha256 in digests:
        storage.forget(storage.ORIGINALS, sha256)
    return len(names) - len(seen), sum(count - 1 for count in seen.values()), wrong


def found_house():
    """Found the body whose mailbox it is."""
    from members.actions import organisation  # noqa: PLC0415
    from members.models import Organisation, Region  # noqa: PLC0415

    region = Region.objects.create(code="370685", name="甲县", level=Region.Level.COUNTY, path="370685.")
    organisation.found(code="desk", name="编辑部", kind=Organisation.Kind.AGENCY, region=region, by=None)


def main(arguments=None):
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--letters", type=int, default=1000)
    options.add_argument("--kills", type=int, default=3)
    options = options.parse_args(arguments)
    chance = random.Random(SEED)
    names = people(options.letters, chance)
    letters = [letter(number, name, chance) for number, name in enumerate(names)]
    letters += letters[::COPIES]
    with tempfile.TemporaryDirectory() as folder, imap_server(letters) as port, smtp_server() as (smtp, recipients):
        secret = Path(folder) / "password"
        secret.write_text("demopass\n")
        os.environ |= {"MAIL_IMAP_HOST": "127.0.0.1", "MAIL_IMAP_PORT": str(port), "MAIL_IMAP_USER": "demouser",
                       "MAIL_IMAP_PASSWORD_FILE": str(secret), "MAIL_IMAP_FOLDER": FOLDER, "MAIL_IMAP_TLS": "none",
                       "MAIL_REPLY_FROM": OURS, "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(smtp)}  # fmt: skip
        with scratch.database("bench_mailbox") as owner:
            with owner.cursor() as cursor:
                cursor.execute("select set_config('app.paths', '*', false)")  # row-level security binds its owner too
            found_house()
            seconds, killed = take_in(owner, len(letters), options.kills)
            lost, doubled, wrong = judged(names)
    twice = sum(count > 1 for count in recipients.values())
    kept = (killed, lost, doubled, wrong, twice) == (options.kills, 0, 0, 0, 0)
    copies = len(letters) - options.letters
    print(f"  {options.letters:,} letters and {copies} second copies in {seconds:.1f} s of work, "
          f"{len(letters) / seconds:.0f} a second, killed {killed} times")  # fmt: skip
    print(f"  lost {lost}, twice {doubled}, names wrong {wrong}; {len(recipients)} senders told their number, "
          f"{twice} of them twice; promised 0, 0, 0, 0: {'kept' if kept else 'MISSED'}")  # fmt: skip
    return kept


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
