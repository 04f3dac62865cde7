"""Letters: taken in once, admitted as cases by an editor, discarded, or joined to the case they answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from cases.actions import intake, review
from cases.actions.case import locked
from cases.intake import mail as reading
from cases.intake.html import read_html
from cases.models import Case, Decision, Intake, Message, MessagePart, MessagePlace
from cases.models.mail import MailState
from cases.queries_mail import case_named, knows
from config import sealed
from config.errors import FileRefused, Refused, WrongState
from config.text.unseen import without_controls
from config.uploads import gate, storage
from members import audit, quota
from members.actions.notice import tell
from members.middleware import whole_scope
from members.models import Organisation, User
from members.permissions import Permission

NUMBERS = 4713  # the advisory lock under which letters are numbered, so that numbers have no gaps
BODY_CHARACTERS = 200_000
BIG_LINKS = ("mail.qq.com/cgi-bin/ftnExs", "wx.mail.qq.com/ftn/", "dashi.163.com", "mail.163.com/large-attachment")
MOVES = {
    "admit": {MailState.WAITING},
    "attach": {MailState.WAITING},
    "discard": {MailState.WAITING, MailState.PARKED, MailState.AUTOMATIC},
    "restore": {MailState.DISCARDED, MailState.AUTOMATIC},
}
UNSAFE = {
    "too_large": gettext_lazy("The letter is larger than 20 MB and was set aside unread. Ask for the text alone."),
    "too_many_parts": gettext_lazy("The letter has more than 50 parts and was set aside unread."),
    "too_deep": gettext_lazy("Letters are packed into letters more than ten deep; it was set aside unread."),
    "headers": gettext_lazy("The head of the letter is longer than any honest one and was set aside unread."),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a letter lies: the mailbox, its UIDVALIDITY, the letter's UID."""

    mailbox: str
    validity: int
    uid: int


@dataclass
class _Told:
    """What a letter tells once it is read; all empty where it could not be."""

    letter: reading.Letter | None = None
    body: str = ""
    parts: list[tuple[MessagePart, bytes]] = field(default_factory=list)
    warnings: list[dict] = field(default_factory=list)
    state: MailState = MailState.WAITING


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
            message = _store(data, identity, organisation, _read(data, is_cut=is_cut))
            audit.record(actor=None, event="mail.receive", target=message, state=message.state)
            if message.state == MailState.WAITING and message.case is not None:
                _join_if_known(message)
        if place is not None:
            MessagePlace.objects.get_or_create(
                mailbox=place.mailbox, validity=place.validity, uid=place.uid, defaults={"message": message}
            )
    return message


def _read(data: bytes, *, is_cut: bool) -> _Told:
    """Read a letter and judge its parts; beyond a bound it is set aside with the reason."""
    try:
        if is_cut:
            raise reading.Unsafe("too_large")
        letter = reading.read(data)
    except reading.Unsafe as unsafe:
        head = None
        if is_cut:
            head = _head_alone(data)
        return _Told(letter=head, warnings=[_note(unsafe.code, UNSAFE[unsafe.code])], state=MailState.PARKED)
    told = _Told(letter=letter, body=_body(letter)[:BODY_CHARACTERS])
    if told.body.strip():
        told.parts.append(_part(0, "", told.body.encode()))
    files = [part for part in letter.parts if not part.is_text]
    told.parts += [_part(number, part.name, part.data) for number, part in enumerate(files, start=1)]
    if reading.why_automatic(letter, {address.lower() for address in settings.MAIL_OWN_ADDRESSES}):
        told.state = MailState.AUTOMATIC
    if len(letter.values("from")) != 1:
        told.warnings.append(_note("senders", _("The letter names no sender, or more than one.")))
    if any(link in told.body for link in BIG_LINKS):
        sentence = _("It links to a large attachment that expires: open the link and save the file soon.")
        told.warnings.append(_note("big_link", sentence))
    return told


def _head_alone(data: bytes) -> reading.Letter | None:
    try:
        return reading.read(data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    except reading.Unsafe:
        return None


def _body(letter: reading.Letter) -> str:
    """Return the letter's own text: its plain parts, or its HTML read as text."""
    plain = [reading.text_of(part) for part in letter.parts if part.is_text and part.content_type == "text/plain"]
    text = "\n\n".join(piece.strip() for piece in plain if piece.strip())
    if not text:
        pages = [part for part in letter.parts if part.is_text and part.content_type == "text/html"]
        text = "\n\n".join(read_html(reading.text_of(page)).text.strip() for page in pages if page.data.strip())
    return without_controls(text.replace("\r\n", "\n").replace("\r", "\n"))


def _part(position: int, name: str, data: bytes) -> tuple[MessagePart, bytes]:
    """Let a part through the gate of texts, else of photos; keep why neither takes it."""
    part = MessagePart(position=position, name=name, size_bytes=len(data), use=MessagePart.Use.TEXT)
    if not name:
        return part, data
    try:
        gate.admit("text", name, data)
    except FileRefused as refusal:
        part.use, part.problem = MessagePart.Use.NONE, str(refusal)
        if gate.extension_of(name) in gate.DOORS["photo"].extensions:
            try:
                gate.admit("photo", name, data)
                part.use, part.problem = MessagePart.Use.PHOTO, ""
            except FileRefused as other:
                part.problem = str(other)
    return part, data


def _note(code: str, message: object) -> dict:
    return {"code": code, "message": str(message)}


def _store(data: bytes, identity: str, organisation: Organisation, told: _Told) -> Message:
    """Write the files, then the rows. Raises: Refused, FileRefused."""
    kept = [(part, content) for part, content in told.parts if part.use != MessagePart.Use.NONE]
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
        message.is_verified = reading.is_verified(letter, settings.MAIL_AUTHORITY)
        message.may_be_answered = told.state == MailState.WAITING and reading.may_be_answered(letter)
        sealed.seal(message, "sender_cipher", letter.sender_address)
        message.case = _case_of(letter)
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


def _case_of(letter: reading.Letter) -> Case | None:
    """Return the case a letter seems to belong to: by the thread, else by a number in its subject."""
    thread = [reference for reference in letter.thread if reference]
    if thread:
        earlier = Message.objects.filter(Q(message_id__in=thread) | Q(acknowledgement_id__in=thread))
        answered = earlier.filter(case__isnull=False).order_by("-pk").first()
        if answered is not None:
            return answered.case
    return case_named(letter.subject)


def _join_if_known(message: Message) -> None:
    """Join a reply to its case when our own server vouches for the sender and the case's letters came from them.

    Anybody may write any name and any number into a letter: all others wait for an editor's click.
    """
    if message.is_verified and knows(message.case, bytes(message.sender_digest or b"")):
        _join(message, message.case, by=None, part=_only_text(message))


def _only_text(message: Message) -> MessagePart | None:
    """Return the one document that comes with a letter; None for none, or for several."""
    texts = list(message.parts.filter(use=MessagePart.Use.TEXT).exclude(name="")[:2])
    return texts[0] if len(texts) == 1 else None


def _join(message: Message, case: Case, *, by: User | None, part: MessagePart | None) -> None:
    """Make a letter part of a case; while that lies with its unit, the document becomes the resubmitted text.

    A document that cannot be taken, or says the same, leaves the letter with a warning and the case as it was.
    """
    case = locked(case.pk)
    became = None
    if part is not None and case.status == Case.State.RETURNED:
        try:
            with transaction.atomic():
                became = _resubmit(case, part)
        except Refused as refusal:
            message.warnings = [*message.warnings, _note("not_resubmitted", refusal)]
    if became is not None:
        part.case = case
        part.save(update_fields=["case"])
    message.state, message.case = MailState.ADMITTED, case
    message.settled_at, message.settled_by = timezone.now(), by
    message.save(update_fields=["state", "case", "warnings", "settled_at", "settled_by"])
    audit.record(
        actor=by, event="mail.attach", target=message, case=case.pk, revision=became.number if became else None
    )
    if became is None and case.held_by is not None and case.held_by != by:
        tell(
            [case.held_by],
            gettext_noop("%(number)s: a letter came in"),
            message.get_absolute_url(),
            number=case.number,
        )


def _resubmit(case: Case, part: MessagePart) -> object:
    """Take a document in as the unit's changed text and resubmit the case. Raises: Refused."""
    revision = intake.receive_again(
        case=case,
        data=storage.read(storage.ORIGINALS, part.sha256),
        filename=part.name,
        door=Intake.Door.MAIL,
        by=None,
        base=case.current_revision,
        title=case.title,
        once_token=part.once_token,
    )
    if revision is None:
        raise Refused(_("The document says the same as the text that was returned."), code="unchanged")
    review.decide(case=case, kind=Decision.Kind.RESUBMIT, by=None, revision=revision)
    return revision


@transaction.atomic
def admit(*, message: Message, parts: list[MessagePart], organisation: Organisation, by: User) -> list[Case]:
    """Open a case for each chosen text of a letter; pressing twice finds them made.

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
    _join(message, case, by=by, part=part)
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
