"""The demo's reviewers: the open cases given out, and a first opinion."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from cases import queries_assignment, queries_scoring
from cases.actions import assignment, scoring
from cases.models import Assignment, Case
from cases.models.assignment import Task
from members.middleware import whole_scope
from members.models import User

EACH = 2
DAYS = 10


def build(say: Callable[[str], None], users: dict[str, User]) -> None:
    """Spread the open cases over the outside reviewers; the first of them has read one."""
    say("评审分派……")
    with whole_scope():
        chief = users["chief"]
        people = [
            one for one in queries_assignment.candidates(Task.SCORE, chief) if one.user.username.startswith("reviewer")
        ]
        rows = Case.objects.all().order_by("pk")
        plan = queries_assignment.plan(rows, people, Task.SCORE, EACH)
        due_on = timezone.localdate() + timedelta(days=DAYS)
        made = assignment.give(pairs=plan.done.pairs, task=Task.SCORE, due_on=due_on, by=chief)
        readable = [row for row in made if not queries_scoring.closed_because(row, timezone.localdate())]
        for row in readable[:1]:
            _read_one(row)


def _read_one(row: Assignment) -> None:
    questions = queries_scoring.questions(row.case)
    scoring.give(
        assignment=row,
        revision=row.case.current_revision,
        answers={question.position: question.levels[min(1, len(question.levels) - 1)].label for question in questions},
        comment="做法具体，成效部分请补上前后对比的数字。",
        confidence=2,
        by=User.objects.get(pk=row.reviewer_id),
    )
