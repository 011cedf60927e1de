"""Sentences about a result, composed from its codes."""

from __future__ import annotations

import copy
import json
import lzma
from dataclasses import replace
from typing import Any

import pytest

from assessments.core.result import GateState, PrerequisiteWarning, ReviewWarning, stored
from assessments.reports import words
from assessments.reports.profile import build_profile
from tests.assessments.reports import samples
from tests.factories import shipped_instrument
from tests.portal.db.upgrade import fixture


def gate(code: Any, *, items: list[str], ratings: list[int], needed: int | None) -> GateState:
    return {
        "gate": "partial",
        "cap": 2,
        "lowest": 2,
        "items": items,
        "met": 1,
        "of": 1 + len(items),
        "reason": {"code": code, "ratings": ratings, "needed": needed},
    }


@pytest.mark.parametrize(
    ("state", "kind", "view", "sentence"),
    [
        (
            gate("none_rated", items=[], ratings=[], needed=None),
            "capability",
            "declared",
            "No minimum standard is rated here, so none limits the level.",
        ),
        (
            gate("all_met", items=[], ratings=[], needed=3),
            "dimension",
            "declared",
            "Every rated minimum standard is at 3 or more, so none limits the level.",
        ),
        (
            gate("held", items=["TI5.4"], ratings=[2], needed=3),
            "capability",
            "declared",
            "Minimum standard TI5.4 is rated 2; until it reaches 3, the level of this capability "
            "is at most 2 (Defined).",
        ),
        (
            gate("held", items=["IS1.1", "IS2.1", "IS3.1"], ratings=[0, 1], needed=2),
            "dimension",
            "supported",
            "Minimum standards IS1.1, IS2.1 and IS3.1 are supported at 0 or 1 only; until all "
            "reach 2, the level of this dimension is at most 2 (Defined).",
        ),
        (
            gate("held", items=["IS1.1", "IS2.1"], ratings=[2], needed=3),
            "overall",
            "verified",
            "Minimum standards IS1.1 and IS2.1 are rated 2 after the review; until all reach 3, "
            "the level of the whole is at most 2 (Defined).",
        ),
    ],
)
def test_the_reason_of_a_gate(state: GateState, kind: Any, view: Any, sentence: str) -> None:
    found = words.gate_reason(state, kind=kind, view=view, instrument=shipped_instrument())

    assert found == sentence


def test_warnings() -> None:
    claim: PrerequisiteWarning = {
        "kind": "prerequisite",
        "item": "EG1.2",
        "rating": 3,
        "prerequisite": "EG1.1",
        "prerequisite_rating": 1,
    }
    review: ReviewWarning = {"kind": "review", "items": ["TI2.2", "TI2.3"]}

    assert words.warning(claim) == "EG1.2 is rated 3 while EG1.1, which it depends on, is rated 1."
    assert words.warning(review) == (
        "There is no verified view: the review leaves out 2 minimum standards, TI2.2 first."
    )


def earlier_shape(document: Any) -> Any:
    """Return a document as it was stored before its shape had a name: with sentences in it."""
    earlier = copy.deepcopy(document)
    del earlier["schema"]
    for view in (earlier["gates"]["declared"], earlier["gates"]["supported"]):
        for unit in (
            view["overall"],
            *view["dimensions"].values(),
            *view["capabilities"].values(),
        ):
            unit["reason"] = f"The gate is {unit['gate']}, as was said then."
    for warning in earlier["warnings"]:
        warning["message"] = "Something was said then."
    for run in ("S1", "S2", "S3", "S4"):
        del earlier["sensitivity"][run]["change"]
        earlier["sensitivity"][run]["what"] = "Something else."
    return earlier


def test_a_document_of_the_earlier_shape_still_makes_a_profile() -> None:
    file = samples.worked_example()
    file["responses"]["EG1.1"] = {"rating": 1}
    earlier = earlier_shape(samples.result_of(file))

    profile = build_profile(
        subject=samples.SUBJECT,
        instrument=shipped_instrument(),
        result=earlier,
        result_sha256="0" * 64,
        answers=samples.answers_in(file),
        release=None,
        before=None,
        advice={},
    )

    assert profile.overall.declared.shown == "65.4"
    assert profile.overall.declared.gate_reason == "The gate is failed, as was said then."
    assert profile.warnings[0] == "EG1.2 is rated 3 while EG1.1, which it depends on, is rated 1."
    assert profile.sensitivity is not None


def test_every_document_stored_by_the_first_version_is_put_into_words() -> None:
    rows = json.loads(lzma.decompress(fixture.FILE.read_bytes()))["assessments_result"].values()
    found = [list(words.sentences(stored(row["document"]), shipped_instrument())) for row in rows]

    assert len(found) == 73
    assert all("schema" not in stored(row["document"]) for row in rows)
    assert found[0][0].startswith("declared: Shifted geometric mean of EG ")
    assert all(
        any("so none limits the level." in line or "is at most" in line for line in lines)
        for lines in found
    )


def test_runs_name_the_numbers_of_the_scale() -> None:
    scale = shipped_instrument().scale
    other = replace(
        scale,
        values=(0, 10, 30, 60, 100),
        sensitivity_weights=({"M": 1, "A": 1}, {"M": 5, "A": 1}),
    )

    assert words.runs(scale) == {
        "S1": "Levels valued 0, 15, 50, 85 and 100 instead of 0, 25, 50, 75 and 100",
        "S2": "Minimum standards weigh as much as other practices",
        "S3": "Minimum standards weigh three times as much",
        "S4": "Plain mean of the dimensions, which forgives imbalance",
    }
    assert words.runs(other)["S1"] == (
        "Levels valued 0, 15, 50, 85 and 100 instead of 0, 10, 30, 60 and 100"
    )
    assert words.runs(other)["S3"] == "Minimum standards weigh 5 times as much"
