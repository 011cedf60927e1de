"""The trace: how each figure came about, for whoever computes it again."""

from __future__ import annotations

from fractions import Fraction

from assessments.core.answers import Responses
from assessments.core.result import (
    CapabilityTrace,
    DimensionTrace,
    LeftOut,
    LevelTrace,
    OverallTrace,
    RatedItem,
    RatingSource,
    Trace,
)
from assessments.core.scale import Scale
from assessments.core.scoring.units import CapabilityUnit, DimensionUnit, Unit, View


def trace(view: View, responses: Responses, scale: Scale) -> Trace:
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


def _overall_trace(view: View) -> OverallTrace:
    levels = [unit.level for unit in view.dimensions if unit.level is not None]
    return {
        "formula": "shifted_geometric_mean",
        "dimensions": {
            unit.dimension.code: None if unit.score is None else str(unit.score)
            for unit in view.dimensions
        },
        "arithmetic_mean": None if view.arithmetic_mean is None else str(view.arithmetic_mean),
        "index": view.index,
        "weakest": [
            unit.dimension.code
            for unit in view.dimensions
            if unit.level is not None and unit.level == min(levels)
        ],
        **_level_trace(view.overall),
    }


def _dimension_trace(unit: DimensionUnit, scale: Scale) -> DimensionTrace:
    scores = [each.score for each in unit.rated if isinstance(each.score, Fraction)]
    return {
        "formula": "mean",
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
) -> CapabilityTrace:
    rated: list[RatedItem] = []
    left_out: list[LeftOut] = []
    for item in unit.capability.items:
        rating = view.ratings.get(item.code)
        if rating is None:
            is_given = item.code in view.ratings
            left_out.append(
                {"item": item.code, "why": "not_applicable" if is_given else "unanswered"}
            )
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
        "formula": "weighted_mean",
        "items": rated,
        "left_out": left_out,
        "sum": str(unit.total),
        "weight": str(unit.weight),
        "shown_weight": str(unit.shown_weight),
        "score": None if unit.score is None else str(unit.score),
        **_level_trace(unit),
    }


def _source(code: str, view: str, responses: Responses, scale: Scale) -> RatingSource:
    """Return where a rating comes from: the claim, the evidence's ceiling or the review."""
    if view == "verified" and code in responses.review:
        return {"source": "review"}
    answer = responses.answers[code]
    assert answer.rating is not None, "only what is rated has a source"
    source: RatingSource = {"dont_know": True} if answer.dont_know else {}
    if view == "declared":
        return source
    return {
        "source": "evidence",
        "claimed": answer.rating,
        "evidence": answer.evidence,
        "ceiling": scale.evidence_ceilings[answer.evidence],
        **source,
    }


def _level_trace(unit: Unit) -> LevelTrace:
    return {
        "limits": unit.limits,
        "cap": unit.cap,
        "level": unit.level,
        "held_by": unit.held_by,
    }
