"""The reconstructions of the study, each against what we publish and against a weaker variant."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assessments.core import rounding
from assessments.core.documents import canonical_json
from assessments.disclosure import peers, reconstruction, thresholds
from assessments.disclosure.codes import MEASURES, TYPES
from assessments.disclosure.cohorts import protected_cohorts
from assessments.disclosure.differencing import Tables
from assessments.disclosure.quantiles import QUARTILES, hdg1
from assessments.disclosure.reconstruction import EXACT, Scene, Table
from assessments.disclosure.submissions import Submission, Submissions
from assessments.evaluation import goals
from tests.assessments.disclosure.markets import (
    entry,
    figure,
    population,
    published,
    release,
    submission,
)


def table(levels: list[int], precision: thresholds.Precision = EXACT) -> Table:
    points = np.zeros(101, dtype=np.int64)
    points[::25] = levels
    return Table(points, np.array(levels), precision)


PLAIN = [(level, 25 * level) for level in range(5)]


def scene(
    groups: list[list[int]], tables: list[list[int]], precision: thresholds.Precision
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
    moved = reconstruction._moved(points, q)
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
        [[0, 5, 6, 0, 0], [0, 0, 0, 1, 0]], [[0, 1], [0]], thresholds.Precision(10, True, False)
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
    some = scene([[1, 4, 9, 7, 3]], [[0]], thresholds.precision(24))
    assert some._agrees([])
    assert not some._agrees([(9, (0, 2), 4)])


def test_a_live_query_from_five_pins_at_least_a_tenth() -> None:  # T2, the positive control
    exposure = goals.live_query(goals.population(45, 1), "EG1")
    assert exposure.pinned >= 0.10


def test_one_group_at_one_level_is_laid_open_by_exact_counts_alone() -> None:  # A7
    everybody = [[0, 0, 0, 24, 0]]
    assert scene(everybody, [[0]], EXACT).possible((0, 3), 2, known={}) is None
    rounded = scene(everybody, [[0]], thresholds.precision(24))
    assert rounded.possible((0, 3), 2, known={}) is not None


SPREAD = [submission(n, 20 + 2 * n) for n in range(30)]


def fitting(publish: Callable[[Submission], object]) -> list[int]:
    """Return how many levels of a newcomer fit what is read, by its level.

    For somebody who knows everybody else.
    """
    reads = [publish(submission(1000, 25 * level)) for level in range(5)]
    return [reads.count(read) for read in reads]


def test_reads_around_an_arrival_show_the_newcomer_unless_the_wave_is_sealed() -> None:  # T3, A3
    def live(newcomer: Submission) -> object:
        rows = [*SPREAD, newcomer]
        return np.bincount(Submissions.from_rows(rows).levels["declared"][0]).tolist()

    def rolling(newcomer: Submission) -> object:
        return canonical_json(release([*SPREAD, newcomer]))

    columns = Submissions.from_rows(SPREAD)

    def sealed(newcomer: Submission) -> object:
        release([*SPREAD, newcomer])  # that of the next wave, for which the newcomer counts
        return canonical_json(release(columns))

    assert fitting(live) == [1] * 5  # exact counts pin
    assert min(fitting(rolling)) <= 2  # rounding alone narrows
    assert fitting(sealed) == [5] * 5


def test_a_thousand_resubmissions_are_no_oracle() -> None:  # T4, A5
    document = release(SPREAD)
    row = figure(document, "all", "index")
    body = canonical_json(document)
    lookup = [peers.place_of(points, row) for points in range(101)]
    answers = set()
    for own in np.random.RandomState(4).uniform(0, 100, 1000).tolist():
        answer = peers.place_of(own, row)
        assert answer == lookup[rounding.whole(own)]
        answers.add(answer)
    assert len(answers) <= 8  # quarters, near an edge or not
    assert canonical_json(document) == body
    # The weaker variant, which takes the reader in at once, moves with nearly every answer.
    moving = hdg1(hist(SPREAD) + np.eye(101, dtype=np.int64), QUARTILES).round(3)
    assert len(np.unique(moving, axis=0)) > 50


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
    rows = population(45, 4)
    columns = Submissions.from_rows(rows)
    blank = Submissions.from_rows([replace(row, scores={}, levels={}) for row in rows])
    assert [cohort.id for cohort in protected_cohorts(columns) if cohort.rows is not None] == [
        cohort.id for cohort in protected_cohorts(blank) if cohort.rows is not None
    ]


def test_refusals_give_no_reason() -> None:  # T7, A10
    # Voluntary programmes are three; the registries of both markets go with them (R6); nobody is
    # in the compliance market.
    rows = [submission(n, market="voluntary" if n < 15 else "both") for n in range(30)]
    rows += [
        submission(n, respondent_type="SB", market="voluntary" if n < 33 else "both")
        for n in range(30, 60)
    ]
    document = release(rows)
    refused = {"type:RG+market:voluntary": 15, "type:SB+market:voluntary": 3}
    refused |= {"type:SB+market:compliance": 0}
    shown = []
    for cohort in refused:
        found = entry(document, cohort)
        shown.append({**found, "id": "", "parent": "", "parts": "", "covers": ""})
        assert not [row for row in document["observations"] if row["cohort"] == cohort]
    assert shown[0]["status"] == "withheld"
    assert shown[0] == shown[1] == shown[2]
    # The weaker variant, which also says how many there are, even rounded, tells them apart.
    assert len({thresholds.rounded_count(n) for n in refused.values()}) == 3


def test_what_a_split_leaves_over_is_nobody() -> None:  # T9, A2
    types = ["RG"] * 12 + ["SB"] * 11 + ["VB"] * 5 + ["PD"] * 3
    rows = [submission(n, respondent_type=code) for n, code in enumerate(types)]
    columns = Submissions.from_rows(rows)
    kept = {c.id: c.rows for c in protected_cohorts(columns) if c.rows is not None}
    parts = np.concatenate([some for key, some in kept.items() if key.startswith("type:")])
    assert sorted(parts.tolist()) == sorted(kept["all"].tolist())
    assert Tables(list(kept.values()), columns.organisation).distance() >= 10
    # The weaker variant drops the small types and keeps the rest: eight are left by subtraction.
    large = [columns.respondent_type == TYPES.index(code) for code in ("RG", "SB")]
    naive = [kept["all"], *(np.flatnonzero(some) for some in large)]
    assert Tables(naive, columns.organisation).distance() == pytest.approx(8)


def test_a_guess_gains_little() -> None:  # T13, G7
    market = goals.population(60, 1)
    assert 0 < goals.guess_gain(market) <= 6
    # The weaker variant publishes every combination of filters, however few are in it.
    level = Submissions.from_rows(market).levels["declared"][MEASURES.index("EG1")]
    cells: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, own in zip(market, level.tolist(), strict=True):
        cells[tuple(getattr(row, name) for name in goals.FILTERS)].append(own)
    right = sum(max(Counter(some).values()) for some in cells.values())
    assert 100 * (right - np.bincount(level).max()) / len(market) > 10


def hist(
    rows: list[Submission],
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.bincount([int(row.scores["declared"]["index"] or 0) for row in rows], minlength=101)
