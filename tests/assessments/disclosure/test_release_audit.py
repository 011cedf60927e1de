from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from assessments.core.documents import canonical_json
from assessments.disclosure import release_audit
from assessments.disclosure.document import SCHEMA
from assessments.disclosure.release import ReleaseRefused
from assessments.disclosure.submissions import Submission
from assessments.evaluation import goals
from tests.assessments.disclosure.markets import figure, release, submission


def only_eg1(row: Submission) -> Submission:
    """Rate a submission in one capability alone."""
    return replace(
        row,
        scores={"declared": {"EG1": row.scores["declared"]["EG1"]}},
        levels={"declared": {"EG1": row.levels["declared"]["EG1"]}},
        minimum_standards_met={},
    )


def market(scores: list[float]) -> list[Submission]:
    """Return registries with these scores, and programmes with varied ones."""
    programmes = [
        only_eg1(submission(500 + n, score, respondent_type="SB")) for n, score in enumerate(VARIED)
    ]
    return [*(only_eg1(submission(n, score)) for n, score in enumerate(scores)), *programmes]


VARIED = [5.0, 18, 22, 30, 34, 38, 41, 45, 48, 50, 52, 55, 58, 61, 64, 67, 72, 76, 81, 85, 90, 95]


@pytest.mark.parametrize(
    ("levels", "safe"),
    [({1, 2, 3}, True), ({0, 1}, False), ({0, 4}, False), ({0, 1, 2, 3, 4}, True), ({3}, False)],
)
def test_enough_is_three_levels_spanning_two(levels: set[int], safe: bool) -> None:
    assert release_audit.enough(levels) is safe


def test_a_varied_cohort_passes() -> None:
    report = release_audit.audit_release(market(VARIED))
    assert report["coarsened"] == []
    assert report["still_open"] == 0
    assert report["rules"] == ["R10"]
    assert sum(report["possible_levels"]["2"].values()) == 2 * len(VARIED)
    assert min(map(int, report["possible_levels"]["2"])) >= 3


def test_more_insiders_leave_no_more_levels() -> None:
    for system in release_audit.systems_of(market(VARIED)):
        for none, one, two in system.possible_levels().values():
            assert none >= one >= two


@pytest.mark.slow
def test_figures_that_say_too_much_are_coarsened_until_they_do_not() -> None:
    """In this market the figures of two developers' cohorts together pin somebody down."""
    system = next(
        some
        for some in release_audit.systems_of(goals.population(200, 1))
        if (some.cells[0].cohort.id, some.cells[0].measure, some.cells[0].view)
        == ("type:PD", "EG1", "verified")
    )
    place, levels = system.weakest(effort=0.1)
    assert place is not None
    assert any(not release_audit.enough(possible[2]) for possible in levels.values())
    levels_taken = []
    while place is not None:
        system.coarsen(place)
        levels_taken.append(system.cells[place].coarsening)
        place, levels = system.weakest(effort=0.1)
    assert levels_taken[0] == 1
    assert all(release_audit.enough(possible[2]) for possible in levels.values())


def test_the_outcome_is_applied_before_the_document_is_written() -> None:
    rows = market([100.0] * 12)
    entry = {"cohort": "type:RG", "measure": "EG1", "view": "declared"}
    report = release_audit.audit_release(rows)
    report["coarsened"] = [{**entry, "rung": "withheld", "rule": "R10"}]
    before, after = release(rows), release(rows, audit=report)
    assert figure(before, "type:RG", "EG1")["conf_status"] == "F"
    assert figure(after, "type:RG", "EG1")["conf_status"] == "C"
    assert figure(after, "type:SB", "EG1") == figure(before, "type:SB", "EG1")
    assert [rule["rule"] for rule in before["rules"]][-1] == "R12"
    assert "R10" in [rule["rule"] for rule in after["rules"]]
    assert before["audit"] is None
    assert after["audit"] is not None
    assert after["audit"]["figures_withheld"] == 1
    jsonschema.validate(after, json.loads(SCHEMA.read_bytes()))


def test_a_coarsening_level_doubles_the_steps_then_drops_the_counts() -> None:
    rows = market(VARIED)
    report = release_audit.audit_release(rows)
    plain = figure(release(rows, audit=report), "type:RG", "EG1")

    def at(level: str) -> Any:
        entry = {"cohort": "type:RG", "measure": "EG1", "view": "declared"}
        changed = {**report, "coarsened": [{**entry, "rung": level, "rule": "R10"}]}
        return figure(release(rows, audit=changed), "type:RG", "EG1")

    assert plain["step"] == 5
    doubled, bare = at("steps-doubled"), at("without-counts")
    assert doubled["step"] == bare["step"] == 10
    assert {count % 10 for count in doubled["levels"]} == {0}
    assert bare["levels"] is None
    assert at("withheld")["median"] is None


def test_an_audit_of_other_figures_is_refused() -> None:
    report = release_audit.audit_release(market(VARIED))
    other = market([*VARIED[:-1], 20.0])
    with pytest.raises(ReleaseRefused, match="other figures"):
        release(other, audit=report)


def test_the_same_input_gives_the_same_report() -> None:  # T11
    rows = market(VARIED)
    assert canonical_json(release_audit.audit_release(rows)) == canonical_json(
        release_audit.audit_release(rows)
    )


def test_progress_is_reported_and_a_stop_ends_it() -> None:
    reported: list[tuple[int, int]] = []
    release_audit.audit_release(market(VARIED), progress=lambda *both: reported.append(both))
    assert reported[0][0] == 0
    assert reported[-1][0] == reported[-1][1]
    with pytest.raises(release_audit.Interrupted):
        release_audit.audit_release(market(VARIED), stop=lambda: True)


def waves(changed: int) -> tuple[list[Submission], list[Submission]]:
    """Return two waves; in the second a newcomer makes three registries at level 4, not two.

    Two are rounded to none and three to five, so who knows that nobody else changed knows which
    level the newcomer has.
    """
    scores = [10.0, 15, 25, 30, 35, 38, 42, 45, 48, 50, 52, 55, 58, 62, 65, 68, 72, 75, 85, 90] * 2
    first = [50.0 if n in (18, 39) else score for n, score in enumerate(scores)]
    second = [*first, 95.0]
    second[:changed] = [(score + 30) % 78 for score in first[:changed]]
    return market(first), market(second)


@pytest.mark.parametrize(("changed", "trips"), [(0, True), (8, False)])
def test_a_pair_of_waves(changed: int, trips: bool) -> None:  # T2b
    old, new = waves(changed)
    previous = release_audit.Wave(submissions=old, document=release(old))
    alone = release_audit.audit_release(new)
    both = release_audit.audit_release(new, previous=previous)
    assert alone["coarsened"] == []
    assert both["rules"] == ["R10", "R13"]
    assert [e["rule"] for e in both["coarsened"] if e["cohort"] == "type:RG"] == ["R13"] * trips


def test_what_hardly_changed_says_so() -> None:
    old, new = waves(0)
    both = release_audit.audit_release(
        new, previous=release_audit.Wave(submissions=old, document=release(old))
    )
    held = {**both, "coarsened": [{**entry, "rung": "withheld"} for entry in both["coarsened"]]}
    document = release(new, audit=held)
    assert document["audit"] is not None
    assert document["audit"]["no_material_change"] == [
        {"cohort": "type:RG", "measure": "EG1", "view": "declared"}
    ]
