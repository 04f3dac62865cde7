"""The acknowledgement of a letter: its number and nothing else, once, never to a machine."""

import logging
import smtplib
from datetime import timedelta
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Message
from cases.models.mail import MailState
from config import sealed
from members import audit
from members.middleware import whole_scope

PER_DAY = 500  # our choice: whoever forges senders cannot make us write to more strangers than that
WITHIN = timedelta(days=3)  # an older letter is not acknowledged any more: it would puzzle more than help

_logger = logging.getLogger(__name__)


def acknowledge_all() -> int:
    """Send what is due and return how many went out; none without a mail server or a sender's address.

    Who was answered within a day is not answered again. A letter counts as answered before its reply is handed
    over: killed in between, one acknowledgement is lost, and none is sent twice.
    """
    if not settings.MAIL_REPLY_FROM:
        return 0
    with transaction.atomic(), whole_scope():
        due = Message.objects.filter(
            may_be_answered=True,
            acknowledged_at=None,
            state__in=(MailState.WAITING, MailState.ADMITTED),
            received_at__gte=timezone.now() - WITHIN,
        )
        waiting = list(due.order_by("pk").values_list("pk", flat=True)[:PER_DAY])
    return sum(_acknowledge(pk) for pk in waiting)


def _acknowledge(pk: int) -> bool:
    """Answer one letter. Side effects in order: lock, moment and id of the reply, audit row; the reply itself."""
    with transaction.atomic(), whole_scope():
        message = Message.objects.select_for_update(of=("self",)).get(pk=pk)
        since = timezone.now() - timedelta(days=1)
        answered = Message.objects.filter(acknowledged_at__gte=since).exclude(acknowledgement_id="")
        same = Q(sender_digest=bytes(message.sender_digest or b""))
        if message.acknowledged_at or answered.count() >= PER_DAY:
            return False
        if answered.filter(same).exists():
            message.may_be_answered = False  # nor tomorrow, when nobody expects it any more
            message.save(update_fields=["may_be_answered"])
            return False
        message.acknowledged_at = timezone.now()
        message.acknowledgement_id = make_msgid(domain=settings.MAIL_REPLY_FROM.rpartition("@")[2])
        message.save(update_fields=["acknowledged_at", "acknowledgement_id"])
        audit.record(actor=None, event="mail.acknowledge", target=message)
    try:
        _send(message)
    except (OSError, smtplib.SMTPException) as error:
        _logger.warning("acknowledgement of letter %s was not sent: %s", pk, type(error).__name__)
        with transaction.atomic(), whole_scope():
            Message.objects.filter(pk=pk).update(acknowledged_at=None, acknowledgement_id="")
        return False
    return True


def _send(message: Message) -> None:
    """Hand the reply over under the null sender, so that nothing can bounce back to us (RFC 3834, section 3.3)."""
    reply = EmailMessage(
        subject=_("Received: %(number)s") % {"number": message.number},
        body=_("Your letter has been received. Its number is %(number)s.") % {"number": message.number},
        from_email=settings.MAIL_REPLY_FROM,
        to=[sealed.unseal(message, "sender_cipher")],
        headers={
            "Message-ID": message.acknowledgement_id,
            "Auto-Submitted": "auto-replied",
            "X-Auto-Response-Suppress": "All",
            **({"In-Reply-To": message.message_id, "References": message.message_id} if message.message_id else {}),
        },
    )
    connection = get_connection()
    connection.open()
    try:
        connection.connection.sendmail("", reply.to, reply.message().as_bytes(linesep="\r\n"))
    finally:
        connection.close()
