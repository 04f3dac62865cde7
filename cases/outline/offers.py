"""What the ledger can say of a body over some days: one sentence for each number that is not zero, none for others."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path

from django.utils.translation import override

from cases.evidence.verdicts import written
from cases.outline import fields, phrasing, rounding
from members.middleware import whole_scope
from members.models.discovery import Channel
from services.indicators import catalogue, registry  # noqa: F401  (the catalogue registers itself)
from services.indicators.catalogue.other import SPOKEN, total_of
from services.indicators.periods import Period
from services.indicators.registry import Indicator, Scope
from services.models import Figure, Kind
from services.models.vocabulary import Group

IN_CHINESE = "zh-hans"
LISTED = 3  # kinds named in one sentence; a longer list is closed with 等
SCALED = ("万", "亿")


@dataclass(frozen=True)
class Prompt:
    """One line of sentences.toml."""

    section: str
    group: str
    key: str
    sentence: str
    split: str = ""
    gather: bool = False
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    words: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Offer:
    """A number of the ledger with the sentence it would be put in; `sentence` has {n} for the number."""

    section: str
    group: str
    key: str
    filters: dict
    label: str
    value: Decimal
    unit: str
    sentence: str
    url: str = field(compare=False, default="")

    @property
    def identity(self) -> str:
        """The value of a form's choice: what is counted, narrowed by what."""
        return written(self.key, self.filters)

    @property
    def number(self) -> str:
        """The number with its unit, exact."""
        return rounding.written(self.value, self.unit)

    @property
    def words(self) -> tuple[str, str]:
        """The sentence before the number and after it."""
        before, _n, after = self.sentence.partition("{n}")
        return before, after

    def with_field(self, number: int) -> str:
        """The sentence as it is put in the box, with the field instead of the number."""
        return self.sentence.replace("{n}", fields.token(number, self.label))


@cache
def prompts() -> tuple[Prompt, ...]:
    """Read the table of sentences."""
    rows = tomllib.loads((Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8"))["prompt"]
    return tuple(
        Prompt(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        for row in rows
    )


def offers(scope: Scope, period: Period) -> list[Offer]:
    """Return every sentence the ledger can fill for a body and period. Queries: one or two for each line of the table.

    The numbers are read as the evidence of a case reads them: in the scope asked for, whoever asks.
    """
    with override(IN_CHINESE), whole_scope():
        kinds = {kind.code: kind for kind in Kind.objects.order_by("pk")}
        return [offer for prompt in prompts() for offer in _of(prompt, scope, period, kinds)]


def _of(prompt: Prompt, scope: Scope, period: Period, kinds: dict[str, Kind]) -> Iterator[Offer]:
    indicator = registry.get(prompt.key)
    if prompt.key == "figure.value":
        yield from _attested(prompt, indicator, scope, period)
    elif not prompt.split:
        reading = indicator.read(scope, period)
        if reading.value and not reading.is_small:
            yield _offer(prompt, scope, period, {}, "", reading.value)
    elif prompt.gather:
        yield from _gathered(prompt, indicator, scope, period, kinds)
    else:
        for value, number in _split(prompt, indicator, scope, period):
            kind = kinds.get(value) if prompt.split in ("kind", "pairing__kind") else None
            if number and (not prompt.groups or (kind is not None and kind.group in prompt.groups)):
                yield _offer(prompt, scope, period, {prompt.split: value}, _word(prompt, value, kind), number)


def _split(prompt: Prompt, indicator: Indicator, scope: Scope, period: Period) -> list[tuple[str, Decimal]]:
    numbers = indicator.split(indicator.params[prompt.split], scope, period)
    return [
        (value, number)
        for value, number in numbers.items()
        if value and value not in prompt.skip and (not prompt.only or value in prompt.only)
    ]


def _word(prompt: Prompt, value: str, kind: Kind | None) -> str:
    if value in prompt.words:
        return prompt.words[value]
    if kind is not None:
        return kind.label
    if prompt.split == "found_by":
        return str(Channel(value).label)
    return str(Group(value).label) if prompt.split == "kind__group" else value


def _gathered(
    prompt: Prompt, indicator: Indicator, scope: Scope, period: Period, kinds: dict[str, Kind]
) -> Iterator[Offer]:
    """Yield one sentence a group of kinds, the most frequent named first; a single kind speaks for itself."""
    by_group: dict[str, list[tuple[Kind, Decimal]]] = defaultdict(list)
    for code, number in indicator.split(indicator.params[prompt.split], scope, period).items():
        if number > 0 and code in kinds:
            by_group[kinds[code].group].append((kinds[code], number))
    for group in prompt.only:
        found = by_group.get(group, [])
        if len(found) == 1:
            (kind, number) = found[0]
            yield _offer(prompt, scope, period, {"kind": kind.code}, kind.label, number)
        elif found:
            named = "、".join(kind.label for kind, _number in found[:LISTED])
            words = f"{named}等{Group(group).label}活动"
            total = sum(number for _kind, number in found)
            yield _offer(prompt, scope, period, {"kind__group": group}, str(Group(group).label), total, words)


def _attested(prompt: Prompt, indicator: Indicator, scope: Scope, period: Period) -> Iterator[Offer]:
    rows = indicator.queryset(scope, period).order_by("to_on", "pk")
    series: dict[str, list[Figure]] = defaultdict(list)
    for figure in rows:
        series[figure.key].append(figure)
    for key, found in series.items():
        latest = found[-1]
        wanted = key not in prompt.skip and (not prompt.only or key in prompt.only)
        total = total_of(
            [
                tuple(getattr(row, name if name != "organisation" else "organisation_id") for name in SPOKEN)
                for row in found
            ]
        )
        if wanted and total and not latest.unit.startswith(SCALED):
            yield _offer(
                prompt, scope, period, {"key": key}, latest.label, total, source=latest.source_name, unit=latest.unit
            )


def _offer(
    prompt: Prompt,
    scope: Scope,
    period: Period,
    filters: dict,
    word: str,
    value: Decimal | int,
    listed: str = "",
    source: str = "",
    unit: str | None = None,
) -> Offer:
    indicator = registry.get(prompt.key)
    said = {"{when}": phrasing.during(period), "{by}": phrasing.as_of(period), "{label}": word}
    said |= {"{body}": scope.organisation.name, "{list}": listed or word, "{source}": source}
    sentence = prompt.sentence
    for name, words in said.items():
        sentence = sentence.replace(name, words.replace("{", "").replace("}", ""))
    label = " ".join(part for part in (word, str(indicator.label) if unit is None else "") if part)
    return Offer(
        section=prompt.section,
        group=prompt.group,
        key=prompt.key,
        filters=filters,
        label=label[:120],
        value=Decimal(value),
        unit=str(indicator.unit) if unit is None else unit,
        sentence=sentence,
        url=indicator.link(scope, period, filters),
    )
