"""Reads of letters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from cases.evidence import shingles
from cases.models import Case, Letter, LetterAttempt, Message
from cases.models.letter import LetterKind, LetterState
from cases.models.mail import MailState, MessageQuerySet
from members.models import Organisation, User

ALIKE = 0.6  # our choice: a text that was worked over keeps more than that, another text of one unit far less
TELLING = 30  # shingles: a covering note says too little to be compared
COMPARED = 20  # newest cases of one sender
NUMBER = re.compile(r"案\s*[-－—]?\s*(\d{4})\s*[-－—]\s*(\d{1,6})(?!\d)")
# What only the submitting side is written: whoever answers it from that address stands on that side.
TO_THE_UNIT = (LetterKind.RETURNED, LetterKind.REMINDER, LetterKind.QUESTION)


@dataclass(frozen=True)
class Tab:
    """A named list of letters."""

    name: str
    label: Promise
    states: tuple[MailState, ...]


TABS = (
    Tab("waiting", pgettext_lazy("mail", "To be registered"), (MailState.WAITING,)),
    Tab("parked", pgettext_lazy("mail", "Set aside, unread"), (MailState.PARKED,)),
    Tab("admitted", pgettext_lazy("mail", "Admitted"), (MailState.ADMITTED,)),
    Tab("automatic", pgettext_lazy("mail", "Automatic replies"), (MailState.AUTOMATIC,)),
    Tab("discarded", pgettext_lazy("mail", "Discarded"), (MailState.DISCARDED,)),
)


def case_named(subject: str) -> Case | None:
    """Return the case whose number stands in a subject; None for none, or a number nobody gave out."""
    found = NUMBER.search(subject)
    return Case.objects.filter(year=int(found[1]), sequence=int(found[2])).first() if found else None


def case_answered(thread: list[str]) -> Case | None:
    """Return the case of the newest letter, in or out, that one of these Message-IDs names; None for none.

    A letter of ours about several cases does not say which of them is meant.
    """
    earlier = Message.objects.filter(Q(message_id__in=thread) | Q(acknowledgement_id__in=thread), case__isnull=False)
    newest = earlier.select_related("case").order_by("-pk").first()
    ours = LetterAttempt.objects.filter(message_id__in=thread).select_related("letter__answers__case").order_by("-pk")
    for attempt in ours[:1]:
        cases = list(Case.objects.filter(letter_items__letter=attempt.letter).distinct()[:2])
        if len(cases) == 1:
            return cases[0]
        if attempt.letter.answers is not None and attempt.letter.answers.case is not None:
            return attempt.letter.answers.case
    return newest.case if newest is not None else None


def knows(case: Case, sender_digest: bytes) -> bool:
    """Tell whether a letter an editor admitted to this case came from the same address, or one of ours went there."""
    if not sender_digest:
        return False
    admitted = Message.objects.filter(Q(case=case) | Q(parts__case=case), state=MailState.ADMITTED)
    went = Letter.objects.filter(items__case=case, state=LetterState.SENT, items__kind__in=TO_THE_UNIT)
    return admitted.filter(sender_digest=sender_digest).exists() or went.filter(to_digest=sender_digest).exists()


def case_alike(sender_digest: bytes, texts: Iterable[str]) -> Case | None:
    """Return the same sender's case whose present text one of these tells again, whole or grown; None for none."""
    letters = Message.objects.filter(sender_digest=sender_digest, state=MailState.ADMITTED)
    cases = Case.objects.filter(Q(letters__in=letters) | Q(letter_parts__message__in=letters)).distinct()
    earlier = list(cases.exclude(current_revision=None).select_related("current_revision").order_by("-pk")[:COMPARED])
    known = [(case, shingles.read(case.current_revision.body)) for case in earlier]
    found = []
    for mine in map(shingles.read, texts if earlier else ()):
        for case, theirs in known:
            share = max(shingles.containment(theirs, mine), shingles.containment(mine, theirs))
            if min(len(mine.counted), len(theirs.counted)) >= TELLING and share >= ALIKE:
                found.append((share, case.pk, case))
    return max(found)[2] if found else None


def tab_named(name: str | None) -> Tab:
    """Return the list of this name, else the first."""
    return next((tab for tab in TABS if tab.name == name), TABS[0])


def counts(user: User) -> list[tuple[Tab, int]]:
    """Return every list with the number of its letters that the user sees; one query."""
    numbers = Message.objects.visible_to(user).aggregate(
        **{tab.name: Count("pk", filter=Q(state__in=tab.states)) for tab in TABS}
    )
    return [(tab, numbers[tab.name]) for tab in TABS]


def rows(user: User, tab: Tab, words: str = "") -> MessageQuerySet:
    """Return the letters of a list, those that wait longest first, ended ones newest first."""
    found = Message.objects.visible_to(user).filter(state__in=tab.states)
    if words:
        found = found.filter(Q(subject__icontains=words) | Q(sender_name__icontains=words))
    order = ("received_at", "pk") if tab.name in ("waiting", "parked") else ("-received_at", "-pk")
    attachments = Count("parts", filter=~Q(parts__name=""))
    return found.select_related("case").defer("body").annotate(attachments=attachments).order_by(*order)


def organisation_of_sender(message: Message) -> Organisation | None:
    """Return whose the newest case of the same address is: what an editor will most likely choose; None for none."""
    if not message.sender_digest:
        return None
    earlier = Message.objects.filter(sender_digest=bytes(message.sender_digest), state=MailState.ADMITTED)
    newest = earlier.select_related("case__organisation").order_by("-pk").first()
    return newest.case.organisation if newest is not None else None
