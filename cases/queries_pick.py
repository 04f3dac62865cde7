"""Reads for filling a public notice from the scores: who would come on the list, who would fall off, who cannot."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases import cut, queries_notice, queries_scoring
from cases.cut import Entrant, Share, Tie
from cases.models import Call, Case
from cases.queries_scoring import Row
from members.models import User


class Missing(StrEnum):
    """Why a case of the call cannot be ranked, or what to look at before it comes on a list."""

    HIDDEN = "hidden"
    DECLINED = "declined"
    GATE = "gate"
    UNSCORED = "unscored"
    UNCALIBRATED = "uncalibrated"

    @property
    def label(self) -> Promise:
        """The reason in words."""
        return {
            self.HIDDEN: _("its scores are hidden from you until you give your own opinion"),
            self.DECLINED: _("it was declined"),
            self.GATE: _("a reviewer says that it does not pass the gate"),
            self.UNSCORED: _("nobody has scored it"),
            self.UNCALIBRATED: _("it has no calibrated mean: its reviewers have given too few opinions"),
        }[self]


class Change(StrEnum):
    """What entering the proposal does to one case."""

    NEW = "new"
    HONOUR = "honour"
    STAYS = "stays"

    @property
    def label(self) -> Promise:
        """The change in a word."""
        return {
            self.NEW: pgettext_lazy("list", "comes on the list"),
            self.HONOUR: pgettext_lazy("list", "another honour"),
            self.STAYS: pgettext_lazy("list", "stays"),
        }[self]


@dataclass(frozen=True)
class Line:
    """One place of the proposed list. `doubt` is what to look at, where there is something."""

    position: int
    case: int
    number: str
    title: str
    organisation: str
    honour: str
    change: Change
    row: Row | None
    doubt: Missing | None

    @property
    def lacks_opinions(self) -> bool:
        """Whether reviewers still owe an opinion, so that its mean may move."""
        return self.row is not None and self.row.result is not None and self.row.result.count < self.row.asked


@dataclass(frozen=True)
class Asked:
    """A case level at a cut: the answer so far, and the answers there are as (number of the share, its words)."""

    row: Row
    chosen: int | None
    choices: list[tuple[int, str]]


@dataclass
class Proposal:
    """The list as it would stand. `left_out` are cases that could not be ranked, by reason."""

    lines: list[Line] = field(default_factory=list)
    falls_off: list[Line] = field(default_factory=list)
    left_out: dict[Missing, list[Row]] = field(default_factory=dict)
    ties: list[tuple[Tie, list["Asked"]]] = field(default_factory=list)
    is_open: bool = False

    @property
    def said(self) -> list[tuple[int, int, str]]:
        """What is entered: place, case, honour."""
        return [(line.position, line.case, line.honour) for line in self.lines]

    @property
    def wait_for_opinions(self) -> int:
        """How many of the proposed cases still wait for an opinion."""
        return sum(line.lacks_opinions for line in self.lines)

    @property
    def comes(self) -> int:
        """How many cases come on the list."""
        return sum(line.change == Change.NEW for line in self.lines)


def missing(row: Row, by: str) -> Missing | None:
    """Return why a case cannot be ranked by this mean, `raw` or `calibrated`; None when it can."""
    if row.is_hidden:
        return Missing.HIDDEN
    if row.state == Case.State.DECLINED:
        return Missing.DECLINED
    if row.result is None:
        return Missing.UNSCORED
    if row.result.fails:
        return Missing.GATE
    return Missing.UNCALIBRATED if getattr(row.result, by) is None else None


def by_default(rows: Sequence[Row]) -> str:
    """Return the mean to rank by unless somebody says otherwise: calibrated as soon as one case has it."""
    return "calibrated" if any(row.result and row.result.calibrated is not None for row in rows) else "raw"


def rows_of(call: Call, user: User) -> list[Row]:
    """Return the cases of the call the user sees, best first, with what came of the scoring."""
    return queries_scoring.scores(call, user, "-raw")


def first(
    call: Call, rows: Sequence[Row], shares: Sequence[Share], by: str, answers: Mapping[int, int], *, keeps: bool
) -> Proposal:
    """Propose the best of the call for the shares; with `keeps`, the best of those not on the list, behind it."""
    listed = _listed(call)
    free = [row for row in rows if not (keeps and row.case in listed)]
    reasons = {row.case: missing(row, by) for row in free}
    ranked = [Entrant(row.case, getattr(row.result, by)) for row in free if reasons[row.case] is None]
    done = cut.cut(ranked, shares, answers)
    known = {row.case: row for row in rows}
    wanted = [(case, shares[number - 1].honour) for case, number in done.placed]
    found = _proposal(listed, known, wanted, keeps=keeps, by=by)
    for row in free:
        if reasons[row.case]:
            found.left_out.setdefault(reasons[row.case], []).append(row)
    found.ties = [(tie, _asked(tie, known, shares, answers)) for tie in done.ties]
    found.is_open = done.is_open
    return found


def _asked(tie: Tie, known: dict[int, Row], shares: Sequence[Share], answers: Mapping[int, int]) -> list[Asked]:
    later = [(number, share) for number, share in enumerate(shares, start=1) if number >= tie.share]
    choices = [(number, share.honour or str(pgettext_lazy("list", "On the list"))) for number, share in later]
    choices.append((cut.OUT, str(pgettext_lazy("list", "Not on the list"))))
    return [Asked(known[case], answers.get(case), choices) for case in tie.cases]


def ticked(call: Call, rows: Sequence[Row], chosen: Collection[int], honour: str, by: str, *, keeps: bool) -> Proposal:
    """Propose the cases somebody ticked, best first; with `keeps`, behind what stands on the list."""
    listed, known = _listed(call), {row.case: row for row in rows}
    wanted = [(row.case, honour) for row in rows if row.case in chosen]
    return _proposal(listed, known, wanted, keeps=keeps, by=by)


def _listed(call: Call) -> dict[int, Line]:
    found = {}
    for row in queries_notice.standing(call):
        case = row.case
        told = (case.number, case.title, case.organisation.name, row.honour)
        found[case.pk] = Line(row.position, case.pk, *told, Change.STAYS, None, None)
    return found


def _proposal(
    listed: dict[int, Line], known: dict[int, Row], wanted: list[tuple[int, str]], *, keeps: bool, by: str
) -> Proposal:
    honours = {case: line.honour for case, line in listed.items()} if keeps else {}
    honours |= dict(wanted)  # who stands there already keeps the place and takes the new honour
    lines = []
    for position, (case, honour) in enumerate(honours.items(), start=1):
        row, before = known.get(case), listed.get(case)
        change = Change.NEW if before is None else Change.STAYS if before.honour == honour else Change.HONOUR
        told = (row.number, row.title, row.organisation) if row else (before.number, before.title, before.organisation)
        doubt = missing(row, by) if row else None
        lines.append(Line(position, case, *told, honour, change, row, doubt))
    return Proposal(lines, [line for case, line in listed.items() if case not in honours])


def to_enter(proposal: Proposal) -> list[tuple[Case, str]]:
    """Return the proposed list as `actions.notice.set_list` takes it."""
    cases = Case.objects.in_bulk([line.case for line in proposal.lines])
    return [(cases[line.case], line.honour) for line in proposal.lines]
