"""The types of a release document: those of its published schema, object by object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest

from assessments.core.documents import canonical_json
from assessments.core.result import EditionRef
from assessments.disclosure import document as shapes
from tests.assessments.disclosure.markets import of_types, release

SCHEMA: dict[str, Any] = json.loads(shapes.SCHEMA.read_text(encoding="utf-8"))
TYPES: dict[str, tuple[Any, ...]] = {
    "": (shapes.ReleaseDocument,),
    "instrument": (EditionRef,),
    "rules[]": (shapes.Rule,),
    "audit": (shapes.AuditSummary,),
    "audit.no_material_change[]": (shapes.FigureKey,),
    "cohorts[]": (shapes.CohortEntry,),
    "observations[]": get_args(shapes.Observation),
}


def objects(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of fixed keys by its path."""
    if "properties" in schema:
        yield path, schema
    for key, each in schema.get("properties", {}).items():
        yield from objects(each, f"{path}.{key}".removeprefix("."))
    if "items" in schema:
        yield from objects(schema["items"], f"{path}[]")


OBJECTS = dict(objects(SCHEMA))


def test_every_object_of_the_schema_has_a_type() -> None:
    assert list(OBJECTS) == list(TYPES)
    assert len(TYPES["observations[]"]) == 3


@pytest.mark.parametrize(
    ("path", "typed"), [(path, typed) for path, types in TYPES.items() for typed in types]
)
def test_schema_and_types_have_the_same_keys(path: str, typed: Any) -> None:
    definition = OBJECTS[path]

    assert set(definition["properties"]) == typed.__required_keys__ | typed.__optional_keys__
    assert set(definition["required"]) == typed.__required_keys__
    assert definition["additionalProperties"] is False


@pytest.mark.parametrize("path", TYPES)
def test_schema_and_types_leave_the_same_open(path: str) -> None:
    hints = [get_type_hints(typed) for typed in TYPES[path]]
    may_be_none = {
        key
        for each in hints
        for key, hint in each.items()
        if hint is type(None) or type(None) in get_args(hint)
    }

    assert may_be_none == {
        key
        for key, each in OBJECTS[path]["properties"].items()
        if "null" in each.get("type", ()) or None in each.get("enum", ())
    }


def test_a_document_is_read_back_as_it_was_made() -> None:
    made = release(list(of_types(RG=12)))
    text = canonical_json(made).decode()
    undated = {key: value for key, value in made.items() if key != "published_date"}

    assert shapes.parse(text) == made
    assert shapes.parse_candidate(canonical_json(undated).decode()) == undated
