"""A letter of ours that came back: shown on it, told to whoever sent it."""

from django.utils import timezone
from django.utils.translation import gettext_noop

from cases.intake import bounce
from cases.models import Letter, LetterAttempt, Message
from cases.models.letter import LetterState
from members import audit
from members.actions.notice import tell


def note(message: Message, data: bytes) -> Letter | None:
    """Mark the letter that a notice of non-delivery names; return it, None where it names none of ours.

    Runs where the notice is taken in. Anybody who has seen a letter's id can forge a notice: it changes no case and
    sends nothing, it only asks a person to look.
    Side effects in order: lock, letter, audit row, notice to who sent it.
    """
    found = bounce.read(data)
    if found is None:
        return None
    named = LetterAttempt.objects.filter(message_id__in=found.message_ids).order_by("-pk").first()
    if named is None:
        return None
    letter = Letter.objects.select_for_update(of=("self",)).select_related("settled_by").get(pk=named.letter_id)
    if letter.state not in (LetterState.SENT, LetterState.UNSURE):
        return None
    now = timezone.now()
    letter.state, letter.bounced_at, letter.bounce_status = LetterState.BOUNCED, now, found.status
    letter.sent_at = letter.sent_at or named.started_at
    letter.bounce = message
    letter.save(update_fields=["state", "bounced_at", "bounce_status", "sent_at", "bounce"])
    audit.record(actor=None, event="letter.bounce", target=letter, status=found.status, notice=message.pk)
    tell([letter.settled_by], gettext_noop("A letter came back: look at it"), letter.get_absolute_url())
    return letter
