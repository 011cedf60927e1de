"""Countries with their World Bank region and income group, as one dated list.

The list in use has the seven regions in force before the change of July 2025. Whoever stores a
region or an income group stores `VINTAGE` beside it: the groups change every July, and a newer
list stands beside this one as another file under `data/`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from django.utils.translation import get_language

from portal.vocabulary.codes import INCOME_GROUPS, codes_of, region_code

VINTAGE = "2025-06"
LANGUAGES = ("en", "fr", "es", "ar")


class UnknownCountry(LookupError):
    """The list has no country of that code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country or territory of ISO 3166-1.

    `region` and `income_group` are empty where the World Bank gives none; so is the name in a
    language that the list lacks.
    """

    iso2: str
    iso3: str
    names: Mapping[str, str]
    region: str
    income_group: str

    @property
    def region_code(self) -> str | None:
        """The code of the region, as in releases."""
        return region_code(self.region)

    @property
    def name(self) -> str:
        """The name in the reader's language, else in English."""
        language = (get_language() or "en").split("-")[0]
        return self.names.get(language) or self.names["en"]

    def __str__(self) -> str:
        return self.name


@cache
def countries(vintage: str = VINTAGE) -> tuple[Country, ...]:
    """Return the countries of a list, in the order of their English names."""
    path = Path(__file__).parent / "data" / f"countries-{vintage}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [_country(row) for row in csv.DictReader(file)]
    return tuple(sorted(rows, key=lambda country: country.names["en"].replace("Å", "A")))


def country(iso2: str, vintage: str = VINTAGE) -> Country:
    """Return the country of a two-letter code, in any case."""
    try:
        return _by_code(vintage)[iso2.upper()]
    except KeyError:
        raise UnknownCountry(f"No country has the code '{iso2}' in the list {vintage}.") from None


@cache
def regions(vintage: str = VINTAGE) -> tuple[str, ...]:
    """Return the World Bank regions of a list, in alphabetical order."""
    return tuple(sorted({country.region for country in countries(vintage) if country.region}))


@cache
def income_groups(vintage: str = VINTAGE) -> tuple[str, ...]:
    """Return the World Bank income groups of a list, from low to high."""
    present = {country.income_group for country in countries(vintage)}
    return tuple(code for code in reversed(codes_of(INCOME_GROUPS)) if code in present)


@cache
def _by_code(vintage: str) -> Mapping[str, Country]:
    return MappingProxyType({country.iso2: country for country in countries(vintage)})


def _country(row: Mapping[str, str]) -> Country:
    return Country(
        iso2=row["iso2"],
        iso3=row["iso3"],
        names=MappingProxyType({language: row[f"name_{language}"] for language in LANGUAGES}),
        region=row["world_bank_region"],
        income_group=row["world_bank_income_group"],
    )
