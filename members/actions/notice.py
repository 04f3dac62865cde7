"""Telling accounts what happened to something of theirs."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from members.models import Notice, User


def tell(users: Iterable[User | None], text: str, url: str, **detail: str | int) -> None:
    """Leave a notice for each account once, after the transaction commits; nothing if it rolls back.

    `text` is a message id marked with `gettext_noop`; `detail` fills its `%(name)s` places when it is shown.
    """
    addressed = {user.pk: user for user in users if user is not None}
    tell_each([(user, detail) for user in addressed.values()], text, url)


def tell_each(users: Iterable[tuple[User, dict[str, str | int]]], text: str, url: str) -> None:
    """Leave each account a notice of its own detail; otherwise as `tell`."""
    at = timezone.now()  # of the event: the transaction may commit later
    notices = [
        Notice(user=user, text=text, url=url, detail=detail, created_at=at) for user, detail in users if user.is_active
    ]
    transaction.on_commit(lambda: Notice.objects.bulk_create(notices))


@transaction.atomic
def mark_read(*, notice: Notice) -> None:
    """Remember when the account first opened the notice."""
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())
