"""Giving an opinion on a case in marks. It moves nothing: those who decide read it."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import queries_scoring as queries
from cases.actions import rubric
from cases.models import Assignment, Case, Mark, Review, Revision
from cases.models.assignment import Task
from cases.queries_scoring import Level, Question
from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import User


@transaction.atomic
def give(
    *,
    assignment: Assignment,
    revision: Revision,
    answers: Mapping[int, str],
    comment: str,
    confidence: int,
    by: User,
) -> Review:
    """Store an opinion, or a new version of it; return the standing one where nothing differs.

    `answers` maps the position of each question to the label chosen. The questions are copied beside the answers.
    Raises: Refused for somebody else's, an open question or no word of reasons; WrongState when it has ended or the
    phase is not on; Conflict when the text changed since `revision`.
    Side effects in order: lock, rubric frozen, new version with its marks, assignment done, audit row.
    """
    row = _locked(assignment)
    _check(row, revision, by)
    questions = queries.questions(row.case)
    chosen = [(question, _answer(question, answers)) for question in questions]
    if not comment.strip():
        raise Refused(_("Write a few words: marks alone tell nobody what to do better."), code="comment_missing")
    latest = row.reviews.filter(is_current=True).prefetch_related("marks").first()
    if latest is not None and _is_same(latest, revision, chosen, comment, confidence):
        return latest
    if row.case.call_id is not None:
        rubric.freeze(rubric=row.case.call.rubric, by=by)
    made = _store(row, revision, chosen, comment, confidence, latest)
    audit.record(actor=by, event="review.give", target=row.case, review=made.pk, version=made.version)
    return made


def _store(
    row: Assignment,
    revision: Revision,
    chosen: list[tuple[Question, Level]],
    comment: str,
    confidence: int,
    latest: Review | None,
) -> Review:
    now = timezone.now()
    if latest is not None:
        Review.objects.filter(pk=latest.pk).update(is_current=False)
    made = Review.objects.create(
        assignment=row,
        case=row.case,
        organisation_id=row.organisation_id,
        organisation_path=row.organisation_path,
        reviewer_id=row.reviewer_id,
        revision=revision,
        version=latest.version + 1 if latest else 1,
        total=weighed(chosen),
        passes_gate=all(level.points > 0 for question, level in chosen if question.is_gate),
        confidence=confidence,
        comment=comment,
        given_at=now,
    )
    Mark.objects.bulk_create(
        Mark(
            review=made,
            criterion_id=question.criterion,
            position=question.position,
            name=question.name,
            question=question.question,
            is_gate=question.is_gate,
            weight_percent=question.weight_percent,
            levels=question.offered[:400],
            level=level.label,
            points=level.points,
        )
        for question, level in chosen
    )
    if row.done_at is None:
        row.done_at = now
        row.save(update_fields=["done_at"])
    return made


def weighed(chosen: list[tuple[Question, Level]]) -> Decimal:
    """Return the weighted sum of the points, 0 to 100 with two places; gates weigh nothing."""
    sum_ = sum(question.weight_percent * level.points for question, level in chosen if not question.is_gate)
    return Decimal(sum_) / 100


def _locked(assignment: Assignment) -> Assignment:
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("case__current_revision", "case__call")
    return rows.get(pk=assignment.pk)


def _check(row: Assignment, revision: Revision, by: User) -> None:
    if row.reviewer_id != by.pk or row.task != Task.SCORE:
        raise Refused(_("Only the reviewer a case was given to can give this opinion."), code="not_yours")
    if row.ended_at is not None:
        raise WrongState(_("This has ended already: %(how)s. Reload the page.") % {"how": row.get_ending_display()})
    if closed := queries.closed_because(row, queries.today()):
        raise WrongState(closed)
    current = row.case.current_revision
    if revision.digest != current.digest:
        said = _("The text has changed since you read it: revision %(number)s is there now. Read it, then score.")
        raise Conflict(said % {"number": current.number})


def _answer(question: Question, answers: Mapping[int, str]) -> Level:
    level = question.level(answers.get(question.position, ""))
    if level is None:
        raise Refused(_("Choose a level for “%(name)s”.") % {"name": question.name}, code="open_question")
    return level


def _is_same(
    latest: Review, revision: Revision, chosen: list[tuple[Question, Level]], comment: str, confidence: int
) -> bool:
    before = {mark.name: mark.level for mark in latest.marks.all()}
    said = (latest.revision_id, latest.comment, latest.confidence)
    return said == (revision.pk, comment, confidence) and before == {q.name: level.label for q, level in chosen}


@transaction.atomic
def peek(*, assignment: Assignment, reason: str, by: User) -> Case:
    """Let a reviewer see whose a blind case is, for a reason; from then on the opinion is not a blind one.

    Raises: Refused without a reason or for somebody else's. Side effects in order: lock, row, audit row.
    """
    row = _locked(assignment)
    if row.reviewer_id != by.pk:
        raise Refused(_("Only the reviewer a case was given to can do this."), code="not_yours")
    if not reason.strip():
        raise Refused(_("Write a reason: it stands on the case's page."), code="reason_missing")
    if row.unblinded_at is None:
        row.unblinded_at, row.unblinded_reason = timezone.now(), reason
        row.save(update_fields=["unblinded_at", "unblinded_reason"])
        audit.record(actor=by, event="review.peek", target=row.case, assignment=row.pk)
    return row.case


def note_look(*, case: Case, by: User) -> None:
    """Leave an audit row that somebody of the desk opened a case judged blind, after the reading transaction."""
    transaction.on_commit(lambda: audit.record(actor=by, event="review.look", target=case))
