"""Benchmark releases: from the eligible submissions of a closed wave to canonical bytes.

The steps are functions that stand alone: `candidate_cohorts` (membership alone), `distanced` (those
no combination of which isolates a few), `observe` (counts and figures for a list of cohorts),
`build_release` (all of them, the half-widths and the document). What may be shown is decided in
`disclosure` and `distance`; what a reader may derive is in `standing`.

Quantiles are `hdg-1`: the estimator of Harrell & Davis (Biometrika 69, 1982) on the grouped
distribution, each value spread evenly over the unit around it.

A *submission* is one organisation's assessment as one respondent type. In a cohort of one type it
counts as that type; in a cohort across types each organisation counts once, by its main role.

Regions pool along a fixed hierarchy before anything becomes "other": the Americas (Latin America
& Caribbean, North America), Asia and the Pacific (East Asia & Pacific, South Asia), and Africa and
the Middle East (Middle East & North Africa, Sub-Saharan Africa); Europe & Central Asia is alone.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import betainc, betaln

from assessments.disclosure import thresholds as disclosure
from assessments.disclosure.differencing import Tables, Weights
from assessments.disclosure.peers import share_interval, whole_points
from assessments.disclosure.thresholds import OTHER, Codes, Group, Makeup, Precision, Rows

ENGINE = "hdg-1"
LICENCE = "CC-BY-4.0"
VIEWS = ("declared", "verified")
TYPES = ("RG", "SB", "EX", "VB", "RA", "PD", "BI", "NR", "NR-A", "DP")
FAMILIES = {
    "record-keepers": ("RG", "NR", "NR-A", "EX", "BI"),
    "standard-setters": ("SB",),
    "assurers": ("VB", "RA"),
    "suppliers": ("PD", "DP"),
}
UNCLASSIFIED = "unclassified"  # no region or income group in the country list
REGIONS = (
    "east-asia-pacific",
    "europe-central-asia",
    "latin-america-caribbean",
    "middle-east-north-africa",
    "north-america",
    "south-asia",
    "sub-saharan-africa",
    UNCLASSIFIED,
)
REGION_GROUPS = {
    "americas": ("latin-america-caribbean", "north-america"),
    "asia-pacific": ("east-asia-pacific", "south-asia"),
    "africa-middle-east": ("middle-east-north-africa", "sub-saharan-africa"),
}
INCOME_GROUPS = ("high", "upper-middle", "lower-middle", "low", UNCLASSIFIED)
MARKETS = ("voluntary", "compliance", "both")

INDEX = "index"
DIMENSIONS = ("EG", "TI", "IS", "IN", "DM")
CAPABILITIES = tuple(f"{dimension}{number}" for dimension in DIMENSIONS for number in range(1, 6))
MEASURES = (INDEX, *DIMENSIONS, *CAPABILITIES)
MEASURES_ACROSS_TYPES = (INDEX, *DIMENSIONS)
MINIMUM_STANDARDS = "minimum-standards"  # a share of organisations, beside the 31 score measures

MISSING = 255  # a score, level or answer that is out of its measure
POINTS = 101  # scores are whole points 0 to 100
LEVELS = 5
LEVEL_POINTS = 25  # a unit whose answers are all r has level r and 25 r points
QUARTILES = (0.25, 0.5, 0.75)
DECILES = tuple(tenths / 10 for tenths in range(1, 10))
BLOCK = 250_000  # counters whose quantiles are computed at a time, for the memory it takes
BOOTSTRAP_DRAWS = 500
DAYS_FROM_CLOSE = 30  # between the close of a wave and its release

SERIES = {  # with the form of their ids, revisions from the second one on included
    "market": re.compile(r"\d{4}-W\d+(-r\d+)?"),
    "demo": re.compile(r"demo-\d{4}-W\d+(-r\d+)?"),
}

RULES = (
    ("R1", "Each submission enters exactly one release: that of the wave it was made in."),
    ("R2", "One release per wave, at least 30 days after its close. Its bytes never change."),
    ("R3", "Counted are verified legal entities that consented and answered every item shown."),
    (
        "R4",
        "A figure is published for at least 10 organisations with at least 8 ultimate owners, "
        "none of which holds more than a quarter; without the largest owner's or adviser's "
        "organisations at least 8 remain.",
    ),
    (
        "R5",
        "Cohorts are fixed by membership, never by scores. Groups that are too small are pooled. "
        "Across types only the index and the dimensions are published, because the items differ, "
        "and an organisation with several roles counts once, by its main role.",
    ),
    (
        "R6",
        "No combination of the published tables, added and subtracted in any way, is about fewer "
        "than 10 organisations. What would allow one is pooled or withheld.",
    ),
    (
        "R7",
        "10 to 19 organisations: quartiles to 10 points. From 20: quartiles to 5 points and, per "
        "level, counts to the nearest 5, which need not add up. From 1,000: also deciles to 2 "
        "points. The number of organisations is a band, from 100 on the nearest 5. Shares come "
        "from the rounded counts.",
    ),
    (
        "R8",
        "Never published: smallest or largest values, means, standard deviations, exact numbers "
        "below 100, ranks, names, correlations, free text.",
    ),
    ("R12", "One organisation, one unit: nothing is weighted."),
)

RULES_OF_THE_GATE = (
    (
        "R10",
        "Before publication the figures were attacked: every organisation keeps at least 3 "
        "possible levels spanning 2, even for two participants who pool what they know. Figures "
        "that fell short were coarsened or withheld.",
    ),
    (
        "R13",
        "The same attack was run on this wave and the one before together, by someone who knows "
        "which answers did not change.",
    ),
)

CellKey = tuple[str, str, str]  # cohort, measure, view
Bytes = NDArray[np.uint8]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


class InvalidSubmissions(ValueError):
    """The submissions contradict each other or the code lists."""


class TooFewOrganisations(ValueError):
    """A wave has too few eligible organisations for a release (R2)."""


class ReleaseRefused(ValueError):
    """The description of a release breaks a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One eligible unit. A score or level that is None is out of its measure.

    Keys may be anything hashable and are never published. `owner` is the ultimate owner, which is
    the organisation itself where nobody owns it; `adviser` whoever filled in the answers for it.
    `scores`, `levels` and `minimum_standards_met` are by view.
    """

    organisation: str
    owner: str
    adviser: str | None
    respondent_type: str
    region: str | None
    income_group: str | None
    market: str
    main_role: bool
    scores: Mapping[str, Mapping[str, float | None]]
    levels: Mapping[str, Mapping[str, int | None]]
    minimum_standards_met: Mapping[str, bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submissions:
    """The same in columns: codes are positions in the tuples above, MISSING marks no value.

    `organisation`, `owner` and `adviser` are dense codes from 0 (adviser NOBODY for none).
    `scores` and `levels` have a row per measure in the order of MEASURES, per view. On
    construction an index without all five dimensions is taken out, and an organisation that
    names no main role among its submissions counts by the first of its types. `alike` has one code
    for all rows that differ in nothing by which cohorts are formed.
    """

    organisation: Codes
    owner: Codes
    adviser: Codes
    respondent_type: Codes
    region: Codes
    income_group: Codes
    market: Codes
    main_role: NDArray[np.bool_]
    scores: dict[str, Bytes]
    levels: dict[str, Bytes]
    minimum_standards_met: dict[str, Bytes]
    organisations: int = field(init=False)
    whole: Makeup = field(init=False)
    alike: Codes = field(init=False)

    def __post_init__(self) -> None:
        present = np.bincount(self.organisation) > 0
        object.__setattr__(self, "organisations", int(np.count_nonzero(present)))
        self._refuse_contradictions()
        object.__setattr__(self, "main_role", self.main_role | self._without_main_role())
        object.__setattr__(self, "whole", disclosure.makeup(self.owner, self.adviser))
        alike = self.main_role.astype(np.int32)
        for column, labels in (
            (self.respondent_type, TYPES),
            (self.region, REGIONS),
            (self.market, MARKETS),
            (self.income_group, INCOME_GROUPS),
        ):
            alike = alike * len(labels) + column
        object.__setattr__(self, "alike", alike)
        incomplete = {
            view: (self.scores[view][1 : 1 + len(DIMENSIONS)] == MISSING).any(axis=0)
            for view in VIEWS
        }
        for name in ("scores", "levels"):
            values = {view: table.copy() for view, table in getattr(self, name).items()}
            for view, table in values.items():
                table[0, incomplete[view]] = MISSING
            object.__setattr__(self, name, values)

    @classmethod
    def from_rows(cls, rows: Iterable[Submission]) -> Submissions:
        """Return the columns of rows, in any order."""
        rows = list(rows)
        return cls(
            organisation=_dense(row.organisation for row in rows),
            owner=_dense(row.owner for row in rows),
            adviser=_dense(row.adviser for row in rows),
            respondent_type=_codes(rows, "respondent_type", TYPES),
            region=_codes(rows, "region", REGIONS),
            income_group=_codes(rows, "income_group", INCOME_GROUPS),
            market=_codes(rows, "market", MARKETS),
            main_role=np.array([row.main_role for row in rows], dtype=np.bool_),
            scores={view: _score_column(rows, view) for view in VIEWS},
            levels={view: _level_column(rows, view) for view in VIEWS},
            minimum_standards_met={
                view: np.array(
                    [
                        MISSING if (met := row.minimum_standards_met.get(view)) is None else met
                        for row in rows
                    ],
                    dtype=np.uint8,
                )
                for view in VIEWS
            },
        )

    def __len__(self) -> int:
        return self.organisation.size

    def makeup(self, rows: Rows) -> Makeup:
        """Return how concentrated the organisations behind some rows are."""
        return disclosure.makeup(self.owner[rows], self.adviser[rows])

    def publishable(self, rows: Rows) -> bool:
        """Say whether some rows meet R4."""
        return self.whole.any_part_publishable(rows.size) or self.makeup(rows).publishable

    def rated(self, view: str, measure: str) -> NDArray[np.bool_]:
        """Return which rows count in a measure."""
        if measure == MINIMUM_STANDARDS:
            column = self.minimum_standards_met[view]
        else:
            column = self.scores[view][MEASURES.index(measure)]
        rated: NDArray[np.bool_] = column != MISSING
        return rated

    def _refuse_contradictions(self) -> None:
        role = self.organisation.astype(np.int64) * len(TYPES) + self.respondent_type
        if np.bincount(role, minlength=1).max() > 1:
            raise InvalidSubmissions(
                "An organisation has two submissions of one type. Keep the last one."
            )
        if np.bincount(self.organisation[self.main_role], minlength=1).max() > 1:
            raise InvalidSubmissions("An organisation names two main roles. Keep one.")
        for view in VIEWS:
            scores, levels = self.scores[view], self.levels[view]
            if ((scores == MISSING) != (levels == MISSING)).any():
                raise InvalidSubmissions(
                    f"A unit of the {view} view has a score without a level, or the reverse. "
                    "Give both or neither."
                )
            if ((scores >= POINTS) & (scores != MISSING)).any():
                raise InvalidSubmissions(f"A score of the {view} view is not between 0 and 100.")
            if ((levels >= LEVELS) & (levels != MISSING)).any():
                raise InvalidSubmissions(f"A level of the {view} view is not between 0 and 4.")

    def _without_main_role(self) -> NDArray[np.bool_]:
        """Return the first submission, by type, of each organisation that names no main role."""
        size = int(self.organisation.max(initial=-1)) + 1
        first = np.full(size, len(TYPES), dtype=np.int32)
        np.minimum.at(first, self.organisation, self.respondent_type)
        first[self.organisation[self.main_role]] = len(TYPES)
        missing: NDArray[np.bool_] = self.respondent_type == first[self.organisation]
        return missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """One cohort of the catalogue. `rows` is None where it is not published as a cohort."""

    id: str
    kind: str
    parent: str | None
    parts: Mapping[str, str]
    covers: tuple[str, ...] = ()
    mixed_types: bool
    rows: Rows | None

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that may be published here if enough organisations are rated in them."""
        return MEASURES_ACROSS_TYPES if self.mixed_types else (*MEASURES, MINIMUM_STANDARDS)


@dataclass(frozen=True, slots=True)
class Cell:
    """The exact counts of one cohort, measure and view. Never leaves this module unrounded."""

    cohort: Cohort
    measure: str
    view: str
    n: int
    points: Counts
    levels: Counts
    rung: int = 0  # of the ladder: how far the release gate had it coarsened

    @property
    def precision(self) -> Precision:
        """What R7 allows at this size, on its rung."""
        return disclosure.precision(self.n).on_rung(self.rung)

    @property
    def key(self) -> CellKey:
        return self.cohort.id, self.measure, self.view


# Quantiles


def hdg1(counts: ArrayLike, q: float | Sequence[float]) -> Floats:
    """Return `hdg-1` quantiles of histograms over the values 0, 1, 2 and so on.

    `counts` has a histogram in its last axis, none of them empty; the result has the quantiles
    there instead (no such axis for a single q).
    """
    table = np.asarray(counts, dtype=np.int64)
    quantiles = np.atleast_1d(np.asarray(q, dtype=np.float64))
    flat = table.reshape(-1, table.shape[-1])
    rows = max(1, BLOCK // flat.shape[1])
    blocks = [flat[start : start + rows] for start in range(0, max(1, len(flat)), rows)]
    found = np.concatenate([_hdg1_rows(block, quantiles) for block in blocks])
    result = found.reshape(*table.shape[:-1], quantiles.size)
    return result[..., 0] if np.ndim(q) == 0 else result


def _hdg1_rows(table: Counts, quantiles: Floats) -> Floats:
    row, value = np.nonzero(table)
    count = table[row, value]
    size = table.sum(axis=1)
    running = np.cumsum(count)
    first = np.searchsorted(row, np.arange(size.size))
    start = np.concatenate([[0], running[:-1]])[first]
    upper = running - start[row]
    n = size[row]
    place, key_upper, key_n = _distinct_pairs(upper, n)
    below = upper - count
    at_start = below == 0
    share = count / n
    result = np.empty((size.size, quantiles.size))
    for column, q in enumerate(quantiles):
        cdf, moment = (part[place] for part in _beta_at(key_upper, key_n, float(q)))
        d_cdf = cdf - np.where(at_start, 0.0, np.concatenate([[0.0], cdf[:-1]]))
        d_moment = moment - np.where(at_start, 0.0, np.concatenate([[0.0], moment[:-1]]))
        terms = (value - 0.5) * d_cdf + (q * d_moment - below / n * d_cdf) / share
        result[:, column] = np.bincount(row, weights=terms, minlength=size.size)
    return np.clip(result, 0.0, table.shape[1] - 1)


def _distinct_pairs(upper: Counts, n: Counts) -> tuple[Counts, Counts, Counts]:
    """Return each cell's place among the distinct pairs of cumulative count and n, and the pairs.

    The beta functions depend on the pair alone, and small cohorts share most of theirs.
    """
    span = int(n.max(initial=0)) + 1
    key = n * span + upper
    offset = int(key.min(initial=span * span))
    reach = int(key.max(initial=offset)) - offset + 1
    if reach > 4 * key.size:
        distinct, place = np.unique(key, return_inverse=True)
    else:  # densely used, as when all samples have one size: a table instead of a sort
        used = np.zeros(reach, dtype=np.bool_)
        used[key - offset] = True
        distinct = np.flatnonzero(used) + offset
        place = (np.cumsum(used) - 1)[key - offset]
    return place, distinct % span, distinct // span


def _beta_at(upper: Counts, n: Counts, q: float) -> tuple[Floats, Floats]:
    """Return I(x; a, b) and I(x; a + 1, b) at x = upper / n, with a = q (n + 1), b = (n + 1) - a.

    Note that a / (a + b) is q. Far from q both are 0 or 1: a beta variable is sub-Gaussian with
    variance proxy 1 / (4 (a + b + 1)) (Marchal & Arbel 2017), so beyond the limit below less than
    the last bit of a double remains.
    """
    x = upper / n
    cdf = np.where(x < q, 0.0, 1.0)
    moment = cdf.copy()
    near = (2 * (n + 2) * (x - q) ** 2 < 45) & (upper < n)
    x, a = x[near], q * (n[near] + 1)
    b = n[near] + 1 - a
    cdf[near] = betainc(a, b, x)
    # One step of the recurrence in a, instead of a second incomplete beta function.
    step = np.exp(a * np.log(x) + b * np.log1p(-x) - betaln(a, b)) / a
    moment[near] = cdf[near] - step
    return cdf, moment


# Cohorts


def candidate_cohorts(
    submissions: Submissions, *, pooled: Collection[str] = frozenset()
) -> list[Cohort]:
    """Return every cohort of R5 in priority order, those that meet R4 with their rows.

    The list depends on membership alone. Cohorts whose ids are in `pooled` are treated as too
    small to stand alone.
    """
    main = np.flatnonzero(submissions.main_role).astype(np.int32)  # half the memory of the default
    whole = Cohort(
        id="all",
        kind="all",
        parent=None,
        parts={},
        mixed_types=True,
        rows=main if submissions.publishable(main) else None,
    )
    family_of = np.array(
        [
            next(i for i, members in enumerate(FAMILIES.values()) if code in members)
            for code in TYPES
        ]
    )
    family = family_of[submissions.respondent_type]
    cohorts = [whole]
    cohorts += _split(submissions, pooled, whole, "family", tuple(FAMILIES), family)
    types = _split(submissions, pooled, whole, "type", TYPES, submissions.respondent_type)
    cohorts += types
    cohorts += _split(submissions, pooled, whole, "region", REGIONS, submissions.region)
    cohorts += _split(submissions, pooled, whole, "income", INCOME_GROUPS, submissions.income_group)
    cohorts += _split(submissions, pooled, whole, "market", MARKETS, submissions.market)
    single = [cohort for cohort in types if not cohort.mixed_types]
    for kind, labels, column in (
        ("region", REGIONS, submissions.region),
        ("market", MARKETS, submissions.market),
    ):
        for cohort in single:
            cohorts += _split(submissions, pooled, cohort, kind, labels, column)
    return cohorts


def _split(
    submissions: Submissions,
    pooled: Collection[str],
    parent: Cohort,
    kind: str,
    labels: Sequence[str],
    column: Codes,
) -> list[Cohort]:
    """Return the catalogue of one split: each category, region group and "other"."""
    by_type = kind == "type"
    branches = REGION_GROUPS if kind == "region" else {}
    prefix = f"{kind}:" if parent.parent is None else f"{parent.id}+{kind}:"
    groups: dict[str, Group] = {}
    if parent.rows is not None:
        # Within the split by type a submission counts as its type, whatever its main role.
        rows = np.arange(len(submissions), dtype=np.int32) if by_type else parent.rows
        codes = column[rows]
        categories = [
            Group(label, (label,), rows[codes == code]) for code, label in enumerate(labels)
        ]
        parts = disclosure.pool(
            categories,
            publishable=submissions.publishable,
            branches=branches,
            unfit={key.removeprefix(prefix) for key in pooled if key.startswith(prefix)},
            counted_once=lambda some: some[submissions.main_role[some]] if by_type else some,
        )
        groups = {part.key: part for part in parts}
    cohorts = []
    for label in (*labels, *branches, OTHER):
        group = groups.get(label)
        cohorts.append(
            Cohort(
                id=f"{prefix}{label}",
                kind=kind if parent.parent is None else f"{parent.kind}+{kind}",
                parent=parent.id,
                parts={**parent.parts, kind: label},
                covers=group.covers if group else branches.get(label, (label,)),
                mixed_types=parent.mixed_types and (not by_type or label == OTHER),
                rows=group.rows if group else None,
            )
        )
    return cohorts


# The distance between tables (R6)


def distanced(submissions: Submissions) -> list[Cohort]:
    """Return the candidates so that no combination of them is about fewer than ten organisations.

    The lowest in a violating combination goes. Alone it would stay, as its parent less the other
    parts of the split, so it goes into "other", with the smallest other part where there is no
    "other" yet. This repeats until nothing violates.
    """
    pooled: set[str] = set()
    safe = np.zeros(len(submissions), dtype=np.bool_)
    while True:
        cohorts = candidate_cohorts(submissions, pooled=pooled)
        published = [cohort for cohort in cohorts if cohort.rows is not None]
        tables = Tables(
            [_rows(cohort) for cohort in published], submissions.organisation, submissions.alike
        )
        weights = tables.weights()
        # Pooled tables say less, so a group that was safe still is. Only "other" among the types
        # is not the sum of its parts: second roles drop out. Then the last check starts afresh.
        known = np.zeros(weights.held.size, dtype=np.bool_)
        known[tables.group[safe & (tables.group >= 0)]] = True
        by_type = any(key.rpartition(":")[0] == "type" for key in pooled)
        last_check = not by_type or not known.any()
        if combination := tables.isolating(weights, proven=known):
            pooled |= _to_pool(published, published[max(combination)])
            safe = (tables.group >= 0) & known[tables.group]
        elif last_check:
            return cohorts
        else:
            safe[:] = False


def _to_pool(published: Sequence[Cohort], lowest: Cohort) -> set[str]:
    """Return the ids of the parts to pool so that one cohort is no longer published as it is."""
    where = lowest.kind, lowest.parent
    split = [cohort for cohort in published if (cohort.kind, cohort.parent) == where]
    standing = [cohort for cohort in split if not cohort.id.endswith(f":{OTHER}")]
    others = [cohort for cohort in standing if cohort is not lowest]
    smallest = min(reversed(others), key=lambda cohort: _rows(cohort).size, default=lowest)
    if len(standing) < len(split) and lowest in standing:
        return {lowest.id}
    return {smallest.id, lowest.id} if lowest in standing else {smallest.id}


def _distanced_cells(submissions: Submissions, cells: Sequence[Cell]) -> list[Cell]:
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
                rows = [_rows(cell.cohort) for cell in opened]
                systems[ids] = (Tables(rows, submissions.organisation, submissions.alike), [])
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


# Observations


def observe(submissions: Submissions, cohorts: Sequence[Cohort]) -> list[Cell]:
    """Return the cells that may be published, in the order of cohorts, measures and views.

    A measure of a cohort has its own n and must meet R4 itself; where a part of a split does not,
    `disclosure.withheld_in_split` decides what else is withheld, and what is withheld in a cohort
    is withheld in its parts.
    """
    published = [cohort for cohort in cohorts if cohort.rows is not None]
    makeup = cache(lambda place: submissions.makeup(_rows(published[place])))
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
            for i in _open(submissions, published, makeup, splits, sizes, rated):
                cell = Cell(published[i], measure, view, sizes[i], *tables[i])
                cells.append(((i, measure_place, view_place), cell))
    return [cell for _, cell in sorted(cells, key=lambda pair: pair[0])]


def _rows(cohort: Cohort) -> Rows:
    assert cohort.rows is not None, f"{cohort.id} is not published"
    return cohort.rows


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
    for codes, of_income in ((submissions.alike // incomes, False), (by_income, True)):
        cohorts = [i for i, one in enumerate(published) if (one.kind == "income") is of_income]
        member = np.zeros((len(cohorts), int(codes.max(initial=-1)) + 1), dtype=np.int64)
        for local, place in enumerate(cohorts):
            member[local, codes[_rows(published[place])]] = 1
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
    makeup: Callable[[int], Makeup],
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
            if not _meets_minimum(submissions, published[i], partial(makeup, i), sizes[i], rated)
        }
        if parent is not None and parent in sizes:
            counted = rated & submissions.main_role if published[parent].mixed_types else rated
            failing = disclosure.withheld_in_split(
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
    rows = np.concatenate([_rows(published[i]) for i in sorted(some)])
    left = rows[counted[rows]]
    return not left.size or submissions.publishable(left)


def _meets_minimum(
    submissions: Submissions,
    cohort: Cohort,
    makeup: Callable[[], Makeup],
    n: int,
    rated: NDArray[np.bool_],
) -> bool:
    if n < disclosure.MIN_ORGANISATIONS:
        return False
    if submissions.whole.any_part_publishable(n) or makeup().any_part_publishable(n):
        return True
    rows = _rows(cohort)
    return submissions.publishable(rows[rated[rows]])


def _observations(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return the published figures of cells, half-widths apart, in the same order."""
    figures = _figures([cell for cell in cells if cell.measure != MINIMUM_STANDARDS])
    rows = []
    for cell in cells:
        row = _blank(cell.cohort, cell.measure, cell.view)
        rows.append(row)
        if cell.measure != MINIMUM_STANDARDS:
            row |= next(figures)
        elif cell.precision.levels:
            row |= _share(cell)
        else:
            continue  # a share is a count, and counts are shown from 20 organisations on
        row["n_band"], row["n"] = disclosure.shown_n(cell.n)
        row["obs_status"], row["conf_status"] = "A", "F"
    return rows


def _figures(cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    """Yield the quartiles of each cell and what else its size allows."""
    if not cells:
        return
    precisions = [cell.precision for cell in cells]
    steps = np.array([[precision.step] for precision in precisions])
    large = np.array([precision.deciles for precision in precisions])
    points = np.stack([cell.points for cell in cells])
    quantiles = np.zeros((len(cells), len(QUARTILES) + len(DECILES)))
    quantiles[~large, : len(QUARTILES)] = hdg1(points[~large], QUARTILES)
    quantiles[large] = hdg1(points[large], QUARTILES + DECILES)
    quartiles = disclosure.rounded_to(quantiles[:, : len(QUARTILES)], steps).tolist()
    deciles = disclosure.rounded_to(quantiles[:, len(QUARTILES) :], disclosure.DECILE_STEP).tolist()
    levels = disclosure.rounded_count(np.stack([cell.levels for cell in cells])).tolist()
    for place, (cell, precision) in enumerate(zip(cells, precisions, strict=True)):
        if cell.rung:
            levels[place] = disclosure.rounded_count(cell.levels, precision.count_step).tolist()
        q1, median, q3 = quartiles[place]
        yield {
            "q1": q1,
            "median": median,
            "q3": q3,
            "step": precision.step,
            "levels": levels[place] if precision.levels else None,
            "deciles": deciles[place] if precision.deciles else None,
        }


def _share(cell: Cell) -> dict[str, int]:
    """Return how many met all minimum standards, in counts that are rounded first."""
    not_met, met = (disclosure.rounded_count(int(count)) for count in cell.points)
    low, high = share_interval(met, met + not_met)
    return {
        "met": met,
        "of": met + not_met,
        "share": whole_points(100 * met / (met + not_met)),
        "share_low": low,
        "share_high": high,
        "step": disclosure.COUNT_STEP,
    }


def _blank(cohort: Cohort, measure: str, view: str) -> dict[str, Any]:
    """Return the row of a figure that is not published: empty and withheld look alike.

    The statuses are SDMX's: A normal, Q suppressed; F free, C confidential.
    """
    return {
        "cohort": cohort.id,
        "measure": measure,
        "view": view,
        "n_band": None,
        "n": None,
        "q1": None,
        "median": None,
        "q3": None,
        "step": None,
        "half_width": None,
        "levels": None,
        "deciles": None,
        "met": None,
        "of": None,
        "share": None,
        "share_low": None,
        "share_high": None,
        "obs_status": "Q",
        "conf_status": "C",
    }


# Uncertainty, from published figures alone


def half_widths(
    observations: Sequence[Mapping[str, Any]], *, release_id: str
) -> dict[tuple[str, str, str], int]:
    """Return the half-width of each published measure, view and n band, in whole points.

    How far the central 95 % of bootstrapped quartiles reach from their mean, at the quartile where
    they reach farthest, plus half the rounding step, rounded up. The bootstrap draws from the
    measure's published level counts in the widest cohort that has them or, where none has, evenly
    between published quartiles; its samples have the fewest organisations of the band.
    """
    widths: dict[tuple[str, str, str], int] = {}
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    sources: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in observations:
        if row["median"] is None:
            continue
        key = (row["measure"], row["view"])
        if key not in wanted[row["n_band"]]:
            wanted[row["n_band"]].append(key)
        if key not in sources or _width(row) > _width(sources[key]):
            sources[key] = row
    for band, keys in wanted.items():
        n = disclosure.N_BANDS[band]
        for from_levels in (True, False):
            some = [key for key in keys if bool(sources[key]["levels"]) is from_levels]
            if not some:
                continue
            shares = np.stack([_distribution(sources[key]) for key in some])
            unit = LEVEL_POINTS if from_levels else 1
            spread = unit * _bootstrap(
                shares, n, [f"{release_id}|{m}|{view}|{band}" for m, view in some]
            )
            for (measure, view), half in zip(some, spread.tolist(), strict=True):
                step = disclosure.precision(n).step
                widths[measure, view, band] = math.ceil(round(half + step / 2, 6))
    return widths


def _width(row: Mapping[str, Any]) -> int:
    """Return how wide a cohort is, as far as its published counts tell."""
    return sum(row["levels"]) if row["levels"] else 0


def _distribution(row: Mapping[str, Any]) -> Floats:
    """Return the shares by level, or by point where only quartiles are published."""
    if row["levels"]:
        levels: Floats = np.asarray(row["levels"], dtype=np.float64)
        levels /= levels.sum()
        return levels
    edges = np.arange(POINTS + 1) - 0.5
    shares = np.zeros(POINTS)
    limits = [-0.5, row["q1"], row["median"], row["q3"], POINTS - 0.5]
    for low, high in pairwise(limits):
        if high - low < 1:
            shares[min(POINTS - 1, max(0, round(low)))] += 0.25
        else:
            inside = np.clip(edges, low, high)
            shares += 0.25 * np.diff(inside) / (high - low)
    shares /= shares.sum()
    return shares


def _bootstrap(shares: Floats, n: int, seeds: Sequence[str]) -> Floats:
    """Return, per distribution, the largest 95 % deviation of a quartile of samples of n."""
    draws = np.stack(
        [
            # RandomState, because NumPy promises never to change its stream.
            np.random.RandomState(_seed(seed)).multinomial(n, share, size=BOOTSTRAP_DRAWS)
            for seed, share in zip(seeds, shares, strict=True)
        ]
    )
    quartiles = hdg1(draws, QUARTILES)
    expected = quartiles.mean(axis=1)
    low, high = np.quantile(quartiles, [0.025, 0.975], axis=1)
    return np.asarray(np.maximum(high - expected, expected - low).max(axis=1))


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


# The document


def build_release(
    submissions: Submissions | Iterable[Submission],
    *,
    release_id: str,
    series: str,
    wave: str,
    instrument: Mapping[str, str],
    scoring: str,
    closed_date: date,
    published_date: date,
    revision: str = "r1",
    audit: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the release document of a closed wave: the same for the same input in any order.

    `audit` is the report of `gate.audit_release` on the same submissions, whose outcome is applied
    before the document is written; without one the document names neither R10 nor R13.

    Raises TooFewOrganisations below ten organisations (R2), and ReleaseRefused for an id that is
    not of its series, a market release within 30 days of the close, or an audit of other figures.
    """
    columns = (
        submissions if isinstance(submissions, Submissions) else Submissions.from_rows(submissions)
    )
    _refuse(columns, release_id, series, closed_date, published_date)
    cohorts, cells = publishable_cells(columns)
    if audit is not None:
        cells = _gated(cells, audit)
    observations = _observations(cells)
    widths = half_widths(observations, release_id=release_id)
    for row in observations:
        half_width = widths.get((row["measure"], row["view"], row["n_band"]))
        if half_width is not None:
            allowed = disclosure.precision(disclosure.N_BANDS[row["n_band"]]).step
            half_width += (row["step"] - allowed + 1) // 2  # more where the gate had it coarsened
        row["half_width"] = half_width
    document = {
        "id": release_id,
        "series": series,
        "synthetic": series == "demo",
        "wave": wave,
        "revision": revision,
        "closed_date": closed_date.isoformat(),
        "published_date": published_date.isoformat(),
        "instrument": {key: instrument[key] for key in ("code", "version", "sha256")},
        "scoring": scoring,
        "engine": ENGINE,
        "licence": LICENCE,
        "views": list(VIEWS),
        "measures": [*MEASURES, MINIMUM_STANDARDS],
        "measures_across_types": list(MEASURES_ACROSS_TYPES),
        "families": {family: list(types) for family, types in FAMILIES.items()},
        "region_groups": {group: list(regions) for group, regions in REGION_GROUPS.items()},
        "rules": [
            {"rule": rule, "text": text}
            for rule, text in sorted(_rules_followed(audit), key=lambda pair: int(pair[0][1:]))
        ],
        "audit": _audit_summary(audit),
        "cohorts": [_entry(cohort) for cohort in cohorts],
        "observations": list(_complete(cohorts, observations)),
    }
    disclosure.check_fields(document)
    return document


def publishable_cells(submissions: Submissions) -> tuple[list[Cohort], list[Cell]]:
    """Return the catalogue and the cells that may be published as far as membership tells."""
    cohorts = distanced(submissions)
    return cohorts, _distanced_cells(submissions, observe(submissions, cohorts))


def fingerprint(cells: Sequence[Cell]) -> str:
    """Return a hash of exact counts, by which an audit and a release know they are of the same."""
    digest = hashlib.sha256()
    for cell in cells:
        digest.update("|".join(cell.key).encode())
        digest.update(cell.points.astype("<i8").tobytes() + cell.levels.astype("<i8").tobytes())
    return digest.hexdigest()


def _gated(cells: Sequence[Cell], audit: Mapping[str, Any]) -> list[Cell]:
    """Return the cells as an audit leaves them: each on its rung, without those withheld."""
    if audit["figures"] != fingerprint(cells):
        raise ReleaseRefused("The audit is of other figures. Run it on these submissions.")
    rungs = {
        (entry["cohort"], entry["measure"], entry["view"]): disclosure.LADDER.index(entry["rung"])
        for entry in audit["coarsened"]
    }
    on_rungs = (replace(cell, rung=rungs.get(cell.key, 0)) for cell in cells)
    return [cell for cell in on_rungs if cell.rung != disclosure.WITHHELD]


def _rules_followed(audit: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    run = audit["rules"] if audit is not None else ()
    return [*RULES, *((rule, text) for rule, text in RULES_OF_THE_GATE if rule in run)]


def _audit_summary(audit: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what a release says of its audit: what was run, and what came of it."""
    if audit is None:
        return None
    withheld = [entry for entry in audit["coarsened"] if entry["rung"] == "withheld"]
    return {
        "rules": audit["rules"],
        "insiders": audit["insiders"],
        "figures_checked": audit["checked"],
        "figures_coarsened": len(audit["coarsened"]) - len(withheld),
        "figures_withheld": len(withheld),
        # What says no more than that nothing has changed since the wave before (R13).
        "no_material_change": [
            {key: entry[key] for key in ("cohort", "measure", "view")}
            for entry in withheld
            if entry["rule"] == "R13"
        ],
    }


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """Return the bytes that are stored, served and hashed."""
    return json.dumps(
        document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def sha256(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document's canonical bytes."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def _refuse(
    submissions: Submissions, release_id: str, series: str, closed: date, published: date
) -> None:
    if series not in SERIES:
        raise ReleaseRefused(f"{series!r} is no series. Choose one of {', '.join(SERIES)}.")
    if not SERIES[series].fullmatch(release_id):
        raise ReleaseRefused(f"{release_id!r} is not an id of the {series} series.")
    if series == "market" and published < closed + timedelta(days=DAYS_FROM_CLOSE):
        raise ReleaseRefused(
            f"{release_id} would appear on {published}, less than {DAYS_FROM_CLOSE} days after "
            f"the wave closed on {closed}."
        )
    if submissions.organisations < disclosure.MIN_ORGANISATIONS:
        raise TooFewOrganisations(
            f"{submissions.organisations} eligible organisations; "
            f"{disclosure.MIN_ORGANISATIONS} are needed. Move them into the next wave."
        )


def _entry(cohort: Cohort) -> dict[str, Any]:
    published = cohort.rows is not None
    band, n = disclosure.shown_n(_rows(cohort).size) if published else (None, None)
    return {
        "id": cohort.id,
        "kind": cohort.kind,
        "parent": cohort.parent,
        "parts": dict(cohort.parts),
        "covers": list(cohort.covers),
        "mixed_types": cohort.mixed_types,
        "status": "published" if published else "withheld",
        "n_band": band,
        "n": n,
    }


def _complete(
    cohorts: Sequence[Cohort], observations: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield a row for every measure and view of every published cohort, in stable order."""
    found = {(row["cohort"], row["measure"], row["view"]): row for row in observations}
    for cohort in cohorts:
        if cohort.rows is None:
            continue
        for measure in cohort.measures:
            for view in VIEWS:
                row = found.get((cohort.id, measure, view))
                yield _blank(cohort, measure, view) if row is None else row


# Columns from rows


def _dense(keys: Iterable[str | None]) -> Codes:
    codes: dict[str, int] = {}
    return np.array(
        [disclosure.NOBODY if key is None else codes.setdefault(key, len(codes)) for key in keys],
        dtype=np.int32,
    )


def _codes(rows: Sequence[Submission], name: str, labels: Sequence[str]) -> Codes:
    codes: dict[str | None, int] = {label: code for code, label in enumerate(labels)}
    if UNCLASSIFIED in labels:
        codes[None] = labels.index(UNCLASSIFIED)
    values = [getattr(row, name) for row in rows]
    for value in values:
        if value not in codes:
            raise InvalidSubmissions(f"{value!r} is no {name}. Use one of {', '.join(labels)}.")
    return np.array([codes[value] for value in values], dtype=np.int32)


def _score_column(rows: Sequence[Submission], view: str) -> Bytes:
    return _values(
        [[_score(row.scores.get(view, {}).get(measure)) for row in rows] for measure in MEASURES]
    )


def _score(score: float | None) -> int:
    if score is None:
        return MISSING
    points = whole_points(score)
    if not 0 <= points < POINTS:
        raise InvalidSubmissions(f"A score of {score} is not between 0 and 100.")
    return points


def _level_column(rows: Sequence[Submission], view: str) -> Bytes:
    return _values(
        [[_level(row.levels.get(view, {}).get(measure)) for row in rows] for measure in MEASURES]
    )


def _level(level: int | None) -> int:
    if level is None:
        return MISSING
    if not 0 <= level < LEVELS:
        raise InvalidSubmissions(f"A level of {level} is not between 0 and 4.")
    return level


def _values(table: list[list[int]]) -> Bytes:
    return np.array(table, dtype=np.uint8).reshape(len(MEASURES), -1)
