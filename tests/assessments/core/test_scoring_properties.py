"""Properties that the scoring model implies, over generated responses."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.core import engines
from assessments.core.answers import Answer, Responses
from assessments.core.instrument import Instrument
from assessments.core.scale import shifted_geometric_mean
from tests.assessments.core.examples import REASON, shipped
from tests.assessments.core.test_scoring import kinds, numbers, some_examples

# Properties


def random_responses(kind: str, numbers: list[int], *, review: bool = False) -> Responses:
    """Return responses coded by numbers: any rating with any evidence, and the other answers."""
    items = shipped().items_for(kind)
    answers = {}
    for item, number in zip(items, numbers, strict=False):
        if number < 20:
            answers[item.code] = Answer(rating=number % 5, evidence=number // 5)
        elif number == 20 and item.not_applicable:
            answers[item.code] = Answer(rating=None, reason=REASON)
        elif number == 21:
            answers[item.code] = Answer(rating=0, dont_know=True)
    ratings = {
        item.code: Answer(rating=number % 5)
        for item, number in zip(items, reversed(numbers), strict=False)
    }
    return Responses(
        respondent_type=kind,
        operates_registry=None,
        modules=shipped().modules,
        answers=answers,
        review=ratings if review else {},
    )


def figures(found: Any) -> dict[str, tuple[Any, Any]]:
    """Return score and level of every unit of every view."""
    units = {}
    for view, each in found["views"].items():
        if each is None:
            continue
        units[f"{view}"] = (each["index"], each["level"])
        for kind in ("dimensions", "capabilities"):
            for code, unit in each[kind].items():
                units[f"{view} {code}"] = (unit["score"], unit["level"])
    return units


@some_examples
@given(kind=kinds, numbers=numbers, position=st.integers(0, 109), steps=st.integers(1, 4))
def test_a_better_answer_never_lowers_a_figure(
    kind: str, numbers: list[int], position: int, steps: int
) -> None:
    before = random_responses(kind, numbers, review=True)
    rated = [code for code, answer in before.answers.items() if answer.rating is not None]
    if not rated:
        return
    code = rated[position % len(rated)]
    old, seen = before.answers[code], before.review[code]
    assert old.rating is not None
    assert seen.rating is not None
    better = Answer(rating=min(4, old.rating + steps), evidence=old.evidence)
    proven = Answer(rating=old.rating, evidence=min(3, old.evidence + steps))
    confirmed = Answer(rating=min(4, seen.rating + steps))
    base = figures(engines.score(shipped(), before))
    for after in (
        replace(before, answers={**before.answers, code: better}),
        replace(before, answers={**before.answers, code: proven}),
        replace(before, review={**before.review, code: confirmed}),
    ):
        for unit, (value, level) in figures(engines.score(shipped(), after)).items():
            if base[unit][0] is not None:
                assert value >= base[unit][0], unit
                assert level >= base[unit][1], unit


@some_examples
@given(kind=kinds, numbers=numbers)
def test_what_evidence_supports_is_never_above_what_is_declared(
    kind: str, numbers: list[int]
) -> None:
    found: Any = engines.score(shipped(), random_responses(kind, numbers))
    declared, supported = found["views"]["declared"], found["views"]["supported"]
    for group in ("dimensions", "capabilities"):
        for code, unit in supported[group].items():
            if unit["rated"]:
                assert unit["score"] <= declared[group][code]["score"]
    if supported["index"] is not None:
        assert supported["index"] <= declared["index"]
        assert found["confidence"]["value"] is None or found["confidence"]["value"] <= 1


@some_examples
@given(kind=kinds, numbers=numbers)
def test_gates_never_move_a_score_or_the_index(kind: str, numbers: list[int]) -> None:
    responses = random_responses(kind, numbers)
    open_gates = replace(
        shipped().scale,
        gates=tuple(
            replace(gate, caps=dict.fromkeys(gate.caps, 4)) for gate in shipped().scale.gates
        ),
    )
    ungated: Instrument = replace(shipped(), scale=open_gates)
    with_gates, without = (figures(engines.score(each, responses)) for each in (shipped(), ungated))
    assert {unit: score for unit, (score, _) in with_gates.items()} == {
        unit: score for unit, (score, _) in without.items()
    }


@some_examples
@given(kind=kinds, numbers=numbers, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_responses_is_irrelevant(kind: str, numbers: list[int], shuffle: Any) -> None:
    responses = random_responses(kind, numbers)
    codes = list(responses.answers)
    shuffle.shuffle(codes)
    shuffled = replace(responses, answers={code: responses.answers[code] for code in codes})
    first, second = (engines.score(shipped(), each) for each in (responses, shuffled))
    assert json.dumps(first) == json.dumps(second)


@some_examples
@given(kind=kinds, numbers=numbers)
def test_an_imbalance_only_costs(kind: str, numbers: list[int]) -> None:
    found: Any = engines.score(shipped(), random_responses(kind, numbers))
    for view in found["views"].values():
        if view and view["index"] is not None:
            assert view["balance_gap"] >= -1e-12
            scores = [unit["score"] for unit in view["dimensions"].values()]
            assert min(scores) <= view["index"] <= max(scores)


@some_examples
@given(kind=kinds, numbers=numbers)
def test_the_trace_recomputes_every_figure(kind: str, numbers: list[int]) -> None:
    found: Any = engines.score(shipped(), random_responses(kind, numbers, review=True))
    scale = shipped().scale
    for view, trace in found["trace"].items():
        shown = found["views"][view]
        recomputed = {}
        for code, unit in trace["capabilities"].items():
            total = sum(each["weight"] * scale.values[each["rating"]] for each in unit["items"])
            weight = sum(each["weight"] for each in unit["items"])
            assert (unit["sum"], unit["weight"]) == (str(total), str(weight))
            if unit["score"] is not None:
                recomputed[code] = Fraction(total, weight)
                assert unit["score"] == str(recomputed[code])
            check_level(unit, shown["capabilities"][code], recomputed.get(code))
        for code, unit in trace["dimensions"].items():
            inner = [recomputed[each] for each in unit["capabilities"]]
            assert list(unit["capabilities"].values()) == [str(score) for score in inner]
            if unit["score"] is not None:
                assert len(inner) >= unit["needed"]
                recomputed[code] = sum(inner, Fraction(0)) / len(inner)
                assert unit["score"] == str(recomputed[code])
            check_level(unit, shown["dimensions"][code], recomputed.get(code))
        overall = trace["overall"]
        assert overall["index"] == shown["index"]
        assert overall["level"] == shown["level"]
        if overall["index"] is not None:
            scores = [float(recomputed[code]) for code in overall["dimensions"]]
            logarithms = [math.log(score + 1) for score in scores]
            expected = math.exp(sum(logarithms) / len(logarithms)) - 1
            assert overall["index"] == pytest.approx(expected, abs=1e-9)
            assert overall["level"] == min(overall["limits"].values())


def check_level(trace: Any, shown: Any, score: Fraction | None) -> None:
    assert trace["level"] == shown["level"]
    assert shown["score"] == (None if score is None else float(score))
    if score is not None:
        assert trace["limits"]["band"] == shipped().scale.band(score)
        assert trace["level"] == min(trace["limits"].values())
        assert trace["held_by"] == [
            rule for rule, limit in trace["limits"].items() if limit == trace["level"]
        ]


def test_equal_scores_are_their_own_geometric_mean() -> None:
    for score in (Fraction(0), Fraction(100, 3), Fraction(100)):
        assert shifted_geometric_mean([score] * 5) == float(score)
