"""Asking a unit about one figure of its case, and keeping what it answers beside that figure."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cases import queries
from cases.actions import letter
from cases.actions.case import locked
from cases.evidence import verdicts
from cases.models import Case, FigureQuestion, Message
from cases.models.letter import LetterKind
from cases.models.question import TEXT_LENGTH, FigureAnswer
from config.errors import Refused, WrongState
from members import audit
from members.actions.notice import tell
from members.models import User
from members.permissions import Permission


@transaction.atomic
def ask(*, case: Case, context: str, text: str, by: User) -> FigureQuestion:
    """Ask the unit about one figure: a letter each, drafted in the outbox; an account also finds it on its pages.

    Raises: WrongState where the figure stands in the text no longer, or the case is not `by`'s to edit; Refused
    without words, or while an earlier question about it waits.
    Side effects in order: lock, question, letter, audit row, notice to the account.
    """
    case = locked(case.pk)
    if not by.has_permission(Permission.EDIT_CASE, case.organisation):
        raise WrongState(_("Questions about this case are not yours to ask."))
    line = verdicts.line_at(case, case.current_revision, context)
    if line is None:
        raise WrongState(_("This figure stands in the text no longer: it was changed while you were looking at it."))
    text = text.strip()
    if not text:
        raise Refused(_("Write what you want to know about the figure."), code="text_missing")
    if case.figure_questions.waiting().filter(context=context).exists():
        raise Refused(_("This figure was asked about already and the answer is still to come."), code="asked")
    question = FigureQuestion.objects.create(
        case=case,
        revision=case.current_revision,
        context=context,
        mention=line.figure.mention,
        text=text[:TEXT_LENGTH],
        asked_by=by,
    )
    question.letter = letter.draft(
        kind=LetterKind.QUESTION,
        to=letter.contributor_of(case),
        by=by,
        case=case,
        note=question.text,
        once_key=f"figure-{question.pk}",
    )
    question.save(update_fields=["letter"])
    audit.record(actor=by, event="question.ask", target=question, case=case.pk)
    if case.created_by is not None and case.created_by != by:
        tell(
            [case.created_by],
            gettext_noop("%(number)s: a figure is to be checked"),
            case.get_absolute_url(),
            number=case.number,
        )
    return question


@transaction.atomic
def answer(
    *,
    question: FigureQuestion,
    answer: str,
    by: User | None,
    number: str = "",
    note: str = "",
    message: Message | None = None,
) -> FigureQuestion:
    """Keep what the unit says: confirmed, corrected to a number, or explained. `by=None` holds the case's own link.

    An editor records what came by letter (`message`) or by telephone. The text stays as it is.
    Raises: WrongState when it was answered meanwhile, or is not `by`'s to answer; Refused for a correction without
    its number or an explanation without words.
    Side effects in order: lock, answer, audit row, notice to whoever asked.
    """
    case = locked(question.case_id)
    question = FigureQuestion.objects.select_related("asked_by").get(pk=question.pk)
    if not may_answer(case, by):
        raise WrongState(_("Only the submitting side answers this, or the desk from a letter."))
    if question.answered_at is not None:
        raise WrongState(_("This question was answered meanwhile. Reload the page to see how."))
    number, note = number.strip()[:60], note.strip()[:TEXT_LENGTH]
    if answer == FigureAnswer.CORRECTED and not number:
        raise Refused(_("Write the right figure with its unit."), code="number_missing")
    if answer == FigureAnswer.EXPLAINED and not note:
        raise Refused(_("Write the explanation."), code="note_missing")
    question.answer = FigureAnswer(answer)
    question.number = number if question.answer == FigureAnswer.CORRECTED else ""
    question.note, question.message = note, message
    question.answered_at, question.answered_by = timezone.now(), by
    question.save(update_fields=["answer", "number", "note", "message", "answered_at", "answered_by"])
    audit.record(actor=by, event="question.answer", target=question, case=case.pk, answer=question.answer.value)
    if question.asked_by != by:
        tell(
            [question.asked_by],
            gettext_noop("%(number)s: a question about a figure is answered"),
            question.get_absolute_url(),
            number=case.number,
        )
    return question


def may_answer(case: Case, by: User | None) -> bool:
    """Tell whether somebody stands on the submitting side, or records for the desk what the unit wrote."""
    return by is None or queries.is_author(case, by) or by.has_permission(Permission.EDIT_CASE, case.organisation)
