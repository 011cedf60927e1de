"""Code lists as data."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import EditionFactory

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


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
