"""How a number may be written in an official text: 326, 300余, 320余, 近400, 超过300 (pure). Source: decision 10.

Every form is one whose interval holds the number; what would not be true of it is not offered.
"""

from decimal import Decimal

WAN = Decimal(10_000)
NEARLY = Decimal("0.9")
SHAPES = ("exact", "leading", "closer", "nearly", "over")


def written(value: Decimal | int, unit: str, shape: str = "exact") -> str:
    """Write a number with its unit in one shape; as it is where that shape would not be true of it any more."""
    return dict(offered(value, unit)).get(shape) or _exact(Decimal(value), unit)


def offered(value: Decimal | int, unit: str) -> list[tuple[str, str]]:
    """Return the shapes a number can be written in, with what each looks like; never the same words twice."""
    number = Decimal(value)
    found = [("exact", _exact(number, unit))]
    base, scaled = (number / WAN, f"万{unit}") if unit == "元" and number >= 10 * WAN else (number, unit)
    whole = int(base)
    for shape, text in (
        ("leading", _open_ended(base, whole, scaled, 1)),
        ("closer", _open_ended(base, whole, scaled, 2)),
        ("nearly", _nearly(base, whole, scaled)),
        ("over", _over(base, whole, scaled)),
    ):
        if text and text not in {words for _shape, words in found}:
            found.append((shape, text))
    return found


def _exact(number: Decimal, unit: str) -> str:
    if unit == "元" and number >= WAN and number % 100 == 0:
        return f"{_plain(number / WAN)}万元"
    return f"{_plain(number)}{unit}"


def _open_ended(base: Decimal, whole: int, unit: str, digits: int) -> str:
    """Return 300余 of 326 for one digit, 320余 for two; nothing where that says more or less than the number."""
    if whole < 10 or unit in ("%", "‰"):
        return ""
    step = 10 ** max(0, len(str(whole)) - digits)
    low = whole // step * step
    return f"{low}余{unit}" if base > low else ""


def _nearly(base: Decimal, whole: int, unit: str) -> str:
    if whole < 10:
        return ""
    step = 10 ** (len(str(whole)) - 1)
    above = (whole // step + 1) * step
    return f"近{above}{unit}" if NEARLY * above <= base < above else ""


def _over(base: Decimal, whole: int, unit: str) -> str:
    if whole < 10:
        return ""
    step = 1 if unit in ("%", "‰") else 10 ** (len(str(whole)) - 1)
    low = whole // step * step
    return f"超过{low}{unit}" if base > low else ""


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
