"""Assessing: a sheet taken over from those we ship, its criteria, points given, submitted and confirmed."""

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.errors import Conflict, Refused, WrongState
from members import audit
from members.models import Organisation, Person, User
from members.permissions import Permission
from services import workflow
from services.models import Assessment, AssessmentState, AssessmentStep, Criterion, Score, Sheet
from services.queries import assessment as queries

OUTSIDE = _("This lies outside the organisations you assess.")
Given = dict[Criterion, tuple[Decimal, str, Decimal | None]]


@transaction.atomic
def adopt(*, template: dict, organisation: Organisation, name: str, starts_on: date, by: User) -> Sheet:
    """Take over one of the sheets we ship, to be changed from then on.

    Raises: Refused outside the scope; Conflict for a name used already. Side effects in order: sheet, criteria, audit.
    """
    if not by.has_permission(Permission.ASSESS, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    owned = {"organisation": organisation, "organisation_path": organisation.path}
    try:
        with transaction.atomic():
            sheet = Sheet.objects.create(**owned, name=name, subject=template["subject"], starts_on=starts_on)
    except IntegrityError:
        raise Conflict(
            _("A sheet of this name begins on this day already: choose another name."), code="name"
        ) from None
    position = 0
    for category in template["category"]:
        for row in category["criteria"]:
            position += 1
            Criterion.objects.create(sheet=sheet, category=category["name"], position=position, **_columns(row))
    audit.record(actor=by, event="assessment.adopt", target=sheet, criteria=position)
    return sheet


@transaction.atomic
def put_criterion(*, sheet: Sheet, criterion: Criterion | None, by: User, **values: object) -> Criterion:
    """Add a criterion at the end, or change one that nobody was scored by yet.

    Raises: Refused outside the scope; WrongState when points were given for it.
    Side effects in order: lock; row; audit row.
    """
    sheet = _locked_sheet(sheet, by)
    if criterion is None:
        last = sheet.criteria.aggregate(last=Max("position"))["last"] or 0
        criterion = Criterion.objects.create(sheet=sheet, position=last + 1, **values)
    else:
        _refuse_scored(criterion)
        for name, value in values.items():
            setattr(criterion, name, value)
        criterion.save(update_fields=list(values))
    audit.record(actor=by, event="assessment.criterion", target=sheet, criterion=criterion.pk)
    return criterion


@transaction.atomic
def remove_criterion(*, criterion: Criterion, by: User) -> None:
    """Take a criterion nobody was scored by off its sheet.

    Raises: Refused; WrongState when points were given for it. Side effects in order: lock; row; audit row.
    """
    sheet = _locked_sheet(criterion.sheet, by)
    _refuse_scored(criterion)
    number = criterion.pk
    criterion.delete()
    audit.record(actor=by, event="assessment.criterion_remove", target=sheet, criterion=number)


@transaction.atomic
def end(*, sheet: Sheet, ends_on: date | None, by: User) -> Sheet:
    """Let a sheet be in force until a day, or without an end; the next year's sheet takes its place.

    Raises: Refused outside the scope, for a day before its first, or before the end of a period assessed by it.
    Side effects in order: lock; row; audit row.
    """
    sheet = _locked_sheet(sheet, by)
    if ends_on is not None:
        last = sheet.assessments.aggregate(last=Max("to_on"))["last"]
        earliest = max(filter(None, (sheet.starts_on, last)))
        if ends_on < earliest:
            raise Refused(
                _("It is used until %(day)s already: choose that day or a later one.") % {"day": earliest}, code="used"
            )
    if sheet.ends_on != ends_on:
        sheet.ends_on = ends_on
        sheet.save(update_fields=["ends_on"])
        audit.record(actor=by, event="assessment.end", target=sheet)
    return sheet


@transaction.atomic
def open_(*, sheet: Sheet, subject: Organisation | Person, from_on: date, to_on: date, by: User) -> Assessment:
    """Begin the assessment of a branch or member over a period, or find the one that was begun.

    Raises: Refused outside the scope. Side effects in order: row, audit row.
    """
    is_body = isinstance(subject, Organisation)
    organisation = subject if is_body else subject.party_branch or subject.organisation
    if not by.has_permission(Permission.ASSESS, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    made, is_new = Assessment.objects.get_or_create(
        sheet=sheet,
        body=subject if is_body else None,
        person=None if is_body else subject,
        from_on=from_on,
        to_on=to_on,
        defaults={"organisation": organisation, "organisation_path": organisation.path},
    )
    if is_new:
        audit.record(actor=by, event="assessment.open", target=made, sheet=sheet.pk)
    return made


@transaction.atomic
def save(*, assessment: Assessment, given: Given, by: User) -> Assessment:
    """Keep the points given so far: each with the outcome it stands for and what its figure counted.

    What was given before and is not now is taken back. Raises: Refused outside the scope; WrongState once submitted.
    Side effects in order: lock; scores; audit row.
    """
    assessment = _locked(assessment)
    if assessment.state != AssessmentState.DRAFT:
        raise WrongState(_("These points are submitted already. Have them returned before changing them."))
    if not queries.may_score(by, assessment):
        raise Refused(OUTSIDE, code="outside_scope")
    now, known = timezone.now(), {row.criterion_id: row for row in assessment.scores.filter(voided_at=None)}
    for criterion, (points, reason, counted) in given.items():
        row = known.pop(criterion.pk, None)
        if row is not None and (row.points, row.reason, row.counted) == (points, reason, counted):
            continue
        if row is not None:
            _take_back(row, now, by)
        _score(assessment, criterion, points, reason, counted, by)
    for row in known.values():
        _take_back(row, now, by)
    audit.record(actor=by, event="assessment.save", target=assessment, scores=len(given))
    return assessment


@transaction.atomic
def step(*, assessment: Assessment, kind: AssessmentStep, by: User, note: str = "") -> Assessment:
    """Submit, confirm, return or reopen an assessment, by `services.workflow`.

    Raises: WrongState when somebody was quicker; Refused outside the scope, for one's own points, or without a reason.
    Side effects in order: lock; row; audit row.
    """
    assessment = _locked(assessment)
    before, after, _is_sheets = workflow.ASSESSMENT_MOVES[kind]
    if assessment.state != before:
        raise WrongState(_("This assessment has moved on meanwhile: look at it again."))
    if kind == AssessmentStep.CONFIRM and assessment.submitted_by_id == by.pk:
        raise Refused(_("Somebody else confirms the points you submitted."), code="own")
    if not queries.may_step(by, assessment, kind):
        raise Refused(OUTSIDE, code="outside_scope")
    if kind in workflow.SAYS_WHY and not note.strip():
        raise Refused(_("Write why the points go back."), code="note")
    if kind == AssessmentStep.SUBMIT and not assessment.scores.filter(voided_at=None).exists():
        raise Refused(_("No points are given yet: save some before submitting."), code="empty")
    assessment.state, assessment.note = after, note
    changed = {"submitted": (timezone.now(), by), "draft": (None, None)}
    if after in changed:
        assessment.submitted_at, assessment.submitted_by = changed[after]
        assessment.confirmed_at = assessment.confirmed_by = None
    else:
        assessment.confirmed_at, assessment.confirmed_by = timezone.now(), by
    assessment.save()
    audit.record(actor=by, event=f"assessment.{kind}", target=assessment)
    return assessment


def _columns(row: dict) -> dict:
    """Return a criterion's columns from a line of the file we ship."""
    measure = next((name for name in Criterion.Measure.values if name in row), "")
    return {
        "text": row["text"],
        "rule": row.get("rule", ""),
        "points": Decimal(str(row["points"])),
        "indicator": row.get("indicator", ""),
        "filters": row.get("filters", {}),
        "measure": measure,
        "step": Decimal(str(row[measure])) if measure else None,
    }


def _score(
    assessment: Assessment, criterion: Criterion, points: Decimal, reason: str, counted: Decimal | None, by: User
) -> None:
    Score.objects.create(
        organisation_id=assessment.organisation_id,
        organisation_path=assessment.organisation_path,
        assessment=assessment,
        criterion=criterion,
        body_id=assessment.body_id,
        person_id=assessment.person_id,
        from_on=assessment.from_on,
        to_on=assessment.to_on,
        counted=counted,
        points=points,
        reason=reason or gettext("As the figure counts"),
        scored_by=by,
    )


def _take_back(row: Score, now: object, by: User) -> None:
    row.voided_at, row.voided_by = now, by
    row.save(update_fields=["voided_at", "voided_by"])


def _locked(assessment: Assessment) -> Assessment:
    rows = Assessment.objects.select_for_update(of=("self",))
    return rows.select_related("organisation", "sheet__organisation", "body", "person").get(pk=assessment.pk)


def _locked_sheet(sheet: Sheet, by: User) -> Sheet:
    sheet = Sheet.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=sheet.pk)
    if not queries.may_edit(by, sheet):
        raise Refused(OUTSIDE, code="outside_scope")
    return sheet


def _refuse_scored(criterion: Criterion) -> None:
    if criterion.scores.exists():
        raise WrongState(_("Points were given by this criterion. Begin a new sheet to change it from a day on."))
