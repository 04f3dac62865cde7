"""Correcting and completing an entry after it was made: what it says, and who took part."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import Organisation, Person, User
from services.actions.activity import OUTSIDE
from services.models import Activity, Grant, Participation
from services.queries import entry as queries

TAKEN_BACK = _("This entry has been taken back: it can no longer be changed. Enter it anew.")
ABOUT = ("pairing", "body", "venue")


@transaction.atomic
def change(
    *, activity: Activity, seen: str, co_organisations: list[Organisation], by: User, **values: object
) -> Activity:
    """Correct what an entry says. When and by whom it was entered stays, so a late entry stays a late one.

    What was handed out at it follows in day and campaign, unless it was given another one by hand. `seen` is the
    stamp of what the form showed.
    Raises: Refused outside the scope; WrongState when it was taken back; Conflict when somebody changed it meanwhile.
    Side effects in order: lock; row; bodies that joined; grants of it; audit row.
    """
    activity = locked(activity, by)
    if queries.stamp(activity) != seen:
        raise Conflict(_("Somebody changed this entry meanwhile. Open it again and look at what it says now."))
    before = {name: getattr(activity, name) for name in queries.FIELDS}
    changed = [name for name in queries.FIELDS if name in values and values[name] != before[name]]
    if set(changed) & set(ABOUT):
        about = next((values[name] for name in ("body", "venue", "pairing") if values.get(name)), None)
        values["region"] = getattr(about, "region", None)
        changed.append("region")
    for name in changed:
        setattr(activity, name, values[name])
    activity.save(update_fields=changed)
    joined = set(activity.co_organisations.values_list("pk", flat=True))
    if joined != {body.pk for body in co_organisations}:
        activity.co_organisations.set(co_organisations)
        changed.append("co_organisations")
    if not changed:
        return activity
    given = Grant.objects.standing().filter(activity=activity)
    given.filter(given_on=before["happened_on"]).update(given_on=activity.happened_on)
    given.filter(campaign=before["campaign"]).update(campaign=activity.campaign)
    audit.record(actor=by, event="activity.change", target=activity, fields=changed)
    return activity


@transaction.atomic
def note_people(
    *, activity: Activity, states: dict[Person, tuple[str, str]], removed: list[Person], by: User
) -> Activity:
    """Note who took part, was absent and why, or completed; `states` gives each person's state and reason.

    Raises: Refused outside the scope; WrongState when it was taken back.
    Side effects in order: lock; names taken out; names put in or changed; audit row.
    """
    activity = locked(activity, by)
    gone, _each = activity.participations.filter(person__in=removed).delete()
    rows = [
        Participation(activity=activity, person=person, state=state, reason=reason, noted_by=by)
        for person, (state, reason) in states.items()
    ]
    known = {row.person_id: (row.state, row.reason) for row in activity.participations.all()}
    new = [row for row in rows if known.get(row.person_id) != (row.state, row.reason)]
    Participation.objects.bulk_create(
        new, update_conflicts=True, unique_fields=["activity", "person"], update_fields=["state", "reason", "noted_by"]
    )
    if new or gone:
        audit.record(actor=by, event="activity.people", target=activity, noted=len(new), removed=gone)
    return activity


def locked(activity: Activity, by: User) -> Activity:
    """Lock an entry for a change. Raises: Refused outside the scope; WrongState when it was taken back."""
    rows = Activity.objects.select_for_update(of=("self",)).select_related(
        "organisation", "kind", "body", "venue", "campaign", "matter", "pairing"
    )
    activity = rows.get(pk=activity.pk)
    if activity.voided_at is not None:
        raise WrongState(TAKEN_BACK)
    if not queries.may_change(by, activity):
        raise Refused(OUTSIDE, code="outside_scope")
    return activity
