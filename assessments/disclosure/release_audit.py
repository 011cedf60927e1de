"""The release audit: reconstruction tried on a release before it is published (R10, R13).

Every organisation must keep at least three possible levels spanning two, in every capability, even
for two insiders who pool what they know. (The levels of dimensions and of the index lie too close
together for that; there rounding and R6 have to do.)

Most questions need no solver. Two organisations that the same tables count can have each other's
records; so can two others, if in the tables that count one of them alone the exchange does not
show; and sometimes a record could change by itself. Each partner is a way of its own, so with more
partners than insiders a level stays possible whoever the insiders are. What this leaves open goes
to `reconstruction`.

Where reconstruction succeeds, the lowest of the figures about that organisation is coarsened a
level: steps doubled, then no counts, then withheld. This is the only decision that looks at
scores; the report lists every instance.

For a pair of waves the tables of both stand together. An organisation whose record is the same in
both is one unknown, as if everybody knew that it did not change; what changed is two.

Over 400 lines, because the search and what it proves are read together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assessments.disclosure import thresholds
from assessments.disclosure.cells import Cell, CellKey, fingerprint, publishable_cells
from assessments.disclosure.codes import CAPABILITIES, LEVEL_POINTS, LEVELS, MEASURES
from assessments.disclosure.document import ReleaseDocument
from assessments.disclosure.reconstruction import EFFORT, Counts, Kind, Member, Scene, Table
from assessments.disclosure.submissions import Submission, Submissions
from assessments.disclosure.thresholds import COARSENING_LEVELS, WITHHELD, Rows

LEAST_POSSIBLE = 3
LEAST_SPAN = 2
INSIDERS = (0, 1, 2)

Progress = Callable[[int, int], None]


class Interrupted(Exception):
    """Somebody stopped the audit. Nothing is published without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """The wave before, for R13: its submissions and the release document made of them."""

    submissions: Sequence[Submission]
    document: ReleaseDocument


@dataclass(eq=False)
class System:
    """Figures of one measure and view that share organisations, and the records behind them.

    Rows are the unknowns: the records the attacker does not have. `members` has the rows each
    figure counts; `independent` marks those of which an organisation has one at most.
    """

    cells: list[Cell]
    members: list[Rows]
    level: Counts
    points: Counts
    independent: NDArray[np.bool_]
    fixed: int = 0  # the first so many figures are of the wave before and stand
    _unseen: dict[tuple[int, int], NDArray[np.bool_]] = field(default_factory=dict)

    def possible_levels(
        self,
        *,
        effort: float = EFFORT,
        thorough: bool = False,
        stop: Callable[[], bool] = lambda: False,
    ) -> dict[int, list[set[int]]]:
        """Return the levels shown to be possible, by row and by number of insiders.

        Those that exchanges show, and where they do not suffice, what a search adds; a thorough
        one looks for all.
        """
        scene, group, kind = self._scene()
        found: dict[Member, list[set[int]]] = {}
        result = {}
        for row, member in enumerate(zip(group.tolist(), kind.tolist(), strict=True)):
            if member not in found:
                found[member] = self._levels_of(
                    member, scene, group, kind, effort, thorough=thorough, stop=stop
                )
            result[row] = found[member]
        return result

    def weakest(
        self, *, effort: float = EFFORT, stop: Callable[[], bool] = lambda: False
    ) -> tuple[int | None, dict[int, list[set[int]]]]:
        """Return the place of the figure to coarsen next, None if none needs it, and the levels."""
        levels = self.possible_levels(effort=effort, stop=stop)
        failing = [row for row, possible in levels.items() if not enough(possible[-1])]
        if not failing:
            return None, levels
        about: Counter[int] = Counter()
        for row in failing:
            about.update(
                place
                for place in range(self.fixed, len(self.cells))
                if self.cells[place].coarsening < WITHHELD and row in self._rows_of(place)
            )
        if not about:
            return None, levels  # nothing new is published about them: no figure to coarsen
        return min(
            about, key=lambda place: (self.cells[place].coarsening, -about[place], -place)
        ), levels

    def coarsen(self, place: int) -> None:
        """Put a figure at the next coarsening level."""
        cell = self.cells[place]
        level = cell.coarsening + 1
        if level == 2 and not cell.precision.levels:
            level = WITHHELD  # there are no counts to leave out
        self.cells[place] = replace(cell, coarsening=level)

    def _rows_of(self, place: int) -> frozenset[int]:
        return frozenset(self.members[place].tolist())

    def _scene(self) -> tuple[Scene, Counts, Counts]:
        """Return what the attacker faces, and the group and kind of each row."""
        shown = [place for place, cell in enumerate(self.cells) if cell.coarsening < WITHHELD]
        member = np.zeros((len(shown), self.level.size), dtype=np.bool_)
        for local, place in enumerate(shown):
            member[local, self.members[place]] = True
        groups, group = np.unique(member, axis=1, return_inverse=True)
        records = list(zip(self.level.tolist(), self.points.tolist(), strict=True))
        plain = [(level, LEVEL_POINTS * level) for level in range(LEVELS)]
        kinds: list[Kind] = sorted({*records, *plain})
        place_of = {kind: place for place, kind in enumerate(kinds)}
        kind = np.array([place_of[record] for record in records], dtype=np.int64)
        held = np.zeros((groups.shape[1], len(kinds)), dtype=np.int64)
        np.add.at(held, (group.ravel(), kind), 1)
        tables = [
            Table(self.cells[place].points, self.cells[place].levels, self.cells[place].precision)
            for place in shown
        ]
        self._shown = shown
        return Scene(tables, groups, kinds, held), group.ravel(), kind

    def _levels_of(
        self,
        who: Member,
        scene: Scene,
        group: Counts,
        kind: Counts,
        effort: float,
        *,
        thorough: bool,
        stop: Callable[[], bool],
    ) -> list[set[int]]:
        """Return the possible levels of one kind of organisation, by number of insiders."""
        mine, own = who
        own_level = scene.kinds[own][0]
        unseen = self._unseen_by_kind(scene)
        in_mine = scene.member[:, mine]
        level_of = np.array([level for level, _ in scene.kinds])
        # Alone: nobody else's record is involved, so no insider can tell.
        alone = np.asarray(unseen[in_mine].all(axis=0))  # from kind, to kind
        surely = {int(level) for level in level_of[alone[own]]} | {own_level}
        # By exchange: only the tables that count one of the two could show it.
        theirs: NDArray[np.bool_] = scene.member[:, group]
        gives = unseen[:, own, :][:, kind] | ~in_mine[:, None] | theirs
        takes = unseen[:, :, own][:, kind] | in_mine[:, None] | ~theirs
        partner = np.asarray((gives & takes).all(axis=0))
        by_level = level_of[kind][:, None] == np.arange(LEVELS)[None, :]
        ways: NDArray[np.bool_] = partner[:, None] & by_level
        # Or with one of the same group whose record could then change by itself.
        then = np.stack([alone[:, level_of == level].any(axis=1) for level in range(LEVELS)], 1)
        ways |= (group == mine)[:, None] & then[kind]
        ways &= self.independent[:, None]
        itself = np.flatnonzero((group == mine) & (kind == own))[:1]
        ways[itself] = False
        number = ways.sum(axis=0)
        possible: list[set[int]] = []
        for insiders in reversed(INSIDERS):
            levels = surely | {level for level in range(LEVELS) if number[level] > insiders}
            levels |= possible[0] if possible else set()  # what more insiders leave
            possible.insert(0, levels)
            # The solver is asked for the levels that would help, the nearest first.
            for level in sorted(range(LEVELS), key=lambda one: abs(one - own_level)):
                if level in levels or (enough(levels) and not thorough):
                    continue
                witnesses = [
                    Counter({(int(group[row]), int(kind[row])): 1})
                    for row in np.flatnonzero(ways[:, level])
                ]
                if scene.is_possible(
                    who, level, insiders=insiders, witnesses=witnesses, effort=effort, stop=stop
                ):
                    levels.add(level)
        return possible

    def _unseen_by_kind(self, scene: Scene) -> NDArray[np.bool_]:
        level = np.array([kind[0] for kind in scene.kinds])
        points = np.array([kind[1] for kind in scene.kinds])
        stack = []
        for local, place in enumerate(self._shown):
            key = (place, self.cells[place].coarsening)
            if key not in self._unseen:
                full = scene.tables[local].unseen()
                self._unseen[key] = full[
                    level[:, None], points[:, None], level[None, :], points[None, :]
                ]
            stack.append(self._unseen[key])
        return np.array(stack, dtype=np.bool_).reshape(len(stack), level.size, level.size)


def enough(levels: set[int]) -> bool:
    """Say whether an organisation with these possible levels is safe."""
    return len(levels) >= LEAST_POSSIBLE and max(levels) - min(levels) >= LEAST_SPAN


def audit_release(
    submissions: Sequence[Submission],
    *,
    previous: Wave | None = None,
    progress: Progress = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
    effort: float = EFFORT,
) -> dict[str, Any]:
    """Audit the release of some submissions and return the report that `build_release` takes.

    The report is canonical: the same for the same input. `progress` is called with how many
    systems of figures are done, `stop` between them (Interrupted), `effort` is the solver's limit
    for one question, in its own deterministic seconds.
    """
    columns = Submissions.from_rows(submissions)
    _, cells = publishable_cells(columns)
    coarsening: dict[CellKey, int] = {}
    rules: dict[CellKey, str] = {}
    statistics = {insiders: Counter[int]() for insiders in INSIDERS}
    open_cases = 0
    rounds = ["R10"] if previous is None else ["R10", "R13"]
    pending = [
        (rule, system)
        for rule in rounds
        for system in _systems(submissions, columns, cells, previous if rule == "R13" else None)
    ]
    for done, (rule, system) in enumerate(pending):
        progress(done, len(pending))
        for at, cell in enumerate(system.cells[system.fixed :], system.fixed):
            system.cells[at] = replace(cell, coarsening=coarsening.get(cell.key, 0))
        while True:
            if stop():
                raise Interrupted("The audit was stopped; run it again before publishing.")
            place, levels = system.weakest(effort=effort, stop=stop)
            if place is None:
                break
            system.coarsen(place)
            cell = system.cells[place]
            coarsening[cell.key], rules[cell.key] = cell.coarsening, rule
        open_cases += sum(not enough(possible[-1]) for possible in levels.values())
        if rule == "R10":
            for possible in levels.values():
                for insiders, some in zip(INSIDERS, possible, strict=True):
                    statistics[insiders][len(some)] += 1
    progress(len(pending), len(pending))
    return {
        "figures": fingerprint(cells),
        "rules": rounds,
        "insiders": list(INSIDERS),
        "least_possible": LEAST_POSSIBLE,
        "least_span": LEAST_SPAN,
        "effort": effort,
        "checked": sum(cell.measure in CAPABILITIES for cell in cells),
        # Organisations about whom nothing is left to coarsen: what the wave before tells of them.
        "still_open": open_cases,
        "possible_levels": {
            str(insiders): {str(number): count for number, count in sorted(counted.items())}
            for insiders, counted in statistics.items()
        },
        "coarsened": [
            {  # as audits are stored: `rung` is the coarsening level
                "cohort": cell.cohort.id,
                "measure": cell.measure,
                "view": cell.view,
                "rung": COARSENING_LEVELS[coarsening[cell.key]],
                "rule": rules[cell.key],
            }
            for cell in cells
            if coarsening.get(cell.key)
        ],
    }


def systems_of(submissions: Sequence[Submission]) -> list[System]:
    """Return the systems of figures that the release of some submissions would publish."""
    columns = Submissions.from_rows(submissions)
    return _systems(submissions, columns, publishable_cells(columns)[1], None)


def _systems(
    submissions: Sequence[Submission],
    columns: Submissions,
    cells: Sequence[Cell],
    previous: Wave | None,
) -> list[System]:
    """Return the systems of linked figures, measure by measure."""
    earlier: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    before = None
    row_before: dict[int, int] = {}
    if previous is not None:
        before = Submissions.from_rows(previous.submissions)
        for cell in _published_cells(before, previous.document):
            earlier[cell.measure, cell.view].append(cell)
        place_of = {
            (row.organisation, row.respondent_type): place
            for place, row in enumerate(previous.submissions)
        }
        for place, row in enumerate(submissions):
            if (row.organisation, row.respondent_type) in place_of:
                row_before[place] = place_of[row.organisation, row.respondent_type]
    now: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.measure in CAPABILITIES:
            now[cell.measure, cell.view].append(cell)
    found = []
    for (measure, view), some in now.items():
        new = _Records(columns, measure, view)
        old = None
        if before is not None:
            old = _Records(before, measure, view)
        found += _linked(some, new, earlier[measure, view], old, row_before)
    return found


def _published_cells(columns: Submissions, document: ReleaseDocument) -> list[Cell]:
    """Return the cells behind a published document, as it published them."""
    shown = {
        (row["cohort"], row["measure"], row["view"]): row
        for row in document["observations"]
        if row["conf_status"] == "F"
    }
    cells = []
    for cell in publishable_cells(columns)[1]:
        if cell.key not in shown or cell.measure not in CAPABILITIES:
            continue
        row = shown[cell.key]
        allowed = thresholds.precision(cell.n)
        level = 0
        if row["step"] != allowed.step:
            level = 1 if row["levels"] or not allowed.levels else 2
        cells.append(replace(cell, coarsening=level))
    return cells


class _Records:
    """The records of one measure and view, by row of the submissions."""

    def __init__(self, columns: Submissions, measure: str, view: str) -> None:
        self.rated = columns.rated(view, measure)
        self.level = columns.levels[view][MEASURES.index(measure)].astype(np.int64)
        self.points = columns.scores[view][MEASURES.index(measure)].astype(np.int64)
        self.main_role = columns.main_role


def _linked(
    cells: Sequence[Cell],
    new: _Records,
    cells_before: Sequence[Cell],
    old: _Records | None,
    row_before: Mapping[int, int],
) -> list[System]:
    """Return the systems of one measure: figures linked through the organisations they count."""
    size = new.rated.size
    members = [cell.rows[new.rated[cell.rows]] for cell in cells]
    level, points, independent = new.level, new.points, new.main_role
    if old is not None:
        # Rows of the wave before follow those of this one, but for those that are the same.
        place = np.arange(size, size + old.rated.size)
        for row, earlier in row_before.items():
            same = new.rated[row] and old.rated[earlier]
            if same and (new.level[row], new.points[row]) == (
                old.level[earlier],
                old.points[earlier],
            ):
                place[earlier] = row
        before = [place[cell.rows[old.rated[cell.rows]]] for cell in cells_before]
        members = [*before, *members]
        level = np.concatenate([level, old.level])
        points = np.concatenate([points, old.points])
        # An organisation with two unknown records is a partner with one of them only.
        doubled = np.zeros(old.rated.size, dtype=np.bool_)
        doubled[list(row_before.values())] = True
        independent = np.concatenate([independent, old.main_role & ~doubled])
    fixed = len(members) - len(cells)
    everything = [*(cells_before if old is not None else ()), *cells]
    found = []
    for places in _components(members, level.size):
        if not any(place >= fixed for place in places):
            continue
        rows = np.unique(np.concatenate([members[place] for place in places]))
        found.append(
            System(
                cells=[everything[place] for place in places],
                members=[np.searchsorted(rows, members[place]) for place in places],
                level=level[rows],
                points=points[rows],
                independent=independent[rows],
                fixed=sum(place < fixed for place in places),
            )
        )
    return found


def _components(members: Sequence[Rows], size: int) -> list[list[int]]:
    """Return the places of tables that are linked by rows, in order."""
    mark = np.full(size, -1, dtype=np.int64)
    parts: dict[int, list[int]] = {}
    for place, rows in enumerate(members):
        touched = [int(one) for one in np.unique(mark[rows]) if one >= 0]
        joined = sorted(other for one in touched for other in parts.pop(one))
        for one in touched:
            mark[mark == one] = place
        mark[rows] = place
        parts[place] = [*joined, place]
    return sorted(parts.values())
