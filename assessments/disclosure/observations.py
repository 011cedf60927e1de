"""Published observations of cells: rounded figures (R7) and how uncertain they are."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from assessments.core.rounding import half_up
from assessments.disclosure import thresholds
from assessments.disclosure.cells import Cell
from assessments.disclosure.codes import LEVEL_POINTS, MINIMUM_STANDARDS, POINTS, VIEWS
from assessments.disclosure.cohorts import Cohort
from assessments.disclosure.document import NoFigures, Observation, Quartiles, Share
from assessments.disclosure.intervals import share_interval
from assessments.disclosure.quantiles import DECILES, QUARTILES, Floats, hdg1

BOOTSTRAP_DRAWS = 500


def observations_of(cells: Sequence[Cell], *, release_id: str) -> list[Observation]:
    """Return the published figures of cells, in the same order."""
    figures = _figures([cell for cell in cells if cell.measure != MINIMUM_STANDARDS])
    rows: list[Observation] = []
    for cell in cells:
        if cell.measure != MINIMUM_STANDARDS:
            rows.append(next(figures))
        elif cell.precision.levels:
            rows.append(_share(cell))
        else:  # a share is a count, and counts are shown from 20 organisations on
            rows.append(_blank(cell.cohort, cell.measure, cell.view))
    widths = half_widths(rows, release_id=release_id)
    for row in rows:
        if row["median"] is not None:
            allowed = thresholds.precision(thresholds.N_BANDS[row["n_band"]]).step
            coarser = (row["step"] - allowed + 1) // 2  # where the audit coarsened it
            row["half_width"] = widths[row["measure"], row["view"], row["n_band"]] + coarser
    return rows


def _figures(cells: Sequence[Cell]) -> Iterator[Quartiles]:
    """Yield the quartiles of each cell and what else its size allows, half-widths left at 0."""
    if not cells:
        return
    precisions = [cell.precision for cell in cells]
    steps = np.array([[precision.step] for precision in precisions])
    large = np.array([precision.deciles for precision in precisions])
    points = np.stack([cell.points for cell in cells])
    quantiles = np.zeros((len(cells), len(QUARTILES) + len(DECILES)))
    quantiles[~large, : len(QUARTILES)] = hdg1(points[~large], QUARTILES)
    quantiles[large] = hdg1(points[large], QUARTILES + DECILES)
    quartiles = thresholds.rounded_to(quantiles[:, : len(QUARTILES)], steps).tolist()
    deciles = thresholds.rounded_to(quantiles[:, len(QUARTILES) :], thresholds.DECILE_STEP).tolist()
    levels = thresholds.rounded_count(np.stack([cell.levels for cell in cells])).tolist()
    for place, (cell, precision) in enumerate(zip(cells, precisions, strict=True)):
        if cell.coarsening:
            levels[place] = thresholds.rounded_count(cell.levels, precision.count_step).tolist()
        q1, median, q3 = quartiles[place]
        n_band, n = thresholds.shown_n(cell.n)
        yield {
            "cohort": cell.cohort.id,
            "measure": cell.measure,
            "view": cell.view,
            "n_band": n_band,
            "n": n,
            "q1": q1,
            "median": median,
            "q3": q3,
            "step": precision.step,
            "half_width": 0,
            "levels": levels[place] if precision.levels else None,
            "deciles": deciles[place] if precision.deciles else None,
            "met": None,
            "of": None,
            "share": None,
            "share_low": None,
            "share_high": None,
            "obs_status": "A",
            "conf_status": "F",
        }


def _share(cell: Cell) -> Share:
    """Return how many met all minimum standards, in counts that are rounded first."""
    not_met, met = (thresholds.rounded_count(int(count)) for count in cell.points)
    low, high = share_interval(met, met + not_met)
    n_band, n = thresholds.shown_n(cell.n)
    return {
        "cohort": cell.cohort.id,
        "measure": cell.measure,
        "view": cell.view,
        "n_band": n_band,
        "n": n,
        "q1": None,
        "median": None,
        "q3": None,
        "step": thresholds.COUNT_STEP,
        "half_width": None,
        "levels": None,
        "deciles": None,
        "met": met,
        "of": met + not_met,
        "share": half_up(100 * met, met + not_met),
        "share_low": low,
        "share_high": high,
        "obs_status": "A",
        "conf_status": "F",
    }


def _blank(cohort: Cohort, measure: str, view: str) -> NoFigures:
    """Return the row of a figure that is not published: empty and withheld are the same.

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
    observations: Sequence[Observation], *, release_id: str
) -> dict[tuple[str, str, str], int]:
    """Return the half-width of each published measure, view and n band, in whole points.

    How far the central 95 % of bootstrapped quartiles reach from their mean, at the quartile where
    they reach farthest, plus half the rounding step, rounded up. The bootstrap draws from the
    measure's published level counts in the widest cohort that has them or, where none has, evenly
    between published quartiles; its samples have the fewest organisations of the band.
    """
    widths: dict[tuple[str, str, str], int] = {}
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    sources: dict[tuple[str, str], Quartiles] = {}
    for row in observations:
        if row["median"] is None:
            continue
        key = (row["measure"], row["view"])
        if key not in wanted[row["n_band"]]:
            wanted[row["n_band"]].append(key)
        if key not in sources or _width(row) > _width(sources[key]):
            sources[key] = row
    for band, keys in wanted.items():
        n = thresholds.N_BANDS[band]
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
                step = thresholds.precision(n).step
                widths[measure, view, band] = math.ceil(round(half + step / 2, 6))
    return widths


def _width(row: Quartiles) -> int:
    """Return how wide a cohort is, as far as its published counts tell."""
    return sum(row["levels"]) if row["levels"] else 0


def _distribution(row: Quartiles) -> Floats:
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


def completed(
    cohorts: Sequence[Cohort], observations: Sequence[Observation]
) -> Iterator[Observation]:
    """Yield a row for every measure and view of every published cohort, in stable order."""
    found = {(row["cohort"], row["measure"], row["view"]): row for row in observations}
    for cohort in cohorts:
        if cohort.rows is None:
            continue
        for measure in cohort.measures:
            for view in VIEWS:
                row = found.get((cohort.id, measure, view))
                yield _blank(cohort, measure, view) if row is None else row
