"""A matter out of a workbook: where it stands by what the row says of it.

No step is written: nobody here made one. What is still open is taken on and answered like any other; a closed appeal
without a call-back counts as settled, never as solved, since only the call-back says that.
"""

from config.dates import add_workdays
from config.sealed import seal
from services import workflow
from services.actions.matter import PROMISED
from services.models import Group, Kind, Matter, MatterState
from services.models.matter import Outcome


def build(values: dict, kinds: dict[int, Kind]) -> Matter:
    """Return the matter of a row's values, its phone sealed; `kinds` are all kinds of matters by id."""
    kind, phone = kinds[values["kind_id"]], values.pop("phone", "")
    matter = Matter(**values)
    if matter.closed_on is not None:
        matter.state = MatterState.SETTLED
        matter.is_solved = _is_solved(kind.group, matter)
    if matter.due_on is None and kind.due_days is not None:
        matter.due_on = add_workdays(matter.received_on, kind.due_days)
    if matter.requester_id is None:  # a registered person's phone stands at the person
        seal(matter, "phone_cipher", phone)
    return matter


def _is_solved(group: Group, matter: Matter) -> bool:
    if group not in workflow.CALLED_BACK:
        return matter.outcome == Outcome.SOLVED
    return matter.satisfaction in PROMISED and matter.outcome in (Outcome.SOLVED, Outcome.PARTLY)
