from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.core.documents import canonical_json, sha256
from assessments.disclosure import thresholds
from assessments.disclosure.codes import MEASURES_ACROSS_TYPES
from assessments.disclosure.document import SCHEMA
from assessments.disclosure.release import ReleaseRefused, TooFewOrganisations
from tests.assessments.disclosure.markets import (
    SOME,
    built,
    entry,
    figure,
    of_types,
    population,
    published,
    release,
    submission,
    without,
)

# The release

VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes()))


def test_release_by_hand() -> None:
    # 15 registries at 30 in the voluntary market, 12 crediting programmes at 70 in both
    rows = [submission(n, 30) for n in range(15)]
    rows += [
        submission(
            n, 70, market="both", minimum_standards_met={"declared": False}, respondent_type="SB"
        )
        for n in range(15, 27)
    ]
    document = release(rows)

    assert published(document) == [
        "all",
        "family:record-keepers",
        "family:standard-setters",
        "type:RG",
        "type:SB",
        "market:voluntary",
        "market:both",
    ]
    whole = figure(document, "all", "index")
    # Beta(14, 14) has 72 % below the share 15/27: the median is 0.72 × 30 + 0.28 × 70
    assert [whole["q1"], whole["median"], whole["q3"]] == [30, 40, 70]
    assert whole["levels"] == [0, 15, 0, 10, 0]  # 12 is 10 to the nearest 5
    assert (whole["n_band"], whole["n"], whole["step"]) == ("20-29", None, 5)
    assert (whole["obs_status"], whole["conf_status"], whole["deciles"]) == ("A", "F", None)
    registries = figure(document, "type:RG", "EG1")
    assert (registries["q1"], registries["q3"], registries["step"]) == (30, 30, 10)
    assert (registries["levels"], registries["n_band"]) == (None, "15-19")
    assert figure(document, "all", "EG1") is None
    assert figure(document, "all", "index", "verified")["conf_status"] == "C"
    assert entry(document, "type:SB")["n_band"] == "10-14"


def test_refusals_are_the_same() -> None:  # T7
    rows = list(of_types(RG=30, SB=12, VB=4, RA=7))
    rows = [without(row, "EG1", *(["EG2"] if place < 29 else [])) for place, row in enumerate(rows)]
    document = release(rows)

    empty, small = entry(document, "type:NR"), entry(document, "type:VB")
    for refused in (empty, small):
        del refused["id"], refused["parts"], refused["covers"]
    assert empty == small
    assert empty["status"] == "withheld"
    nobody, one = (figure(document, "type:RG", measure) for measure in ("EG1", "EG2"))
    assert {**nobody, "measure": None} == {**one, "measure": None}
    assert not [row for row in document["observations"] if row["cohort"] == "type:VB"]


@pytest.mark.parametrize(("n", "seed"), SOME[:3])
def test_same_input_same_bytes(n: int, seed: int) -> None:  # T11
    rows = population(n, seed)
    order = np.random.RandomState(seed).permutation(len(rows)).tolist()
    renamed = [replace(rows[i], organisation=f"x{rows[i].organisation}") for i in order]
    document = release(renamed)
    assert canonical_json(document) == built(n, seed)
    assert sha256(document) == sha256(json.loads(built(n, seed)))


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(10, 120), st.integers(0, 10**6))
def test_same_input_same_bytes_in_any_market(n: int, seed: int) -> None:  # T11
    test_same_input_same_bytes(n, seed)


def test_canonical_json_is_sorted_compact_and_unescaped() -> None:
    assert canonical_json({"b": [1, None], "a": "×"}) == '{"a":"×","b":[1,null]}'.encode()
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"a": float("nan")})


@pytest.mark.parametrize(("n", "seed"), SOME)
def test_only_what_the_rules_allow_is_published(n: int, seed: int) -> None:  # T12
    document = json.loads(built(n, seed))
    thresholds.check_fields(document)
    VALIDATOR.validate(document)
    assert "organisation-1" not in json.dumps(document)
    mixed = {row["id"] for row in document["cohorts"] if row["mixed_types"]}
    for row in document["observations"]:
        keys = {key for key, value in row.items() if value is not None}
        if row["conf_status"] == "C":
            assert keys == {"cohort", "measure", "view", "obs_status", "conf_status"}
            continue
        small = row["n_band"] in ("10-14", "15-19")
        assert row["cohort"] not in mixed or row["measure"] in MEASURES_ACROSS_TYPES
        assert row["step"] == (10 if small else 5)
        assert (row["n"] is None) is (row["n_band"] in list(thresholds.N_BANDS)[:5])
        if row["measure"] == "minimum-standards":
            assert not small
            assert row["met"] % 5 == row["of"] % 5 == 0
            continue
        assert 0 <= row["q1"] <= row["median"] <= row["q3"] <= 100
        assert {row[key] % row["step"] for key in ("q1", "median", "q3")} == {0}
        assert (row["levels"] is None) is small
        assert {count % 5 for count in row["levels"] or [0]} == {0}
        assert row["half_width"] >= row["step"] / 2


def test_the_schema_refuses_what_a_release_never_holds() -> None:
    jsonschema.Draft202012Validator.check_schema(VALIDATOR.schema)
    document = json.loads(built(30, 1))
    row = document["observations"][0]
    for changed in (
        {**document, "members": 12},
        {**document, "observations": [{**row, "n": 104}]},
        {**document, "observations": [{**row, "mean": 50}]},
        {**document, "observations": [{**row, "levels": [3, 0, 5, 5, 5]}]},
        {key: value for key, value in document.items() if key != "audit"},
    ):
        assert not VALIDATOR.is_valid(changed)


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(10, 200), st.integers(0, 10**6))
def test_only_what_the_rules_allow_is_published_in_any_market(n: int, seed: int) -> None:  # T12
    test_only_what_the_rules_allow_is_published(n, seed)


def test_fewer_than_ten_organisations_are_no_release() -> None:  # R2
    rows = list(of_types(RG=9))
    rows += [submission(n, respondent_type="EX", main_role=False) for n in range(1, 10)]
    with pytest.raises(TooFewOrganisations, match="9 eligible organisations; 10 are needed"):
        release(rows)
    assert published(release(list(of_types(RG=10)))) == ["all"]
    with pytest.raises(TooFewOrganisations):
        release([])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"published_date": date(2027, 1, 29)}, "less than 30 days after"),
        ({"release_id": "demo-2026-W1"}, "not an id of the market series"),
        ({"series": "demo"}, "not an id of the demo series"),
        ({"series": "trial"}, "is no series"),
    ],
)
def test_a_release_is_described_by_the_rules(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ReleaseRefused, match=problem):
        release(list(of_types(RG=10)), **changes)


def test_a_demonstration_says_so() -> None:
    document = release(
        list(of_types(RG=10)),
        release_id="demo-2026-W1",
        series="demo",
        published_date=date(2027, 1, 1),
    )
    assert (document["series"], document["synthetic"]) == ("demo", True)
    assert release(list(of_types(RG=10)))["synthetic"] is False
