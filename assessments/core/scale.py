"""The numbers and formulas of a scoring model: values, weights, bands, gates, means.

They belong to the instrument's version and are read from it. Scores of capabilities and
dimensions are exact fractions; only the index, a geometric mean, is a float.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from assessments.core.rounding import millionths

Number = Fraction | float
UNITS = ("capability", "dimension", "overall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the lowest minimum standard of a unit allows its level to be."""

    name: str
    up_to: int  # the gate of units whose lowest minimum standard is rated no higher than this
    caps: Mapping[str, int]  # highest level by kind of unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A scoring model, as the instrument states it. Shares are whole percentages."""

    engine: str
    values: tuple[int, ...]
    weights: Mapping[str, int]
    bands: tuple[int, ...]  # lower limits, level 0 first
    gates: tuple[Gate, ...]
    evidence_ceilings: tuple[int, ...]
    declared_ceiling: int
    weakest_plus: int
    rated_items: int
    rated_weight_share: int
    rated_capabilities: int
    rated_capability_share: int
    not_applicable_share: int
    dont_know_share: int
    confidence_high: int
    confidence_medium: int
    reason_length: int
    thin_below: int
    sensitivity_values: tuple[int, ...]
    sensitivity_weights: tuple[Mapping[str, int], ...]

    @property
    def top(self) -> int:
        return len(self.values) - 1

    def band(self, score: Number) -> int:
        """Return the level whose band holds `score`, compared at six decimals, halves up."""
        rounded = millionths(score)
        level = 0
        for candidate, limit in enumerate(self.bands):
            if rounded >= limit * 1_000_000:
                level = candidate
        return level

    def gate(self, lowest: int | None) -> Gate:
        """Return the gate for the lowest rated minimum standard; met where there is none."""
        if lowest is None:
            return self.gates[-1]
        return next(gate for gate in self.gates if lowest <= gate.up_to)

    def is_capability_rated(self, *, items: int, weight: int, shown_weight: int) -> bool:
        return items >= self.rated_items and weight * 100 >= self.rated_weight_share * shown_weight

    def capabilities_needed(self, in_scope: int) -> int:
        """Return how many rated capabilities a dimension needs to be rated itself."""
        return max(self.rated_capabilities, -(-self.rated_capability_share * in_scope // 100))

    def confidence_band(self, confidence: Fraction) -> Literal["high", "medium", "low"]:
        if confidence * 100 >= self.confidence_high:
            return "high"
        return "medium" if confidence * 100 >= self.confidence_medium else "low"


def scale_from(document: Mapping[str, Any]) -> Scale:
    """Return the scale of an instrument document that has passed its schema."""
    scoring = document["scoring"]
    rated, sensitivity = scoring["rated"], scoring["sensitivity"]
    return Scale(
        engine=scoring["name"],
        values=tuple(scoring["values"]),
        weights=dict(scoring["weights"]),
        bands=tuple(scoring["bands"]),
        gates=tuple(
            Gate(
                name=gate["gate"],
                up_to=gate["up_to"],
                caps={unit: gate["caps"][unit] for unit in UNITS},
            )
            for gate in scoring["gates"]
        ),
        evidence_ceilings=tuple(grade["ceiling"] for grade in document["evidence_grades"]),
        declared_ceiling=scoring["declared_ceiling"],
        weakest_plus=scoring["weakest_plus"],
        rated_items=rated["items"],
        rated_weight_share=rated["weight_share"],
        rated_capabilities=rated["capabilities"],
        rated_capability_share=rated["capability_share"],
        not_applicable_share=scoring["not_applicable_share"],
        dont_know_share=scoring["dont_know_share"],
        confidence_high=scoring["confidence"]["high"],
        confidence_medium=scoring["confidence"]["medium"],
        reason_length=scoring["reason_length"],
        thin_below=scoring["thin_below"],
        sensitivity_values=tuple(sensitivity["values"]),
        sensitivity_weights=tuple(dict(weights) for weights in sensitivity["weights"]),
    )


def mean(scores: Sequence[Fraction]) -> Fraction:
    return sum(scores, Fraction(0)) / len(scores)


def shifted_geometric_mean(scores: Sequence[Fraction]) -> float:
    """Return exp(mean(ln(s + 1))) - 1: equal scores stay as they are, imbalance costs points.

    A mean lies between its smallest and largest term; floating point may stray by one unit in
    the last place, so the result is held there.
    """
    logarithms = math.fsum(math.log(float(score) + 1) for score in scores)
    result = math.exp(logarithms / len(scores)) - 1
    return min(max(result, float(min(scores))), float(max(scores)))
