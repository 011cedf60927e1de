from __future__ import annotations

import pytest
from django.utils.translation import override

from portal.vocabulary.countries import (
    VINTAGE,
    UnknownCountry,
    countries,
    country,
    income_groups,
    regions,
)


def test_the_list_is_whole() -> None:
    assert VINTAGE == "2025-06"
    assert len(countries()) == 249
    assert len({c.iso2 for c in countries()}) == len({c.iso3 for c in countries()}) == 249
    assert [c.names["en"] for c in countries()][:3] == ["Afghanistan", "Åland Islands", "Albania"]


def test_regions_are_the_seven_before_july_2025() -> None:
    assert regions() == (
        "East Asia & Pacific",
        "Europe & Central Asia",
        "Latin America & Caribbean",
        "Middle East & North Africa",
        "North America",
        "South Asia",
        "Sub-Saharan Africa",
    )
    assert income_groups() == ("low", "lower-middle", "upper-middle", "high")


@pytest.mark.parametrize(
    ("code", "iso3", "region", "income_group"),
    [
        ("KE", "KEN", "Sub-Saharan Africa", "lower-middle"),
        ("pk", "PAK", "South Asia", "lower-middle"),  # moved out of South Asia in July 2025
        ("AQ", "ATA", "", ""),  # the World Bank knows no Antarctica
        ("AI", "AIA", "Latin America & Caribbean", ""),
    ],
)
def test_country(code: str, iso3: str, region: str, income_group: str) -> None:
    found = country(code)

    assert (found.iso3, found.region, found.income_group) == (iso3, region, income_group)


def test_country_refuses_an_unknown_code() -> None:
    with pytest.raises(UnknownCountry, match="No country has the code 'XX' in the list 2025-06"):
        country("XX")


@pytest.mark.parametrize(
    ("language", "code", "name"),
    [
        ("en-gb", "DE", "Germany"),
        ("fr", "DE", "Allemagne"),
        ("ar", "KE", "كينيا"),
        ("es", "TW", "Taiwan (Province of China)"),  # no Spanish name in the list
        ("de", "DE", "Germany"),
    ],
)
def test_name_in_the_language_of_the_reader(language: str, code: str, name: str) -> None:
    with override(language):
        assert str(country(code)) == name
