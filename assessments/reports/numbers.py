"""Numbers of a result as they are shown."""

from __future__ import annotations

from fractions import Fraction

from assessments.core import rounding


def shown(value: float | Fraction | None) -> str:
    """Return a score with one decimal, halves up; a dash where there is none."""
    return "–" if value is None else rounding.one_decimal(value)


def percent(share: float | None) -> str:
    return "–" if share is None else f"{shown(share * 100)} %"
