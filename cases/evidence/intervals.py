"""Between which numbers a figure as written lies (pure). Source: decision 10.

30余 is 30 to 39, 300余 is 300 to 399 and 多 the same: anything may follow the last digit that is not 0. 近 n is 0.9 n
to n, 超 and 以上 are n and more, 约 is ± 10 %. An exact figure is itself.
"""

from dataclasses import dataclass
from decimal import Decimal

from cases.evidence.figures import Figure

SCALES = {
    "百": 100,
    "千": 1000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}
MORE = frozenset({"超过", "超出", "超", "逾", "突破", "不少于", "不低于", "至少", "最少", "上", "过", "以上", "开外"})
AT_MOST = frozenset({"不超过", "不足", "至多", "最多", "不到", "以下", "以内"})
NEARLY = frozenset({"近", "将近", "接近"})
ABOUT = frozenset({"约", "大约", "约为", "约有", "大约为", "大约有", "左右", "上下", "来", "几", "数"})
LEAVES_OPEN = frozenset({"余", "多", "之多", "有余"})
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Interval:
    """Lowest and highest number a text allows, both included; `high` None is no upper end."""

    low: Decimal
    high: Decimal | None

    def divided(self, scale: Decimal) -> "Interval":
        """Return the interval in a unit `scale` times as large."""
        return Interval(self.low / scale, None if self.high is None else self.high / scale)

    def distance(self, value: Decimal) -> Decimal:
        """Return how far a number lies outside; 0 within."""
        if value < self.low:
            return self.low - value
        return value - self.high if self.high is not None and value > self.high else Decimal(0)


def interval_of(figure: Figure) -> Interval:
    """Return the interval of a figure, in the unit without its 万 or 亿 (26 万元 is 260000 元)."""
    scale = scale_of(figure.unit)
    if isinstance(figure.value, list):
        low, high = (Decimal(str(value)) * scale for value in figure.value)
        return Interval(low, high)
    value = Decimal(str(figure.value))
    words = set(figure.approx.split("+")) if figure.approx else set()
    if words & LEAVES_OPEN and not words & (AT_MOST | MORE | NEARLY):
        return Interval(value * scale, value * scale + _room(value, scale))
    low, high = _bounds(value, words)
    return Interval(low * scale, None if high is None else high * scale)


def plain_unit(unit: str) -> str:
    """Return a unit without its 万 or 亿: 万元 is 元."""
    return unit.removeprefix(_scale(unit))


def scale_of(unit: str) -> Decimal:
    """Return how many plain units a unit is: 10000 for 万元."""
    return Decimal(SCALES.get(_scale(unit), 1))


def _scale(unit: str) -> str:
    return max((scale for scale in SCALES if unit.startswith(scale)), key=len, default="")


def _bounds(value: Decimal, words: set[str]) -> tuple[Decimal, Decimal | None]:
    if words & AT_MOST:
        return Decimal(0), value
    if words & MORE:
        return value, None
    if words & NEARLY:
        return value * (1 - TENTH), value
    if words & ABOUT:
        return value * (1 - TENTH), value * (1 + TENTH)
    return value, value


def _room(value: Decimal, scale: Decimal) -> Decimal:
    """Return how much 余 leaves open above a number: 9 after 30, 99 after 300, 999,999 after 2600万."""
    digits, step = int(value), 1
    while digits and value == int(value) and digits % 10 == 0:
        digits, step = digits // 10, step * 10
    return step * scale - 1
