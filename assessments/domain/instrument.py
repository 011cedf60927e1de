"""Instruments: the items, what they measure, whom they are for, and how they are scored.

An edition is a document: the YAML files of one directory, read together, or the canonical JSON
stored from them. Both become the same `Instrument`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .scale import Scale, scale_from
from .validation import InvalidInstrument, check_sense, check_shape

__all__ = [
    "Capability",
    "Dimension",
    "Instrument",
    "InvalidInstrument",
    "Item",
    "Level",
    "RespondentType",
    "Wording",
    "canonical_json",
    "parse",
    "read",
    "shipped",
]

COVER = "instrument.yaml"
SHIPPED = Path(__file__).resolve().parent.parent / "instruments"


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


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """Return the one byte string of a document: sorted keys, no white space, UTF-8."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def parse(document: Mapping[str, Any], *, checked: bool = False) -> Instrument:
    """Return the instrument a document describes, or raise InvalidInstrument.

    An edition that was checked when it was stored is parsed with `checked=True`, which costs
    only the building.
    """
    if not checked:
        check_shape(document)
    instrument = _build(document)
    if not checked:
        check_sense(instrument)
    return instrument


def read(directory: Path) -> Instrument:
    """Return the instrument in a directory: `instrument.yaml` and one file per questionnaire."""
    cover = _load(directory / COVER)
    codes = cover.get("dimensions")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise InvalidInstrument(
            f"{COVER}: 'dimensions' is not a list of codes; name one questionnaire file per entry."
        )
    questionnaires = []
    for code in codes:
        questionnaire = _load(directory / f"{code}.yaml")
        if questionnaire.get("code") != code:
            raise InvalidInstrument(f"{code}.yaml: 'code' is not {code}; write code: {code}.")
        questionnaires.append(questionnaire)
    return parse({**cover, "dimensions": questionnaires})


def shipped() -> Mapping[tuple[str, str], Path]:
    """Return the directories of the editions that come with the product, newest version last."""
    directories = [path.parent for path in SHIPPED.glob(f"*/{COVER}")]
    editions = {}
    for directory in sorted(directories, key=_version_of):
        code, _, version = directory.name.rpartition("-")
        editions[code, version] = directory
    return editions


def _version_of(directory: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in directory.name.rpartition("-")[2].split("."))


class _Loader(yaml.CSafeLoader):
    """A safe loader that refuses a key given twice, which YAML would silently overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                line = key.start_mark.line + 1
                raise InvalidInstrument(f"line {line}: '{name}' appears twice; delete one.")
            seen.add(name)
        return super().construct_mapping(node, deep)


def _load(path: Path) -> dict[str, Any]:
    try:
        # _Loader is a safe loader.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except OSError as exc:
        raise InvalidInstrument(
            f"{path.name}: cannot be read ({exc.strerror}); put the file in {path.parent}."
        ) from exc
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        reason = " ".join(str(exc).split())
        raise InvalidInstrument(f"{path.name}: is not YAML: {reason}; correct it.") from exc
    except InvalidInstrument as exc:
        raise InvalidInstrument(f"{path.name}: {exc}") from None
    if not isinstance(document, dict):
        raise InvalidInstrument(f"{path.name}: is not a mapping; start it with 'code:'.")
    return document


def _build(document: Mapping[str, Any]) -> Instrument:
    return Instrument(
        code=document["code"],
        version=document["version"],
        title=document["title"],
        companion=document["companion"],
        scale=scale_from(document),
        levels=tuple(Level(**level) for level in document["levels"]),
        evidence_grades=tuple(EvidenceGrade(**grade) for grade in document["evidence_grades"]),
        respondent_types={
            kind["code"]: _respondent_type(kind) for kind in document["respondent_types"]
        },
        dimensions=tuple(_dimension(dimension) for dimension in document["dimensions"]),
        document=document,
    )


def _respondent_type(kind: Mapping[str, Any]) -> RespondentType:
    without = kind.get("without_registry") or {}
    return RespondentType(
        code=kind["code"],
        label=kind["label"],
        without_registry_code=without.get("code"),
        without_registry_label=without.get("label"),
    )


def _dimension(dimension: Mapping[str, Any]) -> Dimension:
    return Dimension(
        code=dimension["code"],
        title=dimension["title"],
        introduction=dimension["introduction"],
        capabilities=tuple(
            Capability(
                code=capability["code"],
                title=capability["title"],
                summary=capability["summary"],
                items=tuple(_item(item) for item in capability["items"]),
            )
            for capability in dimension["capabilities"]
        ),
    )


def _item(item: Mapping[str, Any]) -> Item:
    relying_levels = item.get("relying_levels")
    return Item(
        code=item["code"],
        title=item["title"],
        statement=item["statement"],
        question=item["question"],
        levels=tuple(item["levels"]),
        relying_question=item.get("relying_question"),
        relying_levels=None if relying_levels is None else tuple(relying_levels),
        why=item["why"],
        evidence=tuple(item["evidence"]),
        effort=item["effort"],
        tier=item["tier"],
        types=dict(item["types"]),
        not_applicable=item["not_applicable"],
        registry_operators_only=item["registry_operators_only"],
        depends_on=tuple(item["depends_on"]),
        grounding=tuple(item["grounding"]),
        note=item.get("note"),
        recommendations=tuple(item["recommendations"]),
    )
