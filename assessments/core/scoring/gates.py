"""Gates: what the minimum standards of a unit allow its level to be, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assessments.core.instrument import Instrument
from assessments.core.scoring.figures import met
from assessments.core.scoring.units import Unit, View

_RATED = {
    "declared": "rated {ratings}",
    "supported": "supported at {ratings} only",
    "verified": "rated {ratings} after the review",
}
_NAMES = {"capability": "this capability", "dimension": "this dimension", "overall": "the whole"}


def gates(view: View, instrument: Instrument) -> dict[str, Any]:
    def gate(unit: Unit, kind: str) -> dict[str, Any]:
        held = _held_back(unit)
        return {
            "gate": unit.gate.name,
            "cap": unit.cap,
            "lowest": min((rating for _, rating in unit.minimum), default=None),
            "items": [code for code, _ in held],
            **met(unit, instrument.scale),
            "reason": _reason(unit, held, kind, view.name, instrument),
        }

    return {
        "overall": gate(view.overall, "overall"),
        "dimensions": {unit.dimension.code: gate(unit, "dimension") for unit in view.dimensions},
        "capabilities": {
            unit.capability.code: gate(unit, "capability")
            for dimension in view.dimensions
            for unit in dimension.capabilities
        },
    }


def _held_back(unit: Unit) -> list[tuple[str, int]]:
    """Return the minimum standards that keep the gate from being better than it is."""
    if unit.gate.name == "met":
        return []
    return [(code, rating) for code, rating in unit.minimum if rating <= unit.gate.up_to]


def _reason(
    unit: Unit, held: list[tuple[str, int]], kind: str, view: str, instrument: Instrument
) -> str:
    if not unit.minimum:
        return "No minimum standard is rated here, so none limits the level."
    if not held:
        needed = instrument.scale.gates[-2].up_to + 1
        return f"Every rated minimum standard is at {needed} or more, so none limits the level."
    ratings = " or ".join(str(rating) for rating in sorted({rating for _, rating in held}))
    rated = _RATED[view].format(ratings=ratings)
    name = instrument.levels[unit.cap].name
    several = len(held) > 1
    return (
        f"{'Minimum standards' if several else 'Minimum standard'} "
        f"{_and([code for code, _ in held])} {'are' if several else 'is'} {rated}; "
        f"until {'all reach' if several else 'it reaches'} {unit.gate.up_to + 1}, "
        f"the level of {_NAMES[kind]} is at most {unit.cap} ({name})."
    )


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
