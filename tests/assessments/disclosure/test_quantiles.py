from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.disclosure.quantiles import QUARTILES, hdg1

GOLDEN = [0, 2, 3, 4, 1, 0]


# hdg-1


def test_hdg1_golden() -> None:
    assert np.round(hdg1(GOLDEN, QUARTILES), 6).tolist() == [1.619860, 2.450194, 3.145878]
    assert round(float(hdg1(GOLDEN, 0.5)), 6) == 2.450194


def test_hdg1_takes_many_histograms_at_once() -> None:
    table = [[GOLDEN, [0, 0, 7, 0, 0, 0]], [[1, 0, 0, 0, 0, 1], [500, 0, 0, 400, 90, 9000]]]
    together = hdg1(table, QUARTILES)
    assert together.shape == (2, 2, 3)
    for i in range(2):
        for j in range(2):
            assert together[i, j] == pytest.approx(hdg1(table[i][j], QUARTILES), abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([30, 0, 0], [0.0, 0.0, 0.45]),  # -0.45 and 0 without the clip
        ([0, 0, 40], [1.55, 2.0, 2.0]),
        ([0, 11, 0], [0.55, 1.0, 1.45]),
    ],
)
def test_hdg1_stays_on_the_scale(counts: list[int], expected: list[float]) -> None:
    assert hdg1(counts, [0.05, 0.5, 0.95]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("counts", [GOLDEN, [3, 0, 0, 9, 1, 0, 2], [40, 1, 0, 900, 300, 2, 60]])
@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.75])
def test_hdg1_is_the_expected_grouped_quantile(counts: list[int], q: float) -> None:
    # The definition: the mean of the grouped distribution's quantile function at Beta(a, b).
    n = sum(counts)
    random = np.random.RandomState(7)
    drawn = random.beta(q * (n + 1), (1 - q) * (n + 1), 400_000)
    shares = np.concatenate([[0], np.cumsum(counts)]) / n
    place = np.searchsorted(shares, drawn, side="right") - 1
    within = (drawn - shares[place]) / (np.asarray(counts)[place] / n)
    values = place - 0.5 + within

    error = values.std() / np.sqrt(values.size)

    assert float(hdg1(counts, q)) == pytest.approx(
        float(np.clip(values.mean(), 0, len(counts) - 1)), abs=5 * error
    )


histograms = st.lists(st.integers(0, 400), min_size=2, max_size=30).filter(any)


@given(histograms, st.floats(0.02, 0.98))
def test_hdg1_mirrors_and_rises(counts: list[int], q: float) -> None:
    value = float(hdg1(counts, q))
    mirrored = float(hdg1(counts[::-1], 1 - q))
    assert value == pytest.approx(len(counts) - 1 - mirrored, abs=1e-7)
    assert value <= float(hdg1(counts, min(0.99, q + 0.01))) + 1e-9
