"""How few organisations any combination of published tables can isolate (R6).

A table counts some rows, each the answers of one organisation as one type. Rows that the same
tables count form a group: what is published treats them the same. Adding and subtracting tables,
each as often as one likes, gives every group g a coefficient v_g; the organisations with a
coefficient other than 0 are those the combination is about. The differencing distance is the
least, over all groups, of

    min sum over organisations of max |v| over its rows,  v a combination,  v_g = 1,  |v| <= 1

which is a linear programme (HiGHS). Scale any combination so that its largest coefficient is 1:
were it about fewer organisations than the distance, so would be the programme of that
coefficient's group. Hence a distance of ten proves that no combination is about fewer than ten.

Most groups need no programme. Its dual asks how far the number in g could grow while no table
changes and no other group changes by more than it holds. Four groups whose tables balance,
g + c = a + b, are such a change, and a few of them often prove enough; a change once found serves
for other choices of rows, too. Otherwise the dual, as a smaller programme that leaves out the limit
on the other coefficients and so errs on the side of caution, proves most of the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from assessments.disclosure.thresholds import MIN_ORGANISATIONS, Codes, Rows

TOLERANCE = 1e-6  # of the solver, in organisations and in coefficients
HEAVIEST = 800  # groups whose pairs are listed for proofs: their number is squared
FIRST = 32  # groups that a proof tries first
SPARE = 3  # organisations more than a proof needs, so that it holds where fewer are rated

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """How many organisations each group holds, for one choice of rows.

    `single` counts those with one row, by group; `several` lists the groups of every other
    organisation; `held` counts all of them, by group.
    """

    single: Counts
    several: tuple[tuple[int, ...], ...]
    held: Counts

    def covers(self, other: Weights) -> bool:
        """Say whether what is proven for `other` holds here: no organisation lacks a row of it."""
        missing = Counter(other.several) - Counter(self.several)
        return not missing and bool((self.single >= other.single).all())

    def around(self, group: int) -> Counts:
        """Return how many each other group surely holds, without those with a row in this one.

        Every organisation is credited to one group alone: of its groups the one that holds the
        fewest, where it proves the most.
        """
        left = self.single.copy()
        for groups in self.several:
            if group not in groups:
                left[min(groups, key=self.held.__getitem__)] += 1
        left[group] = 0
        return left


@dataclass(frozen=True, eq=False)
class Tables:
    """Published tables by the rows they count. `organisation` is that of each row.

    Rows of one `cohort_key` are in the same tables; without it each row stands for itself.
    """

    tables: Sequence[Rows]
    organisation: Codes
    cohort_key: Codes | None = None
    group: Codes = field(init=False)  # of each row; -1 where no table counts it
    incidence: NDArray[np.bool_] = field(init=False)  # which table (first axis) counts which group

    def __post_init__(self) -> None:
        size = self.organisation.size
        cohort_key = np.arange(size) if self.cohort_key is None else self.cohort_key
        member = np.zeros((len(self.tables), int(cohort_key.max(initial=-1)) + 1), dtype=np.bool_)
        for position, rows in enumerate(self.tables):
            member[position, cohort_key[rows]] = True
        counted = np.flatnonzero(member.any(axis=0))
        # Groups are numbered by the tables they are in, those of the first tables first.
        packed = np.ascontiguousarray(np.packbits(~member[:, counted], axis=0).T)
        key = packed.view(f"V{packed.shape[1] or 1}").ravel()
        _, first, place = np.unique(key, return_index=True, return_inverse=True)
        group = np.full(member.shape[1], -1, dtype=np.int32)
        group[counted] = place
        object.__setattr__(self, "group", group[cohort_key])
        object.__setattr__(self, "incidence", member[:, counted[first]])

    @cached_property
    def _single(self) -> Codes:
        """The group of each row that is the only one of its organisation; else one too many."""
        counted = self.group >= 0
        most = int(self.organisation.max(initial=-1))
        alone = np.bincount(self.organisation[counted], minlength=most + 1) == 1
        several = np.int32(self.incidence.shape[1])
        return np.where(counted & alone[self.organisation], self.group, several)

    @cached_property
    def _shared(self) -> Rows:
        """The rows of organisations with several of them."""
        return np.flatnonzero((self.group >= 0) & (self._single == self.incidence.shape[1]))

    def weights(self, rated: NDArray[np.bool_] | None = None) -> Weights:
        """Return how many organisations each group holds among the rated rows."""
        number = self.incidence.shape[1]
        alone = self._single if rated is None else self._single[rated]
        held = np.bincount(alone, minlength=number + 1)[:number]
        rows = self._shared if rated is None else self._shared[rated[self._shared]]
        groups_of: dict[int, list[int]] = {}
        for who, where in zip(
            self.organisation[rows].tolist(), self.group[rows].tolist(), strict=True
        ):
            groups_of.setdefault(who, []).append(where)
        several: list[tuple[int, ...]] = []
        for groups in groups_of.values():
            if len(groups) == 1:
                held[groups] += 1
            else:
                several.append(tuple(sorted(set(groups))))
        single = held.copy()
        for listed in several:
            held[list(listed)] += 1
        return Weights(single, tuple(sorted(several)), held)

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
        missing = least - int(weights.held[group])
        left = weights.around(group)
        others = np.flatnonzero(left > 0)
        bounds: list[tuple[float, float]] = [(-n, n) for n in left[others].tolist()]
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
    def _differences(self) -> tuple[Counts, Counts, Counts, Counts]:
        """Return the differences of two large groups' marks, where each starts, and the pairs."""
        rows = np.bincount(self.group[self.group >= 0], minlength=self._marks.size)
        heavy = np.sort(np.argsort(-rows, kind="stable")[:HEAVIEST])
        marks = self._marks[heavy]
        differences = (marks[:, None] - marks[None, :]).ravel()
        order = np.argsort(differences, kind="stable")
        values, starts = np.unique(differences[order], return_index=True)
        starts = np.append(starts, order.size)
        return values, starts, heavy[order // heavy.size], heavy[order % heavy.size]

    @cached_property
    def _changes(self) -> dict[int, list[tuple[Counts, Counts, int]]]:
        """Balanced changes found so far, by the group that grows: whose, by how much, its gain."""
        return defaultdict(list)

    def _balanced(self, group: int, weights: Weights, least: int) -> bool:
        """Say whether balanced changes prove that a group is safe."""
        missing = least - int(weights.held[group])
        left = weights.around(group)
        for groups, by, gain in self._changes[group]:
            if gain >= missing and (by <= left[groups]).all():
                return True
        change = self._found_change(group, left, min(least, missing + SPARE))
        gain = int(change[group])
        if gain < missing or not self._unseen(change):
            return False
        change[group] = 0
        groups = np.flatnonzero(change)
        self._changes[group].append((groups, np.abs(change[groups]), gain))
        return True

    def _found_change(self, group: int, left: Counts, wanted: int) -> Counts:
        """Return a balanced change in which a group grows by as much as is wanted, or can be had.

        `left` is by how much every other group may change, and is used up.
        """
        change = np.zeros(left.size, dtype=np.int64)
        others = np.flatnonzero(left > 0)
        others = others[np.argsort(-left[others], kind="stable")]
        for start in range(0, others.size, FIRST):
            for a, b, c in self._fours(group, others[start : start + FIRST], left):
                # g + c = a + b, and b may be a itself.
                step = min(wanted, *(int(left[one]) for one in (a, b, c)))
                if a == b:
                    step = min(step, int(left[a]) // 2)
                if step <= 0:
                    continue
                for one, by in ((a, -step), (b, -step), (c, step), (group, step)):
                    change[one] += by
                    left[one] -= step
                wanted -= step
                if wanted <= 0:
                    return change
        return change

    def _fours(self, group: int, some: Counts, left: Counts) -> Iterable[tuple[int, int, int]]:
        """Return what balances a group with each of some others: g + c = a + b, none used up."""
        values, starts, first, second = self._differences
        wanted = self._marks[group] - self._marks[some]
        run = np.minimum(np.searchsorted(values, wanted), values.size - 1)
        start, number = starts[run], (starts[run + 1] - starts[run]) * (values[run] == wanted)
        a = np.repeat(some, number)
        place = np.arange(a.size) + np.repeat(start - np.cumsum(number) + number, number)
        b, c = first[place], second[place]
        usable = (left[b] > 0) & (left[c] > 0)
        return zip(a[usable].tolist(), b[usable].tolist(), c[usable].tolist(), strict=True)

    def _unseen(self, change: Counts) -> bool:
        """Say whether a change of the groups' numbers leaves every table as it is."""
        moved = np.flatnonzero(change)
        return not (self.incidence[:, moved].astype(np.int64) @ change[moved]).any()
