"""Links for the final signature of a leader without an account: given, opened with a code, used once, closed."""

from datetime import timedelta
from hmac import compare_digest

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases import approval_keys
from cases.actions import letter, review
from cases.actions.case import locked
from cases.models import Approval, Case, Decision, ExternalSigner, Letter, LetterItem
from cases.models.intake import digest_of_token
from cases.models.letter import LetterKind, LetterState
from cases.models.review import Stage
from config import sealed
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.actions.notice import tell
from members.middleware import whole_scope
from members.models import User
from members.permissions import Permission

WRONG_CODES = 5  # our choice: five guesses among a million, then the link is closed
MOVES = {"approve": Decision.Kind.PASS_FINAL, "return": Decision.Kind.SEND_BACK}


@transaction.atomic
def give(
    *, case: Case, name: str, office: str, days: int, by: User, address: str = "", code_address: str = ""
) -> tuple[Approval, str]:
    """Open a link for one named person to sign the case's present text; return it with its one-time code.

    Nobody lends a right they do not hold: who gives it may sign the final review. An earlier open link of the case is
    closed. With `address` the letter with the link is drafted, with `code_address` the one with the code.
    Raises: WrongState for a case that is not in final review; Refused outside `by`'s rights, for somebody whose name
    stands under another stage, or for link and code to one address.
    Side effects in order: lock; signer; earlier link closed and its drafts deleted; link; letters; audit row.
    """
    if not by.has_permission(Permission.SIGN_FINAL, case.organisation):
        raise Refused(_("Only who may sign the final review can ask somebody else to."), code="outside_scope")
    case = locked(case.pk)
    if case.status != Case.State.FINAL_REVIEW:
        raise WrongState(_("The case is not in final review. Ask for the signature once it is."))
    if address and address.lower() == code_address.lower():
        raise Refused(_("Link and code go separate ways: write two addresses, or tell the code yourself."), code="same")
    with whole_scope():
        signer = _signer(case, name, office)
        review.refuse_namesake(case, Stage.FINAL, signer)
        now = timezone.now()
        _forget_drafts(case, by)
        case.approvals.open().update(closed_at=now, closed_by=by)
        approval = Approval(
            case=case,
            organisation_path=case.organisation.path,
            revision=case.current_revision,
            signer=signer,
            created_by=by,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        code = approval_keys.code_of(approval.uuid)
        approval.token_sha256 = digest_of_token(approval_keys.token_of(approval.uuid))
        approval.code_digest = approval_keys.digest_of_code(approval.uuid, code)
        approval.save()
        _write(approval, address, code_address, by)
        audit.record(actor=by, event="approval.give", target=approval, case=case.pk, signer=signer.pk, days=days)
        return approval, code


@transaction.atomic
def again(*, case: Case, by: User) -> tuple[Approval, str]:
    """Ask the same person again, for as long and by the same addresses as last time; return as `give`.

    Raises: Refused where nobody was asked or the last link was answered; as `give` otherwise.
    Side effects in order: as `give`.
    """
    last = case.approvals.select_related("signer").order_by("-pk").first()
    if last is None or last.used_at is not None:
        raise Refused(_("No link of this case waits for an answer. Make a new one below."), code="nothing_open")
    return give(
        case=case,
        name=last.signer.name,
        office=last.signer.office,
        days=(last.expires_at - last.created_at).days,
        by=by,
        address=address_of(last, "link"),
        code_address=address_of(last, "code"),
    )


def letter_of(approval: Approval, what: str) -> Letter | None:
    """Return the letter that takes the link or the code, unless it was deleted; None where none was drafted."""
    item = LetterItem.objects.filter(once_key=f"approval-{what}-{approval.uuid}").select_related("letter").first()
    found = item.letter if item else None
    return None if found is None or found.state == LetterState.DISCARDED else found


def address_of(approval: Approval, what: str) -> str:
    """Return where the letter with the link or the code goes; "" where it was told otherwise."""
    with whole_scope():
        found = letter_of(approval, what)
    return sealed.unseal(found, "to_cipher") if found is not None and found.to_cipher else ""


def _forget_drafts(case: Case, by: User | None) -> None:
    """Delete what still lies in the outbox about links that are closed now: it would lead nowhere."""
    uuids = list(case.approvals.open().values_list("uuid", flat=True))
    ours = Q()
    for each in uuids:
        ours |= Q(once_key__startswith="approval-", once_key__endswith=str(each))
    if uuids:
        items = LetterItem.objects.filter(ours, letter__state=LetterState.DRAFT)
        mixed = LetterItem.objects.filter(letter__in=items.values("letter")).exclude(ours)
        letter.discard(
            chosen=Letter.objects.filter(pk__in=items.values("letter")).exclude(pk__in=mixed.values("letter")), by=by
        )


def _signer(case: Case, name: str, office: str) -> ExternalSigner:
    signer, _is_new = ExternalSigner.objects.get_or_create(
        organisation=case.organisation,
        name=name,
        office=office,
        defaults={"organisation_path": case.organisation.path},
    )
    return signer


def _write(approval: Approval, address: str, code_address: str, by: User) -> None:
    """Draft the letters; what is a key in them is written in when they leave."""
    until = timezone.localtime(approval.expires_at)
    for kind, to, key in ((LetterKind.APPROVAL, address, "link"), (LetterKind.CODE, code_address, "code")):
        if to:
            letter.draft(
                kind=kind,
                to=letter.Recipient(approval.signer.name, to),
                case=approval.case,
                facts={"due": f"{until:%Y年%-m月%-d日%H时}"},
                by=by,
                once_key=f"approval-{key}-{approval.uuid}",
            )


@transaction.atomic
def close(*, approval: Approval, by: User) -> None:
    """Close a link for good; closing it twice changes nothing.

    Side effects in order: its drafts deleted, moment, audit row.
    """
    if not by.has_permission(Permission.SIGN_FINAL, approval.case.organisation):
        raise Refused(_("Only who may sign the final review can ask somebody else to."), code="outside_scope")
    _forget_drafts(approval.case, by)
    closed = Approval.objects.open().filter(pk=approval.pk).update(closed_at=timezone.now(), closed_by=by)
    if closed:
        audit.record(actor=by, event="approval.close", target=approval)


def enter(*, token: str, code: str) -> Approval:
    """Return the link a token opens, if the code is its own.

    Raises: Refused for a wrong code, of which the fifth closes the link, or for a link that does not open.
    Side effects in order, kept whatever is raised: lock, number of wrong codes, audit row.
    """
    approval, is_right = _tried(token, code)
    if approval is None:
        raise Refused(_("This link does not open any more. Ask the editors for a new one."), code="closed")
    if not is_right:
        left = WRONG_CODES - approval.wrong_codes
        if left <= 0:
            raise Refused(_("The code was wrong too often: the link is closed. Ask the editors for a new one."))
        raise Refused(
            _("This is not the code. Ask whoever sent you the link for it; %(left)d more tries.") % {"left": left},
            code="wrong_code",
        )
    return approval


@transaction.atomic
def _tried(token: str, code: str) -> tuple[Approval | None, bool]:
    with whole_scope():
        approval = Approval.objects.open().filter(token_sha256=digest_of_token(token)).select_for_update().first()
        if approval is None or not approval.is_usable:
            return None, False
        given = approval_keys.digest_of_code(approval.uuid, code)
        is_right = compare_digest(bytes(approval.code_digest), given)
        if not is_right:
            approval.wrong_codes += 1
            if approval.wrong_codes >= WRONG_CODES:
                approval.closed_at = timezone.now()
            approval.save(update_fields=["wrong_codes", "closed_at"])
        audit.record(actor=None, event="approval.enter", target=approval, outcome="done" if is_right else "wrong_code")
        return approval, is_right


@transaction.atomic
def use(*, token: str, move: str, note: str) -> Decision:
    """Sign the case, or send it back, in the name of the link's signer; the link is dead afterwards.

    Raises: Refused for a link that does not open, or a return without words; Conflict where the text has changed;
    as `review.decide` otherwise.
    Side effects in order: lock of case and link; the decision with all its own; drafts about the link deleted; link;
    audit row; notice to who gave it.
    """
    with whole_scope():
        opened = Approval.objects.open().filter(token_sha256=digest_of_token(token)).select_related("case").first()
        if opened is not None:
            locked(opened.case_id)
        approval = Approval.objects.open().filter(pk=opened.pk if opened else None).select_for_update().first()
        if approval is None or not approval.is_usable:
            raise Refused(_("This link does not open any more. Ask the editors for a new one."), code="closed")
        case = approval.case
        if not approval.created_by.has_permission(Permission.SIGN_FINAL, case.organisation):
            raise Refused(
                _("Whoever gave this link may not ask for signatures any more. Ask the editors."), code="stale"
            )
        if approval.revision_id != case.current_revision_id:
            raise Conflict(_("The text was changed after you were asked. The editors will send you a new link."))
        decision = review.decide(
            case=case,
            kind=MOVES[move],
            by=None,
            signer=approval.signer,
            revision=approval.revision,
            note=note,
            seen_state=Case.State.FINAL_REVIEW,
        )
        _forget_drafts(case, None)
        approval.used_at, approval.decision = decision.decided_at, decision
        approval.save(update_fields=["used_at", "decision"])
        audit.record(actor=None, event="approval.use", target=approval, move=move, decision=decision.pk)
        tell(
            [approval.created_by],
            gettext_noop("%(number)s: %(name)s answered by the link"),
            case.get_absolute_url(),
            number=case.number,
            name=approval.signer.name,
        )
    return decision
