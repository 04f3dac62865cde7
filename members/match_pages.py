"""What the page of a data match shows: both rosters as understood, progress, counts, approvals."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.errors import Refused
from config.vault import Vault
from members import identity_faults, queries, workflow
from members.actions import match as matches
from members.actions import match_run
from members.forms.match import MEANINGS, ColumnsForm, RosterForm
from members.matching import card as card_lines
from members.matching import explain
from members.matching.rosters import refuse_mixed_up
from members.matching.sealed import LETTERS, Layout, SealedRoster
from members.models import MatchApproval, MatchCandidate, MatchRoster, MatchRun, User
from members.models.match import MatchState, PairState, Side
from members.permissions import Permission

STAGES = {
    "": gettext_lazy("Waiting for its turn"),
    "practitioners": gettext_lazy("Reading the practitioners' roster"),
    "members": gettext_lazy("Reading the members' roster"),
    "join": gettext_lazy("Comparing"),
    "closer": gettext_lazy("Comparing"),
    "resolve": gettext_lazy("Comparing"),
    "sealing": gettext_lazy("Sealing the pairs found"),
}


@dataclass
class Panel:
    """One side's roster on the page."""

    side: Side
    body: str
    roster: MatchRoster | None
    layout: Layout | None
    upload: RosterForm
    columns: ColumnsForm | None = None
    understood: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    examples: list = field(default_factory=list)

    @property
    def is_read(self) -> bool:
        """Whether its rows are understood."""
        return self.roster is not None and self.roster.state == MatchRoster.State.READY

    @property
    def is_reading(self) -> bool:
        """Whether the worker is still at it."""
        return self.roster is not None and self.roster.state == MatchRoster.State.READING


@dataclass
class Leave:
    """One side's approval, or the chance to give it."""

    side: Side
    body: str
    approval: MatchApproval | None
    may_approve: bool


def layout_of(run: MatchRun, side: Side) -> Layout | None:
    """Return what was understood of a side's roster; None where nothing was given or everything is destroyed."""
    vault = Vault(run.uuid)
    if not vault.is_open or not vault.names(f"{LETTERS[side]}-layout"):
        return None
    return SealedRoster(vault, side).layout


@dataclass
class Verdict:
    """What was decided about a pair, with the weights that the one who decided did not see before."""

    pair: MatchCandidate
    names: tuple[str, str]
    words: str
    pass_words: str
    bars: list[card_lines.Bar]
    percent: str
    may_undo: bool


@dataclass
class Card:
    """A pair to decide: both records masked, what agrees in words; no weight, no pass."""

    pair: MatchCandidate
    lines: list
    words: str
    namesakes: tuple[int, int]
    is_second: bool


FIELD_LABELS = dict(MEANINGS)


def may_show_pairs(run: MatchRun) -> bool:
    """Tell whether names may be shown: both sides have approved, and the key is there."""
    return run.state == MatchState.OPEN and Vault(run.uuid).is_open


def card(pair: MatchCandidate) -> Card:
    """Return the card of a pair."""
    ours, theirs = match_run.records_of(pair)
    lines = [(FIELD_LABELS[line.field], line) for line in card_lines.lines(ours.values, theirs.values)]
    words = card_lines.sentence(pair.levels)
    return Card(pair, lines, words, (ours.namesakes, theirs.namesakes), pair.first_by_id is not None)


def verdict(pair: MatchCandidate) -> Verdict:
    """Return what became of a pair; its weights only where nobody has to decide any more."""
    ours, theirs = match_run.records_of(pair)
    is_open = pair.state in workflow.TO_DECIDE
    return Verdict(
        pair,
        (ours.values["name"], theirs.values["name"]),
        card_lines.sentence(pair.levels),
        "" if is_open else card_lines.pass_words(pair.pass_code),
        [] if is_open else card_lines.bars(pair.levels, pair.run.weights),
        "" if is_open else "> 99.9%" if pair.probability > 0.999 else f"{pair.probability:.1%}",
        workflow.pair_may_follow(pair.state, PairState.OPEN),
    )


def context(run: MatchRun, user: User, forms: dict) -> dict:
    """Return what the run's page needs; `forms` holds upload forms with errors by side."""
    is_preparing = run.state in (MatchState.PREPARING, MatchState.FAILED)
    panels = _panels(run, forms) if is_preparing else []
    problem = _problem(run) if panels and all(panel.is_read for panel in panels) else None
    counts = queries.pair_counts(run)
    found = {
        "run": run,
        "is_preparing": is_preparing,
        "panels": panels,
        "problem": problem,
        "is_ready": bool(panels) and all(panel.is_read for panel in panels) and problem is None,
        "is_swapped": problem is not None and problem.code == "swapped",
        "leaves": _leaves(run, user) if run.counted_at else [],
        "counts": counts,
        "passes": _passes(run),
        "failure": failure(run),
        "key_gone": "" if run.closed_at or Vault(run.uuid).is_open else matches.KEY_GONE,
        "closes_on": matches.closes_on(run),
        "may_review": user.has_permission(Permission.EDIT_PEOPLE, run.organisation),
        "may_close": workflow.match_may_follow(run.state, MatchState.CLOSED),
    }
    return found | {"progress": progress(run)}


def progress(run: MatchRun) -> dict:
    """Tell whether the worker is busy with the run, what it does, and how far it is in percent."""
    reading = run.rosters.filter(state=MatchRoster.State.READING).count()
    if run.state == MatchState.RUNNING:
        percent = run.step_rows * 100 // run.step_total if run.step_total else 0
        return {"is_busy": True, "said": str(STAGES[run.stage]), "percent": min(percent, 99)}
    if run.state in (MatchState.PREPARING, MatchState.FAILED) and reading:
        return {"is_busy": True, "said": _("Reading the roster"), "percent": None}
    if run.state == MatchState.OPEN and run.automatic_count:
        waiting = run.candidates.filter(state=PairState.WAITING).count()
        done = (run.automatic_count - waiting) * 100 // run.automatic_count
        return {"is_busy": waiting > 0, "said": _("Opening leads for automatic pairs"), "percent": done}
    return {"is_busy": False, "said": "", "percent": 100}


def failure(run: MatchRun) -> str:
    """Say why a run did not succeed, and what to do."""
    if run.state != MatchState.FAILED:
        return ""
    if run.failure == "rights":
        return _("Whoever started it may no longer keep these people. Start it again with an account that may.")
    if run.failure in ("twice", "swapped"):
        return _("The two rosters are the same file, or swapped. Look at them again.")
    return _(
        "The comparison did not succeed (%(kind)s). Start it again; if it fails again, tell the administrator."
    ) % {"kind": run.failure}


def _panels(run: MatchRun, forms: dict) -> list[Panel]:
    rosters = {roster.side: roster for roster in run.rosters.select_related("given_by")}
    bodies = {Side.PRACTITIONERS: run.organisation, Side.MEMBERS: run.members_organisation}
    found = []
    for side, body in bodies.items():
        layout = layout_of(run, side)
        upload = forms.get(side) or RosterForm(auto_id=f"id_{side}_%s")
        panel = Panel(side, str(body), rosters.get(side), layout, upload)
        if layout is not None and panel.is_read:
            _explain(panel, layout)
        found.append(panel)
    return found


def _explain(panel: Panel, layout: Layout) -> None:
    meanings = dict(MEANINGS)
    if not layout.from_register:
        panel.columns = ColumnsForm(table=layout, auto_id=f"id_{panel.side}_%s")
        panel.understood = [
            (header, meanings[name], name in layout.empty)
            for header, name in zip(layout.headers, layout.fields, strict=True)
            if name
        ]
    panel.faults = [(identity_faults.sentence(name, fault), count) for name, fault, count in layout.faults]
    panel.examples = [(number, identity_faults.sentence(name, fault)) for number, name, fault in layout.examples]


def _problem(run: MatchRun) -> Refused | None:
    """Return why the two rosters cannot be compared, or None."""
    vault = Vault(run.uuid)
    try:
        refuse_mixed_up(SealedRoster(vault, Side.PRACTITIONERS), SealedRoster(vault, Side.MEMBERS))
    except Refused as refused:
        return refused
    return None


def _leaves(run: MatchRun, user: User) -> list[Leave]:
    given = {approval.side: approval for approval in run.approvals.select_related("by")}
    has_approved = any(approval.by_id == user.pk for approval in given.values())
    bodies = {Side.PRACTITIONERS: run.organisation, Side.MEMBERS: run.members_organisation}
    return [
        Leave(
            side,
            str(body),
            given.get(side),
            run.state == MatchState.COUNTED
            and side not in given
            and not has_approved
            and user.has_permission(Permission.EDIT_PEOPLE, body),
        )
        for side, body in bodies.items()
    ]


def _passes(run: MatchRun) -> list[tuple[str, list[int]]]:
    """Return the passes that found something, in words, with found, confirmed and rejected; names nobody."""
    if run.state == MatchState.OPEN:
        counts = matches.counts_by_pass(run)
    else:
        counts = {code: found if isinstance(found, list) else [found, 0, 0] for code, found in run.pass_counts.items()}
    return [(words, counts[code]) for code, words in explain.PASSES.items() if code in counts]
