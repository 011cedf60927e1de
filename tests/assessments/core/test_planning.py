from __future__ import annotations

from typing import Any

import pytest

from assessments.core import loading as instrument
from assessments.core.planning import priorities
from tests.assessments.core.examples import (
    REASON,
    WORKED_EXAMPLE,
    document,
    item_in,
    result,
    shipped,
    small,
    worked,
)

GATES = {0: "failed", 1: "failed", 2: "partial", 3: "met", 4: "met"}


def steps(found: Any) -> list[tuple[str, str]]:
    return [(step["item"], step["reason"]) for step in found["plan"]["priorities"]]


def test_minimum_standards_then_prerequisites_then_gain() -> None:
    # TI2.2 fails its gate, TI5.4 is partial; EG1.4 at 0 carries IN3.1, claimed at 3.
    found = worked(
        TI2_2={"rating": 1},
        EG1_4={"rating": 0},
        IN3_1={"rating": 3},
    )
    order = steps(found)
    assert order[:3] == [("TI2.2", "failed"), ("TI5.4", "partial"), ("EG1.4", "prerequisite")]
    assert {reason for _, reason in order[3:]} == {"gain"}
    gains = [step["gain"] / step["effort"] for step in found["plan"]["priorities"][3:]]
    assert gains == sorted(gains, reverse=True)


def test_a_gain_is_what_the_index_gains_when_the_item_is_raised_to_three() -> None:
    base = worked()
    for step in base["plan"]["priorities"][:5]:
        raised = result(WORKED_EXAMPLE["responses"] | {step["item"]: {"rating": 3, "evidence": 0}})
        gain = raised["views"]["declared"]["index"] - base["views"]["declared"]["index"]
        assert step["gain"] == pytest.approx(gain, abs=1e-9)
        assert step["to"] == 3


def test_every_item_below_three_is_a_step_and_no_other() -> None:
    below = {
        code for code, answer in WORKED_EXAMPLE["responses"].items() if answer.get("rating", 4) < 3
    }
    assert {item for item, _ in steps(worked())} == below


def test_a_step_carries_effort_and_recommendations_of_its_item() -> None:
    step = next(each for each in worked()["plan"]["priorities"] if each["item"] == "EG2.4")
    item = shipped().items["EG2.4"]
    assert (step["from"], step["to"]) == (1, 3)
    assert step["effort"] == 2 * item.effort
    assert step["effort_per_level"] == item.effort
    assert step["recommendations"] == list(item.recommendations)


def test_effort_counts_every_level_climbed() -> None:
    two = small(["AA", "AA"], ["AA", "AA"])
    order = priorities(
        list(two.items.values())[:2],
        {"AX1.1": 0, "AX1.2": 2},
        gates=GATES,
        unmet=(),
        gains={"AX1.1": 2.0, "AX1.2": 1.0},
        has_index=True,
    )
    # Three levels for 2 points are dearer than one level for 1 point.
    assert [step["item"] for step in order] == ["AX1.2", "AX1.1"]


def test_equal_steps_keep_the_instruments_order() -> None:
    two = small(["AA", "AA"], ["AA", "AA"])
    found = result({code: {"rating": 1} for code in two.items}, of=two)
    assert [item for item, _ in steps(found)] == list(two.items)


def test_without_an_index_the_plan_is_ordered_by_the_dimension_and_shows_no_gain() -> None:
    answers = {
        code: each for code, each in WORKED_EXAMPLE["responses"].items() if code.startswith("IS")
    }
    found = result(answers, modules=["IS"])
    assert {step["gain"] for step in found["plan"]["priorities"]} == {None}
    weights = {"M": 2, "A": 1}
    per_effort = []
    for step in found["plan"]["priorities"]:
        item = shipped().items[step["item"]]
        unit = found["trace"]["declared"]["capabilities"][item.code.split(".")[0]]
        rise = weights[item.tier] * 25 * (3 - step["from"])
        per_effort.append(rise / int(unit["weight"]) / 5 / step["effort"])
    assert per_effort == sorted(per_effort, reverse=True)


def test_an_item_of_an_unrated_capability_gains_nothing() -> None:
    two = small(["AAA", "AA", "AA"], ["AA", "AA"])
    answers: dict[str, Any] = {code: {"rating": 1} for code in two.items}
    answers |= {f"AX1.{number}": {"not_applicable": REASON} for number in (2, 3)}
    found = result(answers, of=two)
    assert found["plan"]["priorities"][-1]["item"] == "AX1.1"
    assert found["plan"]["priorities"][-1]["gain"] == 0


def test_effort_comes_from_the_instrument() -> None:
    dear = document()
    item_in(dear, "DM2.3")["effort"] = 1
    item_in(dear, "IN5.3")["effort"] = 3
    edition = instrument.parse(dear)
    answers = WORKED_EXAMPLE["responses"]
    order = [item for item, _ in steps(result(answers, of=edition))]
    assert order.index("DM2.3") < order.index("IN5.3")
    assert [item for item, _ in steps(result(answers))].index("IN5.3") < [
        item for item, _ in steps(result(answers))
    ].index("DM2.3")
