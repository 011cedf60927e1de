"""Guidance, questionnaires and code lists as data."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import pytest
from django.core.management import call_command

from assessments.questionnaires.models import content_of
from portal.api.rendering import csv_table
from portal.vocabulary.countries import VINTAGE
from tests.factories import EditionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def _content() -> None:
    call_command("load_content", verbosity=0)


@pytest.mark.usefixtures("_content")
def test_publications_keep_official_and_companion_apart(client: Any) -> None:
    everything = client.get("/api/v1/publications").json()
    official = client.get("/api/v1/publications?origin=OFFICIAL").json()

    assert {row["origin"] for row in everything["data"]} == {"OFFICIAL", "COMPANION"}
    assert {row["origin"] for row in official["data"]} == {"OFFICIAL"}
    assert official["total"] == 7
    [slug] = {row["slug"] for row in official["data"] if row["kind"] == "ROADMAP"}
    one = client.get(f"/api/v1/publications/{slug}").json()
    assert one["publication"]["slug"] == slug
    assert one["editions"] == []  # the portal holds facts about it and a link, not its text


@pytest.mark.usefixtures("_content")
def test_a_provision_carries_its_words_items_and_address(
    client: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):
        payload = client.get("/api/v1/provisions/IS-R07").json()

    provision = payload["provision"]
    assert provision["label"] == "IS-R07"
    assert provision["kind"] == "RECOMMENDATION"
    assert provision["origin"] == "COMPANION"
    assert provision["page"].endswith("/r/IS-R07")
    assert provision["items"]
    assert provision["grounding"]
    assert provision["action"] is None


@pytest.mark.usefixtures("_content")
def test_provisions_are_paged_at_a_flat_cost(client: Any, django_assert_num_queries: Any) -> None:
    for limit in (1, 50):
        with django_assert_num_queries(4):
            page = client.get(f"/api/v1/provisions?kind=ACTION&limit={limit}").json()
        assert len(page["data"]) == min(limit, page["total"])
    [action] = client.get("/api/v1/provisions?kind=ACTION&limit=1").json()["data"]
    assert action["action"]["horizon"] in {"MEDIUM", "LONG"}
    assert action["provisions"]  # the recommendations it names
    rows = list(
        csv.DictReader(
            io.StringIO(client.get("/api/v1/provisions?format=csv&limit=500").content.decode())
        )
    )
    assert len(rows) == client.get("/api/v1/provisions").json()["total"]
    assert {row["licence"] for row in rows} == {"CC-BY-4.0"}


@pytest.mark.usefixtures("_content")
def test_members_are_listed_with_where_they_are_named(
    client: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        payload = client.get("/api/v1/members").json()

    assert payload["total"] > 20
    assert all(row["listings"] for row in payload["data"])
    assert {each["standing"] for row in payload["data"] for each in row["listings"]} <= {
        "MEMBER",
        "OBSERVER",
    }


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


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("respondent-types", ["RG", "SB", "EX", "VB", "RA", "PD", "BI", "NR", "NR-A", "DP"]),
        ("income-groups", ["high", "upper-middle", "lower-middle", "low"]),
        ("markets", ["voluntary", "compliance", "both"]),
        ("levels", ["0", "1", "2", "3", "4"]),
        ("evidence-grades", ["E0", "E1", "E2", "E3"]),
        ("dimensions", ["EG", "TI", "IS", "IN", "DM"]),
        ("views", ["declared", "verified"]),
        ("conf-status", ["F", "C"]),
    ],
)
def test_code_lists(client: Any, name: str, codes: list[str]) -> None:
    EditionFactory()
    payload = client.get(f"/api/v1/codes/{name}").json()

    assert [row["code"] for row in payload["data"]] == codes
    assert all(row["name"] for row in payload["data"])


def test_every_code_list_is_listed_and_readable(client: Any) -> None:
    EditionFactory()
    for entry in client.get("/api/v1/codes").json()["data"]:
        path = f"/api/v1/codes/{entry['list']}"
        assert entry["url"].endswith(path)
        payload = client.get(path).json()
        assert payload["title"] == entry["title"]
        assert payload["data"]
        assert client.get(f"{path}?format=csv").status_code == 200


def test_countries_carry_the_codes_that_releases_use_and_their_vintage(client: Any) -> None:
    payload = client.get("/api/v1/codes/countries").json()
    kenya = next(row for row in payload["data"] if row["code"] == "KE")
    regions = {row["code"] for row in client.get("/api/v1/codes/regions").json()["data"]}

    assert payload["vintage"] == VINTAGE
    assert (kenya["region"], kenya["income_group"]) == ("sub-saharan-africa", "lower-middle")
    assert kenya["names"]["en"] == "Kenya"
    assert {row["region"] for row in payload["data"]} - {None} <= regions


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    table = csv_table([{"a": text, "b": [text]}], ("a", "b", "c"), shared={"c": text})

    [_header, row] = list(csv.reader(io.StringIO(table.decode(), newline="")))
    assert row == [f"'{text}"] * 3
