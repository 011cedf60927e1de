from __future__ import annotations

import pytest

from assessments.disclosure.intervals import share_interval


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
