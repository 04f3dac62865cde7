"""Reads of letters that leave the house."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from cases.models import Case, Letter, LetterItem, Message
from cases.models.letter import LetterKind, LetterQuerySet, LetterState
from members.models import User

# Asked for, and not done yet: the case still lies with its unit.
OPEN_ASK = LetterItem.objects.filter(
    letter=OuterRef("pk"), kind__in=(LetterKind.RETURNED, LetterKind.REMINDER), case__state=Case.State.RETURNED
)


@dataclass(frozen=True)
class Tab:
    """A named list of letters; `moves` are what may be done with what is ticked."""

    name: str
    label: Promise
    condition: Q
    moves: tuple[str, ...] = ()


TABS = (
    Tab("drafts", pgettext_lazy("letter", "Drafts"), Q(state=LetterState.DRAFT), ("send", "merge", "discard")),
    Tab("queued", pgettext_lazy("letter", "Being sent"), Q(state=LetterState.QUEUED)),
    Tab(
        "trouble",
        pgettext_lazy("letter", "Did not arrive"),
        Q(state__in=(LetterState.FAILED, LetterState.BOUNCED, LetterState.UNSURE)),
        ("discard",),
    ),
    Tab("asked", pgettext_lazy("letter", "Not done yet"), Q(state=LetterState.SENT) & Q(Exists(OPEN_ASK))),
    Tab("sent", pgettext_lazy("letter", "Sent"), Q(state__in=(LetterState.SENT, LetterState.HANDED))),
    Tab("discarded", pgettext_lazy("letter", "Deleted"), Q(state__in=(LetterState.DISCARDED, LetterState.MERGED))),
)


def tab_named(name: str | None) -> Tab:
    """Return the list of this name, else the drafts."""
    return next((tab for tab in TABS if tab.name == name), TABS[0])


def counts(user: User) -> list[tuple[Tab, int]]:
    """Return every list with the number of its letters that the user sees; one query."""
    numbers = Letter.objects.visible_to(user).aggregate(**{tab.name: Count("pk", filter=tab.condition) for tab in TABS})
    return [(tab, numbers[tab.name]) for tab in TABS]


def rows(user: User, tab: Tab, *, words: str = "", kind: str = "") -> LetterQuerySet:
    """Return the letters of a list: drafts and those in trouble oldest first, all others newest first."""
    found = Letter.objects.visible_to(user).filter(tab.condition)
    if words:
        found = found.filter(Q(subject__icontains=words) | Q(to_name__icontains=words))
    if kind:
        found = found.filter(kind=kind)
    order = ("created_at", "pk") if tab.name in ("drafts", "trouble") else ("-created_at", "-pk")
    return found.defer("body").annotate(things=Count("items")).select_related("to_user").order_by(*order)


def others_to(letter: Letter, user: User) -> LetterQuerySet:
    """Return the other drafts to the same person, which could be joined with this one."""
    drafts = Letter.objects.visible_to(user).filter(state=LetterState.DRAFT, organisation=letter.organisation_id)
    if letter.to_digest:
        drafts = drafts.filter(to_digest=bytes(letter.to_digest))
    elif letter.to_user_id:
        drafts = drafts.filter(to_user=letter.to_user_id, to_digest=None)
    else:
        return drafts.none()
    return drafts.exclude(pk=letter.pk).order_by("pk")


@dataclass(frozen=True)
class ThreadLine:
    """One letter of a case's thread, in or out."""

    at: object
    is_ours: bool
    letter: Letter | Message


def thread(case: Case, user: User) -> list[ThreadLine]:
    """Return a case's letters in and out, newest first, for those who keep letters; two queries."""
    own = Q(items__case=case) | Q(answers__case=case)
    out = Letter.objects.visible_to(user).filter(own).exclude(state=LetterState.MERGED).defer("body").distinct()
    came = Message.objects.visible_to(user).filter(Q(case=case) | Q(parts__case=case)).defer("body").distinct()
    lines = [ThreadLine(each.sent_at or each.created_at, True, each) for each in out]
    lines += [ThreadLine(each.received_at, False, each) for each in came]
    return sorted(lines, key=lambda line: (line.at, line.letter.pk), reverse=True)
