"""Reads of assessments: whom a sheet assesses, what each criterion counts, who may take which step."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import groupby
from pathlib import Path

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from members.models import Organisation, Person, User
from members.models.organisation import under_paths
from members.permissions import Permission
from services import workflow
from services.indicators import catalogue, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.columns import Table
from services.indicators.periods import Period
from services.indicators.registry import Reading, Scope
from services.models import Assessment, AssessmentState, AssessmentStep, Criterion, Score, Sheet
from services.scoring import points_of

TEMPLATES = Path(__file__).resolve().parents[1] / "assessment.toml"
SELF = "@"  # in a criterion's filters: whoever is assessed


@dataclass(frozen=True)
class Line:
    """One criterion on the page of an assessment: what its figure counts now, and what was given."""

    criterion: Criterion
    reading: Reading | None
    counted: Decimal | None
    score: Score | None

    @property
    def is_adjusted(self) -> bool:
        """Whether other points were given than the figure counted."""
        return self.score is not None and self.score.counted is not None and self.score.points != self.score.counted


def templates() -> list[dict]:
    """Return the sheets we ship."""
    return tomllib.loads(TEMPLATES.read_text(encoding="utf-8"))["sheet"]


def criteria(sheet: Sheet) -> QuerySet:
    """Return a sheet's criteria in their order."""
    return sheet.criteria.order_by("position", "pk")


def by_figure(sheet: Sheet) -> list[tuple[str, list[tuple[Criterion, str]]]]:
    """Return a sheet's criteria by category, each with the name of its figure: "" by hand, its key once it is gone."""
    names = {one.key: str(one.label) for one in registry.everything()}
    found = [(one, names.get(one.indicator, one.indicator)) for one in criteria(sheet)]
    return [(name, list(rows)) for name, rows in groupby(found, key=lambda row: row[0].category)]


def by_category(lines: list[Line]) -> list[tuple[str, list[Line]]]:
    """Return lines under their category, in the sheet's order."""
    return [(name, list(found)) for name, found in groupby(lines, key=lambda line: line.criterion.category)]


def branches(user: User, sheet: Sheet, text: str = "") -> QuerySet:
    """Return the branches a sheet assesses, by the tree and their name, never by their points."""
    within = under_paths("path", user.paths(Permission.READ_LEDGER))
    rows = Organisation.objects.current().filter(
        within, kind=Organisation.Kind.PARTY_BRANCH, path__startswith=sheet.organisation.path
    )
    return (rows.filter(name__icontains=text) if text else rows).order_by("path", "name")


def members(user: User, sheet: Sheet, text: str = "") -> QuerySet:
    """Return the members a sheet assesses, by branch and name, never by their points."""
    rows = Person.objects.visible_to(user).filter(party_branch__path__startswith=sheet.organisation.path)
    rows = rows.select_related("party_branch", "organisation")
    return (rows.filter(name__icontains=text) if text else rows).order_by("party_branch__path", "name", "pk")


def subjects(user: User, sheet: Sheet, text: str = "") -> QuerySet:
    """Return whom a sheet assesses."""
    return branches(user, sheet, text) if sheet.subject == Sheet.Subject.BRANCH else members(user, sheet, text)


def of_period(user: User, sheet: Sheet, period: Period) -> QuerySet:
    """Return the assessments of a sheet over exactly this period, with the sum of their points."""
    rows = Assessment.objects.visible_to(user).filter(sheet=sheet, from_on=period.start, to_on=period.end)
    total = Sum("scores__points", filter=Q(scores__voided_at=None))
    return rows.select_related("body", "person__party_branch").annotate(total=total)


def period_of(assessment: Assessment, today: date) -> Period:
    """Return the days of an assessment as a period, a calendar year, quarter or month by its own name."""
    start, end = assessment.from_on, assessment.to_on
    for text in (str(start.year), f"{start.year}Q{(start.month + 2) // 3}", f"{start.year}-{start.month:02d}"):
        period = periods.parse(text, today)
        if (period.start, period.end) == (start, end):
            return period
    return periods.parse(f"since:{start.isoformat()}..{end.isoformat()}", today)


def lines_of(assessment: Assessment, today: date) -> list[Line]:
    """Return an assessment's criteria with what is counted now and what was given."""
    given = {score.criterion_id: score for score in assessment.scores.filter(voided_at=None)}
    period, found = period_of(assessment, today), []
    for criterion in criteria(assessment.sheet):
        reading = read(criterion, assessment, period)
        value = reading.value if reading is not None else None
        counted = points_of(criterion.measure, value, criterion.points, criterion.step)
        found.append(Line(criterion, reading, counted, given.get(criterion.pk)))
    return found


def read(criterion: Criterion, assessment: Assessment, period: Period) -> Reading | None:
    """Return what a criterion's figure says of whoever is assessed; None without a figure, or one gone since.

    A figure narrowed to them is read over the whole house of the sheet, since others enter it there; any other one
    over their own organisation.
    """
    if not criterion.indicator:
        return None
    own = {"branch": "code", "body": "code", "person": "pk"}
    filters, scope = {}, Scope(assessment.organisation)
    for name, value in criterion.filters.items():
        if value == SELF:
            scope = Scope(assessment.sheet.organisation)
            value = str(getattr(assessment.subject, own.get(name, "pk"), assessment.subject.pk))
        filters[name] = value
    try:
        return registry.read(criterion.indicator, scope, period, **filters)
    except Refused:
        return None


def steps(user: User, assessment: Assessment) -> list[AssessmentStep]:
    """Return the steps this user may take now."""
    return [step for step in workflow.assessment_steps(assessment.state) if may_step(user, assessment, step)]


def may_step(user: User, assessment: Assessment, step: AssessmentStep) -> bool:
    """Tell whether a user may take a step: over the assessed, or over the sheet; nobody confirms their own."""
    _before, _after, is_sheets = workflow.ASSESSMENT_MOVES[step]
    place = assessment.sheet.organisation if is_sheets else assessment.organisation
    if step == AssessmentStep.CONFIRM and assessment.submitted_by_id == user.pk:
        return False
    return user.has_permission(Permission.ASSESS, place)


def may_score(user: User, assessment: Assessment) -> bool:
    """Tell whether a user may give points now."""
    is_draft = assessment.state == AssessmentState.DRAFT
    return is_draft and user.has_permission(Permission.ASSESS, assessment.organisation)


def may_edit(user: User, sheet: Sheet) -> bool:
    """Tell whether a user may change a sheet's criteria."""
    return user.has_permission(Permission.ASSESS, sheet.organisation)


def table_of(sheet: Sheet) -> Table:
    """Return the columns of an export: who, where it stands, the points by criterion and their sum."""
    lines = list(criteria(sheet))
    return Table(
        ("organisation__path", "pk"),
        (),
        (
            (_("Organisation"), lambda row: str(row.body or row.person.party_branch or "")),
            (_("Who is assessed"), lambda row: str(row.subject)),
            (_("State"), lambda row: str(row.state_tag.label)),
            *((line.text, partial(_points, line.pk)) for line in lines),
            (_("Points"), lambda row: row.total),
        ),
    )


def _points(criterion: int, row: Assessment) -> Decimal | None:
    return next((score.points for score in row.scores.all() if score.criterion_id == criterion), None)


def export_rows(user: User, sheet: Sheet, period: Period) -> QuerySet:
    """Return the assessments of a period with their scores, by organisation and name."""
    scores = Score.objects.filter(voided_at=None).order_by("criterion__position")
    rows = of_period(user, sheet, period).within(user, Permission.EXPORT_LEDGER)
    return rows.prefetch_related(Prefetch("scores", scores)).order_by("organisation__path", "person__name", "pk")
