"""Handing queued letters to the mail server: never twice, retried with longer and longer pauses, given up at last.

An attempt is on record, and committed, before the letter is handed over, and ends on record after. Killed in between,
nobody can know whether the server had taken it: the letter then is “perhaps sent” and waits for a person. We err on the
side of not sending: a missing letter is seen on its page and sent by one click, while a second notice of a result
puzzles its reader and cannot be called back. Sent again unchanged it keeps its Message-ID, so that most mail servers
show the reader one.
"""

import logging
import re
import smtplib
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from cases import approval_keys, letters
from cases.actions import link
from cases.models import Case, Letter, LetterAttempt, Message
from cases.models.letter import LetterState
from config import cipher, sealed
from members import audit
from members.actions.notice import tell
from members.middleware import whole_scope

SENDING = 4716  # the advisory lock of the one process that sends
PER_RUN = 200
APPROVAL = re.compile(r"approval-(?:link|code|due[-+]\d+)-([0-9a-f-]{36})")
THREAD = 10  # earlier letters named in a new one
PAUSES = (1, 5, 30, 120, 360, 720, 1440)  # minutes before the next try; after the last one it is given up: 44 hours
Outcome = LetterAttempt.Outcome

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """How handing over ended: the outcome and the server's three digits, never its words: they quote addresses."""

    outcome: Outcome
    code: int | None = None


def send_due(*, limit: int = PER_RUN) -> int:
    """Send what is due and return how many went out; nothing without a sender's address, or while another sends.

    Must not run inside a transaction: what is on record before handing over has to be there whatever happens.
    Side effects in order: letters cut off earlier become “perhaps sent”; for each letter an attempt, its handing
    over, its end.
    """
    if not settings.MAIL_REPLY_FROM:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, 0)", [SENDING])
        if not cursor.fetchone()[0]:
            return 0
    try:
        _note_cut_off()
        return _send_all(_due(limit))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s, 0)", [SENDING])


@task()
def send_letters() -> int:
    """Send what is due. Queued when somebody sends a letter, and by the worker every minute."""
    return send_due()


def _note_cut_off() -> None:
    """Attempts that never ended, now that nobody else sends, belong to a process that died in the middle."""
    with transaction.atomic(durable=True), whole_scope():
        for attempt in LetterAttempt.objects.filter(ended_at=None).select_related("letter").order_by("pk"):
            _end(attempt, Result(Outcome.UNKNOWN))


def _due(limit: int) -> list[int]:
    with transaction.atomic(durable=True), whole_scope():
        due = Letter.objects.filter(state=LetterState.QUEUED, next_try_at__lte=timezone.now())
        return list(due.order_by("next_try_at", "pk").values_list("pk", flat=True)[:limit])


def _send_all(pks: list[int]) -> int:
    """Send these letters over one session with the mail server, opened anew where it broke."""
    session, sent = None, 0
    try:
        for pk in pks:
            marked = _mark(pk)
            if marked is None:
                continue
            attempt, prepared = marked
            session = session or _open()
            result = Result(Outcome.UNREACHABLE) if session is None else _hand_over(session, prepared)
            if session is not None and result.outcome in (Outcome.UNREACHABLE, Outcome.UNKNOWN):
                _close(session)
                session = None
            with transaction.atomic(durable=True), whole_scope():
                _end(attempt, result)
            sent += result.outcome == Outcome.SENT
    finally:
        if session is not None:
            _close(session)
    return sent


def _mark(pk: int) -> tuple[LetterAttempt, EmailMessage] | None:
    """Put an attempt on record, and write the letter as it leaves; None for what is not to be sent any more."""
    with transaction.atomic(durable=True), whole_scope():
        letter = Letter.objects.select_for_update(of=("self",)).filter(pk=pk, state=LetterState.QUEUED).first()
        if letter is None or letter.attempts.filter(ended_at=None).exists():
            return None
        last = letter.attempts.order_by("-number").first()
        attempt = LetterAttempt(
            letter=letter, number=last.number + 1 if last else 1, message_id=_message_id(letter, last)
        )
        attempt.save()
        try:
            return attempt, _prepared(letter, attempt)
        except (cipher.Undecipherable, UnicodeError, ValueError) as error:
            _logger.warning("letter %s cannot be written: %s", pk, type(error).__name__)
            _end(attempt, Result(Outcome.REFUSED))
            return None


def _message_id(letter: Letter, last: LetterAttempt | None) -> str:
    """Return a new id; that of the last attempt where nobody knows whether it went and the words are the same."""
    is_same = last is not None and (letter.edited_at is None or letter.edited_at < last.started_at)
    if is_same and last.outcome == Outcome.UNKNOWN:
        return last.message_id
    return make_msgid(domain=settings.MAIL_REPLY_FROM.rpartition("@")[2])


def _prepared(letter: Letter, attempt: LetterAttempt) -> EmailMessage:
    """Write the letter with its thread. Raises: cipher.Undecipherable, UnicodeError, ValueError for a bad header."""
    address = sanitize_address(sealed.unseal(letter, "to_cipher"), "ascii")
    thread = _thread(letter)
    headers = {"Message-ID": attempt.message_id}
    if thread:
        headers |= {"In-Reply-To": thread[-1], "References": " ".join(thread)}
    if letter.is_automatic:
        headers |= {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
    return EmailMessage(
        subject=letter.subject,
        body=resolved(letter),
        from_email=settings.MAIL_REPLY_FROM,
        to=[address],
        headers=headers,
    )


def _thread(letter: Letter) -> list[str]:
    """Return the ids of what this letter goes on from, oldest first: what it answers, or its cases' letters so far."""
    if letter.answers is not None:
        return [letter.answers.message_id] if letter.answers.message_id else []
    cases = list(letter.items.exclude(case=None).values_list("case", flat=True))
    person = bytes(letter.to_digest or b"")
    out = LetterAttempt.objects.filter(
        outcome=Outcome.SENT, letter__items__case__in=cases, letter__to_digest=person
    ).values_list("started_at", "message_id")
    came = Message.objects.filter(case__in=cases, sender_digest=person).exclude(message_id="")
    ids = [*out, *came.values_list("received_at", "message_id")]
    return list(dict.fromkeys(name for _moment, name in sorted(ids)))[-THREAD:]


def resolved(letter: Letter) -> str:
    """Return the text as it leaves, with the addresses that are keys written in. Opens the case's page for a holder."""
    body = letter.body
    for item in letter.items.exclude(case=None).select_related("case__organisation").order_by("position"):
        mark = letters.LINK % {"number": item.case.number}
        if mark in body:
            body = body.replace(mark, settings.SITE_URL + _page(letter, item.case))
        if item.once_key and (found := APPROVAL.fullmatch(item.once_key)):
            key = uuid.UUID(found[1])
            address = reverse("cases:approval_page", args=[approval_keys.token_of(key)])
            named = {"number": item.case.number}
            body = body.replace(letters.APPROVAL_LINK % named, settings.SITE_URL + address)
            body = body.replace(letters.APPROVAL_CODE % named, approval_keys.code_of(key))
    return body


def _page(letter: Letter, case: Case) -> str:
    if letter.to_user_id is not None:
        return case.get_absolute_url()
    return reverse("cases:holder_page", args=[link.open_case_page(case=case, once_token=letter.uuid)])


def _open() -> BaseEmailBackend | None:
    backend = get_connection()
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        _logger.warning("the mail server cannot be reached: %s", type(error).__name__)
        return None
    return backend


def _close(session: BaseEmailBackend) -> None:
    with suppress(OSError, smtplib.SMTPException):
        session.close()


def _hand_over(session: BaseEmailBackend, prepared: EmailMessage) -> Result:
    """Hand one letter over, step by step: until its text is on the way, a broken line means that it did not go.

    Acknowledgements go under the null sender, so that nothing can come back to us (RFC 3834, section 3.3).
    """
    smtp = session.connection
    sender = "" if "Auto-Submitted" in prepared.extra_headers else prepared.from_email
    data = prepared.message().as_bytes(linesep="\r\n")
    try:
        smtp.ehlo_or_helo_if_needed()
        smtp.rset()
        for code, _words in (smtp.mail(sender), smtp.rcpt(prepared.to[0])):
            if code not in (250, 251):
                return _refusal(code)
    except (OSError, smtplib.SMTPException):
        return Result(Outcome.UNREACHABLE)
    try:
        code, _words = smtp.data(data)
    except smtplib.SMTPDataError as refusal:
        return _refusal(refusal.smtp_code)
    except (OSError, smtplib.SMTPException):
        return Result(Outcome.UNKNOWN)
    return Result(Outcome.SENT, code) if code == 250 else _refusal(code)


def _refusal(code: int) -> Result:
    return Result(Outcome.REFUSED if code >= 500 else Outcome.LATER, code)


def _end(attempt: LetterAttempt, result: Result) -> None:
    """Put the end of an attempt on record. Side effects in order: attempt, letter, audit row, notice to who sent it."""
    now = timezone.now()
    attempt.ended_at, attempt.outcome, attempt.code = now, result.outcome, result.code
    attempt.save(update_fields=["ended_at", "outcome", "code"])
    letter = Letter.objects.select_for_update(of=("self",)).select_related("settled_by").get(pk=attempt.letter_id)
    tried = letter.attempts.filter(started_at__gte=letter.settled_at or letter.created_at).count()
    again = result.outcome in (Outcome.LATER, Outcome.UNREACHABLE) and tried <= len(PAUSES)
    letter.next_try_at = now + timedelta(minutes=PAUSES[max(tried, 1) - 1]) if again else None
    if result.outcome == Outcome.SENT:
        letter.state, letter.sent_at = LetterState.SENT, now
    elif result.outcome == Outcome.UNKNOWN:
        letter.state = LetterState.UNSURE
    elif not again:
        letter.state = LetterState.FAILED
    letter.save(update_fields=["state", "sent_at", "next_try_at"])
    audit.record(
        actor=None,
        event="letter.attempt",
        target=letter,
        outcome=result.outcome,
        attempt=attempt.number,
        code=result.code,
    )
    if letter.state in (LetterState.UNSURE, LetterState.FAILED):
        tell([letter.settled_by], gettext_noop("A letter was not sent: look at it"), letter.get_absolute_url())
