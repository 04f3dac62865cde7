"""Keeping the cadences: who owes what how often. What was owed on past days stays as it was."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members import audit
from members.models import User
from services.actions.kind import check_owner
from services.models import Duty


@transaction.atomic
def add(*, by: User, **values: object) -> Duty:
    """Let pairings of a kind, or bodies, owe something from a day on; without an organisation, in the whole house.

    A duty of one body alone is that body's own. Raises: Refused outside the scope, or where the same is owed already.
    Side effects in order: row, audit row.
    """
    duty = Duty(**values)
    check_owner(duty.organisation or duty.body, by)
    same = {name: getattr(duty, name) for name in ("organisation", "pairing_kind", "body_kind", "body", "every")}
    same |= {"proof": duty.proof, "proof_kind": duty.proof_kind, "ends_on": None}
    if (there := Duty.objects.filter(**same).first()) is not None:
        raise Refused(
            _("The duty “%(duty)s” asks for the same already. End it first, or choose something else.")
            % {"duty": there},
            code="owed_already",
        )
    duty.save()
    audit.record(actor=by, event="duty.add", target=duty, every=str(duty.every), proof=str(duty.proof))
    return duty


@transaction.atomic
def change(*, duty: Duty, label: str, ends_on: date | None, by: User) -> Duty:
    """Rename a duty, or let it end on a day or go on. What it asks never changes: end it and add another.

    Raises: Refused outside the scope, or for an end before its first day. Side effects in order: lock, row, audit row.
    """
    duty = Duty.objects.select_for_update(of=("self",)).select_related("organisation", "body").get(pk=duty.pk)
    check_owner(duty.organisation or duty.body, by)
    if ends_on is not None and ends_on < duty.starts_on:
        raise Refused(
            _("The duty began on %(day)s; it cannot end before.") % {"day": duty.starts_on}, code="ends_before"
        )
    values = {"label": label, "ends_on": ends_on}
    changed = [name for name, value in values.items() if getattr(duty, name) != value]
    for name in changed:
        setattr(duty, name, values[name])
    if changed:
        duty.save(update_fields=changed)
        audit.record(actor=by, event="duty.change", target=duty, fields=changed)
    return duty
