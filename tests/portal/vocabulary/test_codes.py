from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from django.utils.translation import override

from assessments.answering.models import Assessment
from portal.vocabulary import codes, names
from portal.vocabulary.codes import FAMILIES, RespondentType, codes_of

ROOT = Path(__file__).parents[3]
CODE = ("portal", "assessments", "publications", "templates")
DECLARED = "portal/vocabulary/codes.py"
TYPE_CODES = {each.code for each in codes.COHORT_TYPES}


def test_respondent_types_in_the_order_of_lists() -> None:
    assert codes_of(codes.RESPONDENT_TYPES) == (
        *("RG", "SB", "EX", "VB", "RA", "PD", "BI", "NR", "DP"),
    )
    assert codes_of(codes.COHORT_TYPES) == (
        *("RG", "SB", "EX", "VB", "RA", "PD", "BI", "NR", "NR-A", "DP"),
    )
    assert codes.AUTHORITY == "NR"


def test_families_and_groups_of_regions_in_the_order_of_releases() -> None:
    assert codes.cohort_types_by_family() == {
        "record-keepers": ("RG", "NR", "NR-A", "EX", "BI"),
        "standard-setters": ("SB",),
        "assurers": ("VB", "RA"),
        "suppliers": ("PD", "DP"),
    }
    assert codes.regions_by_group() == {
        "americas": ("latin-america-caribbean", "north-america"),
        "asia-pacific": ("east-asia-pacific", "south-asia"),
        "africa-middle-east": ("middle-east-north-africa", "sub-saharan-africa"),
    }
    assert {each.group for each in codes.REGIONS} == {None, *codes_of(codes.REGION_GROUPS)}


def test_one_more_entry_makes_one_more_type_everywhere() -> None:
    auditor = RespondentType(code="AU", place=4, name="Auditor", plural="Auditors")
    assurers = FAMILIES[2]
    families = [*FAMILIES[:2], replace(assurers, types=(*assurers.types, auditor)), FAMILIES[3]]

    assert codes_of(codes.respondent_types(families))[3:6] == ("VB", "AU", "RA")
    assert codes_of(codes.cohort_types(families)) == (
        *("RG", "SB", "EX", "VB", "AU", "RA", "PD", "BI", "NR", "NR-A", "DP"),
    )
    assert codes.cohort_types_by_family(families)["assurers"] == ("VB", "RA", "AU")


@pytest.mark.parametrize(
    "entries",
    [
        codes.COHORT_TYPES,
        *(codes.FAMILIES, codes.DIMENSIONS, codes.MARKETS, codes.SIZE_BANDS, codes.REGIONS),
        *(codes.REGION_GROUPS, codes.INCOME_GROUPS, codes.VIEWS, codes.SERIES),
    ],
)
def test_codes_and_names_differ(entries: tuple[codes.Code, ...]) -> None:
    assert len({each.code for each in entries}) == len(entries)
    assert len({each.name for each in entries}) == len(entries)
    assert "" not in {each.name for each in entries}


def test_places_differ() -> None:
    assert [each.place for each in codes.RESPONDENT_TYPES] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_choices_of_fields_are_the_vocabularys() -> None:
    field = Assessment._meta.get_field("respondent_type")

    assert [str(name) for code, name in field.flatchoices if code in ("RG", "NR")] == [
        "Registry",
        "National registry or regulator",
    ]
    assert [code for code, _name in field.flatchoices] == list(codes_of(codes.RESPONDENT_TYPES))


def test_names_wait_for_the_readers_language() -> None:
    with override("en"):
        assert str(names.COHORT_TYPES["NR-A"]) == "National authorities without a registry"
        assert str(names.DIMENSIONS_IN_SHORT["IN"]) == "Interoperability"
        assert str(names.DIMENSIONS_IN_SHORT["DM"]) == "Digital MRV"
        assert names.VIEW_DESCRIPTIONS["declared"] == "Ratings as claimed."
        assert names.RESPONDENT_TYPE_DESCRIPTIONS["RG"] != ""


@pytest.mark.parametrize(
    ("name", "code"),
    [("East Asia & Pacific", "east-asia-pacific"), ("", None)],
)
def test_region_code(name: str, code: str | None) -> None:
    assert codes.region_code(name) == code


def test_no_region_goes_by_an_unknown_name() -> None:
    with pytest.raises(KeyError):
        codes.region_code("Atlantis")


def strings_of(path: Path) -> set[str]:
    """Return the whole string literals of a module, or what stands in quotes in another file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return set(re.findall(r"[\"']([^\"'\s]+)[\"']", text))
    nodes = ast.walk(ast.parse(text))
    constants = (node.value for node in nodes if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def test_a_respondent_type_is_declared_once() -> None:
    files = chain.from_iterable((ROOT / folder).rglob("*") for folder in CODE)
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.suffix in {".py", ".html", ".css", ".js"}
        and "migrations" not in path.parts
        and strings_of(path) & TYPE_CODES
    }

    assert naming == {DECLARED}
