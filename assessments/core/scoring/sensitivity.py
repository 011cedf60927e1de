"""Sensitivity: the index of the declared view under other values, weights and means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from assessments.core.scale import Number, Scale, shifted_geometric_mean
from assessments.core.scoring.units import View, mean_of, sums


def sensitivity(view: View, scale: Scale) -> dict[str, Any] | None:
    """Return the index under other values, weights and means, and without each capability.

    None without an index. A run that has no index itself is null and left out of the range.
    """
    base = view.overall.score
    if base is None:
        return None
    equal, triple = scale.sensitivity_weights
    runs = {
        "S1": (
            f"value map {', '.join(map(str, scale.sensitivity_values))}",
            _index(view, replace(scale, values=scale.sensitivity_values)),
        ),
        "S2": (_weights(equal), _index(view, replace(scale, weights=equal))),
        "S3": (_weights(triple), _index(view, replace(scale, weights=triple))),
        "S4": (
            "arithmetic mean of dimensions",
            None if view.arithmetic_mean is None else float(view.arithmetic_mean),
        ),
    }
    without: list[dict[str, Any]] = [
        {"without": code, "index": index, "band": scale.band(index)}
        for code, index in _leave_one_out(view, scale)
    ]
    band = scale.band(base)
    named = {
        name: {
            "what": what,
            "index": index,
            "band": None if index is None else scale.band(index),
        }
        for name, (what, index) in runs.items()
    }
    every: list[Number] = [base, *(index for _, index in runs.values() if index is not None)]
    every += [run["index"] for run in without]
    return {
        "base": {"index": base, "band": band},
        **named,
        "S5": {
            "what": "without one capability",
            "lowest": min(without, key=lambda run: run["index"], default=None),
            "highest": max(without, key=lambda run: run["index"], default=None),
            "runs": without,
        },
        "lowest": min(every),
        "highest": max(every),
        "sensitive": any(run["band"] not in (None, band) for run in named.values()),
    }


def _weights(weights: Mapping[str, int]) -> str:
    return f"weights {weights['M']} to {weights['A']}"


def _index(view: View, scale: Scale) -> float | None:
    scores = []
    for unit in view.dimensions:
        inner = []
        for each in unit.capabilities:
            total, weight, rated, shown = sums(each.capability, view.ratings, scale)
            if scale.is_capability_rated(items=rated, weight=weight, shown_weight=shown):
                inner.append(Fraction(total, weight))
        dimension = mean_of(inner, len(unit.capabilities), scale)
        if dimension is None:
            return None
        scores.append(dimension)
    return shifted_geometric_mean(scores)


def _leave_one_out(view: View, scale: Scale) -> Iterator[tuple[str, float]]:
    """Yield each capability in scope with the index without it, where there is one."""
    scores = [unit.score for unit in view.dimensions if isinstance(unit.score, Fraction)]
    for position, unit in enumerate(view.dimensions):
        rated = len(unit.rated)
        total = scores[position] * rated
        needed = scale.capabilities_needed(len(unit.capabilities) - 1)
        for left_out in unit.capabilities:
            score = left_out.score
            remaining = rated if score is None else rated - 1
            if remaining < needed:
                continue
            rest = total if score is None else total - Fraction(score)
            yield (
                left_out.capability.code,
                shifted_geometric_mean(
                    [*scores[:position], rest / remaining, *scores[position + 1 :]]
                ),
            )
