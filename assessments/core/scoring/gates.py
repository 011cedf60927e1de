"""Gates: what the minimum standards of a unit allow its level to be, and why."""

from __future__ import annotations

from assessments.core.result import GateReason, Gates, GateState
from assessments.core.scale import Scale
from assessments.core.scoring.figures import met
from assessments.core.scoring.units import Unit, View


def gates(view: View, scale: Scale) -> Gates:
    return {
        "overall": _gate(view.overall, scale),
        "dimensions": {unit.dimension.code: _gate(unit, scale) for unit in view.dimensions},
        "capabilities": {
            unit.capability.code: _gate(unit, scale)
            for dimension in view.dimensions
            for unit in dimension.capabilities
        },
    }


def _gate(unit: Unit, scale: Scale) -> GateState:
    held = _held_back(unit, scale)
    return {
        "gate": unit.gate.name,
        "cap": unit.cap,
        "lowest": min((rating for _, rating in unit.minimum), default=None),
        "items": [code for code, _ in held],
        **met(unit, scale),
        "reason": _reason(unit, held, scale),
    }


def _held_back(unit: Unit, scale: Scale) -> list[tuple[str, int]]:
    """Return the minimum standards that keep the gate from being better than it is."""
    if unit.gate is scale.gates[-1]:
        return []
    return [(code, rating) for code, rating in unit.minimum if rating <= unit.gate.up_to]


def _reason(unit: Unit, held: list[tuple[str, int]], scale: Scale) -> GateReason:
    if not unit.minimum:
        return {"code": "none_rated", "ratings": [], "needed": None}
    if not held:
        return {"code": "all_met", "ratings": [], "needed": scale.gates[-2].up_to + 1}
    ratings = sorted({rating for _, rating in held})
    return {"code": "held", "ratings": ratings, "needed": unit.gate.up_to + 1}
