from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.disclosure.cohorts import Cohort, candidate_cohorts, rows_of
from assessments.disclosure.submissions import Submission, Submissions
from tests.assessments.disclosure.markets import (
    SOME,
    market,
    of_types,
    population,
    protected,
    release,
    submission,
)

# Cohorts


def cohorts_of(rows: list[Submission]) -> dict[str, Cohort]:
    found = candidate_cohorts(Submissions.from_rows(rows))
    return {cohort.id: cohort for cohort in found}


def sizes(cohorts: Mapping[str, Cohort]) -> dict[str, int]:
    return {key: cohort.rows.size for key, cohort in cohorts.items() if cohort.rows is not None}


def test_small_types_and_families_are_pooled() -> None:
    cohorts = cohorts_of(list(of_types(RG=12, SB=11, VB=5, PD=3)))
    # VB and PD are 8 together, so the smallest sufficient part joins them
    assert sizes(cohorts) == {
        "all": 31,
        "family:record-keepers": 12,
        "family:other": 19,
        "type:RG": 12,
        "type:other": 19,
    }
    assert cohorts["family:other"].covers == ("standard-setters", "assurers", "suppliers")
    assert cohorts["type:other"].mixed_types
    assert not cohorts["type:RG"].mixed_types


def test_the_catalogue_is_fixed_and_in_priority_order() -> None:
    few, many = cohorts_of(list(of_types(RG=10))), cohorts_of(population(300, seed=1))
    assert list(few) == list(many)
    kinds = list(dict.fromkeys(cohort.kind for cohort in many.values()))
    assert kinds == [
        *("all", "family", "type", "region", "income", "market", "type+region", "type+market"),
    ]
    assert list(many)[:3] == ["all", "family:record-keepers", "family:standard-setters"]
    both = many["type:NR-A+region:sub-saharan-africa"]
    assert (both.parent, both.parts) == (
        "type:NR-A",
        {"type": "NR-A", "region": "sub-saharan-africa"},
    )


def test_regions_pool_within_their_group_first() -> None:
    places = [
        ("europe-central-asia", 14),
        ("south-asia", 10),
        ("east-asia-pacific", 12),
        ("north-america", 9),
        ("latin-america-caribbean", 4),
        (None, 2),
        ("sub-saharan-africa", 8),
    ]
    rows: list[Submission] = []
    for region, count in places:
        rows += [submission(len(rows) + i, region=region) for i in range(count)]
    found = sizes(cohorts_of(rows))
    assert {key: n for key, n in found.items() if key.startswith("region:")} == {
        "region:east-asia-pacific": 12,
        "region:europe-central-asia": 14,
        "region:south-asia": 10,
        "region:americas": 13,
        "region:other": 10,
    }
    # one type only, so no split by type, and none of what lies below it
    assert not [key for key in found if key.startswith("type:")]


def test_an_organisation_with_two_roles_counts_once_across_types() -> None:
    rows = list(of_types(RG=12, EX=12))
    rows += [submission(n, respondent_type="EX", main_role=False) for n in range(1, 4)]
    found = sizes(cohorts_of(rows))
    assert (found["all"], found["type:RG"], found["type:EX"]) == (24, 12, 15)


def test_a_few_owners_are_no_cohort() -> None:
    rows = list(of_types(RG=12, SB=14))
    rows = [
        replace(row, owner=f"group-{i % 7}") if row.respondent_type == "SB" else row
        for i, row in enumerate(rows)
    ]
    found = cohorts_of(rows)
    assert sizes(found) == {"all": 26}  # 14 standard setters of 7 owners cannot stand alone


@pytest.mark.parametrize(("n", "seed"), SOME)
def test_published_children_partition_their_parent(n: int, seed: int) -> None:  # T9
    columns, cohorts = market(n, seed), protected(n, seed)
    by_id = {cohort.id: cohort for cohort in cohorts}
    splits: dict[tuple[str | None, str], list[Cohort]] = defaultdict(list)
    for cohort in cohorts:
        assert columns.concentration(rows_of(cohort)).publishable
        splits[cohort.parent, cohort.kind].append(cohort)
    for (parent_id, _), children in splits.items():
        if parent_id is None:
            continue
        parent = by_id[parent_id]
        assert parent.rows is not None
        assert len(children) > 1
        rows = np.concatenate([child.rows for child in children if child.rows is not None])
        if parent.mixed_types:  # by main role
            rows = rows[columns.main_role[rows]]
        assert sorted(rows.tolist()) == sorted(parent.rows.tolist())


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(5, 150), st.integers(0, 10**6))
def test_published_children_partition_their_parent_in_any_market(n: int, seed: int) -> None:
    test_published_children_partition_their_parent(n, seed)


def test_cohorts_do_not_depend_on_scores() -> None:  # T6
    rows = population(45, seed=4)
    order = np.random.RandomState(5).permutation(len(rows))
    swapped = [
        replace(row, scores=rows[j].scores, levels=rows[j].levels)
        for row, j in zip(rows, order.tolist(), strict=True)
    ]
    one, other = release(rows), release(swapped)
    assert one["cohorts"] == other["cohorts"]
    assert one["observations"] != other["observations"]
