"""The figures of a view, confidence in the claims, and how far the answers cover the items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from assessments.core.answers import Answer
from assessments.core.instrument import Dimension
from assessments.core.result import (
    CapabilityFigure,
    Confidence,
    Coverage,
    Figures,
    Met,
)
from assessments.core.scale import Scale
from assessments.core.scoring.units import Unit, View
from assessments.core.scoring.views import Ratings


def figures(view: View, scale: Scale) -> Figures:
    index, arithmetic = view.index, view.arithmetic_mean
    return {
        "index": index,
        "level": view.overall.level,
        "gate": view.overall.gate.name,
        "balance_gap": None if index is None or arithmetic is None else float(arithmetic) - index,
        "minimum_standards": met(view.overall, scale),
        "dimensions": {
            unit.dimension.code: {**_figure(unit), "low_coverage": unit.low_coverage}
            for unit in view.dimensions
        },
        "capabilities": {
            unit.capability.code: _figure(unit)
            for dimension in view.dimensions
            for unit in dimension.capabilities
        },
    }


def _figure(unit: Unit) -> CapabilityFigure:
    return {
        "score": None if unit.score is None else float(unit.score),
        "level": unit.level,
        "gate": unit.gate.name,
        "rated": unit.score is not None,
    }


def met(unit: Unit, scale: Scale) -> Met:
    """Return how many of the rated minimum standards are met."""
    number = sum(scale.gate(rating) is scale.gates[-1] for _, rating in unit.minimum)
    return {"met": number, "of": len(unit.minimum)}


def confidence(
    scope: Sequence[Dimension], ratings: Mapping[str, Ratings | None], scale: Scale
) -> Confidence:
    declared, supported = ratings["declared"], ratings["supported"]
    assert declared is not None
    assert supported is not None
    sums = {dimension.code: [0, 0] for dimension in scope}
    for dimension in scope:
        for item in dimension.items:
            weight = scale.weights[item.tier]
            sums[dimension.code][0] += weight * (supported.get(item.code) or 0)
            sums[dimension.code][1] += weight * (declared.get(item.code) or 0)
    proven, claimed = (sum(pair[side] for pair in sums.values()) for side in (0, 1))
    overall = Fraction(proven, claimed) if claimed else None
    return {
        "value": None if overall is None else float(overall),
        "band": None if overall is None else scale.confidence_band(overall),
        "dimensions": {
            code: proven / claimed if claimed else None for code, (proven, claimed) in sums.items()
        },
    }


def coverage(dimension: Dimension, answers: Mapping[str, Answer], scale: Scale) -> Coverage:
    shown = rated = left_out = unknown = count = 0
    for item in dimension.items:
        weight = scale.weights[item.tier]
        shown += weight
        answer = answers.get(item.code)
        if answer is None:
            continue
        if answer.rating is None:
            left_out += weight
            continue
        rated += weight
        count += 1
        if answer.dont_know:
            unknown += weight
    return {
        "shown_weight": shown,
        "rated_weight": rated,
        "rated_items": count,
        "not_applicable_weight": left_out,
        "not_applicable_share": left_out / shown,
        "dont_know_weight": unknown,
        "dont_know_share": unknown / shown,
        "low_coverage": left_out * 100 > scale.not_applicable_share * shown,
        "many_dont_know": unknown * 100 > scale.dont_know_share * shown,
        "thin": count < scale.thin_below,
    }
