from __future__ import annotations

from typing import Any

import pytest

from assessments.core import rounding
from assessments.disclosure.peers import Place
from assessments.reports import numbers, words
from assessments.reports.profile import build_profile
from tests.assessments.reports import samples
from tests.factories import shipped_instrument


def test_worked_example_in_both_views() -> None:
    overall = samples.profile().overall

    assert (overall.declared.shown, overall.declared.level.words) == ("66.4", "3 Established")
    assert (overall.supported.shown, overall.supported.level.words) == ("54.9", "2 Defined")
    assert overall.verified is None
    assert (overall.declared.met, overall.declared.of) == (39, 40)
    assert (overall.supported.met, overall.supported.of) == (19, 40)


def test_a_score_says_how_it_came_about() -> None:
    profile = samples.profile()
    units = {unit.code: unit for unit in (*profile.dimensions, *profile.capabilities)}

    assert units["TI2"].declared.how == "(2×75 + 2×75 + 2×75 + 1×25) ÷ 7 = 67.9"
    assert units["DM"].declared.how == "Mean of DM2 50.0, DM4 75.0, DM5 56.3 = 60.4"
    # In the order of the instrument, though a stored document has its keys sorted.
    assert profile.overall.declared.how == (
        "Shifted geometric mean of EG 70.2, TI 72.8, IS 76.9, IN 54.2, DM 60.4 = 66.4"
    )


def test_a_level_says_what_limits_it() -> None:
    assert samples.profile().overall.declared.limits == (
        "The score of 66.4 lies in the band of level 3, Established.",
        "The minimum standards allow level 3, Established, at most.",
        "The weakest dimension (IN) allows level 3, Established, at most: one more than its own.",
        "Declared answers reach level 3, Established, at most.",
    )


def test_the_views_differ_for_reasons() -> None:
    assert samples.profile().difference == (
        "33 of 89 ratings are higher than the evidence named for them can carry.",
        "Held to their evidence they give an index of 54.9, not 66.4.",
        "The score of 54.9 lies in the band of level 2, Defined.",
        "Minimum standard IN5.2 is supported at 1 only; until it reaches 2, the level of the "
        "whole is at most 2 (Defined).",
    )


def test_fully_proven_answers_leave_no_difference() -> None:
    document = samples.worked_example()
    document["responses"] = {
        code: given if "not_applicable" in given else {"rating": 3, "evidence": 3}
        for code, given in document["responses"].items()
    }

    profile = samples.profile(document)

    assert profile.difference == (
        "The evidence named carries every rating, so both views are the same.",
    )
    assert profile.plan == ()
    assert profile.unmet == ()


def test_strongest_weakest_and_first_steps() -> None:
    profile = samples.profile()

    assert [unit.code for unit in profile.strongest] == ["IS5", "IS1", "TI1"]
    assert [unit.code for unit in profile.weakest] == ["IN2", "IN4", "DM2"]
    assert [step.item for step in profile.first_steps] == ["TI5.4", "IN5.1", "IN5.3"]


def test_minimum_standards_not_met_come_first() -> None:
    profile = samples.profile()
    statuses = [answer.status for answer in profile.minimum_standards]

    assert profile.minimum_standards[0].code == "TI5.4"
    assert statuses == ["partial", *["met"] * 39, ""]  # the last is not applicable
    assert [answer.code for answer in profile.unmet][:2] == ["TI5.4", "IN5.2"]


def test_a_recommendation_is_told_once() -> None:
    first, *others = [step for step in samples.profile().plan if step.recommendations]

    assert [advice.label for advice in first.advice] == ["TI-R12"]
    assert first.advice_before == ()
    for step in others:
        assert step.advice == ()
        assert step.advice_before == (("TI-R12", first.number),)


def test_without_a_release_nobody_is_compared() -> None:
    profile = samples.profile()

    assert profile.comparison is None
    assert [unit.peers for unit in profile.peer_rows if unit.peers] == []
    assert not profile.is_demonstration


def test_peers_of_type_and_region_where_they_are_published() -> None:
    profile = samples.profile(compared_with=samples.release())

    assert profile.comparison is not None
    assert profile.comparison.requested == "Registries · Sub-Saharan Africa"
    assert profile.comparison.used == "Registries · Sub-Saharan Africa"
    assert profile.comparison.reason == "It is the group asked for."
    assert profile.overall.peers is not None
    assert profile.overall.peers.n == "10–14"
    assert profile.is_demonstration


def test_peers_fall_back_in_a_fixed_order_and_say_so() -> None:
    profile = samples.profile(compared_with=samples.release(), region="North America")

    assert profile.comparison is not None
    assert profile.comparison.requested == "Registries · North America"
    assert profile.comparison.used == "Registries"
    assert profile.comparison.reason.startswith("Nothing is published for the group asked for")
    assert [step.outcome for step in profile.comparison.steps][-1] == "used"


def test_a_reader_stays_in_one_cohort() -> None:
    profile = samples.profile(compared_with=samples.release(), region="North America")

    assert {unit.peers.cohort for unit in profile.peer_rows if unit.peers} == {"type:RG"}
    assert profile.comparison is not None
    assert profile.comparison.others == ()


def test_gaps_stand_in_order_and_are_grey_within_the_margin() -> None:
    profile = samples.profile(compared_with=samples.release(), region="North America")

    points = [row.points for row in profile.gaps]
    assert points == sorted(points)
    assert len(points) == sum(unit.peers is not None for unit in profile.capabilities)
    for row in profile.gaps:
        unit = next(each for each in profile.capabilities if each.code == row.code)
        assert unit.peers is not None
        assert row.points == rounding.whole(unit.score or 0) - unit.peers.median
        assert row.uncertain is (abs(row.points) <= unit.peers.half_width)
    assert {row.uncertain for row in profile.gaps} == {True, False}
    assert profile.gap_reach == max(20, -(-max(map(abs, points)) // 10) * 10)
    assert samples.profile().gaps == ()


def test_the_heat_map_has_every_capability_in_its_place() -> None:
    profile = samples.profile()

    assert [row.code for row in profile.heat] == ["EG", "TI", "IS", "IN", "DM"]
    governance = profile.heat[0]
    assert [cell.label for cell in governance.cells] == ["", "EG1", "EG2", "EG3", "EG4", "EG5"]
    assert [cell.shown for cell in governance.cells][:3] == ["70.2", "75.0", "75.0"]
    assert [cell.band for cell in governance.cells][:3] == [3, 3, 3]
    # Registries are not asked two capabilities of digital MRV: their places stay empty.
    assert [cell.shown for cell in profile.heat[4].cells][-2:] == ["", ""]
    assert profile.heat_columns == ("Dimension", "1", "2", "3", "4", "5")


def test_the_wave_before_is_compared_in_the_same_group() -> None:
    now = samples.release(registries=90, others=40, mean=70)
    before = samples.release(registries=90, others=40, year=2024, mean=40)
    profile = samples.profile(compared_with=now, before=before, region="North America")

    assert profile.comparison is not None
    assert profile.comparison.used == "Registries"
    assert (profile.comparison.earlier, profile.comparison.later) == ("2024-W1", "2025-W1")
    changes = profile.comparison.changes
    assert [row.code for row in changes] == ["", "EG", "TI", "IS", "IN", "DM"]
    assert {row.words for row in changes} == {"higher"}
    same = samples.profile(compared_with=now, before=samples.release(registries=90, others=40))
    assert same.comparison is not None
    assert {row.is_clear for row in same.comparison.changes} <= {True, False}
    assert samples.profile(compared_with=now).comparison.changes == ()  # type: ignore[union-attr]


def test_a_step_says_how_many_peers_have_got_there() -> None:
    profile = samples.profile(compared_with=samples.release(), region="North America")

    first = profile.plan[0]
    capability = first.item.partition(".")[0]
    assert first.peers.endswith(f"peers are at level 3 or more in {capability}")
    assert samples.profile().plan[0].peers == ""
    # Between 10 and 19 organisations no counts by level are published.
    assert samples.profile(compared_with=samples.release()).plan[0].peers == ""


def test_one_questionnaire_has_no_index() -> None:
    document = samples.worked_example()
    document["modules"] = ["IS"]
    document["responses"] = {
        code: given for code, given in document["responses"].items() if code.startswith("IS")
    }

    profile = samples.profile(document, compared_with=samples.release())

    assert not profile.is_complete
    assert profile.overall.declared.shown == "–"
    assert profile.overall.declared.level.words == "not rated"
    assert [unit.code for unit in profile.dimensions] == ["IS"]
    assert profile.sensitivity is None
    assert profile.dimensions[0].peers is not None


@pytest.mark.parametrize(
    ("limits", "bands", "expected"),
    [
        ({"band": 3, "gate": 4, "weakest": 4, "ceiling": 3}, (3, 3, 2, 3), "between 2 and 3"),
        ({"band": 2, "gate": 4, "weakest": 4, "ceiling": 3}, (3, 2, 2, 2), "between 2 and 3"),
        # Whatever the band, minimum standards hold this one at 2: nothing else can be printed.
        ({"band": 3, "gate": 2, "weakest": 4, "ceiling": 3}, (3, 3, 2, 3), "2 Defined"),
    ],
)
def test_a_sensitive_level_is_printed_as_a_range(
    limits: dict[str, int], bands: tuple[int, ...], expected: str
) -> None:
    result: Any = samples.result_of(samples.worked_example())
    level = min(limits.values())
    result["views"]["declared"]["level"] = level
    result["trace"]["declared"]["overall"]["limits"] = limits
    result["sensitivity"]["sensitive"] = True
    result["sensitivity"]["base"]["band"] = limits["band"]
    for name, band in zip(("S1", "S2", "S3", "S4"), bands, strict=True):
        result["sensitivity"][name]["band"] = band

    profile = build_profile(
        subject=samples.SUBJECT,
        instrument=shipped_instrument(),
        result=result,
        result_sha256="0" * 64,
        answers=samples.answers_in(samples.worked_example()),
        release=None,
        before=None,
        advice={},
    )

    assert profile.overall.declared.level.words == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place(zone="above-q3", position=3, of=3, near_edge=False), "above the middle half"),
        (Place(zone="quarter-1", position=1, of=4, near_edge=False), "lowest quarter"),
        (
            Place(zone="quarter-4", position=4, of=4, near_edge=True),
            "highest quarter, near its edge",
        ),
        (Place(zone="tenth-7", position=7, of=10, near_edge=False), "tenth 7 of 10"),
    ],
)
def test_places_in_words(place: Place, expected: str) -> None:
    assert words.place(place) == expected


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (66.3665, "66.4"), (66.35, "66.4"), (0.0, "0.0")]
)
def test_scores_are_shown_with_one_decimal(value: float | None, text: str) -> None:
    assert numbers.shown(value) == text
