"""Cells: the exact counts of one cohort, measure and view, and which of them may be published.

`observe` counts and applies R4 to each measure, `protected_cells` applies R6, and
`publishable_cells` does both on the protected cohorts. Exact counts leave this package only
rounded, by `observations`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from assessments.disclosure import thresholds
from assessments.disclosure.codes import (
    INCOME_GROUPS,
    LEVELS,
    MEASURES,
    MINIMUM_STANDARDS,
    POINTS,
    VIEWS,
)
from assessments.disclosure.cohorts import Cohort, protected_cohorts, rows_of
from assessments.disclosure.differencing import Tables, Weights
from assessments.disclosure.quantiles import Counts
from assessments.disclosure.submissions import Bytes, Submissions
from assessments.disclosure.thresholds import Codes, Concentration, Precision, Rows

CellKey = tuple[str, str, str]  # cohort, measure, view


@dataclass(frozen=True, slots=True)
class Cell:
    """The exact counts of one cohort, measure and view. Never leaves this module unrounded."""

    cohort: Cohort
    measure: str
    view: str
    n: int
    points: Counts
    levels: Counts
    coarsening: int = 0  # its level of COARSENING_LEVELS, set by the release audit

    @property
    def precision(self) -> Precision:
        """What R7 allows at this size, at its coarsening level."""
        return thresholds.precision(self.n).coarsened(self.coarsening)

    @property
    def rows(self) -> Rows:
        """The rows of the cohort, rated in the measure or not."""
        return rows_of(self.cohort)

    @property
    def key(self) -> CellKey:
        return self.cohort.id, self.measure, self.view


def protected_cells(submissions: Submissions, cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells so that R6 holds for the organisations rated in each measure, too.

    The lowest cell in a violating combination is withheld, with the smallest other part of its
    split, because one part alone is what the others leave of the parent; and so are its parts.
    """
    by_measure: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        by_measure[cell.measure, cell.view].append(cell)
    systems: dict[tuple[str, ...], tuple[Tables, list[tuple[Weights, NDArray[np.bool_]]]]] = {}
    withheld: set[CellKey] = set()
    for (measure, view), opened in by_measure.items():
        rated = submissions.rated(view, measure)
        while opened:
            ids = tuple(cell.cohort.id for cell in opened)
            if ids not in systems:
                rows = [cell.rows for cell in opened]
                systems[ids] = (Tables(rows, submissions.organisation, submissions.cohort_key), [])
            tables, checked = systems[ids]
            weights = tables.weights(rated)
            proven = np.zeros(weights.held.size, dtype=np.bool_)
            for earlier, safe in checked:
                if weights.covers(earlier):
                    proven |= safe
            combination = tables.isolating(weights, proven=proven)
            checked.append((weights, proven))
            if not combination:
                break
            gone = _with_parts(opened, opened[max(combination)])
            withheld |= {(key, measure, view) for key in gone}
            opened = [cell for cell in opened if cell.cohort.id not in gone]
    return [cell for cell in cells if (cell.cohort.id, cell.measure, cell.view) not in withheld]


def _with_parts(opened: Sequence[Cell], lowest: Cell) -> set[str]:
    """Return the ids of a cell's cohort, the smallest other part of its split, and their parts."""
    cohort = lowest.cohort
    others = [
        cell
        for cell in opened
        if cell is not lowest
        and (cell.cohort.kind, cell.cohort.parent) == (cohort.kind, cohort.parent)
    ]
    gone = {cohort.id}
    if others:
        gone.add(min(reversed(others), key=lambda cell: cell.n).cohort.id)
    return gone | {cell.cohort.id for cell in opened if cell.cohort.parent in gone}


def observe(submissions: Submissions, cohorts: Sequence[Cohort]) -> list[Cell]:
    """Return the cells that may be published, in the order of cohorts, measures and views.

    A measure of a cohort has its own n and must meet R4 itself; where a part of a split does not,
    `thresholds.complementary_suppression` decides what else is withheld, and what is withheld in
    a cohort is withheld in its parts.
    """
    published = [cohort for cohort in cohorts if cohort.rows is not None]
    concentration = cache(lambda place: submissions.concentration(rows_of(published[place])))
    splits: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for position, cohort in enumerate(published):
        splits[cohort.kind, cohort.parent].append(position)
    layers = _layers(submissions, published)
    cells: list[tuple[tuple[int, int, int], Cell]] = []
    for measure_place, measure in enumerate((*MEASURES, MINIMUM_STANDARDS)):
        for view_place, view in enumerate(VIEWS):
            rated = submissions.rated(view, measure)
            if not rated.any():
                continue
            taking = {i for i, cohort in enumerate(published) if measure in cohort.measures}
            tables: dict[int, tuple[Counts, Counts]] = {}
            for layer in layers:
                if not taking.isdisjoint(layer.cohorts):
                    tables |= layer.tables(*_columns(submissions, view, measure))
            sizes = {i: int(tables[i][0].sum()) for i in sorted(taking)}
            for i in _open(submissions, published, concentration, splits, sizes, rated):
                cell = Cell(published[i], measure, view, sizes[i], *tables[i])
                cells.append(((i, measure_place, view_place), cell))
    return [cell for _, cell in sorted(cells, key=lambda pair: pair[0])]


@dataclass(frozen=True, eq=False, slots=True)
class Layer:
    """Rows by a code, and cohorts that are unions of codes: who counts by code, counts for all."""

    codes: Codes
    cohorts: Sequence[int]
    member: sparse.csr_array  # which cohort (first axis) has which code

    def tables(
        self, scores: Bytes, high: int, levels: Bytes | None
    ) -> dict[int, tuple[Counts, Counts]]:
        """Return the counts by point and by level of each cohort, without those out of range."""
        points = self._counted(scores, high)
        by_level = points.sum(axis=1, keepdims=True)
        if levels is not None:
            by_level = self._counted(levels, LEVELS)
        return {place: (points[i], by_level[i]) for i, place in enumerate(self.cohorts)}

    def _counted(self, values: Bytes, span: int) -> Counts:
        size = self.member.shape[1]
        code = self.codes * np.int32(span + 1) + np.minimum(values, np.uint8(span))
        counts = np.bincount(code, minlength=size * (span + 1)).reshape(size, span + 1)[:, :span]
        return np.asarray(self.member @ counts)


def _layers(submissions: Submissions, published: Sequence[Cohort]) -> list[Layer]:
    """Return the layers of cohorts: those by income group, and all others."""
    incomes = len(INCOME_GROUPS)
    by_income = submissions.main_role * np.int32(incomes) + submissions.income_group
    layers = []
    for codes, of_income in ((submissions.cohort_key // incomes, False), (by_income, True)):
        cohorts = [i for i, one in enumerate(published) if (one.kind == "income") is of_income]
        member = np.zeros((len(cohorts), int(codes.max(initial=-1)) + 1), dtype=np.int64)
        for local, place in enumerate(cohorts):
            member[local, codes[rows_of(published[place])]] = 1
        layers.append(Layer(codes.astype(np.int32), cohorts, sparse.csr_array(member)))
    return layers


def _columns(submissions: Submissions, view: str, measure: str) -> tuple[Bytes, int, Bytes | None]:
    """Return the scores of a measure, how many there can be, and the levels if it has them."""
    if measure == MINIMUM_STANDARDS:
        return submissions.minimum_standards_met[view], 2, None
    row = MEASURES.index(measure)
    return submissions.scores[view][row], POINTS, submissions.levels[view][row]


def _open(
    submissions: Submissions,
    published: Sequence[Cohort],
    concentration: Callable[[int], Concentration],
    splits: Mapping[tuple[str, str | None], list[int]],
    sizes: Mapping[int, int],
    rated: NDArray[np.bool_],
) -> set[int]:
    """Return the cohorts in which one measure and view is published."""
    position_of = {cohort.id: i for i, cohort in enumerate(published)}
    opened: set[int] = set()
    for (_, parent_id), members in splits.items():
        parts = [i for i in members if i in sizes]
        parent = None if parent_id is None else position_of.get(parent_id)
        if parent is not None and parent in sizes and parent not in opened:
            continue
        failing = {
            i
            for i in parts
            if not _meets_minimum(
                submissions, published[i], partial(concentration, i), sizes[i], rated
            )
        }
        if parent is not None and parent in sizes:
            counted = rated & submissions.main_role if published[parent].mixed_types else rated
            failing = thresholds.complementary_suppression(
                {i: sizes[i] for i in parts},
                failing,
                residual_publishable=partial(_together, submissions, published, counted),
            )
        opened.update(set(parts) - failing)
    return opened


def _together(
    submissions: Submissions,
    published: Sequence[Cohort],
    counted: NDArray[np.bool_],
    some: set[int],
) -> bool:
    """Say whether some cohorts together meet R4, or hold nothing at all."""
    rows = np.concatenate([rows_of(published[i]) for i in sorted(some)])
    left = rows[counted[rows]]
    return not left.size or submissions.publishable(left)


def _meets_minimum(
    submissions: Submissions,
    cohort: Cohort,
    concentration: Callable[[], Concentration],
    n: int,
    rated: NDArray[np.bool_],
) -> bool:
    if n < thresholds.MIN_ORGANISATIONS:
        return False
    if submissions.everyone.any_part_publishable(n) or concentration().any_part_publishable(n):
        return True
    rows = rows_of(cohort)
    return submissions.publishable(rows[rated[rows]])


def publishable_cells(submissions: Submissions) -> tuple[list[Cohort], list[Cell]]:
    """Return the catalogue and the cells that may be published as far as membership tells."""
    cohorts = protected_cohorts(submissions)
    return cohorts, protected_cells(submissions, observe(submissions, cohorts))


def fingerprint(cells: Sequence[Cell]) -> str:
    """Return a hash of exact counts, by which an audit and a release know they are of the same."""
    digest = hashlib.sha256()
    for cell in cells:
        digest.update("|".join(cell.key).encode())
        digest.update(cell.points.astype("<i8").tobytes() + cell.levels.astype("<i8").tobytes())
    return digest.hexdigest()
