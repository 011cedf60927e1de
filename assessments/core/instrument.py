"""Instruments: the items, what they measure, whom they are for, and how they are scored.

An edition is a document: the YAML files of one directory, read together, or the canonical JSON
stored from them. Both become the same `Instrument`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from assessments.core.documents import canonical_json
from assessments.core.scale import Scale


class Wording(NamedTuple):
    question: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One practice, with its question and the anchors that tell its ratings apart."""

    code: str
    title: str
    statement: str
    question: str
    levels: tuple[str, ...]
    relying_question: str | None
    relying_levels: tuple[str, ...] | None
    why: str
    evidence: tuple[str, ...]
    effort: int
    tier: str
    types: Mapping[str, str]  # respondent type -> "operating" or "relying"
    not_applicable: bool
    registry_operators_only: bool
    depends_on: tuple[str, ...]
    grounding: tuple[str, ...]
    note: str | None
    recommendations: tuple[str, ...]

    @property
    def is_minimum_standard(self) -> bool:
        return self.tier == "M"

    def wording(self, respondent_type: str) -> Wording:
        """Return the question and anchors this type is asked."""
        if self.types[respondent_type] == "relying" and self.relying_question is not None:
            return Wording(self.relying_question, self.relying_levels or self.levels)
        return Wording(self.question, self.levels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    code: str
    title: str
    summary: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    code: str
    title: str
    introduction: str
    capabilities: tuple[Capability, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for capability in self.capabilities for item in capability.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondentType:
    """A kind of respondent; one that covers two bodies is asked whether it runs a registry."""

    code: str
    label: str
    without_registry_code: str | None
    without_registry_label: str | None

    @property
    def asks_operates_registry(self) -> bool:
        return self.without_registry_code is not None

    def cohort_code(self, operates_registry: bool | None) -> str:
        """Return the code under which such a respondent is compared with others."""
        if operates_registry is False and self.without_registry_code is not None:
            return self.without_registry_code
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    level: int
    name: str
    anchor: str
    descriptor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceGrade:
    grade: int
    code: str
    name: str
    description: str
    ceiling: int


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One edition of an instrument. `document` is what it was parsed from, and its identity."""

    code: str
    version: str
    title: str
    companion: str
    scale: Scale
    levels: tuple[Level, ...]
    evidence_grades: tuple[EvidenceGrade, ...]
    respondent_types: Mapping[str, RespondentType]
    dimensions: tuple[Dimension, ...]
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @cached_property
    def canonical_json(self) -> bytes:
        return canonical_json(self.document)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.canonical_json).hexdigest()

    @cached_property
    def items(self) -> Mapping[str, Item]:
        return {item.code: item for dimension in self.dimensions for item in dimension.items}

    @cached_property
    def modules(self) -> tuple[str, ...]:
        return tuple(dimension.code for dimension in self.dimensions)

    def scope(
        self,
        respondent_type: str,
        operates_registry: bool | None = None,
        modules: Collection[str] | None = None,
    ) -> tuple[Dimension, ...]:
        """Return the dimensions with only the capabilities and items this respondent is shown.

        A capability none of whose items is shown is not in scope. `operates_registry` matters to
        the types that are asked; unanswered, they are taken to operate one.
        """
        kind = self.respondent_types[respondent_type]
        hide = kind.asks_operates_registry and operates_registry is False

        def shown(item: Item) -> bool:
            return respondent_type in item.types and not (hide and item.registry_operators_only)

        return tuple(
            _only(dimension, shown)
            for dimension in self.dimensions
            if modules is None or dimension.code in modules
        )

    def items_for(
        self,
        respondent_type: str,
        operates_registry: bool | None = None,
        modules: Collection[str] | None = None,
    ) -> tuple[Item, ...]:
        """Return the items this respondent is shown, in the instrument's order."""
        scope = self.scope(respondent_type, operates_registry, modules)
        return tuple(item for dimension in scope for item in dimension.items)


def _only(dimension: Dimension, shown: Callable[[Item], bool]) -> Dimension:
    capabilities = []
    for capability in dimension.capabilities:
        items = tuple(item for item in capability.items if shown(item))
        if items:
            capabilities.append(
                Capability(
                    code=capability.code,
                    title=capability.title,
                    summary=capability.summary,
                    items=items,
                )
            )
    return Dimension(
        code=dimension.code,
        title=dimension.title,
        introduction=dimension.introduction,
        capabilities=tuple(capabilities),
    )
