"""The goals of the benchmark's disclosure control, measured on markets that do not exist.

Each market has the mix of types, regions, income groups and markets a real one might have, and
organisations whose capabilities share a latent maturity. The same attacks are made on what we
publish and, as a control that they work at all, on what a live query with a minimum of five
would publish: exact counts for every filter and pair of filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from assessments.domain import gate
from assessments.domain.attack import EXACT, Scene, Table
from assessments.domain.benchmark import (
    CAPABILITIES,
    DIMENSIONS,
    INCOME_GROUPS,
    INDEX,
    LEVELS,
    MARKETS,
    POINTS,
    REGIONS,
    VIEWS,
    Submission,
    Submissions,
    publishable_cells,
)
from assessments.domain.distance import Tables

POPULATIONS = (45, 200, 1000)
LIVE_MINIMUM = 5
FILTERS = ("respondent_type", "region", "income_group", "market")
TYPE_SHARES = {"RG": 34, "PD": 24, "VB": 16, "EX": 10, "BI": 8, "SB": 8}
REGION_SHARES = (20, 26, 14, 6, 13, 9, 12, 0)
INCOME_SHARES = (45, 25, 20, 10, 0)
MARKET_SHARES = (50, 20, 30)


def population(number: int, seed: int) -> list[Submission]:
    """Return the submissions of a synthetic market, one per organisation."""
    random = np.random.RandomState(seed)
    return [_submission(place, random) for place in range(number)]


def _submission(place: int, random: np.random.RandomState) -> Submission:
    maturity = random.normal(50, 14)
    scores: dict[str, dict[str, float | None]] = {}
    levels: dict[str, dict[str, int | None]] = {}
    dimensions = {code: random.normal(0, 8) for code in DIMENSIONS}
    parts = {code: random.normal(0, 12) for code in CAPABILITIES}
    drop = {code: int(random.rand() < 0.2) for code in CAPABILITIES}  # minimum standards missed
    for view, lower in zip(VIEWS, (0, 12), strict=True):
        points = {
            code: float(round(min(max(maturity - lower + dimensions[code[:2]] + part, 0), 100)))
            for code, part in parts.items()
        }
        for code in DIMENSIONS:
            points[code] = sum(points[one] for one in CAPABILITIES if one[:2] == code) / 5
        points[INDEX] = sum(points[code] for code in DIMENSIONS) / len(DIMENSIONS)
        scores[view] = dict(points)
        levels[view] = {
            code: max(0, min(LEVELS - 1, int((value + 12.5) // 25)) - drop.get(code, 0))
            for code, value in points.items()
        }
    return Submission(
        organisation=f"organisation {place}",
        owner=f"owner {place}",
        adviser=None,
        respondent_type=_drawn(tuple(TYPE_SHARES), tuple(TYPE_SHARES.values()), random),
        region=_drawn(REGIONS, REGION_SHARES, random),
        income_group=_drawn(INCOME_GROUPS, INCOME_SHARES, random),
        market=_drawn(MARKETS, MARKET_SHARES, random),
        main_role=True,
        scores=scores,
        levels=levels,
        minimum_standards_met={view: bool(random.rand() < 0.3) for view in VIEWS},
    )


def _drawn(of: Sequence[str], shares: Sequence[int], random: np.random.RandomState) -> str:
    return str(of[int(np.searchsorted(np.cumsum(shares), random.randint(sum(shares)), "right"))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What an attack leaves possible, over its targets: organisations by measure."""

    levels: tuple[int, ...]

    @property
    def pinned(self) -> float:
        """The share with one possible level."""
        return float(np.mean([number == 1 for number in self.levels]))

    @property
    def narrowed(self) -> float:
        """The share with two possible levels or one."""
        return float(np.mean([number <= 2 for number in self.levels]))

    @property
    def mean(self) -> float:
        return float(np.mean(self.levels))


def exposure(systems: Sequence[gate.System], *, thorough: bool = False) -> dict[int, Exposure]:
    """Return what the attack leaves possible in some systems, by number of insiders."""
    found: dict[int, list[int]] = {insiders: [] for insiders in gate.INSIDERS}
    for system in systems:
        for possible in system.possible_levels(thorough=thorough).values():
            for insiders, levels in zip(gate.INSIDERS, possible, strict=True):
                found[insiders].append(len(levels))
    return {insiders: Exposure(levels=tuple(some)) for insiders, some in found.items()}


def live_query(submissions: Sequence[Submission], measure: str, *, effort: float = 1.0) -> Exposure:
    """Return what the same attack leaves possible where a live query answers exactly from five."""
    level = np.array([row.levels["declared"][measure] for row in submissions], dtype=np.int64)
    tables, members = [], []
    for rows in _answered(submissions):
        levels = np.bincount(level[rows], minlength=LEVELS)
        points = np.zeros(POINTS, dtype=np.int64)
        points[:: POINTS // (LEVELS - 1)] = levels
        tables.append(Table(points, levels, EXACT))
        member = np.zeros(level.size, dtype=np.bool_)
        member[rows] = True
        members.append(member)
    groups, group = np.unique(np.array(members), axis=1, return_inverse=True)
    held = np.zeros((groups.shape[1], LEVELS), dtype=np.int64)
    np.add.at(held, (group.ravel(), level), 1)
    scene = Scene(tables, groups, [(one, 25 * one) for one in range(LEVELS)], held)
    found: dict[tuple[int, int], int] = {}
    for who in zip(group.ravel().tolist(), level.tolist(), strict=True):
        if who not in found:
            found[who] = 1 + sum(
                scene.possible(who, other, known={}, effort=effort) is not None
                for other in range(LEVELS)
                if other != who[1]
            )
    return Exposure(
        levels=tuple(found[who] for who in zip(group.ravel().tolist(), level.tolist(), strict=True))
    )


def _answered(
    submissions: Sequence[Submission],
) -> Iterator[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Yield the rows behind each answer of the live query: all, each filter, each pair of them."""
    yield np.arange(len(submissions))
    for size in (1, 2):
        for names in combinations(FILTERS, size):
            keys = [tuple(getattr(row, name) for name in names) for row in submissions]
            for key in sorted(set(keys)):
                rows = np.array([place for place, one in enumerate(keys) if one == key])
                if rows.size >= LIVE_MINIMUM:
                    yield rows


def distance_of(submissions: Sequence[Submission]) -> float:
    """Return the differencing distance of the release of some submissions."""
    columns = Submissions.from_rows(submissions)
    cells = [cell for cell in publishable_cells(columns)[1] if cell.measure == INDEX]
    rows = [cell.cohort.rows for cell in cells if cell.view == VIEWS[0]]
    kept = [some for some in rows if some is not None]
    return Tables(kept, columns.organisation).distance()


def guess_gain(submissions: Sequence[Submission], measure: str) -> float:
    """Return by how many points the smallest published cohort helps a guess at a level (G7)."""
    columns = Submissions.from_rows(submissions)
    level = np.array([row.levels["declared"][measure] for row in submissions], dtype=np.int64)
    best = np.bincount(level, minlength=LEVELS).max() / level.size
    smallest = np.full(level.size, level.size + 1)
    right = np.zeros(level.size)
    for cell in publishable_cells(columns)[1]:
        if (cell.measure, cell.view) == (measure, VIEWS[0]) and cell.cohort.rows is not None:
            rows = cell.cohort.rows[smallest[cell.cohort.rows] > cell.n]
            smallest[rows] = cell.n
            right[rows] = level[rows] == int(cell.levels.argmax())
    known = smallest <= level.size
    return float(100 * (right[known].mean() - best)) if known.any() else 0.0


def gated(systems: Sequence[gate.System]) -> str:
    """Let the gate coarsen what it must in some systems; say of how many figures how many."""
    climbed = set()
    for number, system in enumerate(systems):
        place, _ = system.weakest()
        while place is not None:
            system.climb(place)
            climbed.add((number, place))
            place, _ = system.weakest()
    figures = sum(len(system.cells) for system in systems)
    return f"{len(climbed)} of {figures}"
