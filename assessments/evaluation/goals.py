"""The goals of the benchmark's disclosure control, measured on markets that do not exist.

Each market has the mix of types, regions, income groups and markets a real one might have, and
organisations whose capabilities share a latent maturity. The same reconstructions are tried on
what we publish and, as a control that they work at all, on what a live query with a minimum of five
would publish: exact counts for every filter and pair of filters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import yaml

from assessments.disclosure import release_audit, thresholds
from assessments.disclosure.cells import publishable_cells
from assessments.disclosure.codes import (
    CAPABILITIES,
    DIMENSIONS,
    INCOME_GROUPS,
    INDEX,
    LEVEL_POINTS,
    LEVELS,
    MARKETS,
    MEASURES,
    MISSING,
    POINTS,
    REGIONS,
    VIEWS,
)
from assessments.disclosure.differencing import Tables
from assessments.disclosure.document import ReleaseDocument
from assessments.disclosure.peers import resolve
from assessments.disclosure.quantiles import QUARTILES, hdg1
from assessments.disclosure.reconstruction import EXACT, Scene, Table
from assessments.disclosure.submissions import Submission, Submissions
from assessments.disclosure.thresholds import NOBODY, Rows

POPULATIONS = (45, 200, 1000)
LIVE_MINIMUM = 5
FILTERS = ("respondent_type", "region", "income_group", "market")
_MARKET = yaml.safe_load((Path(__file__).parent / "market.yaml").read_text(encoding="utf-8"))
TYPE_SHARES: Mapping[str, int] = _MARKET["types"]
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
            own = [points[one] for one in CAPABILITIES if one[:2] == code]
            points[code] = sum(own) / len(own)
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


def columns(number: int, seed: int) -> Submissions:
    """Return a market of any size in columns: few distinct scores, as real items allow."""
    random = np.random.RandomState(seed)
    ability = random.normal(50, 18, number)
    of_dimension = [
        [row for row, one in enumerate(CAPABILITIES) if one[:2] == code] for code in DIMENSIONS
    ]
    scores, levels = {}, {}
    for view, shift in zip(VIEWS, (0, -12), strict=True):
        exact = np.clip(ability + shift + random.normal(0, 15, (len(CAPABILITIES), number)), 0, 100)
        capabilities = np.round(exact / 100 * 24) / 24 * 100
        dimensions = np.stack([capabilities[own].mean(axis=0) for own in of_dimension])
        index = np.exp(np.log(dimensions + 1).mean(axis=0)) - 1
        points = np.floor(np.vstack([index, dimensions, capabilities]) + 0.5).astype(np.uint8)
        points[-len(CAPABILITIES) :][random.rand(len(CAPABILITIES), number) < 0.03] = MISSING
        scores[view] = points
        levels[view] = np.where(points == MISSING, MISSING, np.minimum(points // 20, 4))
    owner = random.randint(0, 4 * number // 5 + 1, number)
    advised = random.rand(number) < 0.2
    adviser = np.where(advised, random.randint(0, number // 20 + 1, number), NOBODY)
    type_shares = [0.16, 0.1, 0.1, 0.14, 0.06, 0.2, 0.1, 0.06, 0.03, 0.05]
    return Submissions(
        organisation=np.arange(number, dtype=np.int32),
        owner=owner.astype(np.int32),
        adviser=adviser.astype(np.int32),
        respondent_type=random.choice(10, number, p=type_shares).astype(np.int32),
        region=random.choice(8, number, p=[0.2, 0.25, 0.14, 0.07, 0.13, 0.09, 0.11, 0.01]).astype(
            np.int32
        ),
        income_group=random.choice(5, number, p=[0.45, 0.25, 0.2, 0.08, 0.02]).astype(np.int32),
        market=random.choice(3, number, p=[0.5, 0.2, 0.3]).astype(np.int32),
        main_role=np.ones(number, dtype=np.bool_),
        scores=scores,
        levels=levels,
        minimum_standards_met={
            view: (random.rand(number) < 0.3).astype(np.uint8) for view in VIEWS
        },
    )


def _drawn(of: Sequence[str], shares: Sequence[int], random: np.random.RandomState) -> str:
    return str(of[int(np.searchsorted(np.cumsum(shares), random.randint(sum(shares)), "right"))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What reconstruction leaves possible, over its targets: organisations by measure."""

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


def exposure(
    systems: Sequence[release_audit.System], *, thorough: bool = False
) -> dict[int, Exposure]:
    """Return what reconstruction leaves possible in some systems, by number of insiders."""
    found: dict[int, list[int]] = {insiders: [] for insiders in release_audit.INSIDERS}
    for system in systems:
        for possible in system.possible_levels(thorough=thorough).values():
            for insiders, levels in zip(release_audit.INSIDERS, possible, strict=True):
                found[insiders].append(len(levels))
    return {insiders: Exposure(levels=tuple(some)) for insiders, some in found.items()}


def live_query(submissions: Sequence[Submission], measure: str, *, effort: float = 1.0) -> Exposure:
    """Return what it leaves possible where a live query answers exactly from five."""
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
) -> Iterator[Rows]:
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


def guess_gain(submissions: Sequence[Submission]) -> float:
    """Return by how many points the release helps a guess at a level, over all capabilities (G7).

    The guess is the commonest level of the smallest published cohort, even where so small a cohort
    does not publish its levels; without one, and to compare with, the commonest of everybody.
    """
    columns = Submissions.from_rows(submissions)
    figures = publishable_cells(columns)[1]
    gains = []
    for measure in CAPABILITIES:
        level = columns.levels[VIEWS[0]][MEASURES.index(measure)].astype(np.int64)
        overall = level == np.bincount(level, minlength=LEVELS).argmax()
        right = overall.copy()
        cells = [cell for cell in figures if (cell.measure, cell.view) == (measure, VIEWS[0])]
        for cell in sorted(cells, key=lambda cell: -cell.n):  # the smallest last
            rows = cell.rows
            right[rows] = level[rows] == int(cell.levels.argmax())
        gains.append(right.mean() - overall.mean())
    return float(100 * np.mean(gains))


def rounding_error(submissions: Sequence[Submission]) -> dict[int, float]:
    """Return by how many levels rounding moves a quartile at most, by its step in points (G8)."""
    worst: dict[int, float] = {}
    for cell in publishable_cells(Submissions.from_rows(submissions))[1]:
        if cell.measure in MEASURES:
            exact = hdg1(cell.points, QUARTILES)
            step = cell.precision.step
            off = np.abs(thresholds.rounded_to(exact, step) - exact).max()
            worst[step] = max(worst.get(step, 0.0), float(off) / LEVEL_POINTS)
    return worst


def coverage(document: ReleaseDocument, truth: Submissions) -> dict[str, float]:
    """Return how often a printed interval holds the quartile of a far larger market (G9).

    By n band. What is drawn from the same source as the market behind the document is its truth.
    """
    held: dict[str, list[bool]] = defaultdict(list)
    quartiles = {
        (measure, view): hdg1(np.bincount(truth.scores[view][place], minlength=POINTS), QUARTILES)
        for place, measure in enumerate(MEASURES)
        for view in VIEWS
    }
    for row in document["observations"]:
        if row["median"] is not None:
            shown = np.array([row["q1"], row["median"], row["q3"]])
            off = np.abs(shown - quartiles[row["measure"], row["view"]])
            held[row["n_band"]] += (off <= row["half_width"]).tolist()
    return {band: float(np.mean(some)) for band, some in held.items()}


def with_closer_peers(submissions: Sequence[Submission], document: ReleaseDocument) -> float:
    """Return the share of organisations compared with a narrower cohort than all (G11)."""
    used = [
        resolve(document, respondent_type=row.respondent_type, region=row.region).used
        for row in submissions
    ]
    return sum(cohort not in (None, "all") for cohort in used) / len(used)


def gated(systems: Sequence[release_audit.System]) -> tuple[int, int]:
    """Coarsen in some systems what the audit must; return how many figures of how many."""
    climbed = set()
    for number, system in enumerate(systems):
        place, _ = system.weakest()
        while place is not None:
            system.coarsen(place)
            climbed.add((number, place))
            place, _ = system.weakest()
    figures = sum(len(system.cells) for system in systems)
    return len(climbed), figures
