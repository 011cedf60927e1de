from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from assessments.disclosure.cells import observe, protected_cells
from assessments.disclosure.cohorts import Cohort, candidate_cohorts, protected_cohorts, rows_of
from assessments.disclosure.differencing import Tables
from assessments.disclosure.submissions import Submissions
from assessments.disclosure.thresholds import Rows
from tests.assessments.disclosure.markets import (
    figure,
    market,
    population,
    protected,
    release,
    submission,
    without,
)

LARGE = ((45, 1), (70, 2), (200, 3))


def tables(*members: range | list[int], organisation: list[int] | None = None) -> Tables:
    """Return tables over rows 0 and up, each the only row of its organisation unless told."""
    size = 1 + max(max(rows, default=0) for rows in members)
    codes = list(range(size)) if organisation is None else organisation
    rows = [np.array(list(some), dtype=np.int64) for some in members]
    return Tables(rows, np.array(codes, dtype=np.int32))


@pytest.mark.parametrize(
    ("some", "distance"),
    [
        (tables(range(30)), 30),
        (tables(range(30), range(18)), 12),  # the rest of the first table
        (tables(range(30), range(27)), 3),
        (tables(range(30), range(10, 20), range(20, 30)), 10),  # the first ten, by subtraction
        # Two tables differ in eleven organisations on one side and four on the other.
        (tables(range(26), range(11, 30)), 15),
        # Three overlapping tables: A + B - C is about the two that are not in C.
        (tables(range(20), range(18, 40), [*range(18), *range(20, 40)]), 2),
        # An organisation with two rows is one organisation, however many of its rows are meant.
        (tables(range(12), range(12, 24), organisation=[*range(12), *range(12)]), 12),
        (tables([]), np.inf),
    ],
)
def test_distance_by_hand(some: Tables, distance: float) -> None:  # T1
    assert some.distance() == pytest.approx(distance)


def test_only_rated_rows_count() -> None:
    some = tables(range(30), range(18))
    rated = np.ones(30, dtype=np.bool_)
    rated[20:] = False
    assert some.distance(rated) == pytest.approx(2)
    assert some.isolating(some.weights(rated)) == (0, 1)
    assert some.isolating(some.weights()) == ()


@pytest.mark.parametrize("rounds", [6, pytest.param(40, marks=pytest.mark.slow)])
def test_distance_is_the_least_any_small_integer_combination_isolates(rounds: int) -> None:
    """Try every combination with coefficients from -2 to 2 of some random tables."""
    random = np.random.RandomState(4)
    times = np.array(list(product(range(-2, 3), repeat=4)))
    seen = set()
    for _ in range(rounds):
        rows = [np.flatnonzero(random.rand(24) < share) for share in (0.9, 0.6, 0.5, 0.4)]
        some = Tables(rows, np.arange(24, dtype=np.int32))
        member = np.stack([np.isin(np.arange(24), part) for part in rows]).astype(int)
        about = np.count_nonzero(times @ member, axis=1)
        fewest = int(about[about > 0].min())
        assert some.distance() <= fewest + 1e-6
        seen.add(round(some.distance(), 3) == fewest)
    assert True in seen  # the bound is met, not merely kept


def test_a_proof_serves_only_where_no_organisation_lacks_a_row() -> None:
    """The first organisation has a row in the second table, too, and there makes up the ten."""
    some = tables(range(12), range(12, 22), organisation=[*range(12), 0, *range(20, 29)])
    rated = np.ones(22, dtype=np.bool_)
    proven = some.weights(rated)
    assert some.isolating(proven) == ()
    rated[12] = False
    fewer = some.weights(rated)
    assert fewer.held.tolist() == [12, 9]
    assert not fewer.covers(proven)
    assert some.isolating(fewer) == (1,)
    assert proven.covers(proven)


def test_rows_of_one_cohort_key_are_one_group() -> None:
    columns = Submissions.from_rows(population(150, 4))
    rows = candidates(columns)
    apart = Tables(rows, columns.organisation)
    together = Tables(rows, columns.organisation, columns.cohort_key)
    assert (apart.group == together.group).all()
    assert (apart.incidence == together.incidence).all()


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))]
)
def test_the_short_cuts_agree_with_the_programme(seed: int) -> None:
    """Whatever balanced changes or the dual call safe, the programme finds at ten or more."""
    columns = Submissions.from_rows(population(45 + 30 * seed, seed))
    some = Tables(candidates(columns), columns.organisation)
    weights = some.weights()
    proofs = 0
    for group in np.flatnonzero(weights.held > 0).tolist():
        if some._balanced(group, weights, 10) or some._dual(group, weights, 10):
            proofs += 1
            assert some._programme(group, weights)[0] >= 10 - 1e-6
    assert proofs > 0


@pytest.mark.parametrize(
    ("number", "seed"),
    [(45, 4), *(pytest.param(*large, marks=pytest.mark.slow) for large in LARGE)],
)
def test_a_release_isolates_nobody(number: int, seed: int) -> None:  # T1, G5
    columns, kept = market(number, seed), protected(number, seed)
    rows = [rows_of(cohort) for cohort in kept]
    assert Tables(rows, columns.organisation).distance() >= 10 - 1e-6
    cells = protected_cells(columns, observe(columns, kept))
    published: dict[tuple[str, str], list[Rows]] = defaultdict(list)
    for cell in cells:
        if cell.measure in ("index", "EG", "EG1"):
            published[cell.measure, cell.view].append(cell.rows)
    for (measure, view), rows in published.items():
        some = Tables(rows, columns.organisation)
        assert some.distance(columns.rated(view, measure)) >= 10 - 1e-6


def test_one_cohort_more_is_noticed() -> None:  # T1, the mutation
    columns, kept = market(45, 4), protected(45, 4)
    ten = rows_of(next(cohort for cohort in kept if cohort.id == "all"))[3:]
    rows = [rows_of(cohort) for cohort in kept]
    assert (
        Tables(rows, columns.organisation).isolating(Tables(rows, columns.organisation).weights())
        == ()
    )
    more = Tables([*rows, ten], columns.organisation)
    assert more.isolating(more.weights()) != ()
    assert more.distance() <= 3


def test_without_the_test_a_release_of_cohorts_of_ten_isolates_few() -> None:
    """What R6 stops: subtract published cohorts, all of ten organisations or more."""
    columns = market(45, 4)
    assert Tables(candidates(columns), columns.organisation).distance() == pytest.approx(8.5)


def test_the_lowest_in_a_violating_combination_is_pooled() -> None:
    # Both markets of the registries are fine, and so is the market as a whole; but all in the
    # voluntary market less the voluntary registries are three programmes.
    rows = [submission(n, market="voluntary" if n < 15 else "both") for n in range(30)]
    rows += [
        submission(n, respondent_type="SB", market="voluntary" if n < 33 else "both")
        for n in range(30, 60)
    ]
    cohorts = {cohort.id: cohort for cohort in protected_cohorts(Submissions.from_rows(rows))}
    assert cohorts["market:voluntary"].rows is not None
    assert cohorts["type:RG"].rows is not None
    assert cohorts["type:RG+market:voluntary"].rows is None
    assert cohorts["type:RG+market:both"].rows is None
    assert cohorts["type:RG+market:other"].rows is None


def test_a_measure_of_few_is_withheld_where_a_difference_would_show_it() -> None:
    # Two types, and the market cut across them.
    rows = [
        submission(
            n,
            respondent_type="RG" if n < 40 else "SB",
            market="voluntary" if n % 2 else "both",
        )
        for n in range(80)
    ]
    # Of the programmes in the voluntary market only four are rated in EG.
    rows = [
        without(row, "EG") if n >= 49 and row.market == "voluntary" else row
        for n, row in enumerate(rows)
    ]
    document = release(rows)
    assert figure(document, "market:voluntary", "TI")["conf_status"] == "F"
    assert figure(document, "type:RG+market:voluntary", "TI")["conf_status"] == "F"
    assert figure(document, "market:voluntary", "EG")["conf_status"] == "F"
    assert figure(document, "type:RG+market:voluntary", "EG")["conf_status"] == "C"


def test_the_order_of_rows_changes_nothing() -> None:
    rows = population(45, 4)
    shuffled = [rows[i] for i in np.random.RandomState(1).permutation(len(rows))]
    one, other = (
        [cohort.id for cohort in protected_cohorts(Submissions.from_rows(some)) if rows_in(cohort)]
        for some in (rows, shuffled)
    )
    assert one == other
    assert one != [
        cohort.id for cohort in candidate_cohorts(Submissions.from_rows(rows)) if rows_in(cohort)
    ]


def test_second_roles_count_as_one_organisation() -> None:
    rows = [submission(n) for n in range(12)]
    rows += [replace(row, respondent_type="SB", main_role=False) for row in rows]
    columns = Submissions.from_rows(rows)
    some = Tables([np.arange(12), np.arange(12, 24)], columns.organisation)
    assert some.distance() == pytest.approx(12)


def rows_in(cohort: Cohort) -> bool:
    return cohort.rows is not None


def candidates(columns: Submissions) -> list[Rows]:
    return [cohort.rows for cohort in candidate_cohorts(columns) if cohort.rows is not None]
