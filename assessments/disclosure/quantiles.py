"""Quantiles of histograms: `hdg-1`.

The estimator of Harrell & Davis (Biometrika 69, 1982) on the grouped distribution, each value
spread evenly over the unit around it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaln

ENGINE = "hdg-1"
QUARTILES = (0.25, 0.5, 0.75)
DECILES = tuple(tenths / 10 for tenths in range(1, 10))
BLOCK = 250_000  # counters whose quantiles are computed at a time, for the memory it takes
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


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
        cdf, moment = (part[place] for part in beta_at(key_upper, key_n, float(q)))
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


def beta_at(upper: Counts, n: Counts, q: float) -> tuple[Floats, Floats]:
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
