"""Decisions held back, undone, and announced together. Until then nobody outside the desk sees them."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_tasks import task

from cases import workflow
from cases.actions import review
from cases.actions.case import locked
from cases.models import Announcement, Case, Decision, PendingDecision, Revision, Signature
from config import bulk
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.actions.notice import tell
from members.middleware import whole_scope
from members.models import User
from members.models.organisation import under_paths

Kind = Decision.Kind
AT_ONCE = 2000  # our choice: a whole call
ASKED_OF_CASE = ("state", "current_revision", "year", "sequence", "organisation__path")  # before 2,000 are announced
CHUNK = 200  # the log is locked for everybody until its last row is written (see README, Decisions)


@transaction.atomic
def hold(
    *,
    case: Case,
    kind: str,
    by: User,
    revision: Revision,
    note: str = "",
    duplicate_of: Case | None = None,
    seen_state: str | None = None,
) -> PendingDecision:
    """Take a decision that is announced later; checked as if it were made now.

    Raises: Refused for a kind that cannot wait; as `review.decide` otherwise; Conflict where one waits already.
    Side effects in order: lock, pending decision, audit row. Nobody is told.
    """
    if kind not in workflow.HOLDABLE:
        raise Refused(_("Only results can wait to be announced: publish, decline, merge."), code="not_a_result")
    case = locked(case.pk)
    review.check(
        case=case, kind=kind, by=by, revision=revision, note=note, duplicate_of=duplicate_of, seen_state=seen_state
    )
    waiting = PendingDecision.objects.open().filter(case=case).select_related("recorded_by").first()
    if waiting is not None:
        raise Conflict(
            _("%(name)s decided “%(decision)s” already, which waits to be announced. Undo that first.")
            % {"name": waiting.recorded_by, "decision": waiting.get_kind_display()}
        )
    pending = PendingDecision.objects.create(
        case=case,
        revision=revision,
        seen_state=case.state,
        kind=kind,
        note=note,
        duplicate_of=duplicate_of if kind == Kind.MERGE else None,
        recorded_by=by,
    )
    audit.record(actor=by, event="decision.hold", target=case, kind=kind, pending=pending.pk)
    return pending


@transaction.atomic
def hold_all(*, cases: Collection[Case], kind: str, note: str, by: User) -> tuple[int, int]:
    """Take one decision of many cases, to be announced later; return how many, and how many it does not fit.

    It fits no case that waits already, stands elsewhere, or lacks a final signature under its present text.
    Raises: Refused for a kind that cannot be given to many, for too many, or without the reason it needs.
    Side effects in order: locks, pending decisions, one audit row.
    """
    if kind not in workflow.TOGETHER:
        raise Refused(_("Many cases at once can be published or declined only."), code="not_together")
    if len(cases) > AT_ONCE:
        raise Refused(
            _("At most %(limit)d cases are decided at once. Narrow the list.") % {"limit": AT_ONCE}, code="many"
        )
    row = workflow.TRANSITIONS[Kind(kind)]
    if row.needs_note and not note.strip():
        raise Refused(_("Write a reason: the other side will read it."), code="note_missing")
    found = Case.objects.filter(pk__in=bulk.listed([case.pk for case in cases]), state__in=list(row.moves))
    found = found.exclude(Exists(PendingDecision.objects.open().filter(case=OuterRef("pk"))))
    if kind == Kind.PUBLISH:
        signed = Signature.objects.filter(
            case=OuterRef("pk"),
            stage=Signature.Stage.FINAL,
            voided_at=None,
            decision__revision__digest=OuterRef("current_revision__digest"),
        )
        found = found.filter(Exists(signed))
    found = found.filter(under_paths("organisation__path", by.paths(row.permission)))
    # Read without making models of them: a whole call is 2,000 cases at one press.
    names = ("pk", "current_revision_id", "state")
    fitting = list(found.select_for_update(of=("self",)).order_by("pk").values_list(*names))
    keys, revisions, states = ([each[place] for each in fitting] for place in range(len(names)))
    columns = {"case_id": keys, "revision_id": revisions, "seen_state": states}
    bulk.insert(PendingDecision, columns, kind=kind, note=note, recorded_by_id=by.pk)
    if fitting:
        audit.record(actor=by, event="decision.hold", kind=kind, count=len(fitting), cases=keys)
    return len(fitting), len(cases) - len(fitting)


@transaction.atomic
def undo(*, chosen: Iterable[PendingDecision], by: User) -> int:
    """Take pending decisions back; return how many. Whoever might take such a decision may undo it.

    Raises: Refused where one is not `by`'s to take. Side effects in order: locks, rows, one audit row.
    """
    pending = _locked(chosen)
    for each in pending:
        _refuse_stranger(each, by)
    now = timezone.now()
    PendingDecision.objects.filter(pk__in=[each.pk for each in pending]).update(undone_at=now, undone_by=by)
    if pending:
        audit.record(actor=by, event="decision.unhold", pending=[each.pk for each in pending], count=len(pending))
    return len(pending)


@transaction.atomic
def announce(*, chosen: Collection[PendingDecision], by: User) -> Announcement:
    """Announce pending decisions together: all of them, or none where one no longer fits its case.

    Raises: Refused for none or too many, where one is not `by`'s to announce, or naming the cases that have moved or
    changed meanwhile.
    Side effects in order: locks, announcement, audit row; after commit the worker carries the decisions out.
    """
    if len(chosen) > AT_ONCE:
        raise Refused(
            _("At most %(limit)d cases are decided at once. Narrow the list.") % {"limit": AT_ONCE}, code="many"
        )
    pending = _locked(chosen)
    if not pending:
        raise Refused(_("Choose at least one pending decision."), code="none")
    for each in pending:
        _refuse_stranger(each, by)
    moved = [each.case.number for each in pending if each.is_stale]
    if moved:
        raise WrongState(
            _("Nothing was announced: %(numbers)s moved or changed since. Undo these decisions, or leave them out.")
            % {"numbers": "、".join(moved[:10]) + ("…" if len(moved) > 10 else "")}
        )
    made = Announcement.objects.create(made_by=by)
    waiting = PendingDecision.objects.filter(pk__in=bulk.listed([each.pk for each in pending]))
    waiting.update(announcement=made, problem="")
    audit.record(
        actor=by, event="decision.announce", target=made, count=len(pending), pending=[each.pk for each in pending]
    )
    transaction.on_commit(lambda: carry_out.enqueue(made.pk))
    return made


def _locked(chosen: Iterable[PendingDecision]) -> list[PendingDecision]:
    """Lock what still waits and is not being announced, in one order for everybody."""
    keys = bulk.listed([each.pk for each in chosen])
    rows = PendingDecision.objects.open().filter(pk__in=keys, announcement=None).select_related("case__organisation")
    asked = ("kind", "seen_state", "revision", *(f"case__{name}" for name in ASKED_OF_CASE))
    return list(rows.select_for_update(of=("self",)).only(*asked).order_by("case_id"))


def _refuse_stranger(pending: PendingDecision, by: User) -> None:
    row = workflow.TRANSITIONS[Kind(pending.kind)]
    if not by.has_permission(row.permission, pending.case.organisation):
        raise Refused(
            _("“%(decision)s” of %(number)s is not yours to decide. Leave it to a colleague who may.")
            % {"decision": pending.get_kind_display(), "number": pending.case.number},
            code="outside_scope",
        )


@task()
def carry_out(pk: int) -> None:
    """Carry an announcement out, 200 decisions a transaction, until nothing is left of it."""
    while _carry_out_some(pk):
        pass


def _carry_out_some(pk: int) -> bool:
    """Make the next decisions of an announcement in the name of who took them; tell whether there may be more.

    Run again after being killed it goes on with those that are left. What is refused now, because the case moved or
    its decider lost the right, stays pending with the reason.
    Side effects in order: lock, decisions with all theirs, letters among it; at the end a notice to who announced.
    """
    with transaction.atomic(), whole_scope():
        made = Announcement.objects.select_for_update(of=("self",)).select_related("made_by").get(pk=pk)
        if made.finished_at is not None:
            return False
        rows = PendingDecision.objects.open().filter(announcement=made, problem="")
        rows = rows.select_related("case", "revision", "recorded_by", "duplicate_of").order_by("case_id")
        some = list(rows[:CHUNK])
        for pending in some:
            _make(pending)
        if some:
            return True
        made.finished_at = timezone.now()
        made.save(update_fields=["finished_at"])
        left = made.pending.open()
        count = left.count()
        left.update(announcement=None)
        tell(
            [made.made_by],
            gettext_noop("Announced: %(done)d decisions; %(left)d stay pending"),
            reverse("cases:announcement_list"),
            done=made.pending.exclude(decision=None).count(),
            left=count,
        )
        return False


def _make(pending: PendingDecision) -> None:
    try:
        with transaction.atomic():
            pending.decision = review.decide(
                case=pending.case,
                kind=pending.kind,
                by=pending.recorded_by,
                revision=pending.revision,
                note=pending.note,
                duplicate_of=pending.duplicate_of,
                seen_state=pending.seen_state,
            )
    except Refused as refusal:
        pending.problem = str(refusal)
    pending.save(update_fields=["decision", "problem"])
