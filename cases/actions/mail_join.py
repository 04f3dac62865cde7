"""Joining a letter to the case it belongs to; a changed text in it becomes the next revision."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.actions import intake, returns, returns_letter, review
from cases.actions.case import locked
from cases.actions.mail_read import note
from cases.intake import mail as reading
from cases.intake.reading import read
from cases.models import Case, Decision, Intake, Message, MessagePart, Revision
from cases.models.mail import MailState
from cases.queries_mail import case_alike, case_answered, case_named, knows
from config.errors import Refused
from config.uploads import storage
from members import audit
from members.actions.notice import tell
from members.models import User

STILL_OPEN = gettext_noop("%(number)s: a changed text came by letter, but items of your list are not answered")


def case_of(letter: reading.Letter) -> Case | None:
    """Return the case a letter seems to belong to: by the thread, else by a number in its subject; None for neither."""
    thread = [reference for reference in letter.thread if reference]
    if thread:
        answered = case_answered(thread)
        if answered is not None:
            return answered
    return case_named(letter.subject)


def find_alike(message: Message, parts: Iterable[tuple[MessagePart, bytes]]) -> None:
    """Where neither thread nor number names a case, look for one of the same sender with much the same text.

    It is offered to the editor; what a verified sender was asked to change joins by itself, as a reply does.
    Side effects in order: the letter's case; the joining.
    """
    if message.case is not None or not message.sender_digest:
        return
    texts = (_text(part, data) for part, data in parts if part.use == MessagePart.Use.TEXT)
    message.case = case_alike(bytes(message.sender_digest), texts)
    if message.case is not None:
        message.save(update_fields=["case"])
        if message.case.status == Case.State.RETURNED:
            join_if_known(message)


def _text(part: MessagePart, data: bytes) -> str:
    """Return what a part says; nothing where it cannot be read."""
    if not part.name:
        return data.decode()
    try:
        return read(data, part.name).text
    except Refused:
        return ""


def join_if_known(message: Message) -> None:
    """Join a reply to its case when our own server vouches for the sender and the case's letters came from them.

    Anybody may write any name and any number into a letter: all others wait for an editor's click. So does one with
    several documents: which is the changed text, and which are cases of their own, only a person can say.
    """
    documents = list(message.parts.filter(use=MessagePart.Use.TEXT).exclude(name="")[:2])
    if len(documents) < 2 and message.is_verified and knows(message.case, bytes(message.sender_digest or b"")):
        join(message, message.case, by=None, part=documents[0] if documents else None)


def join(message: Message, case: Case, *, by: User | None, part: MessagePart | None) -> None:
    """Make a letter part of a case; while that lies with its unit, the document becomes the resubmitted text.

    A document that cannot be taken, or says the same, leaves the letter with a warning and the case as it was. While
    the unit has not answered the editors' list the case stays with it, the changed text kept.
    """
    case = locked(case.pk)
    became = None
    if part is not None and case.status == Case.State.RETURNED:
        try:
            with transaction.atomic():
                became = _received_again(case, part)
                returns.answer_in_letter(case=case, text=part.message.body)
            with transaction.atomic():
                review.decide(case=case, kind=Decision.Kind.RESUBMIT, by=None, revision=became)
        except Refused as refusal:  # a text that came is kept, as on the pages, while the list stands unanswered
            if refusal.code == "unanswered":
                _ask_for_the_rest(case)
            message.warnings = [*message.warnings, note("not_resubmitted", refusal)]
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


def _received_again(case: Case, part: MessagePart) -> Revision:
    """Take a document in as the unit's changed text. Raises: Refused, where it says the same or cannot be read."""
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
    return revision


def _ask_for_the_rest(case: Case) -> None:
    """Draft a letter that names the items still open, and tell the editor who asked."""
    request = case.requests.standing().select_related("case__current_revision", "decision__decided_by").get()
    returns_letter.draft_open(request)
    tell([request.decision.decided_by], STILL_OPEN, case.get_absolute_url(), number=case.number)
