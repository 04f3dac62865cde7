"""Other people's figures: entered with their source, corrected so that the older one stays, taken back."""

from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import Organisation, User
from members.permissions import Permission
from services.actions import attachment
from services.models import Figure
from services.models.ledger import VoidReason

OUTSIDE = _("This lies outside the organisations whose figures you enter.")
THERE = _("%(label)s is entered for these days already: open that figure and correct it, or choose other days.")
GONE = _("Somebody corrected or took back this figure just now. Look at the one that stands.")


@transaction.atomic
def enter(
    *,
    organisation: Organisation,
    by: User,
    once: UUID,
    papers: list[tuple[str, bytes]] | None = None,
    **fields: object,
) -> tuple[Figure, bool]:
    """Enter a figure; the same `once` finds the first row. `fields` are the figure's own (key, label, value, days …).

    Returns the row, and whether it is new. Raises: Refused outside the scope; Conflict when the series has a figure
    for these days; FileRefused.
    Side effects in order: row; files; audit row.
    """
    if not by.has_permission(Permission.ENTER_FIGURES, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if (known := Figure.objects.visible_to(by).filter(once=once).first()) is not None:
        return known, False
    made = _made(organisation, by, once, fields)
    for filename, data in papers or []:
        attachment.add(owner=made, data=data, filename=filename, by=by)
    audit.record(actor=by, event="figure.enter", target=made, key=made.key)
    return made, True


def enter_many(
    *, organisation: Organisation, figures: list[dict], once: UUID, by: User, **shared: object
) -> list[Figure]:
    """Enter several series of the same days and source, all of them or none.

    Raises: Refused outside the scope; Conflict for a series that has these days. Side effects: those of `enter`.
    """
    with transaction.atomic():
        return [
            enter(organisation=organisation, by=by, once=uuid5(once, one["key"]), **shared, **one)[0] for one in figures
        ]


@transaction.atomic
def correct(*, figure: Figure, once: UUID, by: User, **fields: object) -> Figure:
    """Put a new figure in the place of one; the older one stays with its value and no longer counts.

    Raises: Refused outside the scope; WrongState when somebody was quicker; Conflict for days the series has.
    Side effects in order: lock; older row; new row; audit row.
    """
    figure = _locked(figure, by)
    if (known := Figure.objects.filter(once=once, corrects=figure).first()) is not None:
        return known
    if figure.voided_at is not None:
        raise WrongState(GONE)
    _take_back(figure, VoidReason.MISTAKE, by)
    made = _made(figure.organisation, by, once, fields | {"corrects": figure})
    audit.record(actor=by, event="figure.correct", target=made, key=made.key, corrects=figure.pk)
    return made


@transaction.atomic
def void(*, figure: Figure, reason: VoidReason, by: User) -> Figure:
    """Take a figure back; its row stays and counts nowhere.

    Raises: Refused outside the scope; WrongState when somebody was quicker.
    Side effects in order: lock; row; audit row.
    """
    figure = _locked(figure, by)
    if figure.voided_at is not None:
        raise WrongState(GONE)
    _take_back(figure, reason, by)
    audit.record(actor=by, event="figure.void", target=figure, reason=str(reason))
    return figure


def _made(organisation: Organisation, by: User, once: UUID, fields: dict) -> Figure:
    try:
        with transaction.atomic():
            return Figure.objects.create(
                organisation=organisation,
                organisation_path=organisation.path,
                once=once,
                logged_at=timezone.now(),
                logged_by=by,
                **fields,
            )
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        if name != "figure_once_per_period":
            raise Conflict(GONE, code="figure") from None
        raise Conflict(THERE % {"label": fields["label"]}, code="figure") from None


def _take_back(figure: Figure, reason: VoidReason, by: User) -> None:
    taken_back = {"voided_at": timezone.now(), "voided_by": by, "void_reason": reason}
    for name, value in taken_back.items():
        setattr(figure, name, value)
    figure.save(update_fields=list(taken_back))


def _locked(figure: Figure, by: User) -> Figure:
    figure = Figure.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=figure.pk)
    if not by.has_permission(Permission.ENTER_FIGURES, figure.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    return figure
