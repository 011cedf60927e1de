"""Reading an edition: the YAML files of one directory, or the canonical JSON stored from them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from assessments.core.checks import InvalidInstrument, check_sense, check_shape
from assessments.core.instrument import (
    Capability,
    Dimension,
    EvidenceGrade,
    Instrument,
    Item,
    Level,
    RespondentType,
)
from assessments.core.scale import scale_from

COVER = "instrument.yaml"
SHIPPED = Path(__file__).resolve().parent / "instruments"


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
