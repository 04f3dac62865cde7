"""The lists of a call: tracks, required parts, phases, quotas. Each is set as a whole, rows kept by their id."""

from collections.abc import Iterable

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from cases.actions.call import locked
from cases.models import Call, Phase, Quota, RequiredPart, Track
from config.errors import Refused
from members import audit
from members.middleware import whole_scope
from members.models import User

TRACK_USED = _("Cases or drafts stand in the track “%(name)s”: it can be renamed but not taken away.")
QUOTA_USED = _("%(name)s has recommended cases already: its quota can be changed but not taken away.")
PHASE_USED = _("The phase “%(name)s” has begun with work in it: it can be changed but not taken away.")
PHASES_SWAPPED = _("Recommendation, public notice and result can each stand only once in a call.")


@transaction.atomic
def set_tracks(*, call: Call, rows: list[dict], by: User) -> None:
    """Set the tracks. Raises: Refused for taking away one that has cases. Side effects: lock, rows, audit row."""
    call = locked(call, by)
    _sync(call, Track, rows, TRACK_USED)
    audit.record(actor=by, event="call.tracks", target=call, count=len(rows))


@transaction.atomic
def set_parts(*, call: Call, rows: list[dict], by: User) -> None:
    """Set the required parts. Side effects: lock, rows, audit row."""
    call = locked(call, by)
    _sync(call, RequiredPart, rows, TRACK_USED)
    audit.record(actor=by, event="call.parts", target=call, count=len(rows))


@transaction.atomic
def set_phases(*, call: Call, rows: list[dict], by: User) -> None:
    """Set the phases. Raises: Refused for taking away one with work in it, or a kind that stands twice.

    Side effects: lock, rows, audit row.
    """
    call = locked(call, by)
    try:
        with transaction.atomic():
            _sync(call, Phase, rows, PHASE_USED)
    except IntegrityError:
        raise Refused(PHASES_SWAPPED, code="phases") from None
    audit.record(actor=by, event="call.phases", target=call, count=len(rows))


@transaction.atomic
def set_quotas(*, call: Call, rows: list[dict], by: User) -> None:
    """Set who may recommend how many. A quota never falls below what stands on its list.

    Raises: Refused for that, or for taking away a body that recommended. Side effects: lock, rows, audit row.
    """
    call = locked(call, by)
    for row in rows:
        quota = call.quotas.filter(pk=row.get("pk")).select_for_update(of=("self",)).first()
        listed = quota.recommendations.standing().count() if quota else 0
        if listed > row["places"]:
            raise Refused(
                _("%(name)s has %(count)d cases on its list: its quota can't be less.")
                % {"name": quota.body.name, "count": listed},
                code="quota",
            )
    _sync(call, Quota, rows, QUOTA_USED)
    audit.record(actor=by, event="call.quotas", target=call, count=len(rows))


def _sync(call: Call, model: type[models.Model], rows: Iterable[dict], used: str) -> None:
    """Make the call's rows of a model these: those with a known `pk` changed, others made, the rest deleted."""
    present = {row.pk: row for row in model.objects.filter(call=call).select_for_update(of=("self",))}
    kept = {row["pk"] for row in rows if row.get("pk") in present}
    for pk, row in present.items():
        if pk not in kept:
            _delete(row, used)
    for position, values in enumerate(rows, start=1):
        row = present.get(values.get("pk")) or model(call=call)
        for name in values.keys() - {"pk"}:
            setattr(row, name, values[name])
        if hasattr(row, "position"):
            row.position = position
        row.save()


def _delete(row: models.Model, used: str) -> None:
    try:
        with whole_scope():  # drafts of other counties stand in its way as well
            row.delete()
    except models.ProtectedError:
        raise Refused(used % {"name": getattr(row, "name", None) or row.body.name}, code="used") from None
