"""What makes an instrument fit to be asked: its shape (the published schema) and its sense.

Every refusal names the file, the item where there is one, and what to change, in one sentence.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from assessments.core.engines import UnknownEngine, engine_of
from assessments.core.instrument import Capability, Dimension, Instrument, Item
from assessments.core.scale import Scale, mean, shifted_geometric_mean
from assessments.core.schema_errors import describe

SCHEMA = Path(__file__).resolve().parent / "instruments" / "instrument.schema.json"


class InvalidInstrument(ValueError):
    """An instrument that must not be asked; the message says what to change."""


def check_shape(document: Mapping[str, Any]) -> None:
    """Refuse a document that does not follow the published JSON Schema."""
    error = next(_validator().iter_errors(document), None)
    if error is not None:
        raise InvalidInstrument(f"{_place(document, list(error.absolute_path))}: {describe(error)}")


def check_sense(instrument: Instrument) -> None:
    """Refuse what a schema cannot see: references, cycles, and units no answers could fill."""
    _check_scale(instrument)
    _check_codes(instrument)
    for dimension in instrument.dimensions:
        for item in dimension.items:
            _check_item(instrument, dimension, item)
    _check_cycles(instrument)
    for kind in instrument.respondent_types.values():
        _check_scope(instrument, kind.code, instrument.scope(kind.code))
        if kind.without_registry_code is not None:
            # The same rules hold for those without a registry: a capability may leave their
            # scope altogether, but none may be left with a single item.
            scope = instrument.scope(kind.code, operates_registry=False)
            _check_scope(instrument, kind.without_registry_code, scope)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _place(document: Mapping[str, Any], path: list[Any]) -> str:
    """Return the file and, where the path leads into one, the capability or item."""
    if path[:1] != ["dimensions"] or len(path) < 2:
        return "instrument.yaml"
    node: Any = document
    codes: list[str] = []
    for step in path:
        node = node[step]
        if isinstance(node, dict) and isinstance(node.get("code"), str):
            codes.append(node["code"])
    if not codes:
        return "instrument.yaml"
    inner = ["", ": capability ", ": item "][min(len(codes), 3) - 1]
    return f"{codes[0]}.yaml{inner}{codes[-1] if inner else ''}"


def _check_scale(instrument: Instrument) -> None:
    scale, top = instrument.scale, instrument.scale.top
    try:
        engine_of(instrument)
    except UnknownEngine as exc:
        raise InvalidInstrument(f"instrument.yaml: {exc}") from None

    def need(condition: bool, sentence: str) -> None:
        if not condition:
            raise InvalidInstrument(f"instrument.yaml: {sentence}")

    need(
        [level.level for level in instrument.levels] == list(range(top + 1)),
        f"'levels' does not run from 0 to {top}; give every value of 'scoring.values' one level.",
    )
    need(
        [grade.grade for grade in instrument.evidence_grades]
        == list(range(len(instrument.evidence_grades))),
        "'evidence_grades' does not run from 0 upwards; number the grades in order.",
    )
    for name, values in (
        ("values", scale.values),
        ("bands", scale.bands),
        ("sensitivity.values", scale.sensitivity_values),
    ):
        need(len(values) == top + 1, f"'scoring.{name}' does not have {top + 1} entries; add them.")
        need(
            all(low < high for low, high in pairwise(values)),
            f"'scoring.{name}' does not rise; put its entries in rising order.",
        )
    need(scale.bands[0] == 0, "'scoring.bands' does not start at 0; every score needs a level.")
    ceilings = scale.evidence_ceilings
    need(
        list(ceilings) == sorted(ceilings) and max(ceilings) <= top,
        f"ceilings of 'evidence_grades' fall or pass {top}; put them in rising order.",
    )
    limits = [gate.up_to for gate in scale.gates]
    need(
        limits == sorted(set(limits)) and limits[-1] == top,
        f"'scoring.gates' does not cover ratings 0 to {top}; end with up_to: {top}.",
    )
    for before, after in pairwise(scale.gates):
        need(
            all(before.caps[unit] <= after.caps[unit] for unit in before.caps),
            f"gate '{after.name}' caps lower than '{before.name}'; a better rating must not cost.",
        )


def _check_codes(instrument: Instrument) -> None:
    types = [kind.code for kind in instrument.respondent_types.values()]
    types += [
        kind.without_registry_code
        for kind in instrument.respondent_types.values()
        if kind.without_registry_code is not None
    ]
    listed = len(instrument.document["respondent_types"])
    if len(set(types)) < len(types) or listed > len(instrument.respondent_types):
        raise InvalidInstrument(
            "instrument.yaml: a respondent type's code appears twice; rename one."
        )
    _refuse_twice("instrument.yaml: dimension", instrument.modules)
    capabilities = [
        (dimension, capability)
        for dimension in instrument.dimensions
        for capability in dimension.capabilities
    ]
    for dimension, capability in capabilities:
        if not capability.code.startswith(dimension.code):
            raise InvalidInstrument(
                f"{dimension.code}.yaml: capability {capability.code} is not named after its "
                f"dimension; start its code with {dimension.code}."
            )
        for item in capability.items:
            if item.code.rpartition(".")[0] != capability.code:
                raise InvalidInstrument(
                    f"{dimension.code}.yaml: item {item.code} is not named after its capability; "
                    f"start its code with {capability.code} and a full stop."
                )
    for dimension in instrument.dimensions:
        file = f"{dimension.code}.yaml"
        _refuse_twice(f"{file}: capability", [each.code for each in dimension.capabilities])
        _refuse_twice(f"{file}: item", [item.code for item in dimension.items])


def _refuse_twice(what: str, codes: Iterable[str]) -> None:
    code, count = next(iter(Counter(codes).most_common(1)), ("", 0))
    if count > 1:
        raise InvalidInstrument(f"{what} {code} appears {count} times; rename or delete one.")


def _check_item(instrument: Instrument, dimension: Dimension, item: Item) -> None:
    def refuse(sentence: str) -> InvalidInstrument:
        return InvalidInstrument(f"{dimension.code}.yaml: item {item.code}: {sentence}")

    if unknown := [kind for kind in item.types if kind not in instrument.respondent_types]:
        raise refuse(f"respondent type {unknown[0]!r} is not known; use a code of instrument.yaml.")
    if unknown := [code for code in item.depends_on if code not in instrument.items]:
        raise refuse(f"prerequisite {unknown[0]!r} is not an item; correct or remove it.")
    relies = "relying" in item.types.values()
    for name, value in (
        ("relying_question", item.relying_question),
        ("relying_levels", item.relying_levels),
    ):
        if relies and value is None:
            raise refuse(f"'{name}' is missing though a type is relying; add it.")
        if not relies and value is not None:
            raise refuse(f"'{name}' is given though no type is relying; remove it.")
    for name, levels in (("levels", item.levels), ("relying_levels", item.relying_levels or ())):
        if levels and len(levels) != instrument.scale.top + 1:
            raise refuse(
                f"'{name}' has {len(levels)} anchors; write one for each of the "
                f"{instrument.scale.top + 1} levels."
            )
        if len(set(levels)) < len(levels):
            raise refuse(f"'{name}' says the same twice; tell its levels apart.")
    if item.tier not in instrument.scale.weights:
        raise refuse(f"tier {item.tier!r} has no weight; add it to 'scoring.weights'.")


def _check_cycles(instrument: Instrument) -> None:
    graph = {item.code: item.depends_on for item in instrument.items.values()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as exc:
        cycle: list[str] = exc.args[1]
        first = next(
            dimension.code
            for dimension in instrument.dimensions
            if any(item.code == cycle[0] for item in dimension.items)
        )
        raise InvalidInstrument(
            f"{first}.yaml: item {cycle[0]}: its prerequisites lead back to it "
            f"({' needs '.join(reversed(cycle))}); remove one of them."
        ) from exc


def _check_scope(instrument: Instrument, kind: str, scope: tuple[Dimension, ...]) -> None:
    for dimension in scope:
        file = f"{dimension.code}.yaml"
        if len(dimension.capabilities) < 2:
            raise InvalidInstrument(
                f"{file}: {kind} sees {len(dimension.capabilities)} of its capabilities; "
                f"show items of at least two to {kind}."
            )
        for capability in dimension.capabilities:
            if len(capability.items) == 1:
                raise InvalidInstrument(
                    f"{file}: item {capability.items[0].code} is the only one of capability "
                    f"{capability.code} for {kind}; show {kind} another or none."
                )
    missing = next(_unreached(instrument.scale, scope), None)
    if missing is not None:
        file, unit, level = missing
        raise InvalidInstrument(
            f"{file}: no answers of {kind} reach level {level} in {unit}; "
            "correct 'scoring' in instrument.yaml or the tiers of the items."
        )


def _unreached(scale: Scale, scope: tuple[Dimension, ...]) -> Iterator[tuple[str, str, int]]:
    """Yield file, unit and level for levels out of reach.

    Answers are tried that are equal within each tier: every pair of a rating for minimum
    standards and one for the others. A level only stranger answers reach is refused too.
    """
    reached: dict[tuple[str, str], set[int]] = {}
    for minimum, advanced in product(range(scale.top + 1), repeat=2):
        ratings = {"M": minimum, "A": advanced}
        scores, levels, gated = [], [], False
        for dimension in scope:
            file = f"{dimension.code}.yaml"
            inner, has_minimum = [], False
            for capability in dimension.capabilities:
                score, has = _tiered(scale, capability, ratings)
                inner.append(score)
                has_minimum = has_minimum or has
                cap = scale.gate(minimum if has else None).caps["capability"]
                reached.setdefault((file, capability.code), set()).add(min(scale.band(score), cap))
            cap = scale.gate(minimum if has_minimum else None).caps["dimension"]
            scores.append(mean(inner))
            levels.append(min(scale.band(scores[-1]), cap))
            reached.setdefault((file, dimension.code), set()).add(levels[-1])
            gated = gated or has_minimum
        level = min(
            scale.band(shifted_geometric_mean(scores)),
            scale.gate(minimum if gated else None).caps["overall"],
            min(levels) + scale.weakest_plus,
        )
        reached.setdefault(("instrument.yaml", "the overall result"), set()).add(level)
    for (file, unit), levels_reached in reached.items():
        for level in range(scale.top + 1):
            if level not in levels_reached:
                yield file, unit, level


def _tiered(
    scale: Scale, capability: Capability, ratings: Mapping[str, int]
) -> tuple[Fraction, bool]:
    total = weight = 0
    for item in capability.items:
        total += scale.weights[item.tier] * scale.values[ratings[item.tier]]
        weight += scale.weights[item.tier]
    return Fraction(total, weight), any(item.is_minimum_standard for item in capability.items)
