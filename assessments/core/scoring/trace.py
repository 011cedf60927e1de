"""The trace: how each figure came about, for whoever computes it again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from assessments.core.answers import Responses
from assessments.core.scale import Scale
from assessments.core.scoring.units import CapabilityUnit, DimensionUnit, Unit, View


def trace(view: View, responses: Responses, scale: Scale) -> dict[str, Any]:
    return {
        "overall": _overall_trace(view),
        "dimensions": {
            unit.dimension.code: _dimension_trace(unit, scale) for unit in view.dimensions
        },
        "capabilities": {
            unit.capability.code: _capability_trace(unit, view, responses, scale)
            for dimension in view.dimensions
            for unit in dimension.capabilities
        },
    }


def _overall_trace(view: View) -> dict[str, Any]:
    levels = [unit.level for unit in view.dimensions if unit.level is not None]
    return {
        "formula": "exp(mean(ln(score + 1))) - 1 over dimensions",
        "dimensions": {
            unit.dimension.code: None if unit.score is None else str(unit.score)
            for unit in view.dimensions
        },
        "arithmetic_mean": None if view.arithmetic_mean is None else str(view.arithmetic_mean),
        "index": view.overall.score,
        "weakest": [
            unit.dimension.code
            for unit in view.dimensions
            if unit.level is not None and unit.level == min(levels)
        ],
        **_level_trace(view.overall),
    }


def _dimension_trace(unit: DimensionUnit, scale: Scale) -> dict[str, Any]:
    scores = [each.score for each in unit.rated if isinstance(each.score, Fraction)]
    return {
        "formula": "mean over rated capabilities",
        "capabilities": {each.capability.code: str(each.score) for each in unit.rated},
        "left_out": [each.capability.code for each in unit.capabilities if each.score is None],
        "in_scope": len(unit.capabilities),
        "needed": scale.capabilities_needed(len(unit.capabilities)),
        "sum": str(sum(scores, Fraction(0))),
        "score": None if unit.score is None else str(unit.score),
        **_level_trace(unit),
    }


def _capability_trace(
    unit: CapabilityUnit, view: View, responses: Responses, scale: Scale
) -> dict[str, Any]:
    rated, left_out = [], []
    for item in unit.capability.items:
        rating = view.ratings.get(item.code)
        if rating is None:
            why = "not_applicable" if item.code in view.ratings else "unanswered"
            left_out.append({"item": item.code, "why": why})
            continue
        weight, value = scale.weights[item.tier], scale.values[rating]
        rated.append(
            {
                "item": item.code,
                "rating": rating,
                "value": value,
                "weight": weight,
                "product": weight * value,
                **_source(item.code, view.name, responses, scale),
            }
        )
    return {
        "formula": "sum of weight x value / sum of weights",
        "items": rated,
        "left_out": left_out,
        "sum": str(unit.total),
        "weight": str(unit.weight),
        "shown_weight": str(unit.shown_weight),
        "score": None if unit.score is None else str(unit.score),
        **_level_trace(unit),
    }


def _source(code: str, view: str, responses: Responses, scale: Scale) -> dict[str, Any]:
    """Return where a rating comes from: the claim, the evidence's ceiling or the review."""
    if view == "verified" and code in responses.review:
        return {"source": "review"}
    answer = responses.answers[code]
    source: dict[str, Any] = {"dont_know": True} if answer.dont_know else {}
    if view == "declared":
        return source
    return {
        "source": "evidence",
        "claimed": answer.rating,
        "evidence": answer.evidence,
        "ceiling": scale.evidence_ceilings[answer.evidence],
        **source,
    }


def _level_trace(unit: Unit) -> dict[str, Any]:
    return {
        "limits": unit.limits,
        "cap": unit.cap,
        "level": unit.level,
        "held_by": unit.held_by,
    }
