"""Giving cases to reviewers, taking them back, declining, and what is said of conflicts of interest."""

from collections import Counter
from collections.abc import Collection
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases import queries_assignment as queries
from cases.actions import assignment_letter
from cases.models import Assignment, Case, Interest, Recusal, SubjectField
from cases.models.assignment import Ending, RecusalKind
from config import bulk
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.actions.notice import tell, tell_each
from members.models import User
from members.permissions import Permission

MINE = "/desk/reviews/"
MEANWHILE = _("Somebody gave out some of these cases a moment before you. Look at the list again, then give them out.")
NO_DAY = _("This day is over. Choose a day from today on.")


@transaction.atomic
def give(*, pairs: Collection[tuple[int, int]], task: str, due_on: date, by: User) -> list[Assignment]:
    """Give cases to reviewers: `pairs` are keys of a case and of an account; all of them or none.

    Raises: Refused outside what `by` gives out, for a day that is over, and for a person who must keep away; Conflict
    when a case was given to the same person meanwhile.
    Side effects in order: lock of the cases, rows, one audit row; then for each reviewer one notice and, by the worker,
    one draft of a letter.
    """
    if due_on < timezone.localdate():
        raise Refused(NO_DAY, code="day_over")
    keys = sorted({case for case, _person in pairs})
    locked = Case.objects.select_for_update(of=("self",)).filter(pk__in=bulk.listed(keys)).order_by("pk")
    cases = {case.pk: case for case in locked.select_related("organisation__region").defer("contact_cipher")}
    people = {one.pk: one for one in queries.candidates(task, by)}
    bars = queries.Bars(cases.values(), people.values(), task)
    rows = []
    for key, person in pairs:
        case = _check(cases.get(key), people.get(person), bars, by)
        rows.append(_row(case, people[person].user, task, due_on, by))
    try:
        with transaction.atomic():
            made = Assignment.objects.bulk_create(rows, batch_size=1000)
    except IntegrityError:
        raise Conflict(MEANWHILE) from None
    given = [row.pk for row in made]
    transaction.on_commit(lambda: assignment_letter.draft_given.enqueue(given, by.pk))
    one = cases[keys[0]] if len(keys) == 1 else None
    audit.record(actor=by, event="assignment.give", target=one, task=str(task), count=len(made), cases=len(keys))
    _tell(people, made)
    return made


def _check(case: Case | None, person: queries.Candidate | None, bars: queries.Bars, by: User) -> Case:
    if case is None or person is None or not by.has_permission(Permission.ASSIGN_REVIEWS, case.organisation):
        raise Refused(_("This case or this person lies outside what you give out. Reload the page."), code="outside")
    if not queries.state_allows(bars.task, case.state):
        said = _("%(number)s is past this review: it is %(state)s. Leave it out.")
        raise WrongState(said % {"number": case.number, "state": case.get_state_display()})
    if why := bars.why(case, person):
        said = _("%(number)s cannot go to %(name)s: %(why)s. Choose somebody else.")
        raise Refused(said % {"number": case.number, "name": person.user, "why": why.label}, code=why.value)
    return case


def _row(case: Case, reviewer: User, task: str, due_on: date, by: User) -> Assignment:
    return Assignment(
        case=case,
        organisation=case.organisation,
        organisation_path=case.organisation.path,
        reviewer=reviewer,
        task=task,
        due_on=due_on,
        given_by=by,
    )


def _tell(people: dict[int, queries.Candidate], made: list[Assignment]) -> None:
    """Leave each reviewer one notice, without a word of what the cases are about: it may be a blind review."""
    counts = Counter(row.reviewer_id for row in made)
    day = made[0].due_on.isoformat()
    tell_each(
        [(people[person].user, {"count": count, "day": day}) for person, count in counts.items()],
        gettext_noop("%(count)s cases were given to you to review by %(day)s"),
        MINE,
    )


@transaction.atomic
def take_back(*, assignment: Assignment, reason: str, by: User) -> None:
    """Take a case back from a reviewer; what they have said of it stays.

    Raises: WrongState when it has ended. Side effects in order: lock, row, draft of a letter, audit row, notice.
    """
    row = _locked(assignment)
    _end(row, Ending.TAKEN_BACK, reason, by)
    assignment_letter.draft_taken_back(row, by)
    audit.record(actor=by, event="assignment.take_back", target=row.case, assignment=row.pk)
    tell([row.reviewer], gettext_noop("A case given to you to review was taken back"), MINE)


@transaction.atomic
def decline(*, assignment: Assignment, reason: str, is_conflict: bool, by: User) -> None:
    """Give a case back as its reviewer, with a reason; a conflict of interest keeps it away from then on.

    Raises: WrongState when it has ended; Refused for somebody else's and without a reason.
    Side effects in order: lock, row, recusal, audit row, notice to whoever gave it.
    """
    row = _locked(assignment)
    if row.reviewer_id != by.pk:
        raise Refused(_("Only the reviewer can decline. To take a case back, use “Take back”."), code="not_yours")
    if row.done_at is not None:
        raise WrongState(_("You have given your opinion on this case. Change it rather than decline."))
    _end(row, Ending.RECUSED if is_conflict else Ending.DECLINED, reason, by)
    if is_conflict:
        _say(row.case, by, RecusalKind.DECLARED, reason, by)
    audit.record(actor=by, event="assignment.decline", target=row.case, assignment=row.pk, conflict=is_conflict)
    tell(
        [row.given_by],
        gettext_noop("%(name)s declined to review %(number)s: choose somebody else"),
        f"/desk/cases/{row.case_id}/reviewers/",
        name=str(by),
        number=row.case.number,
    )


@transaction.atomic
def recuse(*, case: Case, reason: str, by: User) -> None:
    """Keep away from a case by one's own word; what was given to one of it ends.

    Raises: Refused without a reason. Side effects in order: lock, recusal, assignments, audit row.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    _say(case, by, RecusalKind.DECLARED, reason, by)
    for row in (
        Assignment.objects.standing().filter(case=case, reviewer=by, done_at=None).select_for_update(of=("self",))
    ):
        _end(row, Ending.RECUSED, reason, by)
    audit.record(actor=by, event="conflict.declare", target=case)


@transaction.atomic
def lift(*, case: Case, user: User, reason: str, by: User) -> None:
    """Admit a person to a case in spite of a conflict; announced on the case's page.

    Raises: Refused without a reason, for oneself, and outside what `by` gives out.
    Side effects in order: lock, recusal, audit row, notice to the person.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=case.pk)
    if not by.has_permission(Permission.ASSIGN_REVIEWS, case.organisation):
        raise Refused(_("This case lies outside what you give out."), code="outside")
    if user.pk == by.pk:
        raise Refused(_("Nobody lifts a conflict of their own: ask another chief editor."), code="own")
    _say(case, user, RecusalKind.LIFTED, reason, by)
    audit.record(actor=by, event="conflict.lift", target=case, reviewer=user.pk)
    tell(
        [user], gettext_noop("You were admitted to review %(number)s in spite of a conflict"), MINE, number=case.number
    )


def _say(case: Case, user: User, kind: RecusalKind, reason: str, by: User) -> Recusal:
    """Store a word on a conflict and end the earlier one."""
    if not reason.strip():
        raise Refused(_("Write a reason: it stands on the case's page."), code="reason_missing")
    Recusal.objects.standing().filter(case=case, user=user).update(ended_at=timezone.now())
    return Recusal.objects.create(
        case=case,
        organisation=case.organisation,
        organisation_path=case.organisation.path,
        user=user,
        kind=kind,
        reason=reason,
        made_by=by,
    )


@transaction.atomic
def set_interests(*, reviewer: User, fields: Collection[SubjectField]) -> None:
    """Keep the fields a reviewer likes to read. Side effects in order: rows, audit row."""
    Interest.objects.filter(reviewer=reviewer).delete()
    Interest.objects.bulk_create(Interest(reviewer=reviewer, field=field) for field in fields)
    audit.record(actor=reviewer, event="assignment.interests", count=len(fields))


def _locked(assignment: Assignment) -> Assignment:
    rows = Assignment.objects.select_for_update(of=("self",)).select_related(
        "case__organisation", "reviewer", "given_by"
    )
    row = rows.get(pk=assignment.pk)
    if row.ended_at is not None:
        raise WrongState(_("This has ended already: %(how)s. Reload the page.") % {"how": row.get_ending_display()})
    return row


def _end(row: Assignment, how: Ending, reason: str, by: User) -> None:
    if how != Ending.TAKEN_BACK and not reason.strip():
        raise Refused(_("Write a reason: whoever gives the cases out will read it."), code="reason_missing")
    row.ended_at, row.ended_by, row.ending, row.ended_reason = timezone.now(), by, how, reason
    row.save(update_fields=["ended_at", "ended_by", "ending", "ended_reason"])
