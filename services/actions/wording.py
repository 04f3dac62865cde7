"""Finding and replacing words in the lines of activities."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from members import audit
from members.models import User
from members.permissions import Permission
from services.models import Activity

PLACES = ("line", "title", "place")
OUTSIDE = _("This lies outside the organisations whose words you look after.")


def replaced(activity: Activity, find: str, put: str) -> dict[str, str]:
    """Return what a replacement would make of an activity's texts, those alone that it changes."""
    found = {name: getattr(activity, name) for name in PLACES}
    return {name: text.replace(find, put) for name, text in found.items() if find and find in text}


@transaction.atomic
def replace(*, activity: Activity, find: str, put: str, by: User) -> None:
    """Write other words into an activity's line, title and place.

    Raises: Refused outside the scope, or where the text would grow too long; WrongState for what was taken back.
    Side effects in order: lock, row, audit row with the fields' names.
    """
    activity = Activity.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=activity.pk)
    if not by.has_permission(Permission.MANAGE_VOCABULARIES, activity.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if activity.voided_at is not None:
        raise WrongState(_("This entry has been taken back already."))
    changed = replaced(activity, find, put)
    for name, text in changed.items():
        if len(text) > Activity._meta.get_field(name).max_length:
            raise Refused(_("The text would become too long. Shorten it by hand."), code="too_long")
        setattr(activity, name, text)
    if changed:
        activity.save(update_fields=list(changed))
        audit.record(actor=by, event="activity.reword", target=activity, fields=sorted(changed))
