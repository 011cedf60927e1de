"""Rounding, halves up: the one rule for every figure that is shown or compared.

Scores are compared and shown at six decimals first, because 66.35 arrives from exact fractions as
66.34999999999999, and noise in the last bits must never decide a half.
"""

from __future__ import annotations

from fractions import Fraction

MILLION = 1_000_000


def half_up(numerator: int, denominator: int) -> int:
    """Return a ratio as the nearest whole number, the upper one of two as near."""
    return (2 * numerator + denominator) // (2 * denominator)


def millionths(value: float | Fraction) -> int:
    """Return a number in whole millionths."""
    numerator, denominator = value.as_integer_ratio()
    return half_up(numerator * MILLION, denominator)


def whole(value: float | Fraction) -> int:
    """Return a number as a whole one."""
    return half_up(millionths(value), MILLION)


def one_decimal(value: float | Fraction) -> str:
    """Return a number with one decimal; below zero a half goes to the number farther from it."""
    tenths = half_up(millionths(value if value >= 0 else -value), MILLION // 10)
    sign = "-" if value < 0 and tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10}"
