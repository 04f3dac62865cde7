"""The list of activities as a filter form asks for it; the page and its export read the same rows."""

from members.models import User
from services.models import Activity
from services.models.activity import ActivityQuerySet


def listed(user: User, wanted: dict) -> ActivityQuerySet:
    """Return the standing activities the account may read, narrowed; empty wishes are no wishes."""
    rows = Activity.objects.visible_to(user).standing()
    if body := wanted.get("organisation"):
        rows = rows.filter(organisation__path__startswith=body.path)
    exact = {"kind__group": "group", "kind": "kind", "happened_on__gte": "first_on", "happened_on__lte": "last_on"}
    rows = rows.filter(**{lookup: wanted[name] for lookup, name in exact.items() if wanted.get(name)})
    if wanted.get("text"):
        rows = rows.filter(line__icontains=wanted["text"])
    if wanted.get("mine"):
        rows = rows.filter(logged_by=user)
    return rows
