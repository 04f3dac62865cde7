"""Targets: promised, changed, withdrawn. What is reached is never written here: the registry counts it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from members import audit
from members.models import Organisation, User
from members.permissions import Permission
from services.indicators import registry
from services.models import Target

OUTSIDE = _("This lies outside the organisations whose targets you set.")
CHANGEABLE = ("campaign", "label", "indicator", "filters", "number", "starts_on", "due_on", "document")


def promise(*, organisation: Organisation, by: User, **fields: object) -> Target:
    """Enter a target. Raises: Refused outside the scope, or for filters its indicator does not take.

    Side effects in order: row, audit row.
    """
    _check(by, organisation)
    registry.get(fields["indicator"]).checked(fields["filters"])
    with transaction.atomic():
        target = Target.objects.create(
            organisation=organisation, organisation_path=organisation.path, set_by=by, **fields
        )
        audit.record(actor=by, event="target.promise", target=target, indicator=target.indicator)
        return target


def change(*, target: Target, by: User, **fields: object) -> Target:
    """Set what differs. Raises: Refused; WrongState for a withdrawn one.

    Side effects in order: lock, row, audit row with the names of the fields.
    """
    with transaction.atomic():
        target = _locked(target, by)
        changed = [name for name in CHANGEABLE if name in fields and getattr(target, name) != fields[name]]
        for name in changed:
            setattr(target, name, fields[name])
        registry.get(target.indicator).checked(target.filters)
        if changed:
            target.save(update_fields=changed)
            audit.record(actor=by, event="target.change", target=target, fields=",".join(changed))
        return target


def withdraw(*, target: Target, by: User) -> Target:
    """Take a target back: it stays on record and counts nowhere.

    Raises: Refused; WrongState for a withdrawn one. Side effects in order: lock, row, audit row.
    """
    with transaction.atomic():
        target = _locked(target, by)
        target.withdrawn_at, target.withdrawn_by = timezone.now(), by
        target.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.record(actor=by, event="target.withdraw", target=target)
        return target


def _check(by: User, organisation: Organisation) -> None:
    if not by.has_permission(Permission.MANAGE_CAMPAIGNS, organisation):
        raise Refused(OUTSIDE, code="outside_scope")


def _locked(target: Target, by: User) -> Target:
    target = Target.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=target.pk)
    _check(by, target.organisation)
    if target.withdrawn_at is not None:
        raise WrongState(_("This target has been withdrawn. Set a new one instead."))
    return target
