"""How few organisations any combination of published tables can isolate (R6).

A table counts some rows, each the answers of one organisation as one type. Rows that the same
tables count form a group: what is published treats them alike. Adding and subtracting tables,
each as often as one likes, gives every group g a coefficient v_g; the organisations with a
coefficient other than 0 are those the combination is about. The differencing distance is the
least, over all groups, of

    min sum over organisations of max |v| over its rows,  v a combination,  v_g = 1,  |v| <= 1

which is a linear programme (HiGHS). Scale any combination so that its largest coefficient is 1:
were it about fewer organisations than the distance, so would be the programme of that
coefficient's group. Hence a distance of ten proves that no combination is about fewer than ten.

Most groups need no programme. Its dual asks how far the number in g could grow while no table
changes and no other group changes by more than it holds. Four groups whose tables balance,
g + c = a + b, are such a change, and a few of them often prove enough. Otherwise the dual, as a
smaller programme that leaves out the limit on the other coefficients and so errs on the side of
caution, proves most of the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from assessments.domain.disclosure import MIN_ORGANISATIONS, Codes, Rows

TOLERANCE = 1e-6  # of the solver, in organisations and in coefficients
HEAVIEST = 1500  # groups whose pairs are listed for proofs: their number is squared
FIRST = 32  # groups that a proof tries first

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How many organisations each group holds, for one choice of rows.

    `single` counts those with one row, by group; `several` lists the groups of every other
    organisation; `surely` credits each organisation to one of its groups alone.
    """

    single: Counts
    several: tuple[tuple[int, ...], ...]
    surely: Counts
    held: Counts

    def covers(self, other: Weights) -> bool:
        """Say whether what is proven for `other` holds here: every group has as many or more."""
        return bool((self.surely >= other.surely).all())


@dataclass(frozen=True, eq=False)
class Tables:
    """Published tables by the rows they count. `organisation` is that of each row."""

    tables: Sequence[Rows]
    organisation: Codes
    group: Counts = field(init=False)  # of each row; -1 where no table counts it

    def __post_init__(self) -> None:
        # A row's tables, hashed: equal sums of 63 random bits are taken for equal sets.
        marks = np.random.RandomState(0).randint(1, 2**62, size=len(self.tables), dtype=np.int64)
        key = np.zeros(self.organisation.size, dtype=np.int64)
        with np.errstate(over="ignore"):
            for rows, mark in zip(self.tables, marks, strict=True):
                key[rows] += mark
        counted = np.flatnonzero(self._counted())
        _, first, place = np.unique(key[counted], return_index=True, return_inverse=True)
        # Groups are numbered by the tables they are in, not by the hash or the order of rows.
        matrix = np.zeros((len(self.tables), first.size), dtype=np.bool_)
        group = np.full(self.organisation.size, -1, dtype=np.int64)
        group[counted] = place
        for position, rows in enumerate(self.tables):
            matrix[position, group[rows]] = True
        order = np.lexsort(matrix[::-1])[::-1] if first.size else np.empty(0, dtype=np.int64)
        rank = np.empty(first.size, dtype=np.int64)
        rank[order] = np.arange(first.size)
        group[counted] = rank[place]
        object.__setattr__(self, "group", group)
        object.__setattr__(self, "_matrix", matrix[:, order])

    def _counted(self) -> NDArray[np.bool_]:
        counted = np.zeros(self.organisation.size, dtype=np.bool_)
        for rows in self.tables:
            counted[rows] = True
        return counted

    @property
    def incidence(self) -> NDArray[np.bool_]:
        """Which table (first axis) counts which group."""
        matrix: NDArray[np.bool_] = self.__dict__["_matrix"]
        return matrix

    def weights(self, rated: NDArray[np.bool_] | None = None) -> Weights:
        """Return how many organisations each group holds among the rated rows."""
        rows = np.flatnonzero(self.group >= 0 if rated is None else (self.group >= 0) & rated)
        number = self.incidence.shape[1]
        group, organisation = self.group[rows], self.organisation[rows]
        often = np.bincount(organisation, minlength=1)[organisation] > 1
        single = np.bincount(group[~often], minlength=number)
        held, surely = single.copy(), single.copy()
        several: dict[int, set[int]] = {}
        for who, where in zip(organisation[often].tolist(), group[often].tolist(), strict=True):
            several.setdefault(who, set()).add(where)
        listed = tuple(sorted(tuple(sorted(groups)) for groups in several.values()))
        for groups in listed:
            held[list(groups)] += 1
            surely[groups[0]] += 1
        return Weights(single, listed, surely, held)

    def distance(self, rated: NDArray[np.bool_] | None = None) -> float:
        """Return the differencing distance by linear programmes alone (infinite without rows)."""
        weights = self.weights(rated)
        smallest = np.inf
        for group in np.argsort(weights.held, kind="stable").tolist():
            # A group of n organisations is itself at least n of those a combination is about.
            if 0 < weights.held[group] < smallest:
                smallest = min(smallest, self._programme(group, weights)[0])
        return float(smallest)

    def isolating(
        self,
        weights: Weights,
        *,
        least: int = MIN_ORGANISATIONS,
        proven: NDArray[np.bool_] | None = None,
    ) -> tuple[int, ...]:
        """Return the tables of a combination about fewer than `least`; empty if there is none.

        Groups marked in `proven` are passed over, and those found to be safe are marked there.
        """
        proven = np.zeros(weights.held.size, dtype=np.bool_) if proven is None else proven
        proven |= (weights.held == 0) | (weights.held >= least)
        for group in np.flatnonzero(~proven).tolist():
            if not self._balanced(group, weights, least) and not self._dual(group, weights, least):
                distance, tables = self._programme(group, weights)
                if distance < least - TOLERANCE:
                    return tables
            proven[group] = True
        return ()

    # The programme

    def _programme(self, group: int, weights: Weights) -> tuple[float, tuple[int, ...]]:
        """Return the least number of organisations in a combination about a group, and its tables.

        Only tables and groups that are connected with this one matter.
        """
        tables, groups = self._component(group, weights)
        place = {which: column for column, which in enumerate(groups.tolist())}
        units: list[tuple[tuple[int, ...], int]] = [
            ((column,), int(weights.single[g])) for g, column in place.items()
        ]
        units += [
            (tuple(place[g] for g in several if g in place), 1)
            for several in weights.several
            if any(g in place for g in several)
        ]
        coefficient = sparse.csr_matrix(self.incidence[np.ix_(tables, groups)].T.astype(float))
        member = [column for columns, _ in units for column in columns]
        unit = [number for number, (columns, _) in enumerate(units) for _ in columns]
        largest = sparse.csr_matrix(
            (np.ones(len(unit)), (np.arange(len(unit)), unit)), shape=(len(unit), len(units))
        )
        each = coefficient[member]
        found = linprog(
            np.concatenate([np.zeros(tables.size), [count for _, count in units]]),
            A_ub=sparse.vstack(
                [sparse.hstack([each, -largest]), sparse.hstack([-each, -largest])], format="csr"
            ),
            b_ub=np.zeros(2 * len(unit)),
            A_eq=sparse.hstack(
                [coefficient[place[group]], sparse.csr_matrix((1, len(units)))], format="csr"
            ),
            b_eq=[1.0],
            bounds=[(None, None)] * tables.size + [(0, 1)] * len(units),
            method="highs-ds",
        )
        if found.x is None or found.fun is None:
            raise ArithmeticError(f"The distance programme of a group failed: {found.message}")
        used = np.abs(found.x[: tables.size]) > TOLERANCE
        return float(found.fun), tuple(tables[used].tolist())

    def _component(self, group: int, weights: Weights) -> tuple[Counts, Counts]:
        """Return the tables and the filled groups that are linked with a group."""
        filled = weights.held > 0
        groups = np.zeros(filled.size, dtype=np.bool_)
        groups[group] = True
        while True:
            tables = self.incidence[:, groups].any(axis=1)
            reached = (self.incidence[tables].any(axis=0) | groups) & filled
            for several in weights.several:
                if reached[list(several)].any():
                    reached[list(several)] = True
            if (reached == groups).all():
                return np.flatnonzero(tables), np.flatnonzero(groups)
            groups = reached

    # The proofs that a group is safe

    def _dual(self, group: int, weights: Weights, least: int) -> bool:
        """Say whether the dual programme proves that a group is safe."""
        missing = least - int(weights.surely[group])
        others = np.flatnonzero(weights.surely > 0)
        others = others[others != group]
        bounds: list[tuple[float, float]] = [(-n, n) for n in weights.surely[others].tolist()]
        bounds.append((0, missing))
        found = linprog(  # type: ignore[call-overload]  # the stubs know no sparse A_eq alone
            np.append(np.zeros(others.size), -1.0),
            A_eq=sparse.csr_matrix(self.incidence[:, [*others, group]].astype(float)),
            b_eq=np.zeros(len(self.tables)),
            bounds=bounds,
            method="highs-ds",
            options={"presolve": False},  # it takes longer than it saves
        )
        return found.fun is not None and bool(-found.fun >= missing - TOLERANCE)

    @cached_property
    def _marks(self) -> Counts:
        marks = np.random.RandomState(1).randint(1, 2**53, size=len(self.tables), dtype=np.int64)
        return marks @ self.incidence.astype(np.int64)

    @cached_property
    def _differences(self) -> tuple[Counts, Counts, Counts]:
        """Return every difference of two large groups' marks in order, and the pair it is of."""
        rows = np.bincount(self.group[self.group >= 0], minlength=self._marks.size)
        heavy = np.sort(np.argsort(-rows, kind="stable")[:HEAVIEST])
        marks = self._marks[heavy]
        differences = (marks[:, None] - marks[None, :]).ravel()
        order = np.argsort(differences, kind="stable")
        return differences[order], heavy[order // heavy.size], heavy[order % heavy.size]

    def _balanced(self, group: int, weights: Weights, least: int) -> bool:
        """Say whether balanced changes prove that a group is safe."""
        left = weights.surely.copy()
        missing = least - int(left[group])
        left[group] = 0
        change = np.zeros(left.size, dtype=np.int64)
        values, first, second = self._differences
        others = np.flatnonzero(left > 0)
        others = others[np.argsort(-left[others], kind="stable")]
        for at, a in enumerate(others.tolist()):
            if at % FIRST == 0:
                wanted = self._marks[group] - self._marks[others[at : at + FIRST]]
                starts = np.searchsorted(values, wanted, side="left").tolist()
                ends = np.searchsorted(values, wanted, side="right").tolist()
            some = slice(starts[at % FIRST], ends[at % FIRST])
            b, c = first[some], second[some]
            for place in np.flatnonzero(np.minimum(left[b], left[c])).tolist():
                taken, given = int(b[place]), int(c[place])
                step = min(missing, *(int(left[one]) for one in (a, taken, given)))
                if taken == a:
                    step = min(step, int(left[a]) // 2)
                if step <= 0:
                    continue
                for one, by in ((a, -step), (taken, -step), (given, step)):
                    left[one] -= step
                    change[one] += by
                change[group] += step
                missing -= step
                if missing <= 0:
                    return self._unseen(change)
                if left[a] == 0:
                    break
        return False

    def _unseen(self, change: Counts) -> bool:
        """Say whether a change of the groups' numbers leaves every table as it is."""
        return not (self.incidence.astype(np.int64) @ change).any()
