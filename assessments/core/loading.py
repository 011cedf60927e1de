"""Reading an edition: the YAML files of one directory, or the canonical JSON stored from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assessments.core import strict_yaml, versions
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


def shipped_capabilities() -> tuple[str, ...]:
    """Return the codes of the capabilities of all shipped editions, in the order of the oldest.

    Nothing but the codes is read, without the checks of `read`.
    """
    return tuple(
        dict.fromkeys(
            capability["code"]
            for directory in shipped().values()
            for dimension in _load(directory / COVER)["dimensions"]
            for capability in _load(directory / f"{dimension}.yaml")["capabilities"]
        )
    )


def _version_of(directory: Path) -> versions.Version:
    return versions.parse(directory.name.rpartition("-")[2])


def _load(path: Path) -> dict[str, Any]:
    try:
        return strict_yaml.read_mapping(path, start="code")
    except strict_yaml.InvalidYaml as exc:
        raise InvalidInstrument(str(exc)) from exc


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
