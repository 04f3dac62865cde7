"""Saying what a figure stands for, taking it back, and putting the ledger's answer on record."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions.case import locked
from cases.evidence import verdicts
from cases.models import Case, Claim, ClaimCheck, LibraryEntry, Verdict
from config.errors import Refused, WrongState
from members import audit
from members.models import Organisation, User
from members.permissions import Permission
from services.indicators import periods, registry


@transaction.atomic
def confirm(
    *, case: Case, context: str, key: str, filters: dict, organisation: Organisation, period: str, by: User
) -> Claim:
    """Bind a figure to an indicator; what it was bound to before is replaced.

    Raises: WrongState where the figure stands in the text no longer, or the case is not `by`'s to check; Refused for
    an unknown indicator, filter or period.
    Side effects in order: lock, claim, the case's number of unchecked figures, audit row.
    """
    case = _checkable(case, by)
    line = _line(case, context)
    registry.get(key).checked(filters)
    read = periods.parse(period, timezone.localdate())
    values = {
        "mention": line.figure.mention,
        "indicator": key,
        "filters": filters,
        "organisation": organisation,
        "period": read.text,
    }
    return _put(case, context, values, by, "claim.confirm")


@transaction.atomic
def set_aside(*, case: Case, context: str, by: User) -> Claim:
    """Say that the ledger counts no such thing. Raises and side effects as `confirm`."""
    case = _checkable(case, by)
    line = _line(case, context)
    values = {"mention": line.figure.mention, "indicator": "", "filters": {}, "organisation": None, "period": ""}
    return _put(case, context, values, by, "claim.set_aside")


@transaction.atomic
def record(*, case: Case, by: User) -> int:
    """Put on record what the ledger says of the case's confirmed figures now; return how many.

    Called when a text becomes public. Nothing is refused: a figure that differs is published with its record.
    Side effects in order: checks, the number readers see beside the public text, audit row where there are any.
    """
    lines = [line for line in verdicts.lines_of(case, case.current_revision) if line.claim and line.reading]
    ClaimCheck.objects.bulk_create(
        ClaimCheck(
            claim=line.claim,
            revision=case.current_revision,
            indicator=line.claim.indicator,
            version=line.reading.indicator.version,
            low=line.interval.low,
            high=line.interval.high,
            value=line.reading.value,
            verdict=line.verdict,
        )
        for line in lines
    )
    agreed = sum(line.verdict is Verdict.MATCHES for line in lines)
    LibraryEntry.objects.filter(case=case).update(figures_agreed=agreed)
    if lines:
        audit.record(
            actor=by, event="claim.record", target=case, revision=case.current_revision.number, rows=len(lines)
        )
    return len(lines)


def count_unchecked(case: Case) -> None:
    """Keep with the case how many figures the ledger may know wait for somebody: the queue of figures to check."""
    case.figures_unchecked = verdicts.unchecked(case, case.current_revision)
    case.save(update_fields=["figures_unchecked"])


def _checkable(case: Case, by: User) -> Case:
    case = locked(case.pk)
    if not any(by.has_permission(each, case.organisation) for each in (Permission.EDIT_CASE, Permission.READ_LEDGER)):
        raise WrongState(_("The figures of this case are not yours to check."))
    return case


def _line(case: Case, context: str) -> verdicts.Line:
    line = verdicts.line_at(case, case.current_revision, context)
    if line is not None:
        return line
    raise WrongState(_("This figure stands in the text no longer: it was changed while you were looking at it."))


def _put(case: Case, context: str, values: dict, by: User, event: str) -> Claim:
    if len(context) > Claim._meta.get_field("context").max_length:
        raise Refused(_("This figure cannot be read."), code="context")
    claim, _is_new = Claim.objects.update_or_create(
        case=case,
        context=context,
        defaults={**values, "confirmed_by": by, "confirmed_at": timezone.now(), "is_drafted": False},
    )
    count_unchecked(case)
    audit.record(actor=by, event=event, target=claim, case=case.pk, indicator=claim.indicator)
    return claim
