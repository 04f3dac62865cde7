"""Certificates for who completed a training: one grant each, hanging on the training."""

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members.models import Person, User
from services.actions import entry, grant
from services.models import Activity, Grant, Group, Kind
from services.queries import training as queries


@transaction.atomic
def certify(
    *,
    activity: Activity,
    people: list[Person],
    kind: Kind,
    name: str,
    given_on: date,
    issuer: str,
    once: UUID,
    by: User,
) -> list[Grant]:
    """Give the certificate to people who completed a training; whoever holds it already gets no second one.

    Raises: Refused outside the scope, for a day before the training, or when nobody is left; WrongState when the
    training was taken back. Side effects in order: lock of the training; one grant for each; audit row.
    """
    activity = entry.locked(activity, by)
    if given_on < activity.happened_on:
        raise Refused(_("The certificate is dated before the training: choose a later day."), code="day")
    known = list(Grant.objects.visible_to(by).filter(once=once))
    left = {person.pk for person in queries.without_certificate(activity)}
    people = [person for person in people if person.pk in left]
    if kind.group != Group.CERTIFICATE or not (people or known):
        raise Refused(_("Nobody of them is left without this certificate. Look at the list again."), code="nobody")
    made, _is_new = grant.give(
        organisation=activity.organisation,
        kind=kind,
        name=name,
        given_on=given_on,
        once=once,
        by=by,
        recipients=people,
        activity=activity,
        campaign=activity.campaign,
        region=activity.region,
        issuer=issuer,
    )
    return made
