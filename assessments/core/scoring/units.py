"""Units of a view: capabilities, dimensions and the whole, each with score, gate and level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from assessments.core.instrument import Capability, Dimension
from assessments.core.scale import Gate, Number, Scale, mean, shifted_geometric_mean
from assessments.core.scoring.views import Ratings


@dataclass(slots=True, kw_only=True)
class Unit:
    score: Number | None  # None: not rated
    minimum: list[tuple[str, int]]  # its rated minimum standards
    gate: Gate
    cap: int
    limits: dict[str, int]  # what the level may be, by rule; empty where not rated
    level: int | None

    @property
    def held_by(self) -> list[str]:
        """Return the rules whose limit is the level: lifting it takes lifting all of them."""
        return [rule for rule, limit in self.limits.items() if limit == self.level]


@dataclass(slots=True, kw_only=True)
class CapabilityUnit(Unit):
    capability: Capability
    total: int
    weight: int
    shown_weight: int


@dataclass(slots=True, kw_only=True)
class DimensionUnit(Unit):
    dimension: Dimension
    capabilities: list[CapabilityUnit]
    low_coverage: bool

    @property
    def rated(self) -> list[CapabilityUnit]:
        return [unit for unit in self.capabilities if unit.score is not None]


@dataclass(slots=True, kw_only=True)
class View:
    name: str
    ratings: Ratings
    dimensions: list[DimensionUnit]
    overall: Unit
    arithmetic_mean: Fraction | None

    @property
    def index(self) -> float | None:
        return None if self.overall.score is None else float(self.overall.score)


def evaluate(
    name: str, scope: Sequence[Dimension], ratings: Ratings, scale: Scale, *, complete: bool
) -> View:
    ceiling = {"ceiling": scale.declared_ceiling} if name == "declared" else {}
    dimensions = [_dimension(dimension, ratings, scale, ceiling) for dimension in scope]
    minimum = [each for unit in dimensions for each in unit.minimum]
    scores = [unit.score for unit in dimensions if isinstance(unit.score, Fraction)]
    index = arithmetic = None
    limits: dict[str, int] = {}
    if complete and len(scores) == len(dimensions):
        index, arithmetic = shifted_geometric_mean(scores), mean(scores)
        weakest = min(unit.level for unit in dimensions if unit.level is not None)
        limits = {"weakest": weakest + scale.weakest_plus, **ceiling}
    return View(
        name=name,
        ratings=ratings,
        dimensions=dimensions,
        overall=Unit(**_levelled("overall", index, minimum, limits, scale)),
        arithmetic_mean=arithmetic,
    )


def _dimension(
    dimension: Dimension, ratings: Ratings, scale: Scale, ceiling: Mapping[str, int]
) -> DimensionUnit:
    units = [_capability(capability, ratings, scale) for capability in dimension.capabilities]
    scores = [unit.score for unit in units if isinstance(unit.score, Fraction)]
    minimum = [each for unit in units for each in unit.minimum]
    return DimensionUnit(
        dimension=dimension,
        capabilities=units,
        low_coverage=_has_low_coverage(dimension, ratings, scale),
        **_levelled("dimension", mean_of(scores, len(units), scale), minimum, ceiling, scale),
    )


def _capability(capability: Capability, ratings: Ratings, scale: Scale) -> CapabilityUnit:
    total, weight, rated, shown = sums(capability, ratings, scale)
    enough = scale.is_capability_rated(items=rated, weight=weight, shown_weight=shown)
    minimum = [
        (item.code, rating)
        for item in capability.items
        if item.is_minimum_standard and (rating := ratings.get(item.code)) is not None
    ]
    return CapabilityUnit(
        capability=capability,
        total=total,
        weight=weight,
        shown_weight=shown,
        **_levelled("capability", Fraction(total, weight) if enough else None, minimum, {}, scale),
    )


def sums(capability: Capability, ratings: Ratings, scale: Scale) -> tuple[int, int, int, int]:
    """Return the weighted sum, the rated weight, how many are rated, and the shown weight."""
    total = weight = rated = shown = 0
    for item in capability.items:
        item_weight = scale.weights[item.tier]
        shown += item_weight
        rating = ratings.get(item.code)
        if rating is not None:
            total += item_weight * scale.values[rating]
            weight += item_weight
            rated += 1
    return total, weight, rated, shown


def mean_of(scores: Sequence[Fraction], in_scope: int, scale: Scale) -> Fraction | None:
    """Return a dimension's score from those of its rated capabilities, if they are enough."""
    return mean(scores) if len(scores) >= scale.capabilities_needed(in_scope) else None


def _levelled(
    kind: str,
    score: Number | None,
    minimum: list[tuple[str, int]],
    limits: Mapping[str, int],
    scale: Scale,
) -> dict[str, Any]:
    """Return the parts all units share. The gate of an unrated unit counts, its level does not."""
    gate = scale.gate(min((rating for _, rating in minimum), default=None))
    cap = gate.caps[kind]
    if score is None:
        return _parts(score, minimum, gate, cap, {}, None)
    all_limits = {"band": scale.band(score), "gate": cap, **limits}
    return _parts(score, minimum, gate, cap, all_limits, min(all_limits.values()))


def _parts(
    score: Number | None,
    minimum: list[tuple[str, int]],
    gate: Gate,
    cap: int,
    limits: dict[str, int],
    level: int | None,
) -> dict[str, Any]:
    return {
        "score": score,
        "minimum": minimum,
        "gate": gate,
        "cap": cap,
        "limits": limits,
        "level": level,
    }


def _has_low_coverage(dimension: Dimension, ratings: Ratings, scale: Scale) -> bool:
    left_out = shown = 0
    for item in dimension.items:
        weight = scale.weights[item.tier]
        shown += weight
        if item.code in ratings and ratings[item.code] is None:
            left_out += weight
    return left_out * 100 > scale.not_applicable_share * shown
