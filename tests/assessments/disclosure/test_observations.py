from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assessments.disclosure import thresholds
from assessments.disclosure.codes import DIMENSIONS, MEASURES
from assessments.disclosure.observations import half_widths
from assessments.disclosure.quantiles import QUARTILES, hdg1
from tests.assessments.disclosure.markets import figure, of_types, release, submission, without


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


# Uncertainty


def row_of(band: str, **figures: Any) -> Any:
    row = {"measure": "index", "view": "declared", "n_band": band, "levels": None}
    return {**row, "q1": 30, "median": 50, "q3": 70, **figures}


def test_half_widths_come_from_the_widest_published_counts() -> None:
    wide = row_of("45-99", levels=[10, 15, 20, 15, 5])
    narrow = row_of("20-29", levels=[0, 0, 25, 0, 0])
    small = row_of("10-14")

    widths = half_widths([wide, narrow, small], release_id="2026-W1")

    assert widths == half_widths([small, narrow, wide], release_id="2026-W1")
    alone = half_widths([wide, small], release_id="2026-W1")
    assert alone["index", "declared", "10-14"] == widths["index", "declared", "10-14"]
    values = [widths["index", "declared", band] for band in ("10-14", "20-29", "45-99")]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 3


def test_half_widths_cover_similar_samples() -> None:
    # What they promise: another set of 20 participants rarely moves a quartile further.
    shares = np.array([0.15, 0.25, 0.3, 0.2, 0.1])
    rows = [row_of("20-29", levels=(shares * 100).astype(int).tolist())]
    width = half_widths(rows, release_id="2026-W1")["index", "declared", "20-29"]
    samples = np.random.RandomState(11).multinomial(20, shares, size=4000)
    quartiles = thresholds.rounded_to(25 * hdg1(samples, QUARTILES), 5)
    truth = 25 * hdg1((shares * 100_000).astype(int), QUARTILES)
    covered = (np.abs(quartiles - truth) <= width).mean(axis=0)
    assert (covered >= 0.95).all()
    assert width < 25


def test_without_counts_half_widths_come_from_quartiles() -> None:
    widths = half_widths([row_of("10-14", q3=60)], release_id="2026-W1")
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
