"""The windows: opening and closing them, replacing the code on their posters, and the words people consent to."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Refused, WrongState
from members import audit, codes, consent
from members.actions.register import OUTSIDE
from members.models import CheckInPoint, ConsentText, Organisation, PointToken, User
from members.permissions import Permission

FIELDS = ("name", "address", "contact", "is_screen_only")


@transaction.atomic
def open_(
    *, organisation: Organisation, name: str, address: str, contact: str, is_screen_only: bool, by: User
) -> CheckInPoint:
    """Open a window with its first code; the first window of all brings the shipped consent text.

    Raises: Refused outside the scope. Side effects in order: consent text, window, code, audit row.
    """
    if not by.has_permission(Permission.EDIT_PEOPLE, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    notice, agreed = consent.shipped()
    ConsentText.objects.get_or_create(version=1, defaults={"notice": notice, "consent": agreed})
    point = CheckInPoint.objects.create(
        organisation=organisation,
        organisation_path=organisation.path,
        name=name,
        address=address,
        contact=contact,
        is_screen_only=is_screen_only,
        screen_key=codes.new_screen_key(),
        opened_at=timezone.now(),
        opened_by=by,
    )
    _give_token(point)
    audit.record(actor=by, event="point.open", target=point, organisation=organisation.pk)
    return point


@transaction.atomic
def change(*, point: CheckInPoint, by: User, **fields: object) -> CheckInPoint:
    """Change what a window says of itself; printed posters keep their code.

    Raises: Refused outside the scope. Side effects in order: lock, row, audit row with field names.
    """
    point = _locked(point, by)
    changed = [name for name in FIELDS if name in fields and getattr(point, name) != fields[name]]
    for name in changed:
        setattr(point, name, fields[name])
    if changed:
        point.save(update_fields=changed)
        audit.record(actor=by, event="point.change", target=point, fields=changed)
    return point


@transaction.atomic
def close(*, point: CheckInPoint, by: User) -> None:
    """Take no more check-ins here; whoever scans the poster is told so.

    Raises: Refused outside the scope, WrongState when it is closed. Side effects in order: lock, moment, audit row.
    """
    point = _locked(point, by)
    if point.closed_at is not None:
        raise WrongState(_("This window is closed already."))
    point.closed_at = timezone.now()
    point.save(update_fields=["closed_at"])
    audit.record(actor=by, event="point.close", target=point)


@transaction.atomic
def reopen(*, point: CheckInPoint, by: User) -> None:
    """Take check-ins here again, by the same posters.

    Raises: Refused outside the scope, WrongState when it is open. Side effects in order: lock, moment, audit row.
    """
    point = _locked(point, by)
    if point.closed_at is None:
        raise WrongState(_("This window is open already."))
    point.closed_at = None
    point.save(update_fields=["closed_at"])
    audit.record(actor=by, event="point.reopen", target=point)


@transaction.atomic
def rotate(*, point: CheckInPoint, by: User) -> None:
    """Replace the code: printed posters and the screen's page stop working, and say where to go instead.

    Raises: Refused outside the scope. Side effects in order: lock, old code, key of the screen, new code, audit row.
    """
    point = _locked(point, by)
    point.tokens.filter(retired_at=None).update(retired_at=timezone.now())
    point.screen_key = codes.new_screen_key()
    point.save(update_fields=["screen_key"])
    _give_token(point)
    audit.record(actor=by, event="point.rotate", target=point)


@transaction.atomic
def write_consent(*, notice: str, agreed: str, by: User) -> ConsentText:
    """Write the next version of notice and consent: from now on people read that one.

    Raises: Refused without the right to the vocabularies. Side effects in order: row, audit row.
    """
    if not by.has_permission(Permission.MANAGE_VOCABULARIES):
        raise Refused(OUTSIDE, code="outside_scope")
    last = ConsentText.objects.select_for_update().order_by("-version").first()
    text = ConsentText.objects.create(
        version=last.version + 1 if last else 1,
        notice=notice,
        consent=agreed,
        written_at=timezone.now(),
        written_by=by,
    )
    audit.record(actor=by, event="consent.write", target=text, version=text.version)
    return text


def _give_token(point: CheckInPoint) -> PointToken:
    return PointToken.objects.create(
        point=point, organisation_path=point.organisation_path, token=codes.new_poster(), made_at=timezone.now()
    )


def _locked(point: CheckInPoint, by: User) -> CheckInPoint:
    point = CheckInPoint.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=point.pk)
    if not by.has_permission(Permission.EDIT_PEOPLE, point.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    return point
