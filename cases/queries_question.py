"""Questions about figures, as pages show them."""

from cases.evidence.verdicts import Line
from cases.models import Case, FigureQuestion


def place_beside(case: Case, lines: list[Line]) -> list[FigureQuestion]:
    """Put every question of a case beside its figure, the newest first; return those whose figure stands no longer."""
    rows = case.figure_questions.select_related("asked_by", "answered_by", "revision").order_by("-pk")
    by_context = {line.context: line for line in lines}
    gone = []
    for question in rows:
        line = by_context.get(question.context)
        if line is None:
            gone.append(question)
        else:
            line.questions.append(question)
    return gone


def waiting(case: Case) -> list[FigureQuestion]:
    """Return what the unit has still to answer."""
    return list(case.figure_questions.waiting().select_related("asked_by").order_by("pk"))
