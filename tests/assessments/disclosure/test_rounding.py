from __future__ import annotations

import pytest

from assessments.disclosure.rounding import share_interval, whole_points


@pytest.mark.parametrize(
    ("score", "points"), [(0, 0), (49.4999, 49), (49.5, 50), (50.4999999999, 51), (100, 100)]
)
def test_whole_points_take_halves_up(score: float, points: int) -> None:
    assert whole_points(score) == points


@pytest.mark.parametrize(
    ("count", "total", "expected"),
    [
        # Wilson gives 24 to 76 for 5 of 10; from 2.5 and 7.5 of 10 it reaches further
        (5, 10, (8, 92)),
        (0, 20, (0, 34)),
        (20, 20, (66, 100)),
        (500, 1000, (46, 54)),
    ],
)
def test_share_interval(count: int, total: int, expected: tuple[int, int]) -> None:
    assert share_interval(count, total) == expected
