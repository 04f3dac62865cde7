"""Assessment in the demo: the two sheets we ship, this year's points of some branches, confirmed, submitted, begun."""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from cases.demo.book import Book
from cases.demo.clock import morning
from members.models import Organisation, User
from services.actions import assessment as actions
from services.models import Assessment, AssessmentState, Sheet
from services.queries import assessment as queries

OUTCOMES = ("有记录可查，效果明显", "已落实，仍有提升空间", "走访核实，情况属实")
SHARES = (Decimal("1"), Decimal("0.8"), Decimal("0.9"))


def assess(book: Book, liaison: User) -> None:
    """Take over both sheets and assess this year's branches but the last; `liaison` hands in, the official confirms."""
    for template in queries.templates():
        sheet = actions.adopt(
            template=template,
            organisation=book.keeper,
            name=template["name"],
            starts_on=date(timezone.localdate().year - 1, 1, 1),
            by=book.official,
        )
        if sheet.subject == Sheet.Subject.BRANCH:
            for number, branch in enumerate(book.branches[:-1]):
                _score(book, sheet, branch, number, liaison, len(book.branches))


def _score(book: Book, sheet: Sheet, branch: Organisation, number: int, liaison: User, of: int) -> None:
    today = timezone.localdate()
    first, last = date(today.year, 1, 1), date(today.year, 12, 31)
    made = actions.open_(sheet=sheet, subject=branch, from_on=first, to_on=last, by=book.official)
    given = {}
    for place, line in enumerate(queries.lines_of(made, today)):
        share = SHARES[(place + number) % len(SHARES)]
        if line.counted is not None:
            given[line.criterion] = (line.counted, "", line.counted)
        elif line.criterion.points > 0:
            points = (line.criterion.points * share).quantize(Decimal("0.1"))
            given[line.criterion] = (points, OUTCOMES[(place + number) % len(OUTCOMES)], None)
    actions.save(assessment=made, given=given, by=book.official)
    if number == of - 2:
        return
    signed = {"state": AssessmentState.SUBMITTED, "submitted_by": liaison, "submitted_at": morning(12, number)}
    if number < of - 3:
        confirmed = {"confirmed_by": book.official, "confirmed_at": morning(5, number)}
        signed |= confirmed | {"state": AssessmentState.CONFIRMED}
    Assessment.objects.filter(pk=made.pk).update(**signed)
