"""Joining a letter to the case it belongs to; a changed text in it becomes the next revision."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.actions import intake, review
from cases.actions.case import locked
from cases.actions.mail_read import note
from cases.intake import mail as reading
from cases.models import Case, Decision, Intake, Message, MessagePart
from cases.models.mail import MailState
from cases.queries_mail import case_answered, case_named, knows
from config.errors import Refused
from config.uploads import storage
from members import audit
from members.actions.notice import tell
from members.models import User


def case_of(letter: reading.Letter) -> Case | None:
    """Return the case a letter seems to belong to: by the thread, else by a number in its subject."""
    thread = [reference for reference in letter.thread if reference]
    if thread:
        answered = case_answered(thread)
        if answered is not None:
            return answered
    return case_named(letter.subject)


def join_if_known(message: Message) -> None:
    """Join a reply to its case when our own server vouches for the sender and the case's letters came from them.

    Anybody may write any name and any number into a letter: all others wait for an editor's click.
    """
    if message.is_verified and knows(message.case, bytes(message.sender_digest or b"")):
        join(message, message.case, by=None, part=_only_text(message))


def _only_text(message: Message) -> MessagePart | None:
    """Return the one document that comes with a letter; None for none, or for several."""
    texts = list(message.parts.filter(use=MessagePart.Use.TEXT).exclude(name="")[:2])
    return texts[0] if len(texts) == 1 else None


def join(message: Message, case: Case, *, by: User | None, part: MessagePart | None) -> None:
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
