"""Numbers of a result as they are shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def shown(value: float | Fraction | None) -> str:
    """Return a score with one decimal, halves up; a dash where there is none."""
    if value is None:
        return "–"
    # Six decimals first: 66.35 arrives from exact fractions as 66.34999999999999.
    exact = Decimal(repr(float(value))).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return str(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))


def percent(share: float | None) -> str:
    return "–" if share is None else f"{shown(share * 100)} %"
