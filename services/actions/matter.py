"""Every step of a matter: taken in, taken on, handed over, extended, merged, answered, called back.

Each action locks the matter, looks the step up in `services.workflow`, changes the row, adds a step nobody can change
later, audits, and tells who has to know after the commit.
"""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from config.dates import add_workdays
from config.errors import Refused, WrongState
from config.sealed import seal
from members import audit
from members.actions.notice import tell
from members.models import Organisation, Person, User
from members.permissions import Permission
from services import workflow
from services.models import Campaign, Kind, Matter, MatterState, MatterStep
from services.models.matter import Outcome, Satisfaction, Stage, Way
from services.models.vocabulary import Group
from services.queries.matter import able_to_claim, commissioners_of, known_requester

STEP = MatterStep.Kind
OUTSIDE = _("This lies outside the organisations whose matters you handle.")
NUMBER_TAKEN = _("This list has a matter with that number already: choose the next one.")
CHANGEABLE = (
    *("title", "kind", "detail", "body", "campaign", "number", "lead_body", "deliverable", "guide", "planned_on"),
)
PROMISED = (Satisfaction.SATISFIED, Satisfaction.BASICALLY)


@dataclass(frozen=True)
class Asked:
    """What is known when a matter comes in. `phone` is normalised already; what is empty is filled in where it can be.

    From the phone comes the registered person, from the person the enterprise, from the enterprise the two
    commissioners and the township, from the kind the due date in working days.
    """

    kind: Kind
    title: str
    received_on: date
    detail: str = ""
    way: str = Way.PHONE
    requester: Person | None = None
    requester_name: str = ""
    phone: str = ""
    body: Organisation | None = None
    due_on: date | None = None
    campaign: Campaign | None = None
    number: int | None = None
    lead_body: Organisation | None = None
    co_bodies: tuple[Organisation, ...] = ()
    deliverable: str = ""
    stage: str = ""
    rest: dict = field(default_factory=dict)  # region, venue, pairing, meeting, planned_on, guide


def receive(*, asked: Asked, organisation: Organisation, once: UUID, by: User, is_mine: bool = False) -> Matter:
    """Take a matter in; the same form sent twice is the same matter. `is_mine` takes it on at once.

    Raises: Refused outside the handler's organisations, or for a number the list has already.
    Side effects in order: matter with its sealed phone, step, audit row; with `is_mine` a second step.
    """
    if not by.has_permission(Permission.HANDLE_MATTER, organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if (known := Matter.objects.visible_to(by).filter(once=once).first()) is not None:
        return known
    matter = _new(asked, organisation, once, by)
    try:
        with transaction.atomic():
            matter.save(force_insert=True)
            matter.co_bodies.set(asked.co_bodies)
            _note(matter, STEP.RECEIVE, "", by)
            audit.record(actor=by, event="matter.receive", target=matter, kind=asked.kind.code)
    except IntegrityError:
        if (known := Matter.objects.visible_to(by).filter(once=once).first()) is not None:
            return known
        raise Refused(NUMBER_TAKEN, code="number") from None
    return take(matter=matter, by=by) if is_mine else matter


def take(*, matter: Matter, by: User) -> Matter:
    """Take a matter on oneself. Raises: Refused, WrongState. Side effects in order: lock, row, step, audit row."""
    with transaction.atomic():
        matter, before = _begin(matter, STEP.TAKE, by)
        matter.handler = by
        return _end(matter, STEP.TAKE, before, by)


def hand_over(*, matter: Matter, to: User, by: User, note: str = "") -> Matter:
    """Give a matter to a colleague, who is told.

    Raises: Refused when the colleague may not handle matters there. Side effects in order: lock, row, step, audit row,
    notice.
    """
    with transaction.atomic():
        matter, before = _begin(matter, STEP.HAND_OVER, by)
        if not to.is_active or not to.has_permission(Permission.HANDLE_MATTER, matter.organisation):
            raise Refused(
                _("This colleague does not handle matters there any more: choose somebody else."), code="handler"
            )
        matter.handler = to
        matter = _end(matter, STEP.HAND_OVER, before, by, note=note)
        if to != by:
            _tell([to], gettext_noop("%(title)s was handed over to you."), matter)
        return matter


def claim(*, matter: Matter, body: Organisation, by: User, note: str = "") -> Matter:
    """Let a unit claim a problem or task; where it belongs to a list, the unit is a member of it or of its conference.

    Raises: Refused for a unit that is no member. Side effects in order: lock, row, step with the unit, audit row.
    """
    with transaction.atomic():
        matter, before = _begin(matter, STEP.CLAIM, by)
        if matter.campaign_id and not able_to_claim(matter.campaign).filter(pk=body.pk).exists():
            raise Refused(_("This unit is not a member of the list: add it to the members first."), code="not_member")
        matter.lead_body = body
        return _end(matter, STEP.CLAIM, before, by, note=note, body=body)


def note_progress(*, matter: Matter, note: str, by: User) -> Matter:
    """Write down how far it is. Raises: Refused, WrongState. Side effects in order: lock, step, audit row."""
    with transaction.atomic():
        matter, before = _begin(matter, STEP.PROGRESS, by)
        return _end(matter, STEP.PROGRESS, before, by, note=note)


def advance(*, matter: Matter, stage: Stage, by: User, note: str = "") -> Matter:
    """Move a project to a stage; what was said of it goes into the step.

    Raises: WrongState for what is no project. Side effects in order: lock, row, step, audit row.
    """
    with transaction.atomic():
        matter, before = _begin(matter, STEP.ADVANCE, by)
        matter.stage = stage
        said = " · ".join(filter(None, [str(Stage(stage).label), note]))
        return _end(matter, STEP.ADVANCE, before, by, note=said)


def extend(*, matter: Matter, due_on: date, reason: str, by: User) -> Matter:
    """Put the deadline off, once, with a reason.

    Raises: WrongState for a second time, Refused for a day that is not later.
    Side effects in order: lock, row, step with the new day, audit row.
    """
    with transaction.atomic():
        matter, before = _begin(matter, STEP.EXTEND, by)
        if matter.steps.filter(kind=STEP.EXTEND).exists():
            raise WrongState(_("The deadline was put off once already; it can't be put off again."))
        if due_on <= max(matter.due_on or matter.received_on, timezone.localdate()):
            raise Refused(_("Choose a day after the present deadline and after today."), code="day")
        matter.due_on = due_on
        return _end(matter, STEP.EXTEND, before, by, note=reason, due_on=due_on)


def merge(*, matter: Matter, into: Matter, by: User, note: str = "") -> Matter:
    """Make a matter part of a hard problem, which is then worked on once for all who asked.

    Raises: Refused when the other is no open problem. Side effects in order: locks by number, row, step, audit row.
    """
    with transaction.atomic():
        list(Matter.objects.select_for_update().filter(pk__in=[matter.pk, into.pk]).order_by("pk").values("pk"))
        matter, before = _begin(matter, STEP.MERGE, by)
        into = Matter.objects.visible_to(by).select_related("kind").get(pk=into.pk)
        if into.pk == matter.pk or into.kind.group != Group.PROBLEM or into.state not in workflow.ANY_OPEN:
            raise Refused(_("Choose a hard problem that is still open."), code="no_problem")
        matter.parent = into
        return _end(matter, STEP.MERGE, before, by, note=note)


def split(*, matter: Matter, by: User, note: str = "") -> Matter:
    """Take a matter out of the problem again. Side effects in order: lock, row, step, audit row."""
    with transaction.atomic():
        matter, before = _begin(matter, STEP.SPLIT, by)
        matter.parent = None
        return _end(matter, STEP.SPLIT, before, by, note=note)


def gather(*, problem: Matter, parts: list[Matter], by: User) -> list[Matter]:
    """Merge several matters into one problem, all or none. Raises and does what `merge` does for each."""
    keys = [problem.pk, *(part.pk for part in parts)]
    with transaction.atomic():
        list(Matter.objects.select_for_update().filter(pk__in=keys).order_by("pk").values("pk"))
        return [merge(matter=part, into=problem, by=by) for part in sorted(parts, key=lambda part: part.pk)]


def change(*, matter: Matter, by: User, co_bodies: list[Organisation] | None = None, **fields: object) -> Matter:
    """Put right what was entered, while the matter is open; deadline, state and who asks have steps of their own.

    Raises: Refused outside the scope or for a number the list has already; WrongState when it has ended.
    Side effects in order: lock, row, units that help, audit row with the names of the fields.
    """
    with transaction.atomic():
        rows = Matter.objects.select_for_update(of=("self",)).select_related("kind", "organisation")
        matter = rows.get(pk=matter.pk)
        if not by.has_permission(Permission.HANDLE_MATTER, matter.organisation):
            raise Refused(OUTSIDE, code="outside_scope")
        if matter.state not in workflow.ANY_OPEN:
            raise WrongState(_("This matter has ended: reopen it before you change it."))
        if "kind" in fields and fields["kind"].group != matter.kind.group:
            raise Refused(_("Choose a category of the same sort: an appeal does not become a task."), code="group")
        changed = [name for name in CHANGEABLE if name in fields and getattr(matter, name) != fields[name]]
        for name in changed:
            setattr(matter, name, fields[name])
        try:
            with transaction.atomic():
                matter.save(update_fields=changed)
        except IntegrityError:
            raise Refused(NUMBER_TAKEN, code="number") from None
        if co_bodies is not None and set(co_bodies) != set(matter.co_bodies.all()):
            matter.co_bodies.set(co_bodies)
            changed.append("co_bodies")
        if changed:
            audit.record(actor=by, event="matter.change", target=matter, fields=",".join(changed))
        return matter


def decline(*, matter: Matter, reason: str, by: User) -> Matter:
    """End a matter with the reason why nothing can be done: a normal end, which solves nothing and hides nothing.

    Side effects in order: lock, row, step, audit row.
    """
    with transaction.atomic():
        matter, before = _begin(matter, STEP.DECLINE, by)
        matter.closed_on = timezone.localdate()
        return _end(matter, STEP.DECLINE, before, by, note=reason)


def close(*, matter: Matter, outcome: Outcome, answer: str, by: User, with_parts: bool = False) -> Matter:
    """Close a matter with what came of it; `with_parts` gives the same answer to all that were merged into it.

    Raises: Refused, WrongState. Side effects in order: lock, row, step, audit row; the same for each part.
    """
    with transaction.atomic():
        matter, before = _begin(matter, STEP.CLOSE, by)
        matter.closed_on, matter.outcome, matter.answer = timezone.localdate(), outcome, answer
        matter.is_solved = matter.kind.group not in workflow.CALLED_BACK and outcome == Outcome.SOLVED
        closed = _end(matter, STEP.CLOSE, before, by, note=answer[:500])
        if with_parts:
            for part in closed.children.filter(state=MatterState.MERGED).order_by("pk"):
                part, merged = _begin(part, STEP.SPLIT, by)
                _end(part, STEP.SPLIT, merged, by)  # still part of the problem, and waiting for its own call-back
                close(matter=part, outcome=outcome, answer=answer, by=by)
        return closed


def call_back(*, matter: Matter, satisfaction: Satisfaction, by: User, note: str = "") -> Matter:
    """Note what the person who asked says. Only this makes an appeal solved, and only contentment does.

    Whoever is not reached is called once more; after the second time the matter is settled as not reached, which is
    neither contentment nor a solution. Side effects in order: lock, row, step, audit row.
    """
    with transaction.atomic():
        matter, before = _begin(matter, STEP.CALL_BACK, by)
        tried = matter.steps.filter(kind=STEP.CALL_BACK, pk__gt=_last_closing(matter)).exists()
        matter.satisfaction = satisfaction
        matter.called_back_at, matter.called_back_by = timezone.now(), by
        matter.is_solved = satisfaction in PROMISED and matter.outcome in (Outcome.SOLVED, Outcome.PARTLY)
        again = satisfaction == Satisfaction.UNREACHED and not tried
        said = " · ".join(filter(None, [str(Satisfaction(satisfaction).label), note]))
        return _end(matter, STEP.CALL_BACK, before, by, note=said, stays=again)


def reopen(*, matter: Matter, by: User, note: str = "") -> Matter:
    """Open a matter again as if it had not been closed; the old answer stays in its steps, the clock runs on.

    Side effects in order: lock, row, step, audit row, notice to the handler.
    """
    with transaction.atomic():
        matter, before = _begin(matter, STEP.REOPEN, by)
        matter.closed_on, matter.outcome, matter.answer = None, "", ""
        matter.satisfaction, matter.is_solved, matter.called_back_at, matter.called_back_by = "", False, None, None
        matter.handler = matter.handler or by
        matter = _end(matter, STEP.REOPEN, before, by, note=note)
        if matter.handler != by:
            _tell([matter.handler], gettext_noop("%(title)s was opened again."), matter)
        return matter


def _new(asked: Asked, organisation: Organisation, once: UUID, by: User) -> Matter:
    requester = asked.requester or known_requester(by, asked.phone)
    body = asked.body or (requester.employer if requester else None)
    commissioner, guide = commissioners_of(body, asked.received_on) if body else (None, None)
    rest = {"guide": guide, "region": (body or organisation).region} | asked.rest
    due_on = asked.due_on
    if due_on is None and asked.kind.due_days is not None:
        due_on = add_workdays(asked.received_on, asked.kind.due_days)
    matter = Matter(
        once=once,
        organisation=organisation,
        organisation_path=organisation.path,
        kind=asked.kind,
        number=asked.number,
        title=asked.title,
        detail=asked.detail,
        way=asked.way,
        requester=requester,
        requester_name="" if requester else asked.requester_name,
        body=body,
        campaign=asked.campaign,
        lead_body=asked.lead_body,
        commissioner=commissioner,
        stage=asked.stage,
        deliverable=asked.deliverable,
        received_on=asked.received_on,
        due_on=due_on,
        logged_at=timezone.now(),
        logged_by=by,
        **rest,
    )
    seal(matter, "phone_cipher", "" if requester else asked.phone)  # a registered person's phone stands there once
    return matter


def _begin(matter: Matter, kind: STEP, by: User) -> tuple[Matter, str]:
    """Lock, check scope and table; return the fresh row and the state it is in. Raises: Refused, WrongState."""
    matter = Matter.objects.select_for_update(of=("self",)).select_related("kind", "organisation").get(pk=matter.pk)
    if not by.has_permission(workflow.MOVES[kind].permission, matter.organisation):
        raise Refused(OUTSIDE, code="outside_scope")
    if kind not in workflow.available(matter.state, matter.kind.group):
        raise WrongState(
            _("“%(step)s” does not follow any more: somebody has dealt with this matter meanwhile. Look at it again.")
            % {"step": kind.label}
        )
    return matter, matter.state


def _end(matter: Matter, kind: STEP, before: str, by: User, *, stays: bool = False, **said: object) -> Matter:
    """Set the state the table names (`stays`: the one it has), save, add the step and the audit row."""
    matter.state = before if stays else workflow.leads_to(before, kind, matter.kind.group)
    matter.save()
    _note(matter, kind, before, by, **said)
    audit.record(
        actor=by, event="matter.step", target=matter, kind=str(kind), before=str(before), after=str(matter.state)
    )
    return matter


def _note(matter: Matter, kind: STEP, before: str, by: User, **said: object) -> None:
    MatterStep.objects.create(
        matter=matter, kind=kind, from_state=before, to_state=matter.state, made_at=timezone.now(), made_by=by, **said
    )


def _last_closing(matter: Matter) -> int:
    return matter.steps.filter(kind=STEP.CLOSE).order_by("-pk").values_list("pk", flat=True).first() or 0


def _tell(users: list[User], text: str, matter: Matter) -> None:
    tell(users, text, matter.get_absolute_url(), title=matter.title)
