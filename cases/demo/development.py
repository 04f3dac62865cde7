"""The demo's developments: people at every stage by both channels, one step overdue, one recorded by one side alone."""

from datetime import date, timedelta

from cases.demo.clock import clock, morning
from members.actions import development, development_step
from members.development_clock import add_months
from members.models import Development, Organisation, Person, StepDefinition, User
from members.models.development import EndReason, Side, Stage, WayIn

# How many months ago each person applied, how far they came, and what is left open on purpose. A county takes as many
# rows from the top as its plan says.
PLAN = [
    (9, Stage.ACTIVIST, "overdue"),
    (24, Stage.PROBATIONARY, "one_side"),
    (2, Stage.APPLICANT, "overdue"),
    (16, Stage.CANDIDATE, ""),
    (0, Stage.APPLICANT, ""),
    (40, Stage.FULL, ""),
    (22, Stage.PROBATIONARY, ""),
    (17, Stage.CANDIDATE, "one_side"),
    (10, Stage.ACTIVIST, ""),
    (4, Stage.ACTIVIST, ""),
    (8, Stage.ENDED, ""),
]
# After how many months from the application each step is done; repeated ones by their time.
MONTHS = {
    "apply": 0,
    "talk": 0,
    "activist": 3,
    "contacts": 3,
    "candidate": 15,
    "training": 16,
    "admission": 17,
    "approval": 18,
    "oath": 18,
    "full": 29,
    "full-approval": 30,
}
REVIEW_MONTHS = (9, 15)


def build(people: list[Person], recorders: tuple[User, User], keeper: Organisation, steward: User) -> None:
    """Walk one person of `people` along each row of the plan, and set the keeper's quota of two years.

    The first of `recorders` records for the enterprise, the second for the home place.
    """
    development_step.load_samples()
    steps = {definition.code: definition for definition in StepDefinition.objects.in_use()}
    today = morning(0, 0).date()
    for year in (today.year - 1, today.year):
        development_step.set_quota(organisation=keeper, year=year, places=3, by=steward)
    for number, (person, (months, stage, left)) in enumerate(zip(people, PLAN, strict=False)):
        applied = add_months(today, -months) - timedelta(days=9)
        with clock(morning((today - applied).days, number)):
            way_in = WayIn.HOME if number % 3 else WayIn.ENTERPRISE
            found = development.open_development(person=person, way_in=way_in, by=recorders[0])
        _walk(found, steps, applied, stage, left, recorders)


def _walk(
    found: Development, steps: dict, applied: date, stage: Stage, left: str, recorders: tuple[User, User]
) -> None:
    """Record every step that lies in the past, stage by stage, and move on where the stage is complete."""
    wanted = Stage.ACTIVIST if stage == Stage.ENDED else stage
    while True:
        at_end = found.stage == wanted
        for definition in steps.values():
            if definition.stage != found.stage:
                continue
            months = REVIEW_MONTHS if definition.every_months else (MONTHS[definition.code],)
            for occasion, after in enumerate(months, start=1):
                day = add_months(applied, after) + timedelta(days=6 if definition.code == "talk" else 0)
                if at_end and (day > morning(1, 0).date() or left == "overdue" and definition.code != "apply"):
                    continue
                if at_end and definition.code in ("admission", "full", "activist", "candidate"):
                    continue
                sides = [Side.ENTERPRISE] if at_end and left == "one_side" else list(Side)
                for side in sides:
                    _record(found, definition, side, day, occasion, recorders[side == Side.HOME])
        if at_end:
            break
        to = Stage(list(Stage)[list(Stage).index(Stage(found.stage)) + 1])
        with clock(morning(1, 0)):
            found = development.move(development=found, to=to, by=recorders[0])
    if stage == Stage.ENDED:
        development.move(development=found, to=Stage.ENDED, reason=EndReason.MOVED, by=recorders[0])


def _record(found: Development, definition: StepDefinition, side: Side, day: date, occasion: int, by: User) -> None:
    moment = morning((morning(0, 0).date() - day).days, 20 + 3 * (side == Side.HOME))
    with clock(moment):
        development.record(
            development=found,
            definition=definition,
            side=side,
            done_on=day,
            occasion=occasion,
            hours=definition.at_least_hours,
            by=by,
        )
