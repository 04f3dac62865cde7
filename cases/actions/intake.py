"""Taking in what arrives: the original, its reading, the receipt, the case."""

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import contact as contacts
from cases.actions import call_entry, review
from cases.actions import case as case_actions
from cases.intake.arrival import Arrival, as_dict, examine
from cases.intake.receipt import Caution
from cases.models import Call, Case, CleaningFix, Decision, Intake, Revision, SubjectField, Track
from cases.queries_callcheck import check
from config.errors import Refused
from config.uploads import storage
from members import audit, quota
from members.models import Organisation, User


@transaction.atomic
def receive(
    *,
    data: bytes,
    filename: str,
    door: str,
    organisation: Organisation,
    by: User | None,
    contributor_name: str = "",
    contact: str = "",
    once_token: uuid.UUID | None = None,
    profile: str | None = None,
    field: SubjectField | None = None,
    submit: bool = True,
    title: str | None = None,
    arrival: Arrival | None = None,
    place: tuple[Call | None, Track | None] = (None, None),
    sent_at: datetime | None = None,
    statement: str = "",
) -> Case:
    """Keep the original, clean its text and open a case with it, submitted unless told otherwise.

    The same `once_token` again returns the case it made: pressing the button twice, even at once, makes one.
    Without a file name the bytes are a pasted text. `by=None` is the command line, or the holder of a link.
    `arrival` is what `examine` made of the same bytes, where the caller has looked at it already. `place` is the call
    and track it is sent in for; it counts as sent at `sent_at`, the moment of a letter, else now. `statement` is
    what the sender confirmed of it for the call.
    Raises: FileRefused, Unreadable; Refused when the organisation has no room left, or the call takes it not.
    Side effects in order: original on disk; case, intake, receipt; sealed contact; audit row; submission; call.
    """
    once_token = once_token or uuid.uuid4()
    if earlier := _received_before(once_token, organisation, by):
        return earlier
    sent_at = sent_at or timezone.now()
    _check_place(place, organisation, sent_at)
    arrival = arrival or examine(data, filename, is_paste=not filename, profile=profile or "", title=title or "")
    quota.check(organisation, len(data))
    storage.hold(arrival.sha256)
    storage.keep(data)
    try:
        with transaction.atomic():
            case = case_actions.create(
                organisation=organisation,
                title=arrival.title,
                body=arrival.cleaned.body,
                by=by,
                field=field,
                contributor_name=contributor_name,
            )
            warnings = [*arrival.warnings, *_same_again(arrival.sha256, organisation)]
            _record(case, arrival, case.current_revision, warnings, door=door, by=by, once_token=once_token)
            _seal(case, contact)
            if submit:
                review.decide(case=case, kind=Decision.Kind.SUBMIT, by=by, revision=case.current_revision)
            _enter(case, place, by, sent_at, statement)
    except IntegrityError:
        earlier = _received_before(once_token, organisation, by)
        if earlier is None:
            raise
        return earlier
    return Case.objects.select_related("organisation", "current_revision").get(pk=case.pk)


@transaction.atomic
def receive_again(
    *,
    case: Case,
    data: bytes,
    filename: str,
    door: str,
    by: User | None,
    base: Revision,
    title: str | None = None,
    once_token: uuid.UUID | None = None,
) -> Revision | None:
    """Take in a changed text of a case from a file; None if it says the same as the current one.

    Raises: FileRefused, Unreadable; WrongState, Conflict as `case.revise` does; Refused without room left.
    Side effects in order: original on disk; revision; intake with its receipt; audit row.
    """
    once_token = once_token or uuid.uuid4()
    if _received_before(once_token, case.organisation, by):
        return None
    arrival = examine(data, filename, is_paste=not filename, title=title or case.title)
    quota.check(case.organisation, len(data))
    storage.hold(arrival.sha256)
    storage.keep(data)
    revision = case_actions.revise(
        case=case,
        title=arrival.title,
        body=arrival.cleaned.body,
        by=by,
        base=base,
        source=Revision.Source.RESUBMISSION,
    )
    if revision is not None:
        _record(case, arrival, revision, arrival.warnings, door=door, by=by, once_token=once_token)
    return revision


def _seal(case: Case, contact: str) -> None:
    if contact:
        case.contact_cipher = contacts.seal(contact, case.uuid)
        case.save(update_fields=["contact_cipher"])


def _check_place(place: tuple[Call | None, Track | None], organisation: Organisation, at: datetime) -> None:
    call, track = place
    if call is not None:
        check(call, track, organisation, at)


def _enter(case: Case, place: tuple[Call | None, Track | None], by: User | None, at: datetime, statement: str) -> None:
    call, track = place
    if call is not None:
        call_entry.enter(case, call, track, by=by, at=at)
        call_entry.keep_statement(case, statement, by=by)


def _received_before(once_token: uuid.UUID, organisation: Organisation, by: User | None) -> Case | None:
    """Return the case this token made.

    Raises: Refused when it was made by somebody else or for another body: such a token is not a second press.
    """
    intake = (
        Intake.objects.select_related("case__organisation", "case__current_revision")
        .filter(once_token=once_token)
        .first()
    )
    if intake is None:
        return None
    if intake.case.organisation_id != organisation.pk or intake.received_by_id != (by.pk if by else None):
        raise Refused(gettext_lazy("This form was sent before, for another organisation. Open it anew."), code="stale")
    return intake.case


def _same_again(sha256: str, organisation: Organisation) -> list[Caution]:
    """Warn, not refuse, when the same organisation sent the same bytes within the last day."""
    since = timezone.now() - timedelta(days=1)
    same = Intake.objects.filter(sha256=sha256, case__organisation=organisation, received_at__gte=since)
    earlier = same.select_related("case").order_by("pk").first()
    if earlier is None:
        return []
    message = _("The same file came in within the last day as %(number)s.") % {"number": earlier.case.number}
    return [Caution("same_again", message)]


def _record(
    case: Case,
    arrival: Arrival,
    revision: Revision,
    warnings: list[Caution] | tuple[Caution, ...],
    *,
    door: str,
    by: User | None,
    once_token: uuid.UUID,
) -> Intake:
    """Store the arrival with its receipt. Side effects in order: intake, one row a fix, audit row."""
    intake = Intake.objects.create(
        case=case,
        door=door,
        filename=arrival.filename,
        format=arrival.reading.format,
        sha256=arrival.sha256,
        size_bytes=arrival.size_bytes,
        profile=arrival.cleaned.profile,
        reading=arrival.reading.text,
        title=arrival.cleaned.title[:200],
        warnings=[as_dict(caution) for caution in warnings],
        once_token=once_token,
        revision=revision,
        received_at=timezone.now(),
        received_by=by,
    )
    CleaningFix.objects.bulk_create(
        CleaningFix(
            intake=intake,
            position=position,
            kind=fix.kind,
            at=fix.at,
            removed=fix.removed,
            replacement=fix.replaced_by,
        )
        for position, fix in enumerate(arrival.cleaned.fixes, start=1)
    )
    audit.record(
        actor=by,
        event="intake.receive",
        target=case,
        intake=intake.pk,
        door=str(door),
        fixes=len(arrival.cleaned.fixes),
        warnings=len(intake.warnings),
    )
    return intake
