"""Sensitivity: the index of the declared view under other values, weights and means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from assessments.core.result import Change, MethodRun, Sensitivity, WithoutRun
from assessments.core.scale import Scale, shifted_geometric_mean
from assessments.core.scoring.units import View, mean_of, sums


def sensitivity(view: View, scale: Scale) -> Sensitivity | None:
    """Return the index under other values, weights and means, and without each capability.

    None without an index. A run that has no index itself is null and left out of the range.
    """
    base = view.index
    if base is None:
        return None
    equal, heavier = scale.sensitivity_weights
    arithmetic = None if view.arithmetic_mean is None else float(view.arithmetic_mean)
    s1 = _run(
        {"values": list(scale.sensitivity_values)},
        _index(view, replace(scale, values=scale.sensitivity_values)),
        scale,
    )
    s2 = _run({"weights": dict(equal)}, _index(view, replace(scale, weights=equal)), scale)
    s3 = _run({"weights": dict(heavier)}, _index(view, replace(scale, weights=heavier)), scale)
    s4 = _run({"mean": "arithmetic"}, arithmetic, scale)
    without: list[WithoutRun] = [
        {"without": code, "index": index, "band": scale.band(index)}
        for code, index in _leave_one_out(view, scale)
    ]
    band = scale.band(base)
    method = (s1, s2, s3, s4)
    every = [
        base,
        *(run["index"] for run in method if run["index"] is not None),
        *(run["index"] for run in without),
    ]
    return {
        "base": {"index": base, "band": band},
        "S1": s1,
        "S2": s2,
        "S3": s3,
        "S4": s4,
        "S5": {
            "lowest": min(without, key=lambda run: run["index"], default=None),
            "highest": max(without, key=lambda run: run["index"], default=None),
            "runs": without,
        },
        "lowest": min(every),
        "highest": max(every),
        "sensitive": any(run["band"] not in (None, band) for run in method),
    }


def _run(change: Change, index: float | None, scale: Scale) -> MethodRun:
    band = None if index is None else scale.band(index)
    return {"change": change, "index": index, "band": band}


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
