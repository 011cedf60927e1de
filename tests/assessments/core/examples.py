"""Instruments and responses the domain tests share."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from assessments.core import answers as responses
from assessments.core import engines
from assessments.core import loading as instrument
from assessments.core.answers import Responses
from assessments.core.instrument import Instrument

HERE = Path(__file__).parent
SHIPPED = instrument.SHIPPED / "cmi-maturity-1.0.0"
REASON = "The organisation does not provide this service to anyone."
WORKED_EXAMPLE: dict[str, Any] = json.loads((HERE / "worked-example.json").read_text())
WORKED_RESULT: dict[str, Any] = json.loads((HERE / "worked-result.json").read_text())


@cache
def shipped() -> Instrument:
    return instrument.read(SHIPPED)


def document() -> dict[str, Any]:
    """Return a copy of the shipped document, to be spoilt."""
    return copy.deepcopy(dict(shipped().document))


def item_in(spoilt: Mapping[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        item
        for dimension in spoilt["dimensions"]
        for capability in dimension["capabilities"]
        for item in capability["items"]
        if item["code"] == code
    )
    return found


def answered(answers: Mapping[str, Any], *, of: Instrument | None = None, **more: Any) -> Responses:
    return responses.parse({"respondent_type": "RG", "responses": answers, **more}, of or shipped())


def result(answers: Mapping[str, Any], *, of: Instrument | None = None, **more: Any) -> Any:
    return engines.score(of or shipped(), answered(answers, of=of, **more))


def worked(**changes: Any) -> Any:
    """Return the result of the worked example with some of its answers changed."""
    answers = WORKED_EXAMPLE["responses"] | {
        code.replace("_", "."): answer for code, answer in changes.items()
    }
    return result(answers)


def uniform(kind: str, rating: int, *, evidence: int = 3) -> dict[str, Any]:
    return {
        item.code: {"rating": rating, "evidence": evidence} for item in shipped().items_for(kind)
    }


def small(*dimensions: Sequence[str]) -> Instrument:
    """Return an instrument for RG whose capabilities are given by the tiers of their items.

    `small(["MMA", "AA"])` has one dimension of two capabilities. Every item may be answered
    "not applicable".
    """
    built = document()
    built["respondent_types"] = [built["respondent_types"][0]]
    built["dimensions"] = [
        _dimension(f"{chr(ord('A') + position)}X", capabilities)
        for position, capabilities in enumerate(dimensions)
    ]
    return instrument.parse(built)


def large(capabilities: int, items: int) -> dict[str, Any]:
    """Return a document of five dimensions with so many capabilities of so many items each."""
    built = document()
    built["respondent_types"] = [built["respondent_types"][0]]
    tiers = "".join("M" if position < items // 2 else "A" for position in range(items))
    built["dimensions"] = [_dimension(code, [tiers] * capabilities) for code in shipped().modules]
    return built


def _dimension(code: str, capabilities: Sequence[str]) -> dict[str, Any]:
    return {
        "code": code,
        "title": f"Dimension {code}",
        "introduction": "A questionnaire of a few practices, made for a test of the arithmetic.",
        "capabilities": [
            {
                "code": f"{code}{number}",
                "title": f"Capability {code}{number}",
                "summary": "Whether the arithmetic is right.",
                "items": [
                    _item(f"{code}{number}.{position}", tier)
                    for position, tier in enumerate(tiers, start=1)
                ],
            }
            for number, tiers in enumerate(capabilities, start=1)
        ],
    }


def _item(code: str, tier: str) -> dict[str, Any]:
    return {
        "code": code,
        "title": f"Practice {code}",
        "statement": f"Practice {code} is followed.",
        "question": f"How far is practice {code} followed?",
        "levels": [f"Level {level} of {code}" for level in range(5)],
        "why": f"Without {code} the test would fail.",
        "evidence": ["A record"],
        "effort": 1,
        "tier": tier,
        "types": {"RG": "operating"},
        "not_applicable": True,
        "registry_operators_only": False,
        "depends_on": [],
        "grounding": ["A standard"],
        "recommendations": [],
    }
