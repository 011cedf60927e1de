"""The result document: its published schema, its types, and that it holds no sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from assessments.core import result as shapes
from tests.assessments.core.examples import REASON, WORKED_EXAMPLE, result, uniform, worked

SCHEMA: dict[str, Any] = json.loads(shapes.SCHEMA.read_text(encoding="utf-8"))
# Definitions of the schema whose type goes by another name.
GENERIC = {
    "FiguresByView": shapes.ByView,
    "GatesByView": shapes.ByView,
    "TraceByView": shapes.ByView,
    "Gates": shapes.ByUnit,
    "Trace": shapes.ByUnit,
}


def reviewed() -> Any:
    answers = uniform("RG", 4)
    return result(answers, review=dict.fromkeys(answers, 3))


def half_reviewed() -> Any:
    return result(WORKED_EXAMPLE["responses"], review={"EG1.1": 2})


def one_questionnaire() -> Any:
    return result({"IS1.1": {"rating": 4}, "IS1.2": {"dont_know": True}}, modules=["IS"])


def of_a_national_authority() -> Any:
    return result({"EG1.1": {"rating": 0}}, respondent_type="NR", operates_registry=False)


def with_every_kind_of_answer() -> Any:
    return worked(EG1_1={"rating": 1}, TI5_5={"not_applicable": REASON}, IS4_2={"dont_know": True})


DOCUMENTS = [
    worked,
    reviewed,
    half_reviewed,
    one_questionnaire,
    of_a_national_authority,
    with_every_kind_of_answer,
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_meets_the_published_schema(document: Any) -> None:
    jsonschema.validate(document(), SCHEMA)


@pytest.mark.parametrize(
    ("spoil", "is_valid"),
    [
        ({}, True),
        ({"schema": "cmi-result 0"}, False),
        ({"warnings": [{"kind": "review", "items": []}]}, True),
        ({"warnings": [{"kind": "review", "items": [], "message": "A sentence."}]}, False),
        ({"remark": "Well done."}, False),
    ],
)
def test_the_schema_refuses_what_is_not_in_it(spoil: dict[str, Any], is_valid: bool) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)

    assert validator.is_valid({**worked(), **spoil}) is is_valid


def test_a_document_needs_its_schema_to_be_named() -> None:
    document = worked()
    del document["schema"]
    with pytest.raises(jsonschema.ValidationError, match="'schema' is a required property"):
        jsonschema.validate(document, SCHEMA)


@pytest.mark.parametrize("name", ["ResultDocument", *SCHEMA["$defs"]])
def test_schema_and_types_have_the_same_keys(name: str) -> None:
    definition = SCHEMA if name == "ResultDocument" else SCHEMA["$defs"][name]
    typed: Any = GENERIC.get(name) or getattr(shapes, name)

    assert set(definition["properties"]) == typed.__required_keys__ | typed.__optional_keys__
    assert set(definition.get("required", ())) == typed.__required_keys__
    assert definition["additionalProperties"] is False
    assert all(each["description"] for each in definition["properties"].values())


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_holds_codes_and_no_sentence(document: Any) -> None:
    spaced = {text for text in texts(document()) if " " in text}

    assert spaced == {"cmi-score 1.0", "cmi-result 1"}
