"""Letters of a return: the list as it goes out, its reminders, what became of the wish for more time.

Nothing leaves from here: each is a draft in the outbox. Who has an account without an address reads notices instead.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from cases.actions import letter
from cases.intake.answers import DONE, NOT_DONE
from cases.letters import LANGUAGE
from cases.models import Letter, RequestItem, RevisionRequest
from cases.models.letter import LetterKind

HOW = gettext_noop(
    "You may answer by letter too, a line for each item: “1. %(done)s, …”, or “2. %(not_done)s, …” with the reason."
)


def draft_request(request: RevisionRequest) -> Letter | None:
    """Draft the letter of a return: what the editor wrote, then the list."""
    words = request.decision.note
    items = list(request.items.order_by("position"))
    if words == "\n".join(item.text for item in items):
        words = ""
    return _draft(request, LetterKind.RETURNED, words, items, f"return-{request.pk}")


def draft_reminder(request: RevisionRequest, days: int) -> Letter | None:
    """Draft a reminder of what is open still; `days` are counted from the due date."""
    items = list(request.items.unanswered().order_by("position"))
    key = f"remind-{request.pk}-{request.due_on:%Y%m%d}{days:+d}"
    return _draft(request, LetterKind.REMINDER, "", items, key)


def draft_open(request: RevisionRequest) -> Letter | None:
    """Draft the answer to a letter whose document was taken in while items of the list are open."""
    items = list(request.items.unanswered().order_by("position"))
    with override(LANGUAGE):
        words = _("The changed text has arrived. Before it is reviewed, please answer these items:")
    key = f"open-{request.pk}-{request.case.current_revision.number}"
    return _draft(request, LetterKind.REMINDER, words, items, key)


def draft_time(request: RevisionRequest) -> Letter | None:
    """Draft the answer to a wish for more time."""
    with override(LANGUAGE):
        words = (
            _("You asked for more time; you have it.")
            if request.is_time_granted
            else _("You asked for more time; it cannot be given.")
        )
    return _draft(request, LetterKind.REMINDER, words, [], f"time-{request.pk}")


def _draft(request: RevisionRequest, kind: str, words: str, items: list[RequestItem], key: str) -> Letter | None:
    case = request.case
    to = letter.contributor_of(case)
    if not to.address and (to.user is not None or not case.contact_cipher):
        return None
    with override(LANGUAGE):
        lines = [words, *(_line(item) for item in items)]
        if items:
            lines.append(_(HOW) % {"done": DONE[0], "not_done": NOT_DONE[0]})
    return letter.draft(
        kind=kind,
        to=to,
        case=case,
        decision=request.decision,
        note="\n".join(line for line in lines if line),
        due_on=request.due_on,
        by=request.decision.decided_by,
        once_key=key,
    )


def _line(item: RequestItem) -> str:
    said = {"position": item.position, "text": item.text, "paragraph": item.paragraph, "quote": item.quote}
    if item.quote and item.paragraph:
        return _("%(position)s. %(text)s (paragraph %(paragraph)s: “%(quote)s”)") % said
    return f"{item.position}. {item.text}"
