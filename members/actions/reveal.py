"""Showing one number of one person in full, on record before it is shown (`security.md` row 19)."""

from datetime import datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.sealed import unseal
from members import audit
from members.models import AuditEvent, Person, RevealReason, User
from members.permissions import Permission

DAILY_LIMIT = 30  # security.md row 19
EVENT = "person.reveal"


def reveal(*, person: Person, place: str, reason: RevealReason, by: User) -> str:
    """Return the identity number or phone (`place`) of a person in full.

    The account is locked while its reveals of the day are counted, so that two windows share one limit.
    Raises: Refused outside the scope, with nothing to show, or above 30 a day; the last leaves an audit row.
    Side effects in order: lock of the account, audit row, and only then the opened value.
    """
    if not by.has_permission(Permission.EDIT_PEOPLE, person.organisation):
        raise Refused(_("You may not see the numbers of this organisation's people."), code="outside_scope")
    if not getattr(person, f"{place}_cipher"):
        raise Refused(_("The register holds no such number for this person."), code="nothing")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        if shown_today(by) >= DAILY_LIMIT:
            audit.record(actor=by, event=EVENT, target=person, outcome="limit", field=place)
        else:
            audit.record(actor=by, event=EVENT, target=person, field=place, reason=str(RevealReason(reason).value))
            return unseal(person, f"{place}_cipher")
    raise Refused(
        _("%(limit)d numbers a day may be shown to one account, and today's are used up. The auditor has been told.")
        % {"limit": DAILY_LIMIT},
        code="limit",
    )


def shown_today(by: User) -> int:
    """Count the numbers an account has been shown since midnight, site time."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    return AuditEvent.objects.filter(actor_id=by.pk, event=EVENT, outcome="done", at__gte=midnight).count()
