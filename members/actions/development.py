"""Developments: opening one, recording a step for a side, taking it back, and moving from stage to stage."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import Conflict, Refused, WrongState
from members import audit, development_clock, workflow
from members.actions.register import OUTSIDE
from members.middleware import whole_scope
from members.models import Development, DevelopmentQuota, DevelopmentStep, Person, StepDefinition, User
from members.models.development import EndReason, Side, Stage, WayIn
from members.permissions import Permission
from members.queries_development import lines_of, taken


@transaction.atomic
def open_development(*, person: Person, way_in: WayIn, by: User) -> Development:
    """Begin to keep a person's way in.

    Raises: Refused outside the scope, or while another one of this person is kept.
    Side effects in order: lock of the person, row, audit row.
    """
    _may_keep(person, by)
    person = Person.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=person.pk)
    if Development.objects.filter(person=person).exclude(stage=Stage.ENDED).exists():
        raise Refused(_("This person's development is kept already. Go on with that one."), code="kept_already")
    development = Development.objects.create(
        person=person,
        organisation=person.organisation,
        organisation_path=person.organisation_path,
        way_in=way_in,
        opened_at=timezone.now(),
        opened_by=by,
    )
    audit.record(actor=by, event="development.open", target=development, person=person.pk, way_in=str(way_in))
    return development


@transaction.atomic
def record(
    *,
    development: Development,
    definition: StepDefinition,
    side: Side,
    done_on: date,
    by: User,
    occasion: int = 1,
    hours: int | None = None,
) -> DevelopmentStep:
    """Record for one side that a step was done on a day.

    Raises: Refused outside the scope, for a day in the future, before the step it is counted from, or too early, for
    too few hours, a step of a later stage, or by the account that recorded the other side; WrongState when broken off;
    Conflict when somebody recorded this side meanwhile. Side effects in order: lock, row, audit row.
    """
    development = _locked(development, by)
    if development.stage == Stage.ENDED:
        raise WrongState(_("This development is broken off. Take it up again first."))
    counted = development.steps.filter(definition=definition, occasion=occasion, taken_back_at=None)
    if counted.filter(recorded_by=by).exclude(side=side).exists():
        raise Refused(
            _("You have recorded this step for the other side. Each side is recorded by an account of its own."),
            code="same_person",
        )
    line = _line(development, definition, occasion)
    _check(development, definition, line, done_on, hours)
    try:
        with transaction.atomic():
            step = DevelopmentStep.objects.create(
                development=development,
                definition=definition,
                side=side,
                occasion=occasion,
                done_on=done_on,
                hours=hours if definition.at_least_hours else None,
                recorded_at=timezone.now(),
                recorded_by=by,
            )
    except IntegrityError:
        raise Conflict(
            _("This side has recorded the step already. Look at it again, and take it back first if it is wrong.")
        ) from None
    audit.record(
        actor=by, event="development.record", target=development, step=definition.pk, side=str(side), occasion=occasion
    )
    return step


@transaction.atomic
def take_back(*, step: DevelopmentStep, by: User) -> None:
    """Let a recorded step count no longer; the row stays.

    Raises: Refused outside the scope, when the stage was left with this step, or later steps are counted from it.
    Side effects in order: lock, row, audit row.
    """
    development = _locked(step.development, by)
    step = DevelopmentStep.objects.select_for_update(of=("self",)).select_related("definition").get(pk=step.pk)
    if step.taken_back_at is not None:
        raise WrongState(_("This step has been taken back already."))
    stage = development.ended_from or development.stage
    if workflow.rank(step.definition.stage) < workflow.rank(stage):
        raise Refused(
            _("The stage was left with this step. Go back to “%(stage)s” first, then take the step back.")
            % {"stage": Stage(step.definition.stage).label},
            code="stage_left",
        )
    counted = DevelopmentStep.objects.filter(
        development=development, definition__clock_from=step.definition, taken_back_at=None
    )
    if counted.exists():
        raise Refused(_("Later steps are counted from this one. Take those back first."), code="counted_from")
    step.taken_back_at, step.taken_back_by = timezone.now(), by
    step.save(update_fields=["taken_back_at", "taken_back_by"])
    audit.record(
        actor=by, event="development.take_back", target=development, step=step.definition_id, side=str(step.side)
    )


@transaction.atomic
def move(*, development: Development, to: Stage, by: User, reason: EndReason | str = "") -> Development:
    """Move to the next stage, one back, to the end, or from the end to where it was.

    Forward only when both sides have recorded every step of the stage and its clocks are kept; becoming a
    probationary member also needs a free place of every quota above the person.
    Raises: Refused, WrongState. Side effects in order: lock of the row and the quotas, row, audit row.
    """
    development = _locked(development, by)
    if not workflow.may_move(development.stage, to, development.ended_from):
        raise WrongState(_("This stage does not follow any more: somebody has moved it. Look at it again."))
    before = development.stage
    if to == Stage.ENDED:
        if not reason:
            raise Refused(_("Choose why it is broken off."), code="no_reason")
        development.ended_from, development.end_reason = before, reason
        development.ended_on = timezone.localdate()
    else:
        if workflow.is_forward(before, to):
            _complete(development)
        if before == Stage.ENDED:
            _refuse_second(development)
        development.ended_from, development.end_reason, development.ended_on = "", "", None
        _admit(development, to)
    development.stage = to
    development.save(update_fields=["stage", "admitted_on", "ended_from", "ended_on", "end_reason"])
    audit.record(actor=by, event="development.move", target=development, before=str(before), after=str(to))
    return development


def _complete(development: Development) -> None:
    """Raises: Refused naming the steps that stand in the way of leaving the stage."""
    left = development_clock.in_the_way(lines_of(development), development.stage)
    if left:
        names = "、".join(dict.fromkeys(line.rule.name for line in left))
        raise Refused(
            _("Not yet: these steps are not recorded by both sides, or not in order: %(steps)s.") % {"steps": names},
            code="incomplete",
        )


def _refuse_second(development: Development) -> None:
    others = Development.objects.filter(person=development.person_id).exclude(stage=Stage.ENDED)
    if others.exists():
        raise Refused(_("This person's development is kept already. Go on with that one."), code="kept_already")


def _admit(development: Development, to: Stage) -> None:
    """Set the day of admission when it comes to that, and use a place of each quota; give it up on the way back.

    Quotas and those admitted lie above and beside what the account sees, so the scope is lifted while they are read.
    """
    if to not in (Stage.PROBATIONARY, Stage.FULL):
        development.admitted_on = None
        return
    if development.admitted_on is not None:
        return
    days = [line.day for line in lines_of(development) if line.rule.is_admission and line.day]
    if not days:
        raise Refused(
            _("No step of the list admits a person. Ask the data steward to mark the one that does."),
            code="no_admission",
        )
    with whole_scope():
        quotas = DevelopmentQuota.objects.select_for_update(of=("self",)).filter(year=days[0].year).order_by("pk")
        for quota in quotas.select_related("organisation"):
            if development.organisation_path.startswith(quota.organisation_path) and taken(quota) >= quota.places:
                full = _(
                    "%(organisation)s may admit %(places)d people in %(year)d, and all places are taken. Ask whoever "
                    "sets the quota for more, or wait for the next year."
                ) % {"organisation": quota.organisation, "places": quota.places, "year": quota.year}
                raise Refused(full, code="quota")
    development.admitted_on = days[0]


def _line(development: Development, definition: StepDefinition, occasion: int) -> development_clock.Line:
    """Return the line of the step on this occasion. Raises: Refused for an occasion out of turn."""
    for line in lines_of(development):
        if line.rule.pk == definition.pk and line.occasion == occasion:
            return line
    raise Refused(_("It is not this step's turn yet. Look at the list of steps again."), code="out_of_turn")


def _check(
    development: Development,
    definition: StepDefinition,
    line: development_clock.Line,
    done_on: date,
    hours: int | None,
) -> None:
    """Raises: Refused, in the order in which one would correct it."""
    if workflow.rank(definition.stage) > workflow.rank(development.stage):
        raise Refused(
            _("This step belongs to the stage “%(stage)s”, which has not begun.")
            % {"stage": Stage(definition.stage).label},
            code="later_stage",
        )
    if definition.clock_from_id and line.starts_on is None:
        raise Refused(
            _("Record “%(step)s” first: this step is counted from it.") % {"step": definition.clock_from},
            code="no_start",
        )
    if done_on > timezone.localdate():
        raise Refused(_("A step is recorded after it was done: the day lies in the future."), code="future")
    if line.starts_on and done_on < line.starts_on:
        raise Refused(
            _("This day lies before “%(step)s” (%(on)s), from which it is counted.")
            % {"step": definition.clock_from, "on": line.starts_on},
            code="before_start",
        )
    if line.not_before_on and done_on < line.not_before_on:
        raise Refused(
            _("Too early: it may be done from %(on)s, %(months)d months after “%(step)s”.")
            % {"on": line.not_before_on, "months": definition.at_least_months, "step": definition.clock_from},
            code="too_early",
        )
    if definition.at_least_hours and (hours or 0) < definition.at_least_hours:
        raise Refused(
            _("Write how many hours it took: at least %(hours)d are asked for.") % {"hours": definition.at_least_hours},
            code="too_short",
        )


def _locked(development: Development, by: User) -> Development:
    rows = Development.objects.select_for_update(of=("self",)).select_related("organisation")
    development = rows.get(pk=development.pk)
    if not by.has_permission(Permission.EDIT_PEOPLE, development.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    return development


def _may_keep(person: Person, by: User) -> None:
    if not by.has_permission(Permission.EDIT_PEOPLE, person.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
