"""The improvement plan: what each item raised alone would bring, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from assessments.core import planning
from assessments.core.instrument import Item
from assessments.core.result import Plan, PrerequisiteWarning
from assessments.core.scale import Number, Scale, shifted_geometric_mean
from assessments.core.scoring.units import View


def plan(
    view: View, items: Sequence[Item], warnings: Sequence[PrerequisiteWarning], scale: Scale
) -> Plan:
    return {
        "priorities": planning.priorities(
            items,
            {code: rating for code, rating in view.ratings.items() if rating is not None},
            gates={rating: scale.gate(rating).name for rating in range(scale.top + 1)},
            unmet={warning["prerequisite"] for warning in warnings},
            gains=_gains(view, scale),
            has_index=view.overall.score is not None,
        )
    }


def _gains(view: View, scale: Scale) -> dict[str, Number]:
    """Return what the index gains when one item is raised to the plan's target.

    Without an index, what the dimension gains. An item whose capability or dimension is not
    rated gains nothing.
    """
    target, gains = scale.values[planning.TARGET], dict[str, Number]()
    base = view.overall.score
    scores = [Fraction(unit.score) for unit in view.dimensions if unit.score is not None]
    for position, unit in enumerate(view.dimensions):
        rated = len(unit.rated)
        for each in unit.capabilities:
            for item in each.capability.items:
                rating = view.ratings.get(item.code)
                if rating is None or rating >= planning.TARGET:
                    continue
                if unit.score is None or each.score is None:
                    gains[item.code] = 0.0
                    continue
                rise = scale.weights[item.tier] * (target - scale.values[rating])
                step = Fraction(rise, each.weight * rated)
                if base is None:
                    gains[item.code] = step
                    continue
                raised = [*scores]
                raised[position] += step
                gains[item.code] = shifted_geometric_mean(raised) - float(base)
    return gains
