"""The synthetic market: repeatable, plausible, and its answers allowed by the instrument."""

from __future__ import annotations

from collections import Counter
from functools import cache
from statistics import correlation, median, quantiles
from typing import Any

from assessments.core import engines
from assessments.demonstration import synthetic
from assessments.disclosure.codes import TYPES
from tests.factories import shipped_instrument


@cache
def market() -> tuple[synthetic.Synthetic, ...]:
    return tuple(synthetic.market(shipped_instrument(), seed=2025))


@cache
def results() -> tuple[Any, ...]:
    content = shipped_instrument()
    return tuple(
        engines.score(content, role.responses, with_outlook=False)
        for entity in market()
        for role in entity.roles
    )


def test_the_same_seed_gives_the_same_market_and_another_a_different_one() -> None:
    again = tuple(synthetic.market(shipped_instrument(), seed=2025))
    other = tuple(synthetic.market(shipped_instrument(), seed=2026))

    assert again == market()
    assert other != market()


def test_every_type_has_enough_organisations_for_a_cohort() -> None:
    numbers = Counter(result["cohort_type"] for result in results())

    assert len(market()) >= 300
    assert numbers.keys() == set(TYPES)
    assert min(numbers.values()) >= 10


def test_every_organisation_says_that_it_is_synthetic() -> None:
    names = [entity.name for entity in market()]

    assert "Synthetic registry 014" in names
    assert all(name.startswith("Synthetic ") for name in names)
    assert len(set(names)) == len(names)
    for entity in market():
        assert entity.owner == "" or entity.owner.startswith("Synthetic ")
        assert entity.adviser == "" or entity.adviser.startswith("Synthetic ")
        assert sum(role.is_main_role for role in entity.roles) == 1


def test_everything_shown_is_answered() -> None:
    assert all(result["unanswered"] == [] for result in results())


def test_scores_are_spread_and_dimensions_correlated() -> None:
    indices = [result["views"]["declared"]["index"] for result in results()]
    indices = [index for index in indices if index is not None]
    low, _middle, high = quantiles(indices)
    dimensions = [
        [result["views"]["declared"]["dimensions"][code]["score"] for code in ("EG", "IS")]
        for result in results()
    ]
    pairs = [pair for pair in dimensions if None not in pair]

    assert high - low > 15
    assert 50 < median(indices) < 70
    assert 0.4 < correlation(*zip(*pairs, strict=True)) < 0.95
    levels = Counter(result["views"]["declared"]["level"] for result in results())
    assert {1, 2, 3} <= {level for level, number in levels.items() if number >= 20}


def test_evidence_carries_less_than_is_claimed() -> None:
    confidence = [result["confidence"]["value"] for result in results()]

    assert 0.6 < median(confidence) < 0.9
    assert max(confidence) < 1


def test_a_year_before_most_took_part_and_nobody_stood_higher() -> None:
    before = {entity.name: entity for entity in synthetic.year_before(market(), seed=2025)}
    lower = Counter[str]()
    for entity in market():
        if entity.name not in before:
            continue
        for now, then in zip(entity.roles, before[entity.name].roles, strict=True):
            assert now.responses.answers.keys() == then.responses.answers.keys()
            for code, answer in now.responses.answers.items():
                old = then.responses.answers[code]
                assert (old.rating is None) is (answer.rating is None)
                assert old.dont_know is answer.dont_know
                fall = (answer.rating or 0) - (old.rating or 0)
                assert fall in (0, 1)
                lower[code[:2]] += fall

    assert 260 < len(before) < 330
    assert lower["DM"] > 2 * lower["IN"] > 0
    assert {e.name: e for e in synthetic.year_before(market(), seed=2025)} == before
