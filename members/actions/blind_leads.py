"""Leads out of a blind match: the office that contacts people enters its own opened rows, as its script wrote them.

The file is read in memory and kept nowhere. A row counts only with the handle of a pair that is one person.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.errors import FileRefused, Refused
from config.uploads import bounded, gate
from members import audit
from members.actions import discovery, register
from members.actions.blind import HANDLES, body_of, locked, may_act, settle
from members.imports import people
from members.models import Lead, LeadEvidence, MatchCandidate, MatchRun, Organisation, Person, User
from members.models.discovery import Channel
from members.models.match import MatchState, PairState, Side

HANDLE = re.compile("[0-9a-f]{48}")
NOT_OPENED = _("This is not the workbook of opened rows. Upload the file that the stand-alone program wrote for you.")


@dataclass
class Entered:
    """What an uploaded workbook of opened rows came to; `bad` and `without` have (pair number, faults).

    `without` were entered, but for a number that could not be read.
    """

    leads: int = 0
    undecided: int = 0
    known: int = 0
    foreign: int = 0
    bad: list[tuple[int, list]] = field(default_factory=list)
    without: list[tuple[int, list]] = field(default_factory=list)

    def note(self, number: int, row: people.Row) -> None:
        """Remember which numbers of an entered row were left out."""
        if row.faults:
            self.without.append((number, [list(fault) for fault in row.faults]))


def enter(*, run: MatchRun, side: Side, filename: str, data: bytes, by: User) -> Entered:
    """Open a lead for every row whose pair is one person; rows entered before, undecided or foreign are counted.

    Raises: FileRefused for another file, Refused outside the side's body, WrongState unless the run is open.
    Side effects in order: lock, people, leads, pairs, run, audit row.
    """
    rows, layout = opened(filename, data, _handle_in)
    with transaction.atomic():
        run = locked(run, by, MatchState.OPEN)
        may_act(run, side, by)
        pairs = {getattr(pair, HANDLES[side]): pair for pair in run.candidates.select_for_update().order_by("number")}
        result = Entered()
        for cells in rows:
            _enter_row(result, pairs, cells, layout, body_of(run, side), by)
        settle(run)
        counts = {"leads": result.leads, "undecided": result.undecided, "bad": len(result.bad) + result.foreign}
        audit.record(actor=by, event="match.enter", target=run, side=str(side), **counts)
    return result


def opened(filename: str, data: bytes, is_ours: Callable[[list[str]], object]) -> tuple[list[list[str]], people.Layout]:
    """Read the workbook; return its rows of data and what its columns mean.

    Raises: FileRefused, also when no row `is_ours`, written by the program.
    """
    gate.admit("workbook", filename, data)
    _named, blobs = bounded.run("config.uploads.tables:sheets", data)
    rows = json.loads(blobs[0]) if blobs else []
    layout = people.understand(rows[:1] + rows[1:2], {}) if rows else None
    body = [row for row in rows[1:] if any(row)]
    if layout is None or layout.first_row != 1 or not any(is_ours(row) for row in body):
        raise FileRefused(NOT_OPENED, code="not_opened")
    return body, layout


def _handle_in(cells: list[str]) -> str:
    return next((cell for cell in cells[:6] if HANDLE.fullmatch(cell)), "")


def _enter_row(
    result: Entered,
    pairs: dict[str, MatchCandidate],
    cells: list[str],
    layout: people.Layout,
    body: Organisation,
    by: User,
) -> None:
    pair = pairs.get(_handle_in(cells))
    if pair is None:
        result.foreign += 1
    elif pair.lead_id is not None:
        result.known += 1
    elif pair.state != PairState.CONFIRMED:
        result.undecided += 1
    else:
        row = people.read(cells, layout.fields)
        try:
            if is_nobody(row):
                result.bad.append((pair.number + 1, [list(fault) for fault in row.faults]))
                return
            with transaction.atomic():
                person = person_of(row.values, body, by)
                pair.lead = _open(pair, person, by)
                pair.save(update_fields=["lead"])
        except Refused:
            result.bad.append((pair.number + 1, [["id_no", "elsewhere"]]))
        else:
            result.leads += 1
            result.note(pair.number + 1, row)


def is_nobody(row: people.Row) -> bool:
    """Tell whether a row names nobody. A number that its check character proves wrong is left out and told."""
    return any(name == "name" for name, _fault in row.faults)


def _open(pair: MatchCandidate, person: Person, by: User) -> Lead:
    """Open the lead, with what agreed as its evidence where the match is a new sign."""
    is_new = not LeadEvidence.objects.filter(lead__person=person, channel=Channel.DATA_MATCH).exists()
    lead = discovery.open_lead(person=person, channel=Channel.DATA_MATCH, by=by)
    if is_new:
        signs = lead.evidence.filter(channel=Channel.DATA_MATCH)
        signs.update(match_run=pair.run_id, pass_code=pair.pass_code, levels=pair.levels)
    return lead


def person_of(values: dict[str, str], body: Organisation, by: User) -> Person:
    """Find the person by number, or by phone and name without another number; else register them."""
    number, phone, kept = values.get("id_no", ""), values.get("phone", ""), Person.objects.visible_to(by)
    known = kept.with_number("identity", number).first() if number else None
    if known is None and phone:
        same = kept.with_number("phone", phone).filter(name=values["name"]).order_by("pk").first()
        known = same if same is not None and not (number and same.identity_digest) else None
    return known or register.create(name=values["name"], organisation=body, by=by, identity=number, phone=phone)
