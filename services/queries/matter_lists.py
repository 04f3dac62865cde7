"""The matters of 今日 in one statement: in somebody's hands and due, to be called back, waited for.

Written as SQL, since the page asks it at every look: wording three such queries takes Django longer than answering
them takes Postgres. Row-level security stands underneath, as under every query.
"""

from collections import defaultdict
from datetime import date

from members.models import User
from members.permissions import Permission
from services.models import Matter, MatterState
from services.models.matter import OPEN_STATES

MOST = 100  # lines of a list: nobody works through more in a day
FEW = 20  # of what is only looked at here
HANDED, CALL_BACKS, WAITING = "handed", "call_backs", "waiting"
LIST = """(
    select '{name}' as listed, m.{day} as day, m.id, m.title, m.due_on, m.closed_on, m.kind_id, m.handler_id,
        m.requester_id, m.requester_name
    from services_matter m join members_organisation o on o.id = m.organisation_id
    where {which} and {scope} order by m.{day}, m.id limit {most})"""
# A person outside the reader's scope has no name here; what was taken down at the call stands for it.
LINES = """
select m.listed, m.id, m.title, m.due_on, m.closed_on, k.label as kind_label,
    coalesce(p.name, m.requester_name) as asked_by_name, coalesce(nullif(u.name, ''), u.username) as handler_name
from ({lists}) m
join services_kind k on k.id = m.kind_id
left join members_person p on p.id = m.requester_id
left join members_user u on u.id = m.handler_id
order by m.day, m.id
"""


def of(user: User, until: date, is_house: bool) -> dict[str, list[Matter]]:
    """Return three lists: open matters due by a day, those to be called back, the account's own in others' hands.

    With `is_house` the first are in anybody's hands. A line is a matter with `kind_label`, `asked_by_name` and
    `handler_name`; nothing else of it is loaded.
    """
    values = {"open": list(OPEN_STATES), "closed": MatterState.CLOSED, "until": until, "user": user.pk}
    seen = _scope(user, Permission.READ_LEDGER, values)
    decided = seen
    if user.has_permission(Permission.DECIDE_MATTER):
        decided = f"{seen} and {_scope(user, Permission.DECIDE_MATTER, values)}"
    own = "" if is_house else " and m.handler_id = %(user)s"
    lists = (
        (HANDED, "due_on", f"m.state = any(%(open)s) and m.due_on <= %(until)s{own}", seen, MOST),
        (CALL_BACKS, "closed_on", "m.state = %(closed)s", decided, FEW),
        (WAITING, "due_on", "m.state = any(%(open)s) and m.logged_by_id = %(user)s and m.handler_id <> %(user)s",
         seen, FEW),
    )  # fmt: skip
    united = " union all ".join(
        LIST.format(name=name, day=day, which=which, scope=scope, most=most) for name, day, which, scope, most in lists
    )
    found = defaultdict(list)
    for matter in Matter.objects.raw(LINES.format(lists=united), values):
        found[matter.listed].append(matter)
    return found


def _scope(user: User, permission: Permission, values: dict) -> str:
    """Return the condition that keeps organisations under the user's paths, and add its values."""
    names = []
    for number, path in enumerate(user.paths(permission)):
        names.append(f"{permission.value}_{number}")
        values[names[-1]] = f"{path}%"
    return f"({' or '.join(f'o.path like %({name})s' for name in names)})" if names else "false"
