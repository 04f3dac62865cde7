"""Letters to people outside: drafted, changed, joined, deleted, sent on their way. Nothing leaves from here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import contact, letters
from cases.actions import letter_send
from cases.models import Case, Decision, Letter, LetterItem, Message
from cases.models.letter import LetterKind, LetterQuerySet, LetterState
from config import cipher, sealed
from config.errors import Refused, WrongState
from config.text.unseen import without_controls
from members import audit
from members.middleware import whole_scope
from members.models import Organisation, User
from members.permissions import Permission

MOST_JOINED = 50  # our choice: what one letter still says readably; the next result opens another
PER_PRESS = 2000  # our choice: the results of a whole call are sent by one press
MOVES: dict[str, set[LetterState]] = {
    "edit": {LetterState.DRAFT},
    "merge": {LetterState.DRAFT},
    "send": {LetterState.DRAFT},
    "discard": {LetterState.DRAFT, LetterState.FAILED, LetterState.BOUNCED, LetterState.UNSURE},
    "hand_over": {LetterState.DRAFT, LetterState.FAILED, LetterState.BOUNCED, LetterState.UNSURE},
    "take_back": {
        LetterState.QUEUED,
        LetterState.FAILED,
        LetterState.BOUNCED,
        LetterState.UNSURE,
        LetterState.DISCARDED,
    },
}


@dataclass(frozen=True)
class Recipient:
    """Whom a letter is for. Without an address it is printed or told; an account without one is told by notices."""

    name: str
    address: str = ""
    user: User | None = None


def contributor_of(case: Case) -> Recipient:
    """Return who sent a case in: the e-mail address they left, else that of the account that entered it."""
    user = case.created_by
    try:
        left = contact.unseal(case.contact_cipher, case.uuid) if case.contact_cipher else ""
    except cipher.Undecipherable:
        left = ""
    address = usable_address(left) or usable_address(user.email if user else "")
    return Recipient(case.contributor_name or (user.name if user else ""), address, user)


def usable_address(text: str) -> str:
    """Return an e-mail address in lower case; nothing for a telephone number or anything else."""
    text = text.strip().lower()
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return text


@transaction.atomic
def draft(
    *,
    kind: str,
    to: Recipient,
    by: User | None,
    case: Case | None = None,
    organisation: Organisation | None = None,
    decision: Decision | None = None,
    facts: dict[str, str] | None = None,
    note: str = "",
    due_on: date | None = None,
    subject: str = "",
    text: str = "",
    once_key: str = "",
) -> Letter | None:
    """Draft a letter by its kind's template; it waits in the outbox until somebody sends it.

    `note` and `due_on` go into the template; `subject` and `text` replace it. `organisation` is whose outbox it lies
    in, the case's own by default. With `once_key` the same thing is drafted once, whatever became of it since.
    Results for somebody who has an unedited draft of results join that one; what is said to reviewers likewise.
    Returns None, and drafts nothing, for an account without an e-mail address (it has its notices) and for what
    `once_key` names already.
    Side effects in order: lock of the draft joined, letter, what it says, audit row.
    """
    if to.user is not None and not usable_address(to.address):
        return None
    kind = LetterKind(kind)
    owner = organisation or case.organisation
    with whole_scope():
        if once_key and LetterItem.objects.filter(once_key=once_key).exists():
            return None
        known = {"due": f"{due_on:%Y年%-m月%-d日}" if due_on else "", **(facts or {})}
        said = words_of(kind, case, note, known, subject=subject, text=text)
        letter = _joinable(kind, to, owner) or _opened(kind, to, owner, by)
        position = (letter.items.aggregate(top=Max("position"))["top"] or 0) + 1
        LetterItem.objects.create(
            letter=letter,
            position=position,
            kind=kind,
            case=case,
            decision=decision,
            subject=without_controls(said.subject)[:200],
            text=without_controls(said.text),
            once_key=once_key or None,
        )
        _rewrite(letter)
        audit.record(
            actor=by,
            event="letter.draft",
            target=letter,
            kind=kind.value,
            case=case.pk if case else None,
            item=position,
        )
    return letter


def words_of(kind: LetterKind, case: Case | None, note: str, facts: dict[str, str], **own: str) -> letters.Said:
    """Return what a letter of a kind says of a case."""
    known = {"note": note, **facts}
    if case is not None:
        known |= {"number": case.number, "title": case.title}
    return letters.say(kind, known, **own)


def _joinable(kind: LetterKind, to: Recipient, owner: Organisation) -> Letter | None:
    """Return the unedited draft of the like for the same person, locked; None if there is none."""
    return joinable(kind, to, owner).select_for_update(of=("self",)).first()


def joinable(kind: LetterKind, to: Recipient, owner: Organisation) -> LetterQuerySet:
    """Return the unedited drafts of the like for the same person that still have room, oldest first."""
    address = usable_address(to.address)
    joins = letters.TEMPLATES[kind].joins
    if not joins or not address:
        return Letter.objects.none()
    joined = [each for each, template in letters.TEMPLATES.items() if template.joins == joins]
    same = Letter.objects.filter(
        organisation=owner,
        state=LetterState.DRAFT,
        edited_at=None,
        kind__in=joined,
        to_digest=sealed.key_ring().digest("mail_sender", address),
    )
    held = LetterItem.objects.filter(letter=OuterRef("pk")).order_by().values("letter").annotate(held=Count("pk"))
    return same.alias(held=Subquery(held.values("held"))).filter(held__lt=MOST_JOINED).order_by("pk")


def _opened(kind: LetterKind, to: Recipient, owner: Organisation, by: User | None) -> Letter:
    letter = Letter(
        organisation=owner,
        organisation_path=owner.path,
        kind=kind,
        to_name=without_controls(to.name)[:120],
        to_user=to.user,
        subject="…",
        body="…",
        created_by=by,
    )
    sealed.seal(letter, "to_cipher", usable_address(to.address))
    letter.save()
    return letter


def _rewrite(letter: Letter) -> None:
    """Compose the letter anew from what it says."""
    said = said_in(letter)
    letter.subject, letter.body = letters.compose(said, letter.to_name)
    letter.asks = any(each.asks for each in said)
    letter.save(update_fields=["subject", "body", "asks"])


def said_in(letter: Letter) -> list[letters.Said]:
    """Return what a letter says, in its order."""
    return [
        letters.Said(item.subject, item.text, item.case.number if item.case else "", template.asks, template.joins)
        for item in letter.items.select_related("case").order_by("position")
        for template in [letters.TEMPLATES[LetterKind(item.kind)]]
    ]


@transaction.atomic
def edit(*, letter: Letter, subject: str, body: str, address: str | None, by: User) -> None:
    """Change a draft's words; `address=None` leaves where it goes as it is.

    Raises: WrongState for what is no draft any more. Side effects in order: lock, words, address, audit row.
    """
    letter = _locked(letter, "edit")
    changed = [name for name, value in (("subject", subject), ("body", body)) if getattr(letter, name) != value]
    letter.subject, letter.body = subject, body
    fields = ["subject", "body"]
    if address is not None:
        sealed.seal(letter, "to_cipher", usable_address(address))
        changed.append("address")
        fields += ["to_cipher", "to_digest"]
    if {"subject", "body"} & set(changed):
        letter.edited_at, letter.edited_by = timezone.now(), by
        fields += ["edited_at", "edited_by"]
    letter.save(update_fields=fields)
    audit.record(actor=by, event="letter.edit", target=letter, fields=changed)


@transaction.atomic
def merge(*, drafts: Sequence[Letter], by: User) -> Letter:
    """Join drafts to one person into the oldest of them, which then says everything, and return it.

    Words that somebody edited are kept as they stand, one letter's below the other's.
    Raises: Refused for fewer than two or for different people; WrongState for what is no draft any more.
    Side effects in order: locks, what they say, the joined ones' state, words, audit row.
    """
    found = list(
        Letter.objects.select_for_update(of=("self",))
        .filter(pk__in=[each.pk for each in drafts])
        .select_related("organisation")
        .order_by("pk")
    )
    for each in found:
        _refuse_moved(each, "merge")
    if len(found) < 2:
        raise Refused(_("Choose at least two drafts to the same person."), code="too_few")
    if len({_person(each) for each in found}) > 1:
        raise Refused(
            _("These drafts go to different people. Choose drafts to one person, then join them."), code="people"
        )
    if len({each.organisation_id for each in found}) > 1:
        raise Refused(_("These drafts belong to different bodies. Send them one by one."), code="bodies")
    first, others = found[0], found[1:]
    is_edited = any(each.edited_at for each in found)
    position = first.items.aggregate(top=Max("position"))["top"] or 0
    for item in LetterItem.objects.filter(letter__in=others).order_by("letter", "position"):
        position += 1
        item.letter, item.position = first, position
        item.save(update_fields=["letter", "position"])
    for each in others:
        each.state, each.merged_into = LetterState.MERGED, first
        each.settled_at, each.settled_by = timezone.now(), by
        each.save(update_fields=["state", "merged_into", "settled_at", "settled_by"])
    bodies = [each.body for each in found]
    _rewrite(first)
    if is_edited:
        first.body = "\n\n".join(bodies)
        first.edited_at, first.edited_by = timezone.now(), by
        first.save(update_fields=["body", "edited_at", "edited_by"])
    audit.record(actor=by, event="letter.merge", target=first, letters=[each.pk for each in others])
    return first


def _person(letter: Letter) -> tuple:
    """Return what tells the same person: the address, else the account, else the letter itself."""
    if letter.to_digest:
        return ("address", bytes(letter.to_digest))
    return ("user", letter.to_user_id) if letter.to_user_id else ("letter", letter.pk)


@transaction.atomic
def send(*, drafts: Collection[Letter], by: User) -> tuple[int, int]:
    """Let drafts be sent; return how many are on their way, and how many stay: without address, or no drafts any more.

    Raises: Refused for more than one press takes.
    Side effects in order: locks, states, one audit row; after commit the sending is queued.
    """
    if len(drafts) > PER_PRESS:
        raise Refused(
            _("At most %(limit)d letters are sent by one press. Narrow the list.") % {"limit": PER_PRESS}, code="many"
        )
    chosen = Letter.objects.filter(pk__in=[each.pk for each in drafts], state=LetterState.DRAFT).exclude(to_cipher=b"")
    pks = sorted(chosen.select_for_update(of=("self",)).values_list("pk", flat=True))
    now = timezone.now()
    Letter.objects.filter(pk__in=pks).update(
        state=LetterState.QUEUED, next_try_at=now, settled_at=now, settled_by=by, bounced_at=None, bounce_status=""
    )
    if pks:
        audit.record(actor=by, event="letter.send", letters=pks, count=len(pks))
        transaction.on_commit(letter_send.send_letters.enqueue)
    return len(pks), len(drafts) - len(pks)


@transaction.atomic
def discard(*, chosen: Iterable[Letter], by: User | None) -> int:
    """Delete letters that did not go, which can be taken back; return how many.

    Side effects in order: locks, states, audit row.
    """
    found = Letter.objects.filter(pk__in=[each.pk for each in chosen], state__in=MOVES["discard"])
    pks = sorted(found.select_for_update(of=("self",)).values_list("pk", flat=True))
    Letter.objects.filter(pk__in=pks).update(
        state=LetterState.DISCARDED, settled_at=timezone.now(), settled_by=by, next_try_at=None
    )
    if pks:
        audit.record(actor=by, event="letter.discard", letters=pks, count=len(pks))
    return len(pks)


@transaction.atomic
def hand_over(*, letter: Letter, by: User) -> None:
    """Note that its reader was told otherwise: by telephone, on paper. Raises: WrongState.

    Side effects in order: lock, state, audit row.
    """
    letter = _locked(letter, "hand_over")
    _settle(letter, LetterState.HANDED, by)
    audit.record(actor=by, event="letter.hand_over", target=letter)


@transaction.atomic
def take_back(*, letter: Letter, by: User) -> None:
    """Make a letter a draft again: one not yet sent, refused, come back or deleted.

    Raises: WrongState for one that is sent, or being handed over this moment. Side effects in order: lock, state,
    audit row.
    """
    letter = _locked(letter, "take_back")
    if letter.attempts.filter(ended_at=None).exists():
        raise WrongState(_("It is being handed to the mail server this moment. Look again in a minute."))
    _settle(letter, LetterState.DRAFT, by)
    audit.record(actor=by, event="letter.take_back", target=letter)


def acknowledge(message: Message, address: str) -> Letter:
    """Queue the acknowledgement of a letter that came in: its number and nothing else. Within the caller's lock."""
    said = letters.say(LetterKind.RECEIPT, {"letter": message.number})
    letter = Letter(
        organisation=message.organisation,
        organisation_path=message.organisation_path,
        state=LetterState.QUEUED,
        kind=LetterKind.RECEIPT,
        to_name=message.sender_name,
        subject=said.subject,
        body=said.text,
        is_automatic=True,
        answers=message,
        next_try_at=timezone.now(),
    )
    sealed.seal(letter, "to_cipher", address)
    letter.save()
    return letter


def _locked(letter: Letter, move: str) -> Letter:
    letter = Letter.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=letter.pk)
    _refuse_moved(letter, move)
    return letter


def _refuse_moved(letter: Letter, move: str) -> None:
    if letter.status not in MOVES[move]:
        raise WrongState(
            _("Nothing was changed: the letter is “%(state)s” meanwhile. Reload the page to see what became of it.")
            % {"state": letter.get_state_display()}
        )


def _settle(letter: Letter, state: LetterState, by: User) -> None:
    letter.state, letter.settled_at, letter.settled_by = state, timezone.now(), by
    letter.next_try_at = None
    letter.save(update_fields=["state", "settled_at", "settled_by", "next_try_at"])


def may_keep(user: User, letter: Letter) -> bool:
    """Tell whether the user may do anything with a letter."""
    return user.has_permission(Permission.EDIT_CASE, letter.organisation)
