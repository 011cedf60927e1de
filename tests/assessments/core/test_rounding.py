from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.core import rounding


@pytest.mark.parametrize(
    ("numerator", "denominator", "number"),
    [(1, 2, 1), (3, 2, 2), (5, 4, 1), (7, 4, 2), (0, 3, 0), (250, 100, 3), (-1, 2, 0), (-3, 4, -1)],
)
def test_half_up(numerator: int, denominator: int, number: int) -> None:
    assert rounding.half_up(numerator, denominator) == number


@pytest.mark.parametrize(
    ("value", "whole", "one_decimal"),
    [
        (0, 0, "0.0"),
        (66.35, 66, "66.4"),
        (66.34999999999997, 66, "66.4"),  # exact fractions arrive like this
        (66.3499994, 66, "66.3"),
        (49.4999, 49, "49.5"),
        (49.5, 50, "49.5"),
        (50.4999999999, 51, "50.5"),
        (100, 100, "100.0"),
        (49.49999999999, 50, "49.5"),
        (2.5, 3, "2.5"),  # not to the even one
        (0.25, 0, "0.3"),
        (Fraction(1, 3), 0, "0.3"),
        (Fraction(200, 3), 67, "66.7"),
        (99.95, 100, "100.0"),
        (-0.25, 0, "-0.3"),
        (-0.04, 0, "0.0"),
    ],
)
def test_numbers_as_they_are_shown(value: float | Fraction, whole: int, one_decimal: str) -> None:
    assert rounding.whole(value) == whole
    assert rounding.one_decimal(value) == one_decimal


@given(st.integers(0, 100_000_000_000), st.integers(1, 1_000_000))
def test_half_up_is_within_half_of_the_ratio(numerator: int, denominator: int) -> None:
    away = Fraction(numerator, denominator) - rounding.half_up(numerator, denominator)

    assert Fraction(-1, 2) <= away < Fraction(1, 2)


@given(st.decimals(0, 100, places=5))
def test_one_decimal_is_that_of_the_decimal_written_out(value: Decimal) -> None:
    expected = value.quantize(Decimal("0.1"), ROUND_HALF_UP)

    assert rounding.one_decimal(float(value)) == str(expected)
    assert rounding.whole(float(value)) == int(value.quantize(Decimal(1), ROUND_HALF_UP))
