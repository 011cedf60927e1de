from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from assessments.core import engines
from tests.assessments.core.examples import (
    REASON,
    WORKED_EXAMPLE,
    WORKED_RESULT,
    answered,
    result,
    shipped,
    small,
    uniform,
    worked,
)

# Capability: declared score, gate, level; supported score, gate, level.
CAPABILITIES = """
EG1 75       met     3  75       met     3
EG2 75       met     3  60       met     3
EG3 62.5     met     3  50       partial 2
EG4 82.1429  met     4  71.4286  met     3
EG5 56.25    met     2  43.75    partial 2
TI1 83.3333  met     4  66.6667  partial 2
TI2 67.8571  met     3  46.4286  partial 2
TI3 66.6667  met     3  45.8333  partial 2
TI4 65       met     3  65       met     3
TI5 81.25    partial 2  75       partial 2
IS1 83.3333  met     4  66.6667  partial 2
IS2 78.125   met     3  68.75    partial 2
IS3 78.125   met     3  68.75    partial 2
IS4 60       met     3  55       met     2
IS5 85       met     4  55       partial 2
IN1 57.1429  met     2  50       partial 2
IN2 45       met     2  35       partial 1
IN3 68.75    met     3  62.5     met     3
IN4 45       met     2  35       partial 1
IN5 55       met     2  35       failed  1
DM2 50       met     2  33.3333  partial 1
DM4 75       met     3  75       met     3
DM5 56.25    met     2  43.75    partial 2
"""
# Dimension: declared fraction, gate, level; supported fraction, gate, level; confidence.
DIMENSIONS = """
EG 1965/28 met     3  1681/28 partial 3  13/15
TI 2039/28 partial 3  837/14  partial 2  85/104
IS 923/12  met     3  377/6   partial 3  82/99
IN 1517/28 met     2  87/2    failed  2  45/56
DM 725/12  met     3  1825/36 partial 2  5/6
"""


# The worked example


def assert_holds(found: Any, wanted: Any, path: str = "") -> None:
    """Assert that `found` has every key of `wanted`, with numbers equal to 1e-6."""
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            assert_holds(found[key], value, f"{path}/{key}")
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, abs=1e-6), path
    else:
        assert found == wanted, path


def test_worked_example_gives_the_worked_result() -> None:
    assert_holds(worked(), WORKED_RESULT)


def test_views_have_the_keys_of_the_worked_result_and_no_other() -> None:
    def keys(value: Any) -> Any:
        return {key: keys(each) for key, each in value.items()} if isinstance(value, dict) else None

    assert keys(worked()["views"]) == keys(WORKED_RESULT["views"])


@pytest.mark.parametrize("row", CAPABILITIES.split("\n")[1:-1])
def test_worked_example_by_capability(row: str) -> None:
    code, *cells = row.split()
    views = worked()["views"]
    for view, (score, gate, level) in zip(
        ("declared", "supported"), (cells[:3], cells[3:]), strict=True
    ):
        found = views[view]["capabilities"][code]
        assert found["score"] == pytest.approx(float(score), abs=5e-5)
        assert (found["gate"], found["level"]) == (gate, int(level))


@pytest.mark.parametrize("row", DIMENSIONS.split("\n")[1:-1])
def test_worked_example_by_dimension(row: str) -> None:
    code, *cells = row.split()
    found = worked()
    assert found["confidence"]["dimensions"][code] == float(Fraction(cells[6]))
    for view, (score, gate, level) in zip(
        ("declared", "supported"), (cells[:3], cells[3:6]), strict=True
    ):
        assert found["trace"][view]["dimensions"][code]["score"] == score
        unit = found["views"][view]["dimensions"][code]
        assert unit["score"] == float(Fraction(score))
        assert (unit["gate"], unit["level"]) == (gate, int(level))


def test_worked_example_overall() -> None:
    found = worked()
    declared, supported = found["views"]["declared"], found["views"]["supported"]
    assert declared["index"] == pytest.approx(66.3665, abs=5e-5)
    assert supported["index"] == pytest.approx(54.8788, abs=5e-5)
    assert (declared["level"], declared["gate"]) == (3, "partial")
    assert (supported["level"], supported["gate"]) == (2, "failed")
    assert declared["balance_gap"] == pytest.approx(0.5359, abs=5e-5)
    assert supported["balance_gap"] == pytest.approx(0.4910, abs=5e-5)
    trace = found["trace"]
    assert float(Fraction(trace["declared"]["overall"]["arithmetic_mean"])) == pytest.approx(
        66.9024, abs=5e-5
    )
    assert float(Fraction(trace["supported"]["overall"]["arithmetic_mean"])) == pytest.approx(
        55.3698, abs=5e-5
    )
    assert found["confidence"]["value"] == 297 / 358
    assert found["confidence"]["band"] == "medium"
    assert declared["minimum_standards"] == {"met": 39, "of": 40}
    assert supported["minimum_standards"] == {"met": 19, "of": 40}


def test_worked_example_as_it_is_read_in_words() -> None:
    found = worked()
    by_hand = found["trace"]["declared"]["capabilities"]
    assert by_hand["TI2"]["score"] == "475/7"
    assert [each["product"] for each in by_hand["TI2"]["items"]] == [150, 150, 150, 25]
    assert (by_hand["IN3"]["weight"], by_hand["IN3"]["shown_weight"]) == ("4", "7")
    assert by_hand["IN3"]["left_out"] == [
        {"item": "IN3.3", "why": "not_applicable"},
        {"item": "IN3.5", "why": "not_applicable"},
    ]
    gates = found["gates"]
    assert gates["declared"]["capabilities"]["TI5"]["items"] == ["TI5.4"]
    assert gates["supported"]["overall"]["items"] == ["IN5.2"]
    assert gates["supported"]["overall"]["cap"] == 2
    assert gates["supported"]["overall"]["reason"] == {
        "code": "held",
        "ratings": [1],
        "needed": 2,
    }
    assert gates["declared"]["capabilities"]["TI4"]["reason"] == {
        "code": "all_met",
        "ratings": [],
        "needed": 3,
    }
    assert (gates["declared"]["overall"]["met"], gates["declared"]["overall"]["of"]) == (39, 40)
    coverage = found["coverage"]
    assert (coverage["TI"]["not_applicable_weight"], coverage["TI"]["shown_weight"]) == (1, 36)
    assert coverage["IN"]["not_applicable_share"] == 3 / 29
    assert [code for code, each in coverage.items() if each["thin"]] == ["DM"]
    assert not any(each["low_coverage"] for each in coverage.values())
    assert found["warnings"] == []
    assert found["unanswered"] == []


def test_variant_b_moves_the_index_a_little_and_the_level_a_lot() -> None:
    found = worked(TI2_2={"rating": 1, "evidence": 1})["views"]["declared"]
    assert found["capabilities"]["TI2"]["score"] == pytest.approx(53.5714, abs=5e-5)
    assert found["capabilities"]["TI2"]["gate"] == "failed"
    assert found["capabilities"]["TI2"]["level"] == 1
    assert found["dimensions"]["TI"]["score"] == pytest.approx(69.9643, abs=5e-5)
    assert (found["dimensions"]["TI"]["gate"], found["dimensions"]["TI"]["level"]) == ("failed", 2)
    assert found["index"] == pytest.approx(65.8367, abs=5e-5)
    assert (found["gate"], found["level"]) == ("failed", 2)


def test_variant_c_is_held_by_the_weakest_dimension() -> None:
    found = worked(TI5_4={"rating": 3, "evidence": 2})
    declared = found["views"]["declared"]
    assert declared["capabilities"]["TI5"] == {
        "score": 87.5,
        "level": 4,
        "gate": "met",
        "rated": True,
    }
    assert declared["dimensions"]["TI"]["score"] == pytest.approx(74.0714, abs=5e-5)
    assert declared["dimensions"]["TI"]["level"] == 3
    assert declared["index"] == pytest.approx(66.5931, abs=5e-5)
    assert (declared["gate"], declared["level"]) == ("met", 3)
    overall = found["trace"]["declared"]["overall"]
    assert overall["limits"] == {"band": 3, "gate": 4, "weakest": 3, "ceiling": 3}
    assert overall["weakest"] == ["IN"]


@pytest.mark.parametrize(
    ("run", "index"),
    [("base", 66.3665), ("S1", 69.6820), ("S2", 60.1035), ("S3", 69.8266), ("S4", 66.9024)],
)
def test_sensitivity_of_the_worked_example(run: str, index: float) -> None:
    found = worked()["sensitivity"][run]
    assert found["index"] == pytest.approx(index, abs=5e-5)
    assert found["band"] == 3


def test_sensitivity_without_each_capability() -> None:
    sensitivity = worked()["sensitivity"]
    lowest, highest = sensitivity["S5"]["lowest"], sensitivity["S5"]["highest"]
    assert (lowest["without"], highest["without"]) == ("DM4", "DM2")
    assert lowest["index"] == pytest.approx(64.6850, abs=5e-5)
    assert highest["index"] == pytest.approx(67.4721, abs=5e-5)
    assert len(sensitivity["S5"]["runs"]) == 23
    assert sensitivity["lowest"] == sensitivity["S2"]["index"]
    assert sensitivity["highest"] == sensitivity["S3"]["index"]
    assert sensitivity["sensitive"] is False


def test_the_level_is_sensitive_when_a_run_changes_the_band() -> None:
    lopsided = {
        item.code: {"rating": 4 if item.is_minimum_standard else 1}
        for item in shipped().items_for("RG")
    }
    sensitivity = result(lopsided)["sensitivity"]
    bands = {run: sensitivity[run]["band"] for run in ("base", "S1", "S2", "S3", "S4")}
    assert bands == {"base": 3, "S1": 3, "S2": 2, "S3": 3, "S4": 3}
    assert sensitivity["sensitive"] is True


def test_a_run_without_an_index_is_skipped() -> None:
    # Without either of its two capabilities AX has one, which is too few.
    two = small(["MA", "AA"], ["MA", "AA", "AA"])
    answers = {code: {"rating": 2} for code in two.items}
    runs = result(answers, of=two)["sensitivity"]["S5"]["runs"]
    assert [run["without"] for run in runs] == ["BX1", "BX2", "BX3"]


# The small vectors


@pytest.mark.parametrize(
    ("rating", "declared", "supported"), [(0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 3, 4)]
)
@pytest.mark.parametrize("kind", list(shipped().respondent_types))
def test_vector_1_uniform_ratings_keep_their_value(
    kind: str, rating: int, declared: int, supported: int
) -> None:
    views = result(uniform(kind, rating), respondent_type=kind)["views"]
    for view, level in (("declared", declared), ("supported", supported)):
        found = views[view]
        assert found["index"] == 25 * rating
        assert found["level"] == level
        assert found["balance_gap"] == 0
        assert {each["score"] for each in found["dimensions"].values()} == {25 * rating}
        assert {each["level"] for each in found["dimensions"].values()} == {level}
        assert {each["score"] for each in found["capabilities"].values()} == {25 * rating}
        assert {each["level"] for each in found["capabilities"].values()} == {rating}


@pytest.mark.parametrize(
    ("score", "band"),
    [
        ("19.999999", 0),
        ("20", 1),
        ("39.999999", 1),
        ("40", 2),
        ("59.999999", 2),
        ("60", 3),
        ("79.999999", 3),
        ("80", 4),
        ("100", 4),
        ("59.9999994", 2),  # compared at six decimals, halves up
        ("59.9999995", 3),
    ],
)
def test_vector_2_bands(score: str, band: int) -> None:
    assert shipped().scale.band(Fraction(score)) == band
    assert shipped().scale.band(float(score)) == band


NA = None


@pytest.mark.parametrize(
    ("tiers", "ratings", "score", "gate", "level"),
    [
        ("MMAAA", [3, 3, 0, 0, 0], Fraction(300, 7), "met", 2),  # vector 3
        ("MMAAA", [1, 4, 4, 4, 4], Fraction(550, 7), "failed", 1),  # vector 4
        ("MAAA", [3, NA, 1, 1], Fraction(50), "met", 2),  # vector 5
        ("MAAA", [NA, 2, NA, NA], None, "met", None),  # vector 6: one item is too few
        ("MMAA", [NA, NA, 3, 3], None, "met", None),  # vector 7: 2 of 6 weight is too little
    ],
)
def test_vectors_3_to_7_one_capability(
    tiers: str, ratings: list[int | None], score: Fraction | None, gate: str, level: int | None
) -> None:
    instrument = small([tiers, "AA"])
    answers: dict[str, Any] = {
        f"AX1.{position}": {"not_applicable": REASON} if rating is None else {"rating": rating}
        for position, rating in enumerate(ratings, start=1)
    }
    found = result(answers, of=instrument)
    assert found["views"]["declared"]["capabilities"]["AX1"] == {
        "score": None if score is None else float(score),
        "level": level,
        "gate": gate,
        "rated": score is not None,
    }
    trace = found["trace"]["declared"]["capabilities"]["AX1"]
    assert trace["score"] == (None if score is None else str(score))


# Five advanced practices whose mean is the score, so that no gate interferes.
RATINGS_OF = {95: [4, 4, 4, 4, 3], 90: [4, 4, 4, 4, 2], 35: [2, 2, 1, 1, 1], 0: [0, 0, 0, 0, 0]}


def of_dimension_scores(scores: list[int]) -> Any:
    instrument = small(*[["AAAAA", "AAAAA"]] * len(scores))
    answers = {
        f"{dimension.code}{number}.{position}": {"rating": rating, "evidence": 3}
        for dimension, score in zip(instrument.dimensions, scores, strict=True)
        for number in (1, 2)
        for position, rating in enumerate(RATINGS_OF[score], start=1)
    }
    return result(answers, of=instrument)


@pytest.mark.parametrize(
    ("scores", "arithmetic", "index", "band", "level"),
    [
        ([95, 95, 95, 95, 35], 83, 77.9001, 3, 2),  # vector 8: the weakest is at level 1
        ([90, 90, 90, 90, 0], 72, 35.9176, 1, 1),  # vector 9
    ],
)
def test_vectors_8_and_9_imbalance_costs(
    scores: list[int], arithmetic: int, index: float, band: int, level: int
) -> None:
    found = of_dimension_scores(scores)
    supported = found["views"]["supported"]
    overall = found["trace"]["supported"]["overall"]
    assert overall["arithmetic_mean"] == str(arithmetic)
    assert supported["index"] == pytest.approx(index, abs=5e-5)
    assert supported["gate"] == "met"
    assert overall["limits"]["band"] == band
    assert supported["level"] == level


def test_vector_10_without_one_dimension_there_is_no_index() -> None:
    answers = {code: each for code, each in uniform("RG", 3).items() if not code.startswith("DM")}
    found = result(answers)
    declared = found["views"]["declared"]
    assert declared["dimensions"]["DM"] == {
        "score": None,
        "level": None,
        "gate": "met",
        "rated": False,
        "low_coverage": False,
    }
    assert (declared["index"], declared["level"], declared["balance_gap"]) == (None, None, None)
    assert found["sensitivity"] is None
    assert len(found["unanswered"]) == 7


@pytest.mark.parametrize(("evidence", "rating"), [(0, 1), (1, 2), (2, 3), (3, 4)])
def test_vector_11_evidence_sets_the_highest_rating(evidence: int, rating: int) -> None:
    found = result({"EG1.1": {"rating": 4, "evidence": evidence}})
    (item,) = found["trace"]["supported"]["capabilities"]["EG1"]["items"]
    assert item["rating"] == rating
    assert (item["claimed"], item["ceiling"]) == (4, rating)


def test_vector_12_references_alone_give_low_confidence() -> None:
    confidence = result(uniform("RG", 3, evidence=1))["confidence"]
    assert confidence["value"] == 2 / 3
    assert confidence["band"] == "low"


# Settled cases


def test_a_unit_without_a_rated_minimum_standard_has_its_gate_met() -> None:
    found = result({"EG1.3": {"rating": 1}, "EG1.4": {"rating": 1}})
    gate = found["gates"]["declared"]["capabilities"]["EG1"]
    assert (gate["gate"], gate["lowest"], gate["of"]) == ("met", None, 0)
    assert gate["reason"] == {"code": "none_rated", "ratings": [], "needed": None}


def test_the_gate_of_an_unrated_unit_is_computed_and_its_level_is_not() -> None:
    found = result({"EG1.1": {"rating": 1}})["views"]["declared"]
    unrated = {"score": None, "level": None, "gate": "failed", "rated": False}
    assert found["capabilities"]["EG1"] == unrated
    assert found["dimensions"]["EG"] == {**unrated, "low_coverage": False}
    assert (found["gate"], found["level"]) == ("failed", None)


def test_dont_know_is_rated_zero_and_fails_the_gate() -> None:
    found = worked(IS4_2={"dont_know": True})
    unit = found["views"]["declared"]["capabilities"]["IS4"]
    assert unit == {"score": 30.0, "level": 1, "gate": "failed", "rated": True}
    items = found["trace"]["declared"]["capabilities"]["IS4"]["items"]
    assert next(each for each in items if each["item"] == "IS4.2")["dont_know"] is True
    coverage = found["coverage"]["IS"]
    assert (coverage["dont_know_weight"], coverage["dont_know_share"]) == (2, 2 / 32)
    assert found["plan"]["priorities"][0]["item"] == "IS4.2"
    assert found["plan"]["priorities"][0]["reason"] == "failed"


def test_an_unanswered_item_is_not_rated() -> None:
    answers = dict(WORKED_EXAMPLE["responses"])
    del answers["IS4.2"]
    found = result(answers)
    assert found["unanswered"] == ["IS4.2"]
    unit = found["views"]["declared"]["capabilities"]["IS4"]
    assert unit == {"score": 50.0, "level": 2, "gate": "met", "rated": True}
    assert found["views"]["declared"]["minimum_standards"] == {"met": 38, "of": 39}


@pytest.mark.parametrize(("left_out", "low"), [(1, False), (2, True)])
def test_more_than_a_fifth_of_the_weight_not_applicable_is_low_coverage(
    left_out: int, low: bool
) -> None:
    instrument = small(["AAAAA", "AA"])  # a weight of seven: one is 14 %, two are 29 %
    answers: dict[str, Any] = {code: {"rating": 3} for code in instrument.items}
    for position in range(1, left_out + 1):
        answers[f"AX1.{position}"] = {"not_applicable": REASON}
    found = result(answers, of=instrument)
    assert found["views"]["declared"]["dimensions"]["AX"]["low_coverage"] is low
    assert found["coverage"]["AX"]["low_coverage"] is low


def test_exactly_a_fifth_is_not_low_coverage() -> None:
    instrument = small(["AAA", "AA"])
    answers: dict[str, Any] = {code: {"rating": 3} for code in instrument.items}
    answers["AX1.1"] = {"not_applicable": REASON}
    assert result(answers, of=instrument)["coverage"]["AX"]["low_coverage"] is False


def test_fewer_modules_give_dimensions_but_no_index() -> None:
    answers = {
        code: each
        for code, each in WORKED_EXAMPLE["responses"].items()
        if code.startswith(("TI", "IS"))
    }
    found = result(answers, modules=["IS", "TI"])
    declared = found["views"]["declared"]
    assert found["modules"] == ["TI", "IS"]
    assert list(declared["dimensions"]) == ["TI", "IS"]
    assert declared["dimensions"]["TI"]["score"] == pytest.approx(72.8214, abs=5e-5)
    assert (declared["index"], declared["level"]) == (None, None)
    assert found["unanswered"] == []


# The verified view


def reviewed(**more: Any) -> Any:
    minimum = [item.code for item in shipped().items_for("RG") if item.is_minimum_standard]
    review = {code: {"rating": 3} for code in minimum} | {
        code.replace("_", "."): answer for code, answer in more.items()
    }
    return result(
        WORKED_EXAMPLE["responses"], review={k: v for k, v in review.items() if v is not None}
    )


def test_verified_view_takes_the_assessors_rating_and_elsewhere_the_supported_one() -> None:
    found = reviewed(EG1_3=4)
    items = found["trace"]["verified"]["capabilities"]["EG1"]["items"]
    assert [(each["item"], each["rating"], each["source"]) for each in items] == [
        ("EG1.1", 3, "review"),
        ("EG1.2", 3, "review"),
        ("EG1.3", 4, "review"),  # no evidence ceiling applies
        ("EG1.4", 2, "evidence"),
    ]
    assert found["views"]["verified"]["gate"] == "met"
    assert found["views"]["verified"]["minimum_standards"] == {"met": 41, "of": 41}
    assert found["warnings"] == []


def test_an_assessor_replaces_not_applicable_and_dont_know_whole() -> None:
    found = reviewed(
        IN3_5={"rating": 2},
        IN3_3={"not_applicable": REASON},
        TI5_5={"dont_know": True},
    )
    verified = found["trace"]["verified"]["capabilities"]
    assert verified["IN3"]["left_out"] == [{"item": "IN3.3", "why": "not_applicable"}]
    assert verified["IN3"]["items"][-1]["rating"] == 2
    assert verified["TI5"]["items"][-1]["rating"] == 0
    assert found["views"]["verified"]["minimum_standards"]["of"] == 40


def test_level_four_appears_only_with_evidence_or_review() -> None:
    answers = uniform("RG", 4)
    views = result(answers, review=dict.fromkeys(answers, 4))["views"]
    assert [views[view]["level"] for view in ("declared", "supported", "verified")] == [3, 4, 4]


def test_an_unfinished_review_gives_no_verified_view_and_says_so() -> None:
    found = reviewed(TI2_2=None)
    assert found["views"]["verified"] is None
    assert found["gates"]["verified"] is None
    assert found["trace"]["verified"] is None
    assert found["warnings"] == [{"kind": "review", "items": ["TI2.2"]}]


# Warnings


def test_a_claim_above_its_prerequisite_is_warned_of() -> None:
    found = worked(EG1_1={"rating": 1, "evidence": 0})
    warned = [(each["item"], each["prerequisite"]) for each in found["warnings"]]
    assert ("EG1.2", "EG1.1") in warned
    assert ("EG1.3", "EG1.1") not in warned  # rated 2: it claims nothing yet
    assert found["warnings"][0] == {
        "kind": "prerequisite",
        "item": "EG1.2",
        "rating": 3,
        "prerequisite": "EG1.1",
        "prerequisite_rating": 1,
    }


@pytest.mark.parametrize("prerequisite", [{"not_applicable": REASON}, None])
def test_prerequisites_not_applicable_or_unanswered_are_ignored(prerequisite: Any) -> None:
    # IN3.5 depends on IN3.2.
    answers = {"IN3.5": {"rating": 4}} | ({"IN3.2": prerequisite} if prerequisite else {})
    assert result(answers)["warnings"] == []
    assert result({**answers, "IN3.2": {"rating": 1}})["warnings"] != []


kinds = st.sampled_from(sorted(shipped().respondent_types))
# Mostly answered: 22 and above leave the item unanswered.
numbers = st.lists(st.integers(0, 22), min_size=110, max_size=110)
some_examples = settings(max_examples=60, deadline=None)


def test_without_the_outlook_everything_else_is_the_same() -> None:
    responses = answered(WORKED_EXAMPLE["responses"])
    full = engines.score(shipped(), responses)
    plain = engines.score(shipped(), responses, with_outlook=False)
    assert plain == {**full, "sensitivity": None, "plan": None}


def test_a_national_authority_without_a_registry_is_another_cohort() -> None:
    answers = {
        item.code: {"rating": 2} for item in shipped().items_for("NR", operates_registry=False)
    }
    found = result(answers, respondent_type="NR", operates_registry=False)
    assert (found["respondent_type"], found["cohort_type"]) == ("NR", "NR-A")
    assert "IN3" not in found["views"]["declared"]["capabilities"]
    assert found["views"]["declared"]["index"] == 50
    assert found["unanswered"] == []
