"""Letters: taken in once, admitted as cases by an editor, discarded, or joined to the case they answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions import intake, letter_bounce, mail_join, mail_read
from cases.intake import mail as reading
from cases.intake import mail_origin
from cases.models import Call, Case, Intake, Message, MessagePart, MessagePlace, Track
from cases.models.mail import MailState
from config import sealed
from config.errors import Refused, WrongState
from config.uploads import storage
from members import audit, quota
from members.middleware import whole_scope
from members.models import Organisation, User
from members.permissions import Permission

NUMBERS = 4713  # the advisory lock under which letters are numbered, so that numbers have no gaps
MOVES = {
    "admit": {MailState.WAITING},
    "attach": {MailState.WAITING},
    "discard": {MailState.WAITING, MailState.PARKED, MailState.AUTOMATIC},
    "restore": {MailState.DISCARDED, MailState.AUTOMATIC},
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a letter lies: the mailbox, its UIDVALIDITY, the letter's UID."""

    mailbox: str
    validity: int
    uid: int


@transaction.atomic
def receive(*, data: bytes, organisation: Organisation, place: Place | None = None, is_cut: bool = False) -> Message:
    """Keep a letter byte for byte and read it; the same letter again, wherever it lies, is the one we have.

    `is_cut` says that only its head was fetched because the whole is too large.
    Raises: Refused without room left, FileRefused on a full disk: the letter then stays where it is.
    Side effects in order: locks the numbering; originals on disk; message, parts, place; audit row; for a verified
    reply of a case's own sender the next revision, or a notice to whoever has the case.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, 0)", [NUMBERS])
    with whole_scope():
        identity = reading.identity(data)
        message = Message.objects.filter(identity=identity).first()
        if message is None:
            told = mail_read.read(data, is_cut=is_cut)
            message = _store(data, identity, organisation, told)
            audit.record(actor=None, event="mail.receive", target=message, state=message.state)
            if message.state == MailState.AUTOMATIC:
                letter_bounce.note(message, data)
            if message.state == MailState.WAITING and message.case is not None:
                mail_join.join_if_known(message)
            elif message.state == MailState.WAITING:
                mail_join.find_alike(message, told.parts)
        if place is not None:
            MessagePlace.objects.get_or_create(
                mailbox=place.mailbox, validity=place.validity, uid=place.uid, defaults={"message": message}
            )
    return message


def _store(data: bytes, identity: str, organisation: Organisation, told: mail_read.Told) -> Message:
    """Write the files, then the rows. Raises: Refused, FileRefused."""
    kept = [(part, content) for part, content in told.parts if content is not None]
    quota.check(organisation, len(data) + sum(len(content) for _part_, content in kept))
    now = timezone.now()
    year = timezone.localtime(now).year
    letter = told.letter
    message = Message(
        year=year,
        sequence=(Message.objects.filter(year=year).aggregate(top=Max("sequence"))["top"] or 0) + 1,
        organisation=organisation,
        organisation_path=organisation.path,
        state=told.state,
        identity=identity,
        sha256=_keep(data),
        size_bytes=len(data),
        body=told.body,
        warnings=told.warnings,
        received_at=now,
    )
    if letter is not None:
        message.message_id = letter.message_id
        message.subject = letter.subject
        message.sender_name = letter.sender_name
        message.sent_at = letter.sent_at
        message.is_verified = mail_origin.is_verified(letter, settings.MAIL_AUTHORITY)
        message.may_be_answered = told.state == MailState.WAITING and mail_origin.may_be_answered(letter)
        sealed.seal(message, "sender_cipher", letter.sender_address)
        message.case = mail_join.case_of(letter)
    message.save()
    for part, content in kept:
        part.sha256 = _keep(content)
    for part, _content in told.parts:
        part.message = message
    MessagePart.objects.bulk_create(part for part, _content in told.parts)
    return message


def _keep(data: bytes) -> str:
    sha256 = storage.keep(data)
    storage.hold(sha256)
    return sha256


@transaction.atomic
def admit(
    *,
    message: Message,
    parts: list[MessagePart],
    organisation: Organisation,
    by: User,
    place: tuple[Call | None, Track | None] = (None, None),
) -> list[Case]:
    """Open a case for each chosen text of a letter; pressing twice finds them made.

    For a call they count as sent in when the letter came.

    Raises: WrongState when somebody settled it meanwhile; Refused outside the editor's scope or for no text chosen;
    FileRefused, Unreadable as the intake does: then none is opened.
    Side effects in order: lock; a case each with its intake, submitted; parts and message; audit row.
    """
    if not by.has_permission(Permission.EDIT_CASE, organisation):
        raise Refused(_("You may not admit letters for this organisation. Choose another."), code="outside_scope")
    message = _locked(message, "admit")
    chosen = [part for part in parts if part.message_id == message.pk and part.use == MessagePart.Use.TEXT]
    if not chosen:
        raise Refused(_("Choose the letter's own text, or a document, that becomes a case."), code="nothing_chosen")
    address = sealed.unseal(message, "sender_cipher")
    cases = []
    for part in chosen:
        title = message.subject if not part.name or len(chosen) == 1 else None
        case = intake.receive(
            data=storage.read(storage.ORIGINALS, part.sha256),
            filename=part.name,
            door=Intake.Door.MAIL,
            organisation=organisation,
            by=None,
            contributor_name=message.sender_name[:60],
            contact=address,
            once_token=part.once_token,
            title=title if not part.name else None,
            place=place,
            sent_at=message.received_at,
        )
        part.case = case
        part.save(update_fields=["case"])
        cases.append(case)
    _settle(message, MailState.ADMITTED, by, case=cases[0])
    audit.record(actor=by, event="mail.admit", target=message, cases=[case.pk for case in cases])
    return cases


@transaction.atomic
def attach(*, message: Message, case: Case, part: MessagePart | None, by: User) -> Message:
    """Join a letter to a case an editor chose, the chosen document as its next text while the case lies with its unit.

    Raises: WrongState when somebody settled it meanwhile; Refused outside the editor's scope.
    Side effects as for a verified reply.
    """
    if not by.has_permission(Permission.EDIT_CASE, case.organisation):
        raise Refused(_("You may not edit this case. Choose another."), code="outside_scope")
    message = _locked(message, "attach")
    if part is not None and (part.message_id != message.pk or part.use != MessagePart.Use.TEXT or not part.name):
        part = None
    mail_join.join(message, case, by=by, part=part)
    return message


@transaction.atomic
def discard(*, message: Message, by: User) -> None:
    """Put a letter away; its bytes stay and it can be brought back. Raises: WrongState.

    Side effects in order: lock, state, audit row.
    """
    message = _locked(message, "discard")
    _settle(message, MailState.DISCARDED, by)
    audit.record(actor=by, event="mail.discard", target=message)


@transaction.atomic
def restore(*, message: Message, by: User) -> None:
    """Let a letter wait again that was discarded, or taken for an automatic reply. Raises: WrongState.

    What was never read, and so has no text to admit, is set aside again. Side effects in order: lock, state, audit row.
    """
    message = _locked(message, "restore")
    back = MailState.WAITING if message.parts.exists() else MailState.PARKED
    message.state, message.settled_at, message.settled_by = back, None, None
    message.save(update_fields=["state", "settled_at", "settled_by"])
    audit.record(actor=by, event="mail.restore", target=message)


def _locked(message: Message, move: str) -> Message:
    """Lock a letter and check the move. Raises: WrongState."""
    message = Message.objects.select_for_update(of=("self",)).select_related("case").get(pk=message.pk)
    if message.status not in MOVES[move]:
        raise WrongState(
            _("Nothing was changed: the letter is “%(state)s” meanwhile. Reload the page to see who settled it.")
            % {"state": message.get_state_display()}
        )
    return message


def _settle(message: Message, state: MailState, by: User, *, case: Case | None = None) -> None:
    message.state, message.settled_at, message.settled_by = state, timezone.now(), by
    message.case = case or message.case
    message.save(update_fields=["state", "settled_at", "settled_by", "case"])


def named(digests: Iterable[str]) -> set[str]:
    """Return which of these files letters and their parts name, whoever asks."""
    with transaction.atomic(), whole_scope():
        letters = set(Message.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
        return letters | set(MessagePart.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
