"""The interval of a share of rounded counts."""

from __future__ import annotations

import math

Z95 = 1.959963984540054
COUNT_SLACK = 2.5  # a count rounded to the nearest 5 may be this far from the truth


def share_interval(count: int, total: int) -> tuple[int, int]:
    """Return the 95 % interval of a share in whole percent, from counts rounded to 5.

    Wilson's score interval, its lower end taken at count - 2.5 and its upper at count + 2.5, and
    rounded outwards. *(Wilson, JASA 22, 1927.)*
    """
    low, _ = _wilson(max(0.0, count - COUNT_SLACK), total)
    _, high = _wilson(min(float(total), count + COUNT_SLACK), total)
    return math.floor(round(100 * low, 6)), math.ceil(round(100 * high, 6))


def _wilson(count: float, total: int) -> tuple[float, float]:
    share = count / total
    square = Z95 * Z95 / total
    centre = (share + square / 2) / (1 + square)
    half = math.sqrt(share * (1 - share) * square + square * square / 4) / (1 + square)
    return max(0.0, centre - half), min(1.0, centre + half)
