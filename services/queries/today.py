"""What an account owes today: duties of its pairings and branches, matters in its hands, what it waits for.

Nothing is stored: the last fulfilling row and the calendar say what is due. See `services.cadence`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import F, Max, Model, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.crypto import constant_time_compare

from members.models import Organisation, User
from members.permissions import Permission
from services import cadence
from services.models import Activity, Duty, Excuse, Grant, Matter, Pairing
from services.models.activity import Channel
from services.models.pairing import Proof
from services.queries import matter_lists

KEY = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")
TICKED = (Proof.CONTACT, Proof.VISIT)
MET = (*TICKED, Proof.SOLVED)
# Each pairing's own end of the index: its other thousand contacts are not looked at.
LAST_MET = """
select p.id,
    (select a.happened_on from services_activity a where a.pairing_id = p.id and a.voided_at is null
        order by a.happened_on desc limit 1),
    (select a.happened_on from services_activity a where a.pairing_id = p.id and a.voided_at is null
        and a.channel = 'on_site' order by a.happened_on desc limit 1),
    (select max(m.closed_on) from services_matter m where m.pairing_id = p.id and m.is_solved)
from unnest(%s::bigint[]) p(id)
"""


@dataclass(frozen=True)
class Owed:
    """One duty that is due or overdue. `pairing` or `body` is whom it is owed for."""

    duty: Duty
    due: cadence.Due
    last_on: date | None
    pairing: Pairing | None = None
    body: Organisation | None = None

    @property
    def key(self) -> str:
        """What a tick on the page names."""
        return f"{self.duty.pk}-{self.pairing.pk if self.pairing else 0}"

    @property
    def about(self) -> str:
        """Whom it is owed to, in a word."""
        return self.pairing.helped_name if self.pairing else str(self.body)

    @property
    def is_ticked(self) -> bool:
        """Whether a tick says it was done; anything else is entered where it belongs."""
        return self.duty.proof in TICKED


@dataclass(frozen=True)
class Day:
    """The page 今日, each list in the order in which it is worked on; `further_…` count what a long list leaves out."""

    today: date
    overdue: list[Owed]
    this_week: list[Owed]
    overdue_matters: list[Matter]
    matters_this_week: list[Matter]
    call_backs: list[Matter]
    waiting: list[Matter]
    further_overdue: int = 0
    further_this_week: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is owed or waited for."""
        lists = (self.overdue, self.this_week, self.overdue_matters, self.matters_this_week, self.call_backs)
        return not any((*lists, self.waiting))


def of_account(user: User, today: date) -> Day:
    """Return the account's own day: pairings it helps in, branches of its house, matters it handles or asked for."""
    pairings = list(Pairing.objects.of_helper(user.person_id).active_on(today).with_helped())
    return day_of(user, today, owed(pairings, own_bodies(user), today))


def ticked(user: User, today: date, keys: Iterable[str], is_house: bool = False) -> list[Owed]:
    """Return what the ticks on the page name, as far as it is still owed and the account's to tick."""
    asked = {key for key in keys if KEY.fullmatch(key)}
    numbers = [key.partition("-")[2] for key in asked]
    rows = Pairing.objects.visible_to(user) if is_house else Pairing.objects.of_helper(user.person_id)
    pairings = list(rows.active_on(today).filter(pk__in=numbers).with_row())
    return [one for one in owed(pairings, [], today) if one.is_ticked and one.key in asked]


def own_bodies(user: User) -> list[Organisation]:
    """Return the house itself, for those who log what it does."""
    return [user.organisation] if user.has_permission(Permission.LOG_ACTIVITY, user.organisation) else []


def owed(pairings: list[Pairing], bodies: list[Organisation], today: date) -> list[Owed]:
    """Return what is due by the end of this week or overdue, the oldest first. A few queries, however many pairings."""
    duties = list(Duty.objects.select_related("organisation").order_by("pk"))
    excuses = _excuses(pairings, bodies)
    found = [
        *_of_pairings(duties, pairings, excuses, today),
        *_of_bodies(duties, bodies, excuses, today),
    ]
    return sorted(found, key=lambda one: (one.due.due_on, one.about, one.duty.pk))


def duties_of(pairing: Pairing, today: date) -> list[tuple[Duty, date | None, cadence.Due | None]]:
    """Return every duty of a pairing with the day it was last fulfilled and what is owed next."""
    return duties_of_all([pairing])[pairing.pk]


def duties_of_all(pairings: list[Pairing]) -> dict[int, list[tuple[Duty, date | None, cadence.Due | None]]]:
    """Return the same for several pairings, by their keys: one query a duty, however many pairings it binds."""
    excuses = _excuses(pairings, [])
    found: dict[int, list] = {pairing.pk: [] for pairing in pairings}
    for duty in Duty.objects.select_related("organisation").order_by("pk"):
        bound = [pairing for pairing in pairings if _binds(duty, pairing)]
        last = _last_days(duty, [pairing.pk for pairing in bound]) if bound else {}
        for pairing in bound:
            last_on = last.get(pairing.pk)
            due = _next(duty, last_on, pairing.owes_from, pairing.ended_on, excuses, pairing)
            found[pairing.pk].append((duty, last_on, due))
    return found


def duties_of_body(body: Organisation, today: date) -> list[tuple[Duty, date | None, cadence.Due | None]]:
    """Return every duty of a branch or another body with the day it was last fulfilled and what is owed next."""
    rows = Duty.objects.filter(pairing_kind=None).select_related("organisation", "proof_kind").order_by("pk")
    excuses = _excuses([], [body])
    answers = []
    for duty in rows:
        if _binds_body(duty, body):
            last_on = _last_days_of_bodies(duty, [body.pk]).get(body.pk)
            answers.append((duty, last_on, _next(duty, last_on, duty.starts_on, body.closed_on, excuses, body)))
    return answers


def day_of(user: User, today: date, rows: list[Owed], is_house: bool = False, **further: int) -> Day:
    """Return the page: duties as given, matters that are due, call-backs, and what is waited for."""
    matters = matter_lists.of(user, week_end(today), is_house)
    handed = matters[matter_lists.HANDED]
    return Day(
        today,
        [row for row in rows if row.due.is_overdue(today)],
        [row for row in rows if not row.due.is_overdue(today)],
        [matter for matter in handed if matter.due_on < today],
        [matter for matter in handed if matter.due_on >= today],
        matters[matter_lists.CALL_BACKS],
        matters[matter_lists.WAITING],
        **further,
    )


def week_end(today: date) -> date:
    """Return the Sunday of the week."""
    return cadence.period_of("week", today)[1]


def _of_pairings(duties: list[Duty], pairings: list[Pairing], excuses: dict, today: date) -> Iterable[Owed]:
    met: dict[Proof, dict[int, date]] = {}
    for duty in duties:
        bound = [pairing for pairing in pairings if _binds(duty, pairing)]
        if not bound:
            continue
        if duty.times == 1 and duty.proof in MET:
            met = met or _last_met([pairing.pk for pairing in pairings])
            last = met[Proof(duty.proof)]
        else:
            last = _last_days(duty, [pairing.pk for pairing in bound])
        for pairing in bound:
            last_on = last.get(pairing.pk)
            due = _next(duty, last_on, pairing.owes_from, pairing.ended_on, excuses, pairing)
            if due and due.first_on <= today and (due.due_on <= week_end(today)):
                yield Owed(duty, due, last_on, pairing=pairing)


def _of_bodies(duties: list[Duty], bodies: list[Organisation], excuses: dict, today: date) -> Iterable[Owed]:
    for duty in duties:
        if duty.pairing_kind_id is not None:
            continue
        bound = [body for body in bodies if _binds_body(duty, body)]
        last = _last_days_of_bodies(duty, [body.pk for body in bound]) if bound else {}
        for body in bound:
            due = _next(duty, last.get(body.pk), duty.starts_on, body.closed_on, excuses, body)
            if due and due.first_on <= today and due.due_on <= week_end(today):
                yield Owed(duty, due, last.get(body.pk), body=body)


def _binds(duty: Duty, pairing: Pairing) -> bool:
    return duty.pairing_kind_id == pairing.kind_id and _in_house(duty, pairing.organisation_path)


def _binds_body(duty: Duty, body: Organisation) -> bool:
    is_meant = duty.body_id == body.pk or (duty.body_kind and duty.body_kind == body.kind)
    return bool(is_meant) and _in_house(duty, body.path)


def _in_house(duty: Duty, path: str) -> bool:
    return duty.organisation is None or path.startswith(duty.organisation.path)


def _next(
    duty: Duty, last_on: date | None, since: date, until: date | None, excuses: dict, row: Model
) -> cadence.Due | None:
    ends = min(filter(None, (until, duty.ends_on)), default=None)
    excused = tuple(
        (excuse.from_on, excuse.to_on) for excuse in excuses[type(row), row.pk] if excuse.duty_id in (None, duty.pk)
    )
    return cadence.next_due(duty.every, last_on, max(since, duty.starts_on), ends, excused)


def _excuses(pairings: list[Pairing], bodies: list[Organisation]) -> dict:
    """Return the excuses in force by row; whoever was told of one is still excused for its days."""
    found = defaultdict(list)
    ours = Q(pairing__in=[pairing.pk for pairing in pairings])
    theirs = Q(pairing=None, organisation__in=[body.pk for body in bodies])
    for excuse in Excuse.objects.filter(ours | theirs, lifted_at=None):
        is_ours = excuse.pairing_id is not None
        found[(Pairing, excuse.pairing_id) if is_ours else (Organisation, excuse.organisation_id)].append(excuse)
    return found


def _last_met(pairings: list[int]) -> dict[Proof, dict[int, date]]:
    """Return, by proof and pairing, the days of the last contact, of the last visit, of the last problem solved."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_MET, [pairings])
        found = cursor.fetchall()
    return {proof: {row[0]: row[place] for row in found} for place, proof in enumerate(MET, 1)}


def _last_days(duty: Duty, pairings: list[int]) -> dict[int, date]:
    return dict(last_days(duty, pairings))


def last_days(duty: Duty, pairings: list[int] | QuerySet) -> QuerySet:
    """Return pairs of pairing and day of the row that fulfilled the duty last: of n times, the n-th last."""
    if duty.proof == Proof.SOLVED:
        rows, day = Matter.objects.filter(is_solved=True, pairing__in=pairings), "closed_on"
    elif duty.proof == Proof.GRANT:
        rows = Grant.objects.standing().filter(kind=duty.proof_kind_id, activity__pairing__in=pairings)
        return _nth(rows, "activity__pairing", "given_on", duty.times)
    else:
        rows, day = Activity.objects.standing().filter(pairing__in=pairings), "happened_on"
        if duty.proof == Proof.VISIT:
            rows = rows.filter(channel=Channel.ON_SITE)
        elif duty.proof == Proof.ACTIVITY:
            rows = rows.filter(kind=duty.proof_kind_id)
    return _nth(rows, "pairing", day, duty.times)


def _last_days_of_bodies(duty: Duty, bodies: list[int]) -> dict[int, date]:
    if duty.proof == Proof.GRANT:
        rows = Grant.objects.standing().filter(kind=duty.proof_kind_id, organisation__in=bodies)
        return dict(_nth(rows, "organisation", "given_on", duty.times))
    rows = Activity.objects.standing().filter(kind=duty.proof_kind_id)
    about = dict(_nth(rows.filter(body__in=bodies), "body", "happened_on", duty.times))
    own = dict(_nth(rows.filter(organisation__in=bodies, body=None), "organisation", "happened_on", duty.times))
    return {body: max(filter(None, (about.get(body), own.get(body)))) for body in about.keys() | own.keys()}


def _nth(rows: QuerySet, by: str, day: str, times: int) -> QuerySet:
    if times == 1:
        return rows.order_by().values_list(by).annotate(last_on=Max(day))
    nth = Window(RowNumber(), partition_by=F(by), order_by=F(day).desc())
    return rows.annotate(nth_last=nth).filter(nth_last=times).values_list(by, day)


def proof_of(user: User) -> str:
    """Return what a subscription's address holds of the account's password: a new password ends it."""
    return user.get_session_auth_hash()[:24]


def subscriber(key: str, proof: str) -> User | None:
    """Return the account whose calendar an address opens; None for a wrong, old or disabled one."""
    user = User.objects.filter(pk=key, is_active=True).first() if key.isdecimal() else None
    if user is None or not constant_time_compare(proof, proof_of(user)):
        return None
    return user if user.has_permission(Permission.READ_LEDGER) else None
