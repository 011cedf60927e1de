"""Publications, provisions and members as data."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db

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
