"""Fetching the mailbox: every letter once, whatever happens in between."""

import logging

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django_tasks import task

from cases.actions import mail, mail_reply
from cases.mailbox import Account, opened
from cases.models import MessagePlace
from config.errors import Refused
from members.middleware import whole_scope
from members.models import Organisation

FETCHING = 4714  # the advisory lock of the one process that fetches
PER_RUN = 500  # our choice: a run ends within minutes, and the next takes the rest

_logger = logging.getLogger(__name__)


def fetch(*, limit: int = PER_RUN) -> dict[str, int]:
    """Take in what the mailbox holds and we do not; return how many, and how many had to stay there.

    Each letter is a transaction of its own and the mailbox is only read: killed at any moment, the next run goes on
    with the first letter that is missing here. While another process fetches, nothing is done.
    Side effects in order: letters taken in; acknowledgements sent.
    """
    counted = {"taken": 0, "left": 0, "acknowledged": 0}
    account = settings.MAILBOX
    if not account["host"]:
        return counted
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, 0)", [FETCHING])
        if not cursor.fetchone()[0]:
            return counted
    try:
        _fetch(Account(**account), counted, limit)
        counted["acknowledged"] = mail_reply.acknowledge_all()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s, 0)", [FETCHING])
    return counted


@task()
def fetch_mail() -> dict[str, int]:
    """Fetch the mailbox. Queued by the worker every few minutes."""
    return fetch()


def _fetch(account: Account, counted: dict[str, int], limit: int) -> None:
    organisation = _organisation()
    with opened(account) as box:
        with transaction.atomic(), whole_scope():
            places = MessagePlace.objects.filter(mailbox=account.name, validity=box.validity)
            known = set(places.values_list("uid", flat=True))
        for uid in [uid for uid in box.uids() if uid not in known][:limit]:
            found = box.fetch(uid)
            if found is None:
                continue
            data, is_cut = found
            place = mail.Place(account.name, box.validity, uid)
            try:
                mail.receive(data=data, organisation=organisation, place=place, is_cut=is_cut)
                counted["taken"] += 1
            except Refused as refusal:  # the disk or the quota is full: it stays there and is fetched again
                counted["left"] += 1
                _logger.warning("letter %s stays in the mailbox: %s", uid, refusal.code)
            except OperationalError:  # the database is away: nothing is to be had from the other letters either
                raise
            except Exception as error:  # one letter that breaks us keeps none of the others out
                counted["left"] += 1
                _logger.error("letter %s stays in the mailbox, it cannot be read: %s", uid, type(error).__name__)


def _organisation() -> Organisation:
    """Return whose mailbox it is: as the setting says, else the top of the tree."""
    if settings.MAIL_ORGANISATION:
        return Organisation.objects.get(code=settings.MAIL_ORGANISATION)
    return Organisation.objects.filter(parent=None).order_by("pk").first()
