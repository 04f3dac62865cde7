"""Private set intersection between two departments' computers: what the app keeps of it is tickets, numbers, approvals.

Nothing of either roll comes here. The members' side learns how many rows are on both rolls and says so; after both
approvals the other side reads its release words out, and the members' side enters the rows it then opened itself.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import FileRefused, Refused, WrongState
from members import audit, workflow
from members.actions.blind import MEANWHILE, PSI, locked, may_act
from members.actions.blind_leads import Entered, is_nobody, opened, person_of
from members.actions.discovery import open_lead
from members.actions.match_notice import ask_approval
from members.imports import people
from members.matching import explain
from members.models import LeadEvidence, MatchRun, Organisation, User
from members.models.discovery import Channel
from members.models.match import MatchState, Side

PASS_COLUMN = 1  # where the program writes how a row was found


@transaction.atomic
def compared(*, run: MatchRun, sure: int, decide: int, by: User) -> MatchRun:
    """Note the numbers that the receiving program showed; from then on the run waits for both approvals.

    Raises: Refused outside the members' side, WrongState once they are noted.
    Side effects in order: lock, row, audit row, notices after commit.
    """
    run = locked(run, by, MatchState.PREPARING, modes=PSI)
    may_act(run, Side.MEMBERS, by)
    if not workflow.match_may_follow(run.state, MatchState.COUNTED):
        raise WrongState(MEANWHILE)
    run.state, run.counted_at = MatchState.COUNTED, timezone.now()
    run.automatic_count, run.review_count = sure, decide
    run.save(update_fields=["state", "counted_at", "automatic_count", "review_count"])
    audit.record(actor=by, event="match.count", target=run, automatic=sure, review=decide)
    ask_approval(run)
    return run


def enter(*, run: MatchRun, side: Side, filename: str, data: bytes, by: User) -> Entered:
    """Open a lead for every row that the rules were sure of; doubtful rows and rows entered before are counted.

    Raises: FileRefused for another file or one with more sure rows than were counted, Refused outside the members'
    side, WrongState unless the run is open. Side effects in order: lock, people, leads, audit row.
    """
    rows, layout = opened(filename, data, lambda row: _code(row) in explain.PASSES)
    with transaction.atomic():
        run = locked(run, by, MatchState.OPEN, modes=PSI)
        if side != Side.MEMBERS:
            raise Refused(_("Only the members' side opens rows in this kind of match."), code="side")
        may_act(run, side, by)
        sure = [row for row in rows if _code(row) in explain.PASSES and not _code(row).startswith("review-")]
        if len(sure) > run.automatic_count:
            raise FileRefused(
                _("The workbook has more sure rows than the comparison found. Upload the one the program wrote."),
                code="too_many",
            )
        result = Entered(undecided=sum(_code(row).startswith("review-") for row in rows))
        result.foreign = len(rows) - len(sure) - result.undecided
        for number, row in enumerate(sure, 1):
            _enter_row(result, run, number, row, layout, by)
        counts = {"leads": result.leads, "undecided": result.undecided, "bad": len(result.bad) + result.foreign}
        audit.record(actor=by, event="match.enter", target=run, side=str(side), **counts)
    return result


def _code(row: list[str]) -> str:
    return row[PASS_COLUMN] if len(row) > PASS_COLUMN else ""


def _enter_row(result: Entered, run: MatchRun, number: int, row: list[str], layout: people.Layout, by: User) -> None:
    read = people.read(row, layout.fields)
    if is_nobody(read) or not {"id_no", "phone"} & set(read.values):
        result.bad.append((number, [list(fault) for fault in read.faults]))
        return
    body: Organisation = run.members_organisation
    try:
        with transaction.atomic():
            person = person_of(read.values, body, by)
            signs = LeadEvidence.objects.filter(lead__person=person, channel=Channel.DATA_MATCH)
            if signs.filter(match_run=run).exists():
                result.known += 1
                return
            is_new = not signs.exists()
            open_lead(person=person, channel=Channel.DATA_MATCH, by=by)
            if is_new:
                signs.update(match_run=run, pass_code=_code(row))
    except Refused:
        result.bad.append((number, [["id_no", "elsewhere"]]))
    else:
        result.leads += 1
        result.note(number, read)
