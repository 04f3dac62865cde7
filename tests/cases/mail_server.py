"""A real SMTP server for tests: what it took, and what it answers."""

import socket

from aiosmtpd.controller import Controller

from cases.intake import mail

OURS = "cases@news.example"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def text_of(data):
    """The first text of a letter as its reader sees it."""
    return mail.text_of(mail.read(data).parts[0])


class Post:
    """A running server; `taken` holds sender, recipients and bytes, `answer` refuses recipients where it is set."""

    def __init__(self):
        self.taken, self.answer, self.port = [], "", free_port()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if self.answer:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def __enter__(self):
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def __exit__(self, *_error):
        self._controller.stop()
