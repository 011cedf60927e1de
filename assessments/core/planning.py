"""Plans: what to do first.

`priorities` puts failed minimum standards first, then partial ones, then prerequisites that
hold back a practice claimed above them, then the rest by the gain in index per unit of effort.
Within each group too, the larger gain per effort comes first, and then the instrument's order.
The effort of a step is the item's effort, which is per level, times the levels it rises.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from assessments.core.instrument import Item
from assessments.core.result import PlanReason, PlanStep
from assessments.core.scale import Number

TARGET = 3  # the rating a plan raises an item to: applied across the whole scope, with records
_GROUPS = ("failed", "partial", "prerequisite", "gain")


def priorities(
    items: Sequence[Item],
    ratings: Mapping[str, int],
    *,
    gates: Mapping[int, str],
    unmet: Collection[str],
    gains: Mapping[str, Number],
    has_index: bool,
) -> list[PlanStep]:
    """Return the rated items below TARGET, the most urgent first.

    `gates` names the gate each rating leaves a minimum standard with, `unmet` the prerequisites
    behind a warning, `gains` what each item raised to TARGET adds. Without an index the gains
    are of the item's dimension: they order the plan but are not shown.
    """
    ordered = []
    for position, item in enumerate(items):
        rating = ratings.get(item.code)
        if rating is None or rating >= TARGET:
            continue
        reason = _reason(item, gates[rating], unmet)
        gain, effort = gains[item.code], item.effort * (TARGET - rating)
        key = (_GROUPS.index(reason), -gain / effort, position)
        step: PlanStep = {
            "item": item.code,
            "reason": reason,
            "from": rating,
            "to": TARGET,
            "effort": effort,
            "effort_per_level": item.effort,
            "gain": float(gain) if has_index else None,
            "recommendations": list(item.recommendations),
        }
        ordered.append((key, step))
    return [step for _, step in sorted(ordered, key=lambda pair: pair[0])]


def _reason(item: Item, gate: str, unmet: Collection[str]) -> PlanReason:
    if item.is_minimum_standard and gate != "met":
        return "failed" if gate == "failed" else "partial"
    return "prerequisite" if item.code in unmet else "gain"
