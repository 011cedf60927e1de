"""Reconstruction: what can be found out about one organisation from what is published (R10).

The attacker knows which organisations each table counts, exactly how many, everything published,
and the answers of some insiders. A level is possible for an organisation if the records of the
organisations could be otherwise, with that level for it, and everything published the same. A
greedy repair, and where it finds nothing CP-SAT, proposes such changes with as few others involved
as it can. What they propose is then computed from scratch, so a level is called possible only on
the evidence of a whole data set. Where the published figures are exact counts, finding none is a
proof that there is none.

Records are drawn from those some organisation has, and the plain ones (all answers the same). That
gives the attacker more than the release does: nobody publishes which records occur.

OR-Tools is imported only here, inside the function that uses it: it is slow to import, an extra,
and never runs in a web process.

Over 400 lines: one model of the attacker, whose parts share the same tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assessments.disclosure import thresholds
from assessments.disclosure.codes import LEVELS, POINTS
from assessments.disclosure.quantiles import DECILES, QUARTILES, beta_at, hdg1
from assessments.disclosure.thresholds import Precision

Counts = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Kind = tuple[int, int]  # a record: level and points
Member = tuple[int, int]  # a group and the place of a kind: nobody can tell them apart

EFFORT = 0.5  # of the solver for one question, in its deterministic seconds
PALETTE = 3  # kinds per level that others may change to
REPAIRS = 5  # others that a greedy repair changes at most
TARGETS = 6  # kinds of the wanted level that it tries
BRANCHES = 4  # first repairs that it tries for each
MOVES = 3000  # changes of others that it chooses from
SCALE = 10_000  # CP-SAT counts in whole numbers
MARGIN = 1e-4  # in points: changes add up only nearly, and the check afterwards is exact
EXACT = Precision(step=0, levels=True, deciles=False, count_step=1)


@dataclass(frozen=True, eq=False)
class Table:
    """The exact counts behind one published figure, and how precisely it is published.

    A precision of EXACT publishes the counts by level as they are, and nothing else.
    """

    points: Counts
    levels: Counts
    precision: Precision

    @property
    def size(self) -> int:
        return int(self.levels.sum())

    @property
    def quantiles(self) -> tuple[float, ...]:
        if not self.precision.step:
            return ()
        return QUARTILES + DECILES if self.precision.deciles else QUARTILES

    @property
    def steps(self) -> Counts:
        steps = [self.precision.step] * len(QUARTILES)
        if self.precision.deciles:
            steps += [thresholds.DECILE_STEP] * len(DECILES)
        return np.array(steps[: len(self.quantiles)], dtype=np.int64)

    def published(self, points: Counts, levels: Counts) -> tuple[Any, ...]:
        """Return what would be published of some counts."""
        shown: list[Any] = []
        if self.precision.levels:
            shown.append(thresholds.rounded_count(levels, self.precision.count_step).tolist())
        if self.quantiles:
            values = hdg1(points, self.quantiles)
            shown.append(thresholds.rounded_to(values, self.steps).tolist())
        return tuple(shown)

    def room(self) -> list[tuple[int, int]]:
        """Return by how much each level's count could change unseen, down and up."""
        step = self.precision.count_step
        rounded = thresholds.rounded_count(self.levels, step)
        low = rounded - step // 2 - self.levels
        return [(int(down), int(down) + step - 1) for down in low]

    def give(self) -> list[tuple[float, float]]:
        """Return by how much each quantile could change unseen, down and up."""
        now = hdg1(self.points, self.quantiles)
        shown = thresholds.rounded_to(now, self.steps)
        room = []
        for value, rounded, step in zip(now, shown, self.steps, strict=True):
            low = rounded - step / 2 - value + MARGIN if rounded > 0 else -float(POINTS)
            high = rounded + step / 2 - value - MARGIN if rounded < POINTS - 1 else float(POINTS)
            # Where the figure already lies on its limit, staying is what is allowed.
            room.append((min(float(low), 0.0), max(float(high), 0.0)))
        return room

    def moved(self) -> Floats:
        """Return the quantiles after one record moves, by quantile, from and to."""
        return np.stack([_moved(self.points, q) for q in self.quantiles])

    def unseen(self) -> Bools:
        """Return whether one record could change unseen: from level and points, to both."""
        unseen = np.ones((LEVELS, POINTS, LEVELS, POINTS), dtype=np.bool_)
        if self.precision.levels:
            fits = np.array([[down <= -1, up >= 1] for down, up in self.room()])
            by_level = fits[:, 0][:, None] & fits[:, 1][None, :] | np.eye(LEVELS, dtype=np.bool_)
            unseen &= by_level[:, None, :, None]
        if self.quantiles:
            now = thresholds.rounded_to(hdg1(self.points, self.quantiles), self.steps)
            then = thresholds.rounded_to(self.moved(), self.steps[:, None, None])
            unseen &= (then == now[:, None, None]).all(axis=0)[None, :, None, :]
        return unseen


@lru_cache(maxsize=4096)
def _beta(n: int, q: float) -> tuple[Floats, Floats]:
    """Return the two beta functions of `hdg-1` at every cumulative count of n."""
    cdf, moment = beta_at(np.arange(1, n + 1), np.full(n, n), q)
    return np.concatenate([[0.0], cdf]), np.concatenate([[0.0], moment])


def _moved(points: Counts, q: float) -> Floats:
    """Return the quantile `hdg-1` after one record moves from one value to another.

    The cumulative counts between the two change by one, so each result is a difference of
    running sums. Entries for values nobody has are without meaning.
    """
    n = int(points.sum())
    cdf, moment = _beta(n, q)
    upper = np.cumsum(points)
    lower = upper - points
    value = np.arange(points.size)

    def term(low: Counts, high: Counts) -> Floats:
        low, high = np.clip(low, 0, n), np.clip(high, 0, n)
        share = np.maximum(high - low, 1) / n
        step = cdf[high] - cdf[low]
        part = (value - 0.5) * step + (q * (moment[high] - moment[low]) - low / n * step) / share
        return np.where(high > low, part, 0.0)

    def before(terms: Floats) -> Floats:  # the sum of the terms below each value
        return np.concatenate([[0.0], np.cumsum(terms)])

    still = before(term(lower, upper))
    rest = still[-1] - still[1:]
    down = before(term(lower - 1, upper - 1))
    up = before(term(lower + 1, upper + 1))
    start = still[:-1] + term(lower, upper - 1) - down[1:]  # at the value that loses one
    end = term(lower - 1, upper) + down[:-1] + rest  # at the higher one that gains it
    rises = start[:, None] + end[None, :]
    start = still[:-1] + term(lower, upper + 1) - up[1:]
    end = term(lower + 1, upper) + up[:-1] + rest
    falls = start[None, :] + end[:, None]
    moved = np.where(value[:, None] < value[None, :], rises, falls)
    np.fill_diagonal(moved, still[-1])
    return np.asarray(np.clip(moved, 0.0, points.size - 1))


@dataclass(frozen=True, eq=False)
class Scene:
    """What an attacker faces: tables, the groups they count, and how many of a group are how.

    `member` says which table counts which group, `held` how many of each group have each kind.
    """

    tables: Sequence[Table]
    member: Bools
    kinds: Sequence[Kind]
    held: Counts

    def possible(
        self, who: Member, level: int, *, known: Mapping[Member, int], effort: float = EFFORT
    ) -> Counter[Member] | None:
        """Return which others change in a data set that gives `who` a level; None without one.

        The organisations in `known` are insiders, whose records cannot be otherwise.
        """
        found = self.repaired(who, level, known=known)
        return self._solved(who, level, known, effort) if found is None else found

    def is_possible(
        self,
        who: Member,
        level: int,
        *,
        insiders: int,
        witnesses: Sequence[Counter[Member]] = (),
        effort: float = EFFORT,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Say whether a level stays possible whoever the insiders are.

        Witnesses are sets of others in whose change the level is possible. As long as some
        insiders spoil all of them, a further one without these insiders is asked for.
        """
        found = list(witnesses)
        while True:
            spoiling = self._spoiling(who, found, insiders)
            if spoiling is None:
                return True
            # One that has nobody in common with the others leaves the fewest ways to spoil.
            if found and (apart := self.repaired(who, level, known=_all_of(found))) is not None:
                found.append(apart)
                continue
            another = None if stop() else self.possible(who, level, known=spoiling, effort=effort)
            if another is None:
                return False
            found.append(another)

    def _spoiling(
        self, who: Member, witnesses: Sequence[Counter[Member]], insiders: int
    ) -> Counter[Member] | None:
        """Return insiders that spoil every witness; None if there are none."""
        if not witnesses:
            return Counter()
        others = sorted({member for witness in witnesses for member in witness})
        for some in combinations_with_replacement(others, insiders):
            known = Counter(some)
            if all(
                any(
                    number > self._others(who, member) - known[member]
                    for member, number in witness.items()
                )
                for witness in witnesses
            ):
                return known
        return None

    def _others(self, who: Member, member: Member) -> int:
        return int(self.held[member]) - (member == who)

    # Greedy repair

    def repaired(
        self, who: Member, level: int, *, known: Mapping[Member, int]
    ) -> Counter[Member] | None:
        """Return the others in a change that mends, one by one, what gives the first one away."""
        if not self.tables:
            return Counter()
        low, high = self._windows
        group, kind, to, effect = self._moves
        left = np.array(
            [
                self._others(who, member) - known.get(member, 0)
                for member in zip(group.tolist(), kind.tolist(), strict=True)
            ]
        )
        own = self.kinds[who[1]][1]
        wanted = [place for place, other in enumerate(self.kinds) if other[0] == level]
        wanted.sort(key=lambda place: abs(self.kinds[place][1] - own))
        for branch in range(BRANCHES):
            for target in wanted[:TARGETS]:
                shift = self._effect(who[1], target) * self.member[self._table_of, who[0]]
                moves: list[tuple[int, Member, int]] = [(1, who, target)]
                free = left.copy()
                while (excess := _excess(shift, low, high)).any() and len(moves) <= REPAIRS:
                    rows = np.flatnonzero(free > 0)
                    if not rows.size:
                        break
                    after = _excess(shift[:, None] + effect[:, rows], low[:, None], high[:, None])
                    total = after.sum(axis=0)
                    first = min(branch, rows.size - 1) if len(moves) == 1 else 0
                    best = rows[np.argpartition(total, first)[first]]
                    shift = shift + effect[:, best]
                    moves.append((1, (int(group[best]), int(kind[best])), int(to[best])))
                    free[(group == group[best]) & (kind == kind[best])] -= 1
                if not excess.any():
                    if branch and len(moves) == 1:
                        break  # as before
                    if self._agrees(moves):
                        return Counter(member for _, member, _ in moves[1:])
        return None

    @cached_property
    def _table_of(self) -> Counts:
        """The table of each figure that must stay: counts by level, and quantiles."""
        return np.array(
            [
                place
                for place, table in enumerate(self.tables)
                for _ in range(LEVELS * table.precision.levels + len(table.quantiles))
            ],
            dtype=np.int64,
        )

    @cached_property
    def _windows(self) -> tuple[Floats, Floats]:
        """By how much each figure may change, down and up."""
        low, high = [], []
        for table in self.tables:
            if table.precision.levels:
                for down, up in table.room():
                    low.append(float(down))
                    high.append(float(up))
            for less, more in table.give():
                low.append(less)
                high.append(more)
        return np.array(low), np.array(high)

    @cached_property
    def _moved(self) -> list[Floats]:
        """How one record's move changes the quantiles of each table, by quantile, from and to."""
        points = np.array([kind[1] for kind in self.kinds])
        return [
            table.moved()[:, points[:, None], points[None, :]]
            - hdg1(table.points, table.quantiles)[:, None, None]
            if table.quantiles
            else np.zeros((0, points.size, points.size))
            for table in self.tables
        ]

    def _effect(self, kind: Any, to: Any) -> Floats:
        """Return how changes from one kind to another move each figure, were all tables theirs."""
        levels = np.array([kind[0] for kind in self.kinds])
        every = np.arange(LEVELS)[:, None]
        step = (np.atleast_1d(levels[to]) == every).astype(float)
        step -= np.atleast_1d(levels[kind]) == every
        parts = []
        for table, moved in zip(self.tables, self._moved, strict=True):
            if table.precision.levels:
                parts.append(step)
            parts.append(moved[:, kind, to].reshape(len(table.quantiles), np.size(kind)))
        effect = np.concatenate(parts)
        return effect[:, 0] if np.ndim(kind) == 0 else effect

    @cached_property
    def _moves(self) -> tuple[Counts, Counts, Counts, Floats]:
        """Changes of others to repair with: whose, from and to which kind, and their effects."""
        palette = np.array(self._palette(), dtype=np.int64)
        group, kind = np.nonzero(self.held)
        group, kind = np.repeat(group, palette.size), np.repeat(kind, palette.size)
        to = np.tile(palette, group.size // palette.size)
        chosen = np.flatnonzero(kind != to)
        if chosen.size > MOVES:
            chosen = np.sort(np.random.RandomState(0).choice(chosen, MOVES, replace=False))
        group, kind, to = group[chosen], kind[chosen], to[chosen]
        return group, kind, to, self._effect(kind, to) * self.member[self._table_of][:, group]

    # The solver

    def _solved(
        self, who: Member, level: int, known: Mapping[Member, int], effort: float
    ) -> Counter[Member] | None:
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        palette = self._palette()
        changes: list[tuple[Any, Member, int]] = []  # a variable, whose records, to which kind
        own = []
        for to, (other_level, _) in enumerate(self.kinds):
            if other_level == level:
                variable = model.new_bool_var("")
                own.append(variable)
                changes.append((variable, who, to))
        model.add_exactly_one(own)
        others = []
        for group, kind in zip(*(part.tolist() for part in np.nonzero(self.held)), strict=True):
            left = self._others(who, (group, kind)) - known.get((group, kind), 0)
            if left <= 0:
                continue
            leaving = [model.new_int_var(0, left, "") for to in palette if to != kind]
            model.add(sum(leaving) <= left)
            others += leaving
            targets = [to for to in palette if to != kind]
            changes += [
                (variable, (group, kind), to) for variable, to in zip(leaving, targets, strict=True)
            ]
        for place, table in enumerate(self.tables):
            concerned = [change for change in changes if self.member[place, change[1][0]]]
            if concerned:
                self._keep(model, table, concerned)
        model.minimize(sum(others))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = effort
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        moves = [(solver.value(variable), whose, to) for variable, whose, to in changes]
        if not self._agrees([move for move in moves if move[0]]):
            return None
        involved: Counter[Member] = Counter()
        for number, whose, _ in moves[len(own) :]:
            if number:
                involved[whose] += number
        return involved

    def _palette(self) -> list[int]:
        """Return the kinds that others may change to: all, or a few of each level."""
        chosen = []
        for level in range(LEVELS):
            places = [place for place, kind in enumerate(self.kinds) if kind[0] == level]
            spread = np.linspace(0, len(places) - 1, min(PALETTE, len(places))).round().astype(int)
            chosen += [places[i] for i in dict.fromkeys(spread.tolist())]
        return chosen

    def _keep(self, model: Any, table: Table, changes: Sequence[tuple[Any, Member, int]]) -> None:
        """Constrain changes so that what is published of a table stays, as if they added up."""
        variables = [variable for variable, _, _ in changes]
        moves = [(self.kinds[whose[1]], self.kinds[to]) for _, whose, to in changes]
        if table.precision.levels:
            for level, (down, up) in enumerate(table.room()):
                sums = [int(to[0] == level) - int(of[0] == level) for of, to in moves]
                if any(sums):
                    model.add_linear_constraint(_weighted(variables, sums), down, up)
        if not table.quantiles:
            return
        moved = table.moved()
        now = hdg1(table.points, table.quantiles)
        for place, (low, high) in enumerate(table.give()):
            whole = [round(SCALE * (moved[place, of[1], to[1]] - now[place])) for of, to in moves]
            model.add_linear_constraint(
                _weighted(variables, whole), round(SCALE * low), round(SCALE * high)
            )

    def _agrees(self, moves: Sequence[tuple[int, Member, int]]) -> bool:
        """Compute all that is published of the changed data and say whether it is the same."""
        for place, table in enumerate(self.tables):
            points, levels = table.points.copy(), table.levels.copy()
            for number, (group, kind), to in moves:
                if self.member[place, group]:
                    for which, sign in ((kind, -1), (to, 1)):
                        levels[self.kinds[which][0]] += sign * number
                        points[self.kinds[which][1]] += sign * number
            if (levels < 0).any() or (points < 0).any():
                return False
            if table.published(points, levels) != table.published(table.points, table.levels):
                return False
        return True


def _excess(shift: Floats, low: Floats, high: Floats) -> Floats:
    """Return by how much figures leave their windows."""
    excess: Floats = np.maximum(low - shift, 0.0) + np.maximum(shift - high, 0.0)
    return excess


def _all_of(witnesses: Sequence[Counter[Member]]) -> Counter[Member]:
    """Return everybody involved in some witnesses."""
    return sum(witnesses, Counter())


def _weighted(variables: Sequence[Any], weights: Sequence[int]) -> Any:
    from ortools.sat.python import cp_model

    return cp_model.LinearExpr.weighted_sum(list(variables), list(weights))
