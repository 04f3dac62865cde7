"""A text's figures beside what the ledger says: claims that were confirmed, proposals where nobody has yet."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.evidence import spans, subjects
from cases.evidence.figures import Figure, extract
from cases.evidence.intervals import Interval, interval_of, scale_of
from cases.evidence.series import Series
from cases.evidence.subjects import KindWords, Proposal
from cases.models import Case, Claim, FigureQuestion, Revision, Verdict
from config.errors import Refused
from members.middleware import whole_scope
from members.models import Organisation
from services.indicators import catalogue, listing, periods, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.registry import Reading, Scope, Sort
from services.models import Figure as OutsideFigure
from services.models import Kind

BEFORE, AFTER = 12, 8
OF_ONE_BODY = frozenset({"member.posts"})  # a sentence names the body whose posts it counts
NAME_PLACE, NAME_LEAST = 3, 7  # a body's name often stands without its county: 临沭县 before 物流行业党建工作办公室
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
    words: tuple[str, ...] | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """The indicator's name with what narrows it; asks for the words where `_worded` did not."""
        words = self.words
        if words is None:
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
    scale: Decimal = Decimal(1)

    @property
    def interval(self) -> Interval:
        """The numbers the text allows, in the unit the ledger counts in."""
        return interval_of(self.figure).divided(self.scale)

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
    claims, the kinds, the series of outside figures, and one or two for each different number.
    """
    claims = _claims(case)
    with whole_scope():
        words = vocabulary(case)
        lines = [_line(revision.body, figure, claims, words, case) for figure in extract(revision.body)]
        lines = [line for line in lines if line.figure.kind in CHECKED_KINDS or line.claim]
        _worded(lines)
        _read_all(lines)
    return lines


def claimed(case: Case, revision: Revision) -> list[Line]:
    """Return the figures that stand for something by somebody's word, without asking the ledger."""
    claims = _claims(case)
    lines = [_line(revision.body, figure, claims, Vocabulary(), case) for figure in extract(revision.body) if claims]
    return [line for line in lines if line.claim and line.binding]


def unchecked(case: Case, revision: Revision) -> int:
    """Count the figures the ledger may know of which nobody has said what they stand for; the ledger is not asked."""
    claims = _claims(case)
    with whole_scope():
        words = vocabulary(case)
    lines = (_line(revision.body, figure, claims, words, case) for figure in extract(revision.body))
    return sum(line.binding is not None and line.claim is None for line in lines)


def line_at(case: Case, revision: Revision, context: str) -> Line | None:
    """Return one figure with its claim or a proposal, without asking the ledger; None where it does not stand."""
    body = revision.body
    figure = next((each for each in extract(body) if context_of(body, each) == context), None)
    return _line(body, figure, _claims(case), vocabulary(case), case) if figure else None


def _claims(case: Case) -> dict[str, Claim]:
    return {claim.context: claim for claim in case.claims.select_related("organisation__region", "confirmed_by")}


@dataclass(frozen=True)
class Vocabulary:
    """What a text may speak of: kinds, and the series of outside figures that the unit keeps."""

    kinds: tuple[KindWords, ...] = ()
    series: tuple[Series, ...] = ()

    def scale(self, key: str) -> Decimal:
        """Return how many of the plain unit a series' own unit is: 10000 for one kept in 万元."""
        return next((scale_of(each.unit) for each in self.series if each.key == key), Decimal(1))


def vocabulary(case: Case) -> Vocabulary:
    """Return the kinds, retired ones too (an old text uses old words), and the series of the case's unit."""
    kinds = Kind.objects.order_by("pk").values_list("domain", "group", "code", "label")
    of_unit = OutsideFigure.objects.filter(voided_at=None, organisation_path__startswith=case.organisation.path)
    series = of_unit.order_by("key").values_list("key", "label", "unit").distinct()
    return Vocabulary(tuple(KindWords(*row) for row in kinds), tuple(Series(*row) for row in series))


def judge(interval: Interval, reading: Reading) -> tuple[Verdict, Decimal]:
    """Say what a number makes of a claim, and how far it lies outside."""
    if reading.value is None or not reading.rows and not reading.value:
        return Verdict.NO_RECORD, Decimal(0)
    away = interval.distance(Decimal(reading.value))
    if reading.indicator.sort is Sort.EXTERNAL and not away:
        return Verdict.EXTERNAL, Decimal(0)
    return (Verdict.DIFFERS, away) if away else (Verdict.MATCHES, Decimal(0))


def _line(body: str, figure: Figure, claims: dict[str, Claim], words: Vocabulary, case: Case) -> Line:
    context = context_of(body, figure)
    before, after = subjects.clause(body, figure)
    line = Line(
        figure, body.count("\n", 0, figure.start), context, before[-BEFORE:], after[:AFTER], claims.get(context)
    )
    if line.claim is not None:
        claim = line.claim
        if claim.indicator:
            line.binding = Binding(claim.indicator, claim.filters, claim.organisation, claim.period)
    elif figure.kind in CHECKED_KINDS:
        proposal = subjects.propose(body, figure, words.kinds, words.series)
        if proposal is not None and _takes(proposal):
            period = spans.proposed(before, after, timezone.localdate(case.received_at or case.created_at))
            filters = proposal.filters
            if proposal.key in OF_ONE_BODY:
                filters = filters | _named_body(before, case.organisation)
            line.binding = Binding(proposal.key, filters, case.organisation, period)
            line.words = proposal.words
    if line.binding is not None and line.binding.key == "figure.value":
        line.scale = words.scale(line.binding.filters.get("key", ""))
    return line


def _named_body(before: str, above: Organisation) -> dict[str, str]:
    """Narrow to the body under the case's that the sentence names; nothing where it names none."""
    rows = Organisation.objects.filter(path__startswith=above.path).exclude(kind=Organisation.Kind.ENTERPRISE)
    named = [
        (before.rfind(name[NAME_PLACE:]), code)
        for name, code in rows.exclude(pk=above.pk).order_by("path").values_list("name", "code")
        if len(name) > NAME_LEAST and name[NAME_PLACE:] in before
    ]
    return {"body": max(named)[1]} if named else {}


def _takes(proposal: Proposal) -> bool:
    """Whether the indicator exists and can be narrowed in this way."""
    try:
        registry.get(proposal.key).checked(proposal.filters)
    except Refused:
        return False
    return True


def _worded(lines: list[Line]) -> None:
    """Look the words of all filters up together, so that a page of fifty figures asks no more than one of two."""
    bound = [line for line in lines if line.binding is not None]
    found = listing.filters_in_words([line.binding.filters for line in bound])
    for line, pairs in zip(bound, found, strict=True):
        line.binding = replace(line.binding, words=tuple(value for _name, value in pairs))


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
