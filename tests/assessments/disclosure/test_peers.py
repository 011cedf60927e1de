from __future__ import annotations

from typing import Any

import pytest

from assessments.disclosure.peers import (
    Change,
    Estimate,
    Gap,
    Place,
    Step,
    capabilities_in,
    changes,
    comparable,
    gap,
    observation_of,
    place_of,
    reached,
    resolve,
)


def observation(**fields: Any) -> Any:
    return {
        "n_band": "20-29",
        "q1": 40,
        "median": 55,
        "q3": 70,
        "half_width": 4,
        "deciles": None,
        **fields,
    }


SMALL = observation(n_band="15-19", q1=40, median=50, q3=70)
LARGE = observation(n_band="1000+", half_width=1, deciles=[20, 28, 36, 44, 50, 56, 64, 72, 80])


@pytest.mark.parametrize(
    ("score", "against", "zone", "position", "of", "near_edge"),
    [
        (30, SMALL, "below-q1", 1, 3, False),
        (39, SMALL, "below-q1", 1, 3, True),
        (40, SMALL, "middle-half", 2, 3, True),  # on a limit: nearer the middle
        (55, SMALL, "middle-half", 2, 3, False),  # the median is no limit of the zones
        (70, SMALL, "middle-half", 2, 3, True),
        (74, SMALL, "above-q3", 3, 3, True),
        (75, SMALL, "above-q3", 3, 3, False),
        (35, observation(), "quarter-1", 1, 4, False),
        (40, observation(), "quarter-2", 2, 4, True),
        (54.4, observation(), "quarter-2", 2, 4, True),
        (54.5, observation(), "quarter-3", 3, 4, True),  # whole points first: 55
        (70, observation(), "quarter-3", 3, 4, True),
        (75, observation(), "quarter-4", 4, 4, False),
        (50, observation(q1=50, median=50, q3=50), "quarter-3", 3, 4, True),  # all limits at once
        (10, LARGE, "tenth-1", 1, 10, False),
        (20, LARGE, "tenth-2", 2, 10, True),
        (53, LARGE, "tenth-6", 6, 10, False),
        (80, LARGE, "tenth-9", 9, 10, True),
        (100, LARGE, "tenth-10", 10, 10, False),
    ],
)
def test_place(
    score: float, against: Any, zone: str, position: int, of: int, near_edge: bool
) -> None:
    assert place_of(score, against) == Place(
        zone=zone, position=position, of=of, near_edge=near_edge
    )


@pytest.mark.parametrize(
    ("score", "against"), [(None, SMALL), (50, None), (50, observation(median=None))]
)
def test_no_place_without_both_figures(score: float | None, against: Any) -> None:
    assert place_of(score, against) is None


def cohort(cohort_id: str, *, published: bool = True, mixed: bool = False) -> dict[str, Any]:
    status = "published" if published else "withheld"
    return {"id": cohort_id, "status": status, "mixed_types": mixed}


def figure(cohort_id: str, measure: str, *, free: bool = True) -> dict[str, Any]:
    status = "F" if free else "C"
    return {"cohort": cohort_id, "measure": measure, "view": "declared", "conf_status": status}


RELEASE: Any = {
    "families": {"record-keepers": ["RG", "NR"], "assurers": ["VB", "RA"], "suppliers": ["PD"]},
    "region_groups": {"americas": ["latin-america-caribbean", "north-america"]},
    "measures_across_types": ["index", "EG"],
    "cohorts": [
        cohort("all", mixed=True),
        cohort("family:record-keepers", mixed=True),
        cohort("family:assurers", mixed=True),
        cohort("family:suppliers", mixed=True, published=False),
        cohort("family:other", mixed=True),
        cohort("type:RG"),
        cohort("type:VB"),
        cohort("type:RA", published=False),
        cohort("type:PD", published=False),
        cohort("region:north-america", mixed=True, published=False),
        cohort("region:americas", mixed=True),
        cohort("market:both", mixed=True),
        cohort("type:RG+region:north-america", published=False),
        cohort("type:RG+region:latin-america-caribbean", published=False),
        cohort("type:RG+region:americas"),
        cohort("type:RG+region:south-asia"),
        cohort("type:RG+market:both"),
        cohort("type:VB+region:south-asia", published=False),
        cohort("type:VB+region:other"),
    ],
    "observations": [
        figure("all", "index"),
        figure("family:record-keepers", "index"),
        figure("type:RG", "index"),
        figure("type:RG", "EG1"),
        figure("type:RG+region:south-asia", "index"),
        figure("type:RG+region:south-asia", "EG1", free=False),
        figure("type:VB", "index", free=False),
        figure("type:VB", "EG1", free=False),
        figure("family:assurers", "index"),
    ],
}


@pytest.mark.parametrize(
    ("wish", "asked", "used", "reason"),
    [
        (("RG", "south-asia", None), "type:RG+region:south-asia", "same", "exact"),
        (("RG", "north-america", None), "type:RG+region:north-america", "+americas", "pooled"),
        (("RG", "sub-saharan-africa", None), "type:RG+region:sub-saharan-africa", "type:RG", "fb"),
        (("RG", None, "both"), "type:RG+market:both", "same", "exact"),
        (("RG", None, "voluntary"), "type:RG+market:voluntary", "type:RG", "fb"),
        (("RG", None, None), "type:RG", "same", "exact"),
        # "other" is published, and nobody's peers
        (("VB", "south-asia", None), "type:VB+region:south-asia", "type:VB", "fb"),
        (("RA", None, None), "type:RA", "family:assurers", "fb"),
        (("PD", None, None), "type:PD", "all", "fb"),
        ((None, "north-america", None), "region:north-america", "region:americas", "pooled"),
        ((None, None, "both"), "market:both", "same", "exact"),
        ((None, None, None), "all", "same", "exact"),
    ],
)
def test_resolve(
    wish: tuple[str | None, str | None, str | None], asked: str, used: str, reason: str
) -> None:
    respondent_type, region, market = wish

    found = resolve(RELEASE, respondent_type=respondent_type, region=region, market=market)

    used = {"same": asked, "+americas": "type:RG+region:americas"}.get(used, used)
    assert (found.asked, found.used) == (asked, used)
    assert found.reason == {"fb": "fallback"}.get(reason, reason)
    assert found.steps[-1] == Step(cohort=used, outcome="used")


def test_resolve_tells_each_step() -> None:
    found = resolve(RELEASE, respondent_type="RA", region="south-asia", measure="index")
    assert found.steps == (
        Step(cohort="type:RA", outcome="withheld"),
        Step(cohort="family:assurers", outcome="used"),
    )


@pytest.mark.parametrize(
    ("respondent_type", "measure", "used"),
    [
        ("RG", "index", "type:RG+region:south-asia"),
        ("RG", "EG1", "type:RG"),  # withheld in the narrower cohort
        ("VB", "index", "family:assurers"),
        ("VB", "EG1", None),  # a capability is never compared across types
        ("PD", "EG1", None),
    ],
)
def test_resolve_for_a_measure(respondent_type: str, measure: str, used: str | None) -> None:
    found = resolve(RELEASE, respondent_type=respondent_type, region="south-asia", measure=measure)
    assert found.used == used
    assert (found.reason == "none") is (used is None)


def test_resolve_finds_nothing_in_a_release_without_cohorts() -> None:
    empty: Any = {
        **RELEASE,
        "cohorts": [cohort("all", mixed=True, published=False)],
        "observations": [],
    }
    found = resolve(empty, respondent_type="RG")
    assert (found.used, found.reason) == (None, "none")
    assert found.steps == (Step(cohort="all", outcome="withheld"),)


def test_observation_of_finds_one_row() -> None:
    row = observation_of(RELEASE, cohort="type:RG", measure="EG1")
    assert row == figure("type:RG", "EG1")
    assert observation_of(RELEASE, cohort="type:RG", measure="EG1", view="verified") is None


@pytest.mark.parametrize(
    ("score", "points", "uncertain"),
    [(59, 4, True), (60, 5, False), (51, -4, True), (40.5, -14, False), (59.5, 5, False)],
)
def test_gap_is_uncertain_within_the_half_width(score: float, points: int, uncertain: bool) -> None:
    assert gap(score, observation()) == Gap(points=points, is_uncertain=uncertain)


def test_no_gap_without_both_figures() -> None:
    assert gap(None, observation()) is None
    assert gap(50, observation(median=None)) is None
    assert gap(50, None) is None


def wave(
    medians: dict[str, tuple[int | None, int]], *, covers: tuple[str, ...] = (), **fields: Any
) -> Any:
    """Return a release of one cohort with a median and half-width per measure."""
    return {
        "series": "market",
        "instrument": {"code": "cmi-maturity", "version": "1.0.0"},
        "scoring": "cmi-score 1.0",
        "engine": "hdg-1",
        "audit": None,
        "cohorts": [{**cohort("type:RG"), "covers": list(covers)}],
        "observations": [
            {**figure("type:RG", measure), "median": median, "half_width": half_width}
            for measure, (median, half_width) in medians.items()
        ],
        **fields,
    }


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ((50, 6), (63, 6), "up"),  # 44-56 and 57-69 have no point in common
        ((50, 6), (62, 6), "unclear"),  # 56 is in both
        ((50, 6), (37, 6), "down"),
        ((50, 6), (50, 6), "unclear"),  # equal figures do not show that nothing changed
        ((50, 2), (53, 0), "up"),
    ],
)
def test_a_change_shows_where_the_intervals_are_apart(
    before: tuple[int, int], after: tuple[int, int], direction: str
) -> None:
    found = changes(wave({"index": before}), wave({"index": after}), cohort="type:RG")
    assert found == (
        Change(
            measure="index",
            before=Estimate(median=before[0], half_width=before[1]),
            after=Estimate(median=after[0], half_width=after[1]),
            direction=direction,
        ),
    )


def test_a_change_needs_a_figure_in_both_waves() -> None:
    earlier = wave({"index": (50, 6), "EG": (None, 0), "TI": (50, 6)})
    later = wave({"index": (None, 0), "EG": (50, 6), "TI": (70, 6), "IS": (50, 6)})
    assert [each.measure for each in changes(earlier, later, cohort="type:RG")] == ["TI"]


def test_what_was_withheld_as_unchanged_says_so() -> None:
    entry = {"cohort": "type:RG", "measure": "EG1", "view": "declared"}
    later = wave({"EG1": (None, 0), "EG2": (None, 0)}, audit={"no_material_change": [entry]})
    earlier = wave({"EG1": (50, 6), "EG2": (50, 6)})
    assert changes(earlier, later, cohort="type:RG") == (
        Change(
            measure="EG1",
            before=Estimate(median=50, half_width=6),
            after=None,
            direction="none",
        ),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"series": "demo"},
        {"instrument": {"code": "cmi-maturity", "version": "1.1.0"}},
        {"scoring": "cmi-score 1.1"},
        {"engine": "hdg-2"},
        {"covers": ("RG", "EX")},
    ],
)
def test_what_does_not_mean_the_same_is_not_compared(fields: dict[str, Any]) -> None:
    earlier, later = wave({"index": (50, 1)}), wave({"index": (70, 1)}, **fields)
    assert comparable(earlier, later) is ("covers" in fields)
    assert changes(earlier, later, cohort="type:RG") == ()


def test_another_wording_of_the_same_questions_is_compared() -> None:
    later = wave(
        {"index": (70, 1)}, instrument={"code": "cmi-maturity", "version": "1.0.3", "sha256": "1"}
    )
    assert len(changes(wave({"index": (50, 1)}), later, cohort="type:RG")) == 1


def test_reached_adds_the_published_counts_of_types() -> None:
    def counted(cohort_id: str, levels: list[int] | None) -> dict[str, Any]:
        return {**figure(cohort_id, "EG1"), "levels": levels}

    release: Any = {
        "cohorts": [
            {**cohort("type:RG"), "kind": "type"},
            {**cohort("type:VB"), "kind": "type"},
            {**cohort("type:RA"), "kind": "type"},
            {**cohort("region:americas"), "kind": "region"},
        ],
        "observations": [
            counted("type:RG", [0, 10, 15, 20, 5]),
            counted("type:VB", [0, 5, 20, 5, 0]),
            counted("type:RA", None),  # fewer than twenty: no counts
            counted("region:americas", [0, 0, 0, 90, 0]),
        ],
    }
    found = reached(release, measure="EG1", level=3)
    assert found is not None
    assert (found.count, found.of, found.share) == (30, 80, 38)  # 37.5 %, halves up
    assert found.by_type == (("type:RG", 25, 50), ("type:VB", 5, 30))
    assert reached(release, measure="EG2", level=3) is None


def test_the_capabilities_of_a_release_are_those_it_lists() -> None:
    release: Any = {
        "measures": ["index", "EG", "EG1", "EG10", "minimum-standards"],
        "measures_across_types": ["index", "EG"],
    }

    assert capabilities_in(release) == ["EG1", "EG10"]
