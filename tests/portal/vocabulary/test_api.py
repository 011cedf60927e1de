"""Countries as data."""

from __future__ import annotations

from typing import Any

import pytest

from portal.vocabulary.countries import VINTAGE

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


def test_countries_carry_the_codes_that_releases_use_and_their_vintage(client: Any) -> None:
    payload = client.get("/api/v1/codes/countries").json()
    kenya = next(row for row in payload["data"] if row["code"] == "KE")
    regions = {row["code"] for row in client.get("/api/v1/codes/regions").json()["data"]}

    assert payload["vintage"] == VINTAGE
    assert (kenya["region"], kenya["income_group"]) == ("sub-saharan-africa", "lower-middle")
    assert kenya["names"]["en"] == "Kenya"
    assert {row["region"] for row in payload["data"]} - {None} <= regions
