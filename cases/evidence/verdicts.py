"""A text's figures beside what the ledger says: claims that were confirmed, proposals where nobody has yet."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.evidence import subjects
from cases.evidence.figures import Figure, extract
from cases.evidence.intervals import Interval, interval_of
from cases.evidence.subjects import KindWords, Proposal
from cases.models import Case, Claim, FigureQuestion, Revision, Verdict
from config.errors import Refused
from members.middleware import whole_scope
from members.models import Organisation
from services.indicators import catalogue, listing, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.registry import Reading, Scope, Sort
from services.models import Kind

BEFORE, AFTER = 12, 8
YEAR = re.compile(r"(20\d\d)\s*年")
CHECKED_KINDS = frozenset({"count", "money", "percent", "area"})


def written(key: str, filters: dict) -> str:
    """Write an indicator with its filters as one text, the same for the same."""
    return json.dumps([key, filters], ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Binding:
    """What a figure stands for: an indicator, its filters, in whose scope, over which days."""

    key: str
    filters: dict
    organisation: Organisation
    period: str

    @property
    def label(self) -> str:
        """The indicator's name with what narrows it."""
        words = [value for _name, value in listing.filter_words(self.filters)]
        return " · ".join([str(registry.get(self.key).label), *words])

    @property
    def days(self) -> str:
        """The period in words."""
        return periods.parse(self.period, timezone.localdate()).label

    @property
    def written(self) -> str:
        """Indicator and filters as the value of a form's choice."""
        return written(self.key, self.filters)

    @property
    def about(self) -> tuple[str, int, str]:
        """What two figures share that speak of one thing."""
        return self.written, self.organisation.pk, self.period


@dataclass(frozen=True)
class Changed:
    """What stood in a figure's place in an earlier revision, which revision changed it, and whether that was asked."""

    mention: str
    revision: Revision
    is_asked: bool


@dataclass(frozen=True)
class Elsewhere:
    """What another case of the unit says of the same thing; `is_bound`: by its claim, else in the same words."""

    mention: str
    case: Case
    is_bound: bool


@dataclass
class Line:
    """One figure of a text. `binding` is confirmed where there is a `claim`, else proposed, else None."""

    figure: Figure
    paragraph: int
    context: str
    before: str
    after: str
    claim: Claim | None = None
    binding: Binding | None = None
    words: tuple[str, ...] = ()
    reading: Reading | None = None
    verdict: Verdict | None = None
    difference: Decimal = field(default_factory=Decimal)
    changed: Changed | None = None
    elsewhere: list[Elsewhere] = field(default_factory=list)
    questions: list[FigureQuestion] = field(default_factory=list)

    @property
    def interval(self) -> Interval:
        """The numbers the text allows."""
        return interval_of(self.figure)

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody said what it stands for, or that it stands for nothing here."""
        return self.claim is not None

    @property
    def said(self) -> str:
        """The verdict in words, with by how much the figure differs."""
        if self.verdict is Verdict.DIFFERS:
            return _("differs (by %(number)s)") % {"number": f"{self.difference.normalize():f}"}
        return str(self.verdict.label) if self.verdict else ""

    @property
    def tone(self) -> str:
        """The tone of the verdict's tag."""
        tones = {Verdict.MATCHES: "success", Verdict.DIFFERS: "attention", Verdict.EXTERNAL: "progress"}
        return tones.get(self.verdict, "neutral")


def context_of(body: str, figure: Figure) -> str:
    """Return a figure with the words beside it in its paragraph: what makes it the same in another revision."""
    ahead, behind = body[: figure.start].rpartition("\n")[2], body[figure.end :].partition("\n")[0]
    before, after = re.sub(r"\s", "", ahead)[-BEFORE:], re.sub(r"\s", "", behind)[:AFTER]
    return f"{before}【{figure.mention}】{after}"


def lines_of(case: Case, revision: Revision) -> list[Line]:
    """Return every figure the ledger could know, each with its claim or a proposal, and the verdict on it.

    Numbers alone are read, in the claim's own scope; the rows behind them open only for those entitled. Queries: the
    claims, the kinds, and one or two for each different number.
    """
    claims, kinds = _claims(case), kind_words()
    lines = [_line(revision.body, figure, claims, kinds, case) for figure in extract(revision.body)]
    lines = [line for line in lines if line.figure.kind in CHECKED_KINDS or line.claim]
    with whole_scope():
        _read_all(lines)
    return lines


def claimed(case: Case, revision: Revision) -> list[Line]:
    """Return the figures that stand for something by somebody's word, without asking the ledger."""
    claims = _claims(case)
    lines = [_line(revision.body, figure, claims, [], case) for figure in extract(revision.body) if claims]
    return [line for line in lines if line.claim and line.binding]


def line_at(case: Case, revision: Revision, context: str) -> Line | None:
    """Return one figure with its claim or a proposal, without asking the ledger; None where it does not stand."""
    body = revision.body
    figure = next((each for each in extract(body) if context_of(body, each) == context), None)
    return _line(body, figure, _claims(case), kind_words(), case) if figure else None


def _claims(case: Case) -> dict[str, Claim]:
    return {claim.context: claim for claim in case.claims.select_related("organisation__region", "confirmed_by")}


def kind_words() -> list[KindWords]:
    """Return the kinds that may be spoken of, retired ones too: an old text uses old words."""
    return [KindWords(*row) for row in Kind.objects.order_by("pk").values_list("domain", "group", "code", "label")]


def judge(interval: Interval, reading: Reading) -> tuple[Verdict, Decimal]:
    """Say what a number makes of a claim, and how far it lies outside."""
    if reading.value is None or not reading.rows and not reading.value:
        return Verdict.NO_RECORD, Decimal(0)
    away = interval.distance(Decimal(reading.value))
    if reading.indicator.sort is Sort.EXTERNAL and not away:
        return Verdict.EXTERNAL, Decimal(0)
    return (Verdict.DIFFERS, away) if away else (Verdict.MATCHES, Decimal(0))


def period_for(body: str, figure: Figure, received: date) -> str:
    """Propose a period: the year the sentence names, else the twelve months up to the case's arrival (our choice)."""
    before, after = subjects.clause(body, figure)
    if named := YEAR.findall(before) or YEAR.findall(after):
        return named[-1]
    return f"since:{(received - timedelta(days=365)).isoformat()}..{received.isoformat()}"


def _line(body: str, figure: Figure, claims: dict[str, Claim], kinds: list[KindWords], case: Case) -> Line:
    context = context_of(body, figure)
    before, after = subjects.clause(body, figure)
    line = Line(
        figure, body.count("\n", 0, figure.start), context, before[-BEFORE:], after[:AFTER], claims.get(context)
    )
    if line.claim is not None:
        claim = line.claim
        if claim.indicator:
            line.binding = Binding(claim.indicator, claim.filters, claim.organisation, claim.period)
    elif figure.kind in CHECKED_KINDS and (proposal := subjects.propose(body, figure, kinds)) and _takes(proposal):
        received = timezone.localdate(case.received_at or case.created_at)
        line.binding = Binding(proposal.key, proposal.filters, case.organisation, period_for(body, figure, received))
        line.words = proposal.words
    return line


def _takes(proposal: Proposal) -> bool:
    """Whether the indicator exists and can be narrowed in this way."""
    try:
        registry.get(proposal.key).checked(proposal.filters)
    except Refused:
        return False
    return True


def _read_all(lines: list[Line]) -> None:
    known: dict[tuple, Reading | None] = {}
    for line in lines:
        if line.binding is None:
            continue
        about = line.binding.about
        if about not in known:
            known[about] = _read(line.binding)
        line.reading = known[about]
        if line.reading is not None:
            line.verdict, line.difference = judge(line.interval, line.reading)


def _read(binding: Binding) -> Reading | None:
    """Read the number; None where the definition has changed so that the claim no longer fits it."""
    try:
        period = periods.parse(binding.period, timezone.localdate())
        return registry.read(binding.key, Scope(binding.organisation), period, **binding.filters)
    except Refused:
        return None


def paragraphs(body: str, lines: list[Line]) -> Iterator[tuple[list[tuple[str, Line | None]], list[Line]]]:
    """Yield every paragraph as pieces of text (a piece that is a figure with its line) and the lines in it."""
    start = 0
    for number, text in enumerate(body.split("\n")):
        own = [line for line in lines if line.paragraph == number]
        pieces: list[tuple[str, Line | None]] = []
        at = start
        for line in own:
            pieces += [(body[at : line.figure.start], None), (body[line.figure.start : line.figure.end], line)]
            at = line.figure.end
        pieces.append((body[at : start + len(text)], None))
        start += len(text) + 1
        if text.strip():
            yield [piece for piece in pieces if piece[0]], own


def counts(lines: list[Line]) -> dict[str, int]:
    """Count the figures: all, confirmed, and those by what the ledger says of them."""
    found = {"all": len(lines), "confirmed": sum(line.is_confirmed for line in lines)}
    for verdict in Verdict:
        found[verdict.value] = sum(line.verdict is verdict for line in lines)
    return found
