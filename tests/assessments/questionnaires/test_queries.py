from __future__ import annotations

import copy

import pytest

from assessments.core import loading
from assessments.questionnaires import queries
from assessments.questionnaires.actions import EditionConflict, load_edition
from tests.factories import shipped_instrument

pytestmark = pytest.mark.django_db


def load(version: str, code: str = "cmi-maturity") -> None:
    document = {**shipped_instrument().document, "version": version, "code": code}
    load_edition(content=loading.parse(document))


@pytest.mark.parametrize(
    ("versions", "current"),
    [
        (["1.0.0", "0.9.0"], "1.0.0"),  # an old edition that is loaded late
        (["1.10.0", "1.9.0"], "1.10.0"),
        (["1.9.0", "1.10.0"], "1.10.0"),
        (["1.0.10", "1.0.9"], "1.0.10"),
        (["10.0.0", "9.12.31"], "10.0.0"),
    ],
)
def test_the_highest_version_is_current(versions: list[str], current: str) -> None:
    for version in versions:
        load(version)
    load("99.0.0", code="another")

    found, read = queries.current_edition(), queries.edition_to_read()

    assert found is not None
    assert read is not None
    assert (found.version, read.version) == (current, current)


def test_there_is_no_current_edition_before_one_is_loaded() -> None:
    assert queries.current_edition() is None
    assert queries.edition_to_read() is None


def test_an_edition_that_asks_something_else_needs_another_second_number() -> None:
    load("1.0.0")
    document = copy.deepcopy(dict(shipped_instrument().document))
    item = document["dimensions"][0]["capabilities"][0]["items"][0]
    item["not_applicable"] = not item["not_applicable"]

    with pytest.raises(EditionConflict, match="does not ask or score the same as"):
        load_edition(content=loading.parse({**document, "version": "1.0.1"}))

    assert load_edition(content=loading.parse({**document, "version": "1.1.0"})).version == "1.1.0"


def test_other_words_need_another_last_number_alone() -> None:
    load("1.0.0")
    document = {**shipped_instrument().document, "version": "1.0.1", "title": "In other words"}
    assert load_edition(content=loading.parse(document)).version == "1.0.1"
