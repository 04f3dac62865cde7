"""The acknowledgement of a letter: its number and nothing else, once, never to a machine."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from cases.actions import letter, letter_send
from cases.models import Letter, Message
from cases.models.letter import LetterKind
from cases.models.mail import MailState
from config import sealed
from members import audit
from members.middleware import whole_scope

PER_DAY = 500  # our choice: whoever forges senders cannot make us write to more strangers than that
WITHIN = timedelta(days=3)  # an older letter is not acknowledged any more: it would puzzle more than help


def acknowledge_all() -> int:
    """Queue what is due, send it, and return how many acknowledgements went out; none without a sender's address.

    Who was answered within a day is not answered again. A letter counts as answered once its acknowledgement is
    queued; the outbox hands that over at most once, and tries again while the mail server is down.
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
    for pk in waiting:
        _acknowledge(pk)
    started = timezone.now()
    letter_send.send_due()
    with transaction.atomic(), whole_scope():
        return Letter.objects.filter(kind=LetterKind.RECEIPT, sent_at__gte=started).count()


def _acknowledge(pk: int) -> None:
    """Queue the answer to one letter. Side effects in order: lock, moment, letter in the outbox, audit row."""
    with transaction.atomic(), whole_scope():
        message = Message.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=pk)
        since = timezone.now() - timedelta(days=1)
        answered = Message.objects.filter(acknowledged_at__gte=since)
        same = Q(sender_digest=bytes(message.sender_digest or b""))
        if message.acknowledged_at or answered.count() >= PER_DAY:
            return
        if answered.filter(same).exists():
            message.may_be_answered = False  # nor tomorrow, when nobody expects it any more
            message.save(update_fields=["may_be_answered"])
            return
        message.acknowledged_at = timezone.now()
        message.save(update_fields=["acknowledged_at"])
        letter.acknowledge(message, sealed.unseal(message, "sender_cipher"))
        audit.record(actor=None, event="mail.acknowledge", target=message)
