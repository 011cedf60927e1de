from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.disclosure import release as benchmark
from assessments.disclosure import thresholds as disclosure
from assessments.disclosure.release import (
    CAPABILITIES,
    DIMENSIONS,
    MEASURES,
    QUARTILES,
    Cohort,
    InvalidSubmissions,
    ReleaseRefused,
    Submission,
    Submissions,
    TooFewOrganisations,
    hdg1,
)

GOLDEN = [0, 2, 3, 4, 1, 0]


def submission(number: int, score: float | None = 50, **changes: Any) -> Submission:
    """Return an independent registry with one score everywhere, unless told otherwise."""
    level = None if score is None else min(4, int(score // 20))
    row = Submission(
        organisation=f"organisation-{number}",
        owner=f"owner-{number}",
        adviser=None,
        respondent_type="RG",
        region="south-asia",
        income_group="low",
        market="voluntary",
        main_role=True,
        scores={"declared": dict.fromkeys(MEASURES, score)},
        levels={"declared": dict.fromkeys(MEASURES, level)},
        minimum_standards_met={"declared": True},
    )
    return replace(row, **changes)


def without(row: Submission, *measures: str) -> Submission:
    """Take a submission out of some declared measures."""
    out: dict[str, None] = dict.fromkeys(measures)
    return replace(
        row,
        scores={"declared": {**row.scores["declared"], **out}},
        levels={"declared": {**row.levels["declared"], **out}},
    )


def population(n: int, seed: int) -> list[Submission]:
    """Return submissions of about n organisations, some with several roles, owners or advisers."""
    random = np.random.RandomState(seed)
    rows: list[Submission] = []
    for number in range(n):
        roles = 2 if random.rand() < 0.1 else 1
        types = random.choice(benchmark.TYPES, roles, replace=False)
        main = random.randint(0, roles + 1)  # now and then none is named
        for place, respondent_type in enumerate(types):
            scores = {view: _scores(random) for view in benchmark.VIEWS}
            if random.rand() < 0.6:
                scores["verified"] = dict.fromkeys(MEASURES)
            rows.append(
                submission(
                    number,
                    owner=f"owner-{random.randint(0, n)}",
                    adviser=f"adviser-{random.randint(0, 4)}" if random.rand() < 0.1 else None,
                    respondent_type=str(respondent_type),
                    region=str(random.choice(benchmark.REGIONS)),
                    income_group=str(random.choice(benchmark.INCOME_GROUPS)),
                    market=str(random.choice(benchmark.MARKETS)),
                    main_role=bool(place == main),
                    scores=scores,
                    levels={view: _levels(scores[view]) for view in scores},
                    minimum_standards_met={"declared": bool(random.rand() < 0.4)},
                )
            )
    return rows


def _scores(random: np.random.RandomState) -> dict[str, float | None]:
    centre = random.normal(50, 15)
    return {
        measure: None
        if measure in CAPABILITIES and random.rand() < 0.1
        else float(np.clip(random.normal(centre, 10), 0, 100))
        for measure in MEASURES
    }


def _levels(scores: Mapping[str, float | None]) -> dict[str, int | None]:
    return {
        measure: None if score is None else min(4, int(score // 20))
        for measure, score in scores.items()
    }


def release(rows: Any, **changes: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "release_id": "2026-W1",
        "series": "market",
        "wave": "2026-W1",
        "instrument": {"code": "cmi-maturity", "version": "1.0", "sha256": "ab" * 32},
        "scoring": "cmi-score 1.0",
        "closed_date": date(2026, 12, 31),
        "published_date": date(2027, 1, 30),
        **changes,
    }
    return benchmark.build_release(rows, **described)


def figure(document: dict[str, Any], cohort: str, measure: str, view: str = "declared") -> Any:
    found = [
        row
        for row in document["observations"]
        if (row["cohort"], row["measure"], row["view"]) == (cohort, measure, view)
    ]
    assert len(found) <= 1
    return found[0] if found else None


def entry(document: dict[str, Any], cohort: str) -> dict[str, Any]:
    (found,) = [row for row in document["cohorts"] if row["id"] == cohort]
    return dict(found)


def published(document: dict[str, Any]) -> list[str]:
    return [row["id"] for row in document["cohorts"] if row["status"] == "published"]


# hdg-1


def test_hdg1_golden() -> None:
    assert np.round(hdg1(GOLDEN, QUARTILES), 6).tolist() == [1.619860, 2.450194, 3.145878]
    assert round(float(hdg1(GOLDEN, 0.5)), 6) == 2.450194


def test_hdg1_takes_many_histograms_at_once() -> None:
    table = [[GOLDEN, [0, 0, 7, 0, 0, 0]], [[1, 0, 0, 0, 0, 1], [500, 0, 0, 400, 90, 9000]]]
    together = hdg1(table, QUARTILES)
    assert together.shape == (2, 2, 3)
    for i in range(2):
        for j in range(2):
            assert together[i, j] == pytest.approx(hdg1(table[i][j], QUARTILES), abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([30, 0, 0], [0.0, 0.0, 0.45]),  # -0.45 and 0 without the clip
        ([0, 0, 40], [1.55, 2.0, 2.0]),
        ([0, 11, 0], [0.55, 1.0, 1.45]),
    ],
)
def test_hdg1_stays_on_the_scale(counts: list[int], expected: list[float]) -> None:
    assert hdg1(counts, [0.05, 0.5, 0.95]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("counts", [GOLDEN, [3, 0, 0, 9, 1, 0, 2], [40, 1, 0, 900, 300, 2, 60]])
@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.75])
def test_hdg1_is_the_expected_grouped_quantile(counts: list[int], q: float) -> None:
    # The definition: the mean of the grouped distribution's quantile function at Beta(a, b).
    n = sum(counts)
    random = np.random.RandomState(7)
    drawn = random.beta(q * (n + 1), (1 - q) * (n + 1), 400_000)
    shares = np.concatenate([[0], np.cumsum(counts)]) / n
    place = np.searchsorted(shares, drawn, side="right") - 1
    within = (drawn - shares[place]) / (np.asarray(counts)[place] / n)
    values = place - 0.5 + within

    error = values.std() / np.sqrt(values.size)

    assert float(hdg1(counts, q)) == pytest.approx(
        float(np.clip(values.mean(), 0, len(counts) - 1)), abs=5 * error
    )


histograms = st.lists(st.integers(0, 400), min_size=2, max_size=30).filter(any)


@given(histograms, st.floats(0.02, 0.98))
def test_hdg1_mirrors_and_rises(counts: list[int], q: float) -> None:
    value = float(hdg1(counts, q))
    mirrored = float(hdg1(counts[::-1], 1 - q))
    assert value == pytest.approx(len(counts) - 1 - mirrored, abs=1e-7)
    assert value <= float(hdg1(counts, min(0.99, q + 0.01))) + 1e-9


# Submissions


def test_scores_are_rounded_to_whole_points_halves_up() -> None:
    columns = Submissions.from_rows([submission(1, 49.5), submission(2, 49.4)])
    assert columns.scores["declared"][0].tolist() == [50, 49]


def test_index_needs_all_five_dimensions() -> None:
    rows = [submission(1), without(submission(2), "IN"), without(submission(3), "IN3")]
    columns = Submissions.from_rows(rows)
    assert columns.rated("declared", "index").tolist() == [True, False, True]
    assert columns.rated("declared", "EG").tolist() == [True, True, True]
    assert columns.rated("verified", "index").tolist() == [False, False, False]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([submission(1), submission(1, main_role=False)], "two submissions of one type"),
        ([submission(1), submission(1, respondent_type="EX")], "two main roles"),
        ([submission(1, levels={})], "a score without a level"),
        ([submission(1, 101)], "not between 0 and 100"),
        ([submission(1, respondent_type="XX")], "'XX' is no respondent_type"),
        ([submission(1, market=None)], "None is no market"),
    ],
)
def test_contradictions_are_refused(rows: list[Submission], problem: str) -> None:
    with pytest.raises(InvalidSubmissions, match=problem):
        Submissions.from_rows(rows)


def test_without_a_main_role_the_first_type_counts() -> None:
    roles = [("PD", False), ("EX", False), ("NR", False)]
    rows = [submission(1, respondent_type=code, main_role=main) for code, main in roles]
    assert Submissions.from_rows(rows).main_role.tolist() == [False, True, False]


# Cohorts


def cohorts_of(rows: list[Submission]) -> dict[str, Cohort]:
    found = benchmark.candidate_cohorts(Submissions.from_rows(rows))
    return {cohort.id: cohort for cohort in found}


def sizes(cohorts: Mapping[str, Cohort]) -> dict[str, int]:
    return {key: cohort.rows.size for key, cohort in cohorts.items() if cohort.rows is not None}


def of_types(**counts: int) -> Iterator[Submission]:
    number = 0
    for code, count in counts.items():
        for _ in range(count):
            number += 1
            yield submission(number, respondent_type=code)


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


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(5, 150), st.integers(0, 10**6))
def test_published_children_partition_their_parent(n: int, seed: int) -> None:  # T9
    columns = Submissions.from_rows(population(n, seed))
    cohorts = benchmark.distanced(columns)
    by_id = {cohort.id: cohort for cohort in cohorts}
    splits: dict[tuple[str | None, str], list[Cohort]] = defaultdict(list)
    for cohort in cohorts:
        if cohort.rows is not None:
            assert columns.makeup(cohort.rows).publishable
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


def test_cohorts_do_not_depend_on_scores() -> None:  # T6
    rows = population(90, seed=3)
    order = np.random.RandomState(5).permutation(len(rows))
    swapped = [
        replace(row, scores=rows[j].scores, levels=rows[j].levels)
        for row, j in zip(rows, order.tolist(), strict=True)
    ]
    one, other = release(rows), release(swapped)
    assert one["cohorts"] == other["cohorts"]
    assert one["observations"] != other["observations"]


# The release


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


def test_minimum_standards_are_a_share_of_rounded_counts() -> None:
    rows = [
        replace(row, minimum_standards_met={"declared": number < 18})
        for number, row in enumerate(of_types(RG=25, SB=12))
    ]
    document = release(rows)
    share = figure(document, "type:RG", "minimum-standards")
    # 18 met and 7 did not: 20 and 5
    assert (share["met"], share["of"], share["share"]) == (20, 25, 80)
    assert (share["share_low"], share["share_high"]) == (50, 97)
    assert (share["median"], share["half_width"], share["n_band"]) == (None, None, "20-29")
    # below 20 organisations no counts are shown, and so no shares
    assert figure(document, "type:SB", "minimum-standards")["conf_status"] == "C"
    assert figure(document, "all", "minimum-standards") is None


def test_deciles_and_rounded_n_from_a_thousand() -> None:
    rows = [submission(n, n % 101) for n in range(1003)]
    whole = figure(release(rows), "all", "index")
    assert (whole["n"], whole["n_band"]) == (1005, "1000+")
    assert whole["deciles"] == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert (whole["q1"], whole["median"], whole["q3"]) == (25, 50, 75)
    assert figure(release(rows[:999]), "all", "index")["deciles"] is None


def test_each_measure_has_its_own_n() -> None:
    rows = list(of_types(RG=12, SB=24))
    rows[:3] = [without(row, "EG1") for row in rows[:3]]  # nine registries left
    rows[12:17] = [without(row, "EG1") for row in rows[12:17]]  # 19 programmes left
    document = release(rows)
    assert figure(document, "type:RG", "EG2")["conf_status"] == "F"
    assert figure(document, "type:RG", "EG1")["conf_status"] == "C"
    assert figure(document, "type:SB", "EG2")["n_band"] == "20-29"
    assert figure(document, "type:SB", "EG1")["n_band"] == "15-19"


def test_what_a_split_withholds_cannot_be_subtracted() -> None:
    rows = list(of_types(RG=12, SB=24, PD=40))
    rows[:7] = [without(row, "EG") for row in rows[:7]]  # five registries left
    document = release(rows)
    # all less the programmes and developers would be those five registries
    assert {
        cohort: figure(document, cohort, "EG")["conf_status"]
        for cohort in ("all", "type:RG", "type:SB", "type:PD")
    } == {"all": "F", "type:RG": "C", "type:SB": "C", "type:PD": "F"}
    assert figure(document, "type:SB", "EG1")["conf_status"] == "F"  # not published across types


def test_withheld_reaches_the_parts_of_a_cohort() -> None:
    rows = list(of_types(RG=24, SB=24, PD=40))
    rows[:19] = [without(row, "EG") for row in rows[:19]]
    rows = [replace(row, market="both") if place % 2 else row for place, row in enumerate(rows)]
    document = release(rows)
    assert figure(document, "type:SB+market:both", "TI")["conf_status"] == "F"
    assert figure(document, "type:SB+market:both", "EG")["conf_status"] == "C"
    assert figure(document, "type:PD+market:both", "EG")["conf_status"] == "F"


def test_refusals_look_alike() -> None:  # T7
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


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(10, 120), st.integers(0, 10**6))
def test_same_input_same_bytes(n: int, seed: int) -> None:  # T11
    rows = population(n, seed)
    order = np.random.RandomState(seed).permutation(len(rows)).tolist()
    renamed = [replace(rows[i], organisation=f"x{rows[i].organisation}") for i in order]
    document = release(rows)
    body = benchmark.canonical_json(document)
    assert benchmark.canonical_json(release(renamed)) == body
    assert benchmark.sha256(document) == benchmark.sha256(json.loads(body))


def test_canonical_json_is_sorted_compact_and_unescaped() -> None:
    assert benchmark.canonical_json({"b": [1, None], "a": "×"}) == '{"a":"×","b":[1,null]}'.encode()
    with pytest.raises(ValueError, match="JSON compliant"):
        benchmark.canonical_json({"a": float("nan")})


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(10, 200), st.integers(0, 10**6))
def test_only_what_the_rules_allow_is_published(n: int, seed: int) -> None:  # T12
    document = release(population(n, seed))
    disclosure.check_fields(document)
    assert "organisation-1" not in json.dumps(document)
    mixed = {row["id"] for row in document["cohorts"] if row["mixed_types"]}
    for row in document["observations"]:
        keys = {key for key, value in row.items() if value is not None}
        if row["conf_status"] == "C":
            assert keys == {"cohort", "measure", "view", "obs_status", "conf_status"}
            continue
        small = row["n_band"] in ("10-14", "15-19")
        assert row["cohort"] not in mixed or row["measure"] in benchmark.MEASURES_ACROSS_TYPES
        assert row["step"] == (10 if small else 5)
        assert (row["n"] is None) is (row["n_band"] in list(disclosure.N_BANDS)[:5])
        if row["measure"] == "minimum-standards":
            assert not small
            assert row["met"] % 5 == row["of"] % 5 == 0
            continue
        assert 0 <= row["q1"] <= row["median"] <= row["q3"] <= 100
        assert {row[key] % row["step"] for key in ("q1", "median", "q3")} == {0}
        assert (row["levels"] is None) is small
        assert {count % 5 for count in row["levels"] or [0]} == {0}
        assert row["half_width"] >= row["step"] / 2


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


# Uncertainty


def row_of(band: str, **figures: Any) -> dict[str, Any]:
    row = {"measure": "index", "view": "declared", "n_band": band, "levels": None}
    return {**row, "q1": 30, "median": 50, "q3": 70, **figures}


def test_half_widths_come_from_the_widest_published_counts() -> None:
    wide = row_of("45-99", levels=[10, 15, 20, 15, 5])
    narrow = row_of("20-29", levels=[0, 0, 25, 0, 0])
    small = row_of("10-14")

    widths = benchmark.half_widths([wide, narrow, small], release_id="2026-W1")

    assert widths == benchmark.half_widths([small, narrow, wide], release_id="2026-W1")
    alone = benchmark.half_widths([wide, small], release_id="2026-W1")
    assert alone["index", "declared", "10-14"] == widths["index", "declared", "10-14"]
    values = [widths["index", "declared", band] for band in ("10-14", "20-29", "45-99")]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 3


def test_half_widths_cover_similar_samples() -> None:
    # What they promise: another set of 20 participants rarely moves a quartile further.
    shares = np.array([0.15, 0.25, 0.3, 0.2, 0.1])
    rows = [row_of("20-29", levels=(shares * 100).astype(int).tolist())]
    width = benchmark.half_widths(rows, release_id="2026-W1")["index", "declared", "20-29"]
    samples = np.random.RandomState(11).multinomial(20, shares, size=4000)
    quartiles = disclosure.rounded_to(25 * hdg1(samples, QUARTILES), 5)
    truth = 25 * hdg1((shares * 100_000).astype(int), QUARTILES)
    covered = (np.abs(quartiles - truth) <= width).mean(axis=0)
    assert (covered >= 0.95).all()
    assert width < 25


def test_without_counts_half_widths_come_from_quartiles() -> None:
    widths = benchmark.half_widths([row_of("10-14", q3=60)], release_id="2026-W1")
    drawn = np.random.RandomState(13).rand(4000, 10)
    points = np.interp(drawn, [0, 0.25, 0.5, 0.75, 1], [-0.5, 30, 50, 60, 100.5])
    samples = np.stack([np.bincount(row, minlength=101) for row in np.rint(points).astype(int)])
    quartiles = hdg1(samples, QUARTILES)
    low, high = np.quantile(quartiles, [0.025, 0.975], axis=0)
    reach = np.maximum(high - quartiles.mean(axis=0), quartiles.mean(axis=0) - low).max()
    assert widths["index", "declared", "10-14"] == pytest.approx(reach + 5, abs=2.5)


def test_dimensions_and_capabilities_are_in_order() -> None:
    assert len(MEASURES) == 31
    assert MEASURES[:7] == ("index", *DIMENSIONS, "EG1")
    assert MEASURES[-1] == "DM5"
