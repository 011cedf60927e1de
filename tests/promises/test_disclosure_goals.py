"""The goals of the disclosure control: small by default, full with PROMISES=full."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from assessments.disclosure import release_audit
from assessments.disclosure.submissions import Submissions
from assessments.evaluation import goals
from tests.assessments.disclosure.markets import release
from tests.promises.counts import FULL

pytestmark = pytest.mark.slow

LONG = 1000  # from so many organisations on: one seed, one capability, and enough levels, not all
CASES = [
    (number, seed)
    for number in goals.POPULATIONS
    for seed in ((1,) if number >= LONG else (1, 2, 3))
]
MEASURES = ("EG1", "TI3", "IN2") if FULL else ("EG1",)


@pytest.mark.parametrize(("number", "seed"), CASES if FULL else [(45, 1), (200, 1)])
def test_nobody_is_pinned(number: int, seed: int, figure: Callable[[str], None]) -> None:
    measures = MEASURES[:1] if number >= LONG else MEASURES
    thorough = FULL and number < LONG
    started = time.process_time()
    systems = [
        system
        for system in release_audit.systems_of(goals.population(number, seed))
        if system.cells[0].measure in measures
    ]
    if not systems:
        assert number < 100  # so small a market publishes no capability
        return
    coarsened, figures = goals.gated(systems)
    for insiders, found in goals.exposure(systems, thorough=thorough).items():
        figure(
            f"G2-G4 {number} organisations, seed {seed}, insiders {insiders}: pinned "
            f"{found.pinned:.1%}, two levels {found.narrowed:.1%}, mean {found.mean:.2f} of 5"
            f"{'' if thorough else ' or more'}, coarsened {coarsened} of {figures}, "
            f"{time.process_time() - started:.0f} s of processor time"
        )
        assert found.pinned == 0
        assert found.narrowed == 0
        if insiders == 0 and FULL:
            assert found.mean >= 4.0


@pytest.mark.parametrize(("number", "seed"), CASES if FULL else [(45, 1), (200, 1)])
def test_distance(number: int, seed: int, figure: Callable[[str], None]) -> None:
    distance = goals.distance_of(goals.population(number, seed))
    figure(f"G5 {number} organisations, seed {seed}: distance {distance:.1f}")
    assert distance >= 10 - 1e-6


def test_what_is_printed_is_near_the_truth(figure: Callable[[str], None]) -> None:
    market = goals.population(200, 1)
    rounding = goals.rounding_error(market)
    figure(f"G8 quartiles are off by rounding by {rounding} levels at most, by step")
    assert rounding[10] <= 0.25
    assert rounding[5] <= 0.125
    truth = Submissions.from_rows(goals.population(2000, 1001))
    covered = goals.coverage(release(market), truth)
    figure(f"G9 intervals that hold the quartile of a larger market, by n band: {covered}")
    assert set(covered) == {"10-14", "15-19", "20-29", "30-44", "45-99", "100-299"}
    assert min(covered.values()) >= 0.95


def test_the_control_succeeds(figure: Callable[[str], None]) -> None:
    found = goals.live_query(goals.population(45, 1), "EG1")
    figure(f"G2 control, live query from five: {found.pinned:.0%} pinned")
    assert found.pinned >= 0.10
