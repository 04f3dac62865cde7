"""Folding two entries of the same thing into one, and taking them apart again. Both logs stay."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from members import audit
from members.models import User
from services.models import Activity, Grant, Participation
from services.models.ledger import VoidReason
from services.queries import fold as queries

LENT = ("title", "line", "headcount", "place", "body", "venue", "campaign", "matter", "pairing", "region")
SAME_GRANT = ("kind_id", "quantity", "amount_fen", "person_id", "body_id", "vehicle_id", "serial")
OUTSIDE = _("One of these entries lies outside the organisations whose ledger you keep or tidy.")


@transaction.atomic
def fold(*, keep: Activity, drop: Activity, by: User) -> Activity:
    """Let `keep` count for both: `drop` stays on record as a double and no longer counts.

    What `keep` leaves empty, names and bodies it lacks come over from `drop`; the same hand-out entered at both
    counts once. All of it is written down at `drop`, so that taking them apart gives it back.
    Raises: Refused outside the scope, or when others were folded into `drop`; WrongState when one no longer counts.
    Side effects in order: lock both; the kept row; bodies, names; doubled grants; the folded row; audit row.
    """
    if keep.pk == drop.pk:
        raise Refused(_("An entry is not folded into itself: choose another one."), code="same")
    keep, drop = _locked(by, keep, drop)
    if keep.voided_at is not None or drop.voided_at is not None:
        raise WrongState(_("One of these entries no longer counts: somebody was quicker. Look at the list again."))
    if Activity.objects.filter(folded_into=drop).exists():
        raise Refused(_("Other entries were folded into this one already: keep this one instead."), code="holds_others")
    taken = [name for name in LENT if getattr(keep, name) in (None, "") and getattr(drop, name) not in (None, "")]
    for name in taken:
        setattr(keep, name, getattr(drop, name))
    keep.save(update_fields=taken)
    lent = {"fields": taken, "joined": _join(keep, drop), "people": _names(keep, drop)}
    doubled = {"voided_at": timezone.now(), "voided_by": by, "void_reason": VoidReason.DOUBLE}
    lent["grants"] = _doubled_grants(keep, drop)
    Grant.objects.filter(pk__in=lent["grants"]).update(**doubled)
    for name, value in (doubled | {"folded_into": keep, "lent": lent}).items():
        setattr(drop, name, value)
    drop.save(update_fields=[*doubled, "folded_into", "lent"])
    audit.record(actor=by, event="activity.fold", target=keep, folded=drop.pk, people=len(lent["people"]))
    return keep


@transaction.atomic
def unfold(*, activity: Activity, by: User) -> Activity:
    """Take a folded entry out again: it counts as before, and what it lent goes back unless it was changed since.

    Raises: Refused outside the scope; WrongState when it is not folded.
    Side effects in order: lock both; the kept row; bodies, names; grants; the row itself; audit row.
    """
    if activity.folded_into_id is None:
        raise WrongState(_("These entries were taken apart already."))
    keep, drop = _locked(by, activity.folded_into, activity)
    if drop.folded_into_id != keep.pk:
        raise WrongState(_("These entries were taken apart already."))
    lent = drop.lent
    back = [name for name in lent["fields"] if getattr(keep, name) == getattr(drop, name)]
    for name in back:
        column = Activity._meta.get_field(name)
        setattr(keep, name, None if column.null else "")
    keep.save(update_fields=back)
    keep.co_organisations.remove(*lent["joined"])
    was = dict(drop.participations.values_list("person", "state"))
    for row in keep.participations.filter(person__in=lent["people"]):
        if was.get(row.person_id) == row.state:
            row.delete()
    standing = {"voided_at": None, "voided_by": None, "void_reason": ""}
    Grant.objects.filter(pk__in=lent["grants"], void_reason=VoidReason.DOUBLE).update(**standing)
    for name, value in (standing | {"folded_into": None, "lent": {}}).items():
        setattr(drop, name, value)
    drop.save(update_fields=[*standing, "folded_into", "lent"])
    audit.record(actor=by, event="activity.unfold", target=keep, folded=drop.pk)
    return drop


@transaction.atomic
def keep_apart(*, first: Activity, second: Activity, by: User) -> None:
    """Note that two entries that look alike are two, so that nobody is asked again.

    Raises: Refused outside the scope, or for one and the same entry. Side effects in order: lock both; the later
    row; audit row.
    """
    if first.pk == second.pk:
        raise Refused(_("An entry is not folded into itself: choose another one."), code="same")
    couple = _locked(by, first, second)
    earlier, later = sorted(couple, key=lambda row: (row.happened_on, row.pk))
    later.apart_from = earlier
    later.save(update_fields=["apart_from"])
    audit.record(actor=by, event="activity.apart", target=later, other=earlier.pk)


def _locked(by: User, keep: Activity, drop: Activity) -> tuple[Activity, Activity]:
    """Lock both rows, always in the same order. Raises: Refused outside the scope."""
    rows = Activity.objects.select_for_update(of=("self",)).select_related("organisation").order_by("pk")
    found = {row.pk: row for row in rows.filter(pk__in=[keep.pk, drop.pk])}
    if not all(queries.may_fold(by, row) for row in found.values()):
        raise Refused(OUTSIDE, code="outside_scope")
    return found[keep.pk], found[drop.pk]


def _join(keep: Activity, drop: Activity) -> list[int]:
    """Name the bodies of `drop` at `keep` too, its own among them; return which were new."""
    there = {keep.organisation_id, *keep.co_organisations.values_list("pk", flat=True)}
    new = sorted({drop.organisation_id, *drop.co_organisations.values_list("pk", flat=True)} - there)
    keep.co_organisations.add(*new)
    return new


def _names(keep: Activity, drop: Activity) -> list[int]:
    """Note the people of `drop` at `keep` too; return which were new."""
    there = set(keep.participations.values_list("person", flat=True))
    new = [row for row in drop.participations.all() if row.person_id not in there]
    Participation.objects.bulk_create(
        Participation(
            activity=keep, person_id=row.person_id, state=row.state, reason=row.reason, noted_by_id=row.noted_by_id
        )
        for row in new
    )
    return sorted(row.person_id for row in new)


def _doubled_grants(keep: Activity, drop: Activity) -> list[int]:
    """Return the hand-outs of `drop` that stand at `keep` too, each matched once."""
    left = [tuple(row) for row in Grant.objects.standing().filter(activity=keep).values_list(*SAME_GRANT)]
    doubled = []
    for pk, *same in Grant.objects.standing().filter(activity=drop).order_by("pk").values_list("pk", *SAME_GRANT):
        if tuple(same) in left:
            left.remove(tuple(same))
            doubled.append(pk)
    return doubled
