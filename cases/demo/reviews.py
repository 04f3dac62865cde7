"""The demo's reviewers: what they gave in the call that has ended, the open cases given out, a first opinion."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from cases import queries_assignment, queries_scoring
from cases.actions import assignment, scoring
from cases.demo.clock import clock, morning
from cases.models import Assignment, Case
from cases.models.assignment import Task
from members.middleware import whole_scope
from members.models import User

EACH = 2
DAYS = 10
GIVEN, READ, LAST_DAY = 25, 22, 20  # days ago, within the blind phase of the call that has ended


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
            _read(row, [1] * len(queries_scoring.questions(row.case)), "做法具体，成效部分请补上前后对比的数字。")


def score(case: Case, marks: dict[str, list[int]], users: dict[str, User]) -> None:
    """Let reviewers judge a case of the call that has ended, in its blind phase: by question, which level."""
    due_on = timezone.localdate() - timedelta(days=LAST_DAY)
    with clock(morning(days_ago=GIVEN, minutes=case.sequence)):
        pairs = [(case.pk, users[name].pk) for name in marks]
        made = assignment.give(pairs=pairs, task=Task.SCORE, due_on=due_on, by=users["chief"])
    for row in made:
        with clock(morning(days_ago=READ, minutes=20 * case.sequence)):
            _read(row, marks[row.reviewer.username], "数字有出处，步骤讲得清；同行照着做还需补充花费。")


def _read(row: Assignment, chosen: list[int], comment: str) -> None:
    questions = queries_scoring.questions(row.case)
    levels = {question.position: question.levels[place] for question, place in zip(questions, chosen, strict=True)}
    scoring.give(
        assignment=row,
        revision=row.case.current_revision,
        answers={position: level.label for position, level in levels.items()},
        comment=comment,
        confidence=2,
        by=User.objects.get(pk=row.reviewer_id),
    )
