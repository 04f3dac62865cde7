"""Points of one criterion from the value its figure counted (pure)."""

from decimal import ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")


def points_of(measure: str, value: Decimal | int | None, points: Decimal, step: Decimal | None) -> Decimal | None:
    """Return the points a value is worth; None where nothing is counted or the figure has no value.

    `each`: `step` points for each, up to `points`; `threshold`: all `points` from the value `step` on. Negative
    `points` are deducted in the same way.
    """
    if not measure or value is None or step is None:
        return None
    if measure == "threshold":
        return points if value >= step else Decimal(0)
    sign = -1 if points < 0 else 1
    earned = (Decimal(value) * step).quantize(TENTH, ROUND_HALF_UP)
    return sign * max(Decimal(0), min(abs(points), earned))
