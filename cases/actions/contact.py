"""The contributor's contact in full, one case at a time, on record before it is seen."""

from datetime import datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import contact
from cases.models import Case
from config import cipher
from config.errors import Refused
from members import audit
from members.models import AuditEvent, User
from members.permissions import Permission

DAILY_LIMIT = 30  # security.md row 19, as for the register's numbers
EVENT = "case.reveal_contact"


def reveal(*, case: Case, reason: str, by: User) -> str:
    """Return the phone number or e-mail address the contributor of a case left.

    The account is locked while its reveals of the day are counted, so that two windows share one limit.
    Raises: Refused outside the scope, with nothing to show, or above 30 a day; the last leaves an audit row.
    Side effects in order: lock of the account, audit row (with the length of the reason, never its words or the
    contact), and only then the opened value.
    """
    if not by.has_permission(Permission.EDIT_CASE, case.organisation):
        raise Refused(_("You may not see the contributor's contact of this case."), code="outside_scope")
    if not case.contact_cipher:
        raise Refused(_("The contributor of this case left no contact."), code="nothing")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        if shown_today(by) >= DAILY_LIMIT:
            audit.record(actor=by, event=EVENT, target=case, outcome="limit")
        else:
            audit.record(actor=by, event=EVENT, target=case, reason_characters=len(reason))
            return _opened(case)
    raise Refused(
        _("%(limit)d contacts a day may be shown to one account, and today's are used up. Go on tomorrow.")
        % {"limit": DAILY_LIMIT},
        code="limit",
    )


def shown_today(by: User) -> int:
    """Count the contacts an account has been shown since midnight, site time."""
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    return AuditEvent.objects.filter(actor_id=by.pk, event=EVENT, outcome="done", at__gte=midnight).count()


def _opened(case: Case) -> str:
    try:
        return contact.unseal(case.contact_cipher, case.uuid)
    except cipher.Undecipherable as error:
        raise Refused(
            _("The contact cannot be opened: its key is missing on this server. Tell the administrator."),
            code="no_key",
        ) from error
