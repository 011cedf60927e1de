"""The attacks of the study, each against what we publish and against a weaker variant."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assessments.domain import attack, benchmark, disclosure, goals, standing
from assessments.domain.attack import EXACT, Scene, Table
from assessments.domain.benchmark import QUARTILES, Submissions, hdg1
from tests.assessments.domain.test_benchmark import (
    figure,
    population,
    published,
    release,
    submission,
)


def table(levels: list[int], precision: disclosure.Precision = EXACT) -> Table:
    points = np.zeros(101, dtype=np.int64)
    points[::25] = levels
    return Table(points, np.array(levels), precision)


PLAIN = [(level, 25 * level) for level in range(5)]


def scene(
    groups: list[list[int]], tables: list[list[int]], precision: disclosure.Precision
) -> Scene:
    """Return a scene of groups by how many have each level, and tables by the groups in them."""
    held = np.array(groups)
    member = np.array([[group in some for group in range(len(groups))] for some in tables])
    return Scene(
        [table(held[some].sum(axis=0).tolist(), precision) for some in tables],
        member,
        PLAIN,
        held,
    )


@pytest.mark.parametrize("q", QUARTILES)
def test_moving_one_record_is_computed_as_from_scratch(q: float) -> None:
    random = np.random.RandomState(3)
    points = np.bincount(random.randint(0, 101, 23), minlength=101)
    moved = attack._moved(points, q)
    for of in np.flatnonzero(points).tolist():
        for to in random.randint(0, 101, 12).tolist():
            after = points.copy()
            after[of] -= 1
            after[to] += 1
            assert moved[of, to] == pytest.approx(float(hdg1(after, q)), abs=1e-9)


def test_a_difference_of_exact_tables_pins() -> None:
    # Twelve organisations, and eleven of them: the twelfth has level 3.
    exact = scene([[0, 5, 6, 0, 0], [0, 0, 0, 1, 0]], [[0, 1], [0]], EXACT)
    assert [exact.possible((1, 3), level, known={}) for level in (0, 1, 2, 4)] == [None] * 4
    # Rounded, the same two tables leave it open.
    rounded = scene(
        [[0, 5, 6, 0, 0], [0, 0, 0, 1, 0]], [[0, 1], [0]], disclosure.Precision(10, True, False)
    )
    assert rounded.possible((1, 3), 2, known={}) is not None


def test_insiders_take_away_what_they_know() -> None:
    # In one exact table of two, either may have either level, until one of them tells.
    pair = scene([[1, 0, 0, 1, 0]], [[0]], EXACT)
    assert pair.possible((0, 0), 3, known={}) == Counter({(0, 3): 1})
    assert pair.possible((0, 0), 3, known={(0, 3): 1}) is None
    assert pair.is_possible((0, 0), 3, insiders=0)
    assert not pair.is_possible((0, 0), 3, insiders=1)
    three = scene([[1, 0, 0, 2, 0]], [[0]], EXACT)
    assert three.is_possible((0, 0), 3, insiders=1)
    assert not three.is_possible((0, 0), 3, insiders=2)


def test_proposals_are_checked_from_scratch() -> None:
    some = scene([[1, 4, 9, 7, 3]], [[0]], disclosure.precision(24))
    assert some._agrees([])
    assert not some._agrees([(9, (0, 2), 4)])


def test_a_live_query_from_five_pins_at_least_a_tenth() -> None:  # T2, the positive control
    exposure = goals.live_query(goals.population(45, 1), "EG1")
    assert exposure.pinned >= 0.10


def test_one_group_at_one_level_is_laid_open_by_exact_counts_alone() -> None:  # A7
    everybody = [[0, 0, 0, 24, 0]]
    assert scene(everybody, [[0]], EXACT).possible((0, 3), 2, known={}) is None
    rounded = scene(everybody, [[0]], disclosure.precision(24))
    assert rounded.possible((0, 3), 2, known={}) is not None


def test_a_query_between_two_submissions_shows_the_newcomer_and_a_release_does_not() -> None:  # T3
    before = population(60, 5)
    newcomer = submission(1000, 97)
    live = [hist(rows) for rows in (before, [*before, newcomer])]
    assert np.flatnonzero(live[1] - live[0]).tolist() == [97]  # exact counts tell
    # A release is of a closed wave: what arrives later is in none of its inputs.
    assert benchmark.canonical_json(release(before)) == benchmark.canonical_json(release(before))


def test_resubmitting_is_no_oracle() -> None:  # T4
    document = release([submission(n, 20 + 2 * n) for n in range(30)])
    row = figure(document, "type:RG", "index")
    body = benchmark.canonical_json(document)
    seen: dict[float, set[standing.Standing | None]] = {}
    for own in [*range(101)] * 2:
        seen.setdefault(own, set()).add(standing.standing(own, row))
    assert {len(answers) for answers in seen.values()} == {1}
    assert len({next(iter(answers)) for answers in seen.values()}) <= 8  # quarters, near or not
    assert benchmark.canonical_json(document) == body
    # The weaker variant, a release that takes the reader in at once, moves with every answer.
    moving = {
        float(
            hdg1(hist([*(submission(n, 20 + 2 * n) for n in range(30)), submission(99, own)]), 0.5)
        )
        for own in range(0, 101, 10)
    }
    assert len(moving) > 4


@pytest.mark.parametrize("shared", ["owner", "adviser"])
def test_nine_fakes_around_one_victim_make_no_cohort(shared: str) -> None:  # T5
    rows = [submission(n, respondent_type="SB") for n in range(30)]
    victim = submission(100, 88)
    held: dict[str, Any] = {shared: "attacker"}
    fakes = [replace(submission(200 + n), **held) for n in range(9)]
    assert "type:RG" not in published(release([*rows, victim, *fakes]))
    independent = [submission(200 + n) for n in range(9)]
    assert "type:RG" in published(release([*rows, victim, *independent]))


def test_scores_do_not_choose_cohorts() -> None:  # T6
    rows = population(90, 2)
    columns = Submissions.from_rows(rows)
    blank = Submissions.from_rows([replace(row, scores={}, levels={}) for row in rows])
    assert [cohort.id for cohort in benchmark.distanced(columns) if cohort.rows is not None] == [
        cohort.id for cohort in benchmark.distanced(blank) if cohort.rows is not None
    ]


def test_a_guess_gains_little(capsys: pytest.CaptureFixture[str]) -> None:  # T13
    gain = goals.guess_gain(goals.population(200, 1))
    assert -5 < gain <= 10  # reported; the study's alarm stands at ten points


def hist(rows: list[benchmark.Submission]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.bincount([int(row.scores["declared"]["index"] or 0) for row in rows], minlength=101)
