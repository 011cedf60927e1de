"""How scoring and reading back an edition grow with the number of items, in one run."""

from __future__ import annotations

import cProfile
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from assessments.core import answers as responses
from assessments.core import engines
from assessments.core import loading as instrument
from assessments.core.answers import Responses
from assessments.core.instrument import Instrument
from tests.assessments.core.examples import large

pytestmark = pytest.mark.bench

SMALL, LARGE = (5, 4), (45, 8)  # capabilities per dimension, items each: 100 and 1,800 items
LINEAR = 18


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Return the quickest of several rounds, the one the machine disturbed least."""
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def calls(work: Callable[[], object]) -> int:
    """Return how many functions one round calls: the same in every run, unlike its time."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


def answered(edition: Instrument) -> Responses:
    """Return a mixed answer to every item, and a review of every one."""
    codes = list(edition.items)
    document: dict[str, Any] = {
        "respondent_type": "RG",
        "responses": {
            code: {"rating": position % 5, "evidence": position % 4}
            for position, code in enumerate(codes)
        },
        "review": {code: (position + 2) % 5 for position, code in enumerate(codes)},
    }
    return responses.parse(document, edition)


@pytest.fixture(scope="module")
def editions() -> tuple[Instrument, Instrument]:
    few, many = (instrument.parse(large(*size)) for size in (SMALL, LARGE))
    assert len(many.items) == LINEAR * len(few.items)
    return few, many


def test_scoring_grows_linearly(editions: tuple[Instrument, Instrument]) -> None:
    (few, few_answers), (many, many_answers) = ((each, answered(each)) for each in editions)
    for name, outlook in (("three views", False), ("with sensitivity and plan", True)):
        score = partial(engines.score, with_outlook=outlook)
        score(few, few_answers)
        short = seconds(partial(score, few, few_answers), 40)
        long = seconds(partial(score, many, many_answers), 5)
        growth = calls(partial(score, many, many_answers)) / calls(partial(score, few, few_answers))
        print(
            f"scoring, {name}: {len(few.items)} items {short * 1000:.2f} ms, "
            f"{len(many.items):,} items {long * 1000:.1f} ms, {long / short:.1f} times the time "
            f"and {growth:.1f} times the calls for {LINEAR} times the items"
        )
        assert growth <= LINEAR


def test_reading_back_a_stored_edition_grows_linearly(
    editions: tuple[Instrument, Instrument],
) -> None:
    few, many = (each.canonical_json for each in editions)

    def work(stored: bytes) -> object:
        return instrument.parse(json.loads(stored), checked=True)

    short, long = seconds(lambda: work(few), 40), seconds(lambda: work(many), 5)
    decoding = seconds(lambda: json.loads(many), 5)
    growth = calls(partial(work, many)) / calls(partial(work, few))
    print(
        f"reading back: {short * 1000:.2f} ms and {long * 1000:.1f} ms, {long / short:.1f} times "
        f"the time and {growth:.1f} times the calls for {LINEAR} times the items, "
        f"{long / decoding:.1f} times decoding the JSON alone"
    )
    assert growth <= LINEAR
