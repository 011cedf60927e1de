"""Editions and items of the questionnaires as data."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from assessments.core import loading
from assessments.questionnaires.models import content_of
from tests.factories import EditionFactory, shipped_instrument

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


def test_an_edition_is_served_as_the_bytes_it_is_known_by(
    client: Any, django_assert_num_queries: Any
) -> None:
    edition = EditionFactory()
    content_of(edition.sha256)
    with django_assert_num_queries(1):
        response = client.get("/api/v1/instruments/cmi-maturity/1.0.0")

    assert hashlib.sha256(response.content).hexdigest() == edition.sha256
    assert response.headers["ETag"] == f'"{edition.sha256}"'
    assert "immutable" in response.headers["Cache-Control"]
    [listed] = client.get("/api/v1/instruments").json()["data"]
    assert (listed["code"], listed["version"], listed["sha256"]) == (
        "cmi-maturity",
        "1.0.0",
        edition.sha256,
    )


@pytest.mark.parametrize(
    ("query", "total"),
    [("", 110), ("?dimension=IS", 22), ("?type=RG", 92), ("?type=VB&dimension=IN", 4)],
)
def test_items_are_chosen_by_dimension_and_type(client: Any, query: str, total: int) -> None:
    edition = EditionFactory()
    payload = client.get(f"/api/v1/instruments/cmi-maturity/1.0.0/items{query}").json()

    assert payload["total"] == total
    assert payload["instrument"]["sha256"] == edition.sha256
    first = payload["data"][0]
    assert len(first["levels"]) == 5
    assert first["capability"].startswith(first["dimension"])


def test_editions_are_listed_by_instrument_the_highest_version_first(client: Any) -> None:
    for code, version in (
        ("cmi-maturity", "1.10.0"),
        ("cmi-maturity", "1.9.0"),  # loaded later
        ("another", "0.1.0"),
    ):
        document = {**shipped_instrument().document, "code": code, "version": version}
        EditionFactory(content=loading.parse(document))

    listed = client.get("/api/v1/instruments").json()["data"]

    assert [(each["code"], each["version"]) for each in listed] == [
        ("another", "0.1.0"),
        ("cmi-maturity", "1.10.0"),
        ("cmi-maturity", "1.9.0"),
    ]
