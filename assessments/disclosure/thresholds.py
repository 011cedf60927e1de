"""What may be published about a group of organisations, decided from membership alone.

R4 the minimum, R5 the pooling of small categories, R7 precision by size, R8 what is never
published. No function here sees a score: a decision that looked at scores would itself reveal them
(Kenthapadi, Mishra & Nissim, Simulatable auditing, PODS 2005).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.integer[Any]]
Codes = NDArray[np.int32]
CountOrCounts = TypeVar("CountOrCounts", int, NDArray[np.int64])

MIN_ORGANISATIONS = 10  # below this a quartile could identify a member
MIN_OWNERS = 8
MAX_OWNER_SHARE = 4  # the largest owner holds at most one in four
MIN_OUTSIDE_BLOCK = 8  # organisations left when the largest owner or adviser pools what it knows
MIN_FOR_LEVELS = 20
MIN_FOR_ROUNDED_N = 100
MIN_FOR_DECILES = 1000
COUNT_STEP = 5
DECILE_STEP = 2

NOBODY = -1  # the code of "no adviser"
OTHER = "other"

# The first number of organisations in each band. From 100 on n itself is shown, to the nearest 5,
# and the bands only choose the half-width.
N_BANDS = {
    "10-14": 10,
    "15-19": 15,
    "20-29": 20,
    "30-44": 30,
    "45-99": 45,
    "100-299": 100,
    "300-999": 300,
    "1000+": 1000,
}
_BANDS, _BAND_STARTS = tuple(N_BANDS), tuple(N_BANDS.values())

# R8, as the names such figures would go by.
FORBIDDEN_FIELDS = frozenset(
    [
        *("min", "minimum", "max", "maximum", "mean", "average", "sum", "total"),
        *("sd", "std", "stdev", "standard_deviation", "variance", "correlation", "rank", "ranks"),
        *("name", "names", "organisation", "organisations", "entity", "entities", "owner"),
        *("owners", "adviser", "advisers", "member", "members", "histogram", "comment", "note"),
    ]
)


class ForbiddenField(ValueError):
    """A release document holds something that is never published."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """How concentrated a group is: all that R4 looks at."""

    organisations: int
    owners: int
    largest_owner: int
    largest_adviser: int

    @property
    def publishable(self) -> bool:
        """Say whether the group meets R4."""
        block = max(self.largest_owner, self.largest_adviser)
        return (
            self.organisations >= MIN_ORGANISATIONS
            and self.owners >= MIN_OWNERS
            and self.largest_owner * MAX_OWNER_SHARE <= self.organisations
            and self.organisations - block >= MIN_OUTSIDE_BLOCK
        )

    def any_part_publishable(self, organisations: int) -> bool:
        """Say whether every part of this size surely meets R4, without looking at the part.

        No owner can hold more of the part than of the whole, which bounds the other figures.
        """
        return organisations >= max(
            MIN_ORGANISATIONS,
            MIN_OWNERS * self.largest_owner,
            MIN_OUTSIDE_BLOCK + self.largest_adviser,
        )


# How the release audit coarsens a figure (R10), a level at a time.
COARSENING_LEVELS = ("as-allowed", "steps-doubled", "without-counts", "withheld")
WITHHELD = len(COARSENING_LEVELS) - 1


@dataclass(frozen=True, slots=True)
class Precision:
    """What R7 allows at a size: the step of quartiles, and whether counts and deciles are shown."""

    step: int
    levels: bool
    deciles: bool
    count_step: int = COUNT_STEP

    def coarsened(self, level: int) -> Precision:
        """Return the precision at a coarsening level below the last, which shows nothing."""
        if level == 0:
            return self
        return Precision(
            step=2 * self.step,
            levels=self.levels and level < 2,
            deciles=False,
            count_step=2 * self.count_step,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """One part of a split: its key, the categories it covers, and its rows."""

    key: str
    covers: tuple[str, ...]
    rows: Rows


def concentration(owner: Codes, adviser: Codes) -> Concentration:
    """Return the concentration of a group, given the owner and the adviser of each organisation."""
    owners, largest_owner = _distinct_and_largest(owner)
    _, largest_adviser = _distinct_and_largest(adviser[adviser != NOBODY])
    return Concentration(owner.size, owners, largest_owner, largest_adviser)


@cache
def precision(n: int) -> Precision:
    """Return what R7 allows for n organisations, of which there are at least ten."""
    return Precision(
        step=5 if n >= MIN_FOR_LEVELS else 10,
        levels=n >= MIN_FOR_LEVELS,
        deciles=n >= MIN_FOR_DECILES,
    )


def shown_n(n: int) -> tuple[str, int | None]:
    """Return the band of n and, from 100 on, n to the nearest 5: all that is published of n."""
    rounded = rounded_count(n) if n >= MIN_FOR_ROUNDED_N else None
    known = n if rounded is None else rounded
    return _BANDS[bisect(_BAND_STARTS, known) - 1], rounded


def rounded_count(count: CountOrCounts, step: int = COUNT_STEP) -> CountOrCounts:
    """Return a count, or an array of them, to the nearest 5, or another step."""
    return (count + step // 2) // step * step


def rounded_to(values: NDArray[np.float64], step: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return values to the nearest step, halves up: `core.rounding` on arrays."""
    # Six decimals first, so that noise in the last bits never decides a half.
    return (np.floor(np.round(values, 6) / step + 0.5) * step).astype(np.int64)


def pooled(
    categories: Sequence[Group],
    *,
    publishable: Callable[[Rows], bool],
    branches: Mapping[str, tuple[str, ...]] | None = None,
    unfit: Collection[str] = frozenset(),
    counted_once: Callable[[Rows], Rows] = lambda rows: rows,
) -> list[Group]:
    """Return the parts in which a split may be published, or none at all.

    A category that is too small first draws in the others of its branch, if it has one; what is
    still too small becomes "other", and the smallest sufficient parts join it until it is large
    enough. So the parts always cover the whole and nothing is left over to subtract. A split with
    fewer than two parts is not published. Parts whose keys are `unfit` never stand alone.
    `counted_once` drops the rows that count only within one category, which "other" is not.
    """
    parts = _merge_branches(categories, publishable, branches or {})
    enough = {part.key: part.key not in unfit and publishable(part.rows) for part in parts}
    kept = [part for part in parts if enough[part.key]]
    rest = counted_once(_union([part.rows for part in parts if not enough[part.key]]))
    while rest.size and not publishable(rest):
        if not kept:
            return []
        smallest = min(reversed(kept), key=lambda part: part.rows.size)
        kept.remove(smallest)
        rest = np.concatenate([rest, counted_once(smallest.rows)])
    if rest.size:
        covered = {key for part in kept for key in part.covers}
        left = tuple(category.key for category in categories if category.key not in covered)
        kept.append(Group(OTHER, left, rest))
    return kept if len(kept) > 1 else []


def complementary_suppression(
    sizes: Mapping[int, int],
    failing: set[int],
    *,
    residual_publishable: Callable[[set[int]], bool],
) -> set[int]:
    """Return which parts of a split to withhold for one measure, given those that fail R4.

    Subtracting the published parts from the whole yields the withheld ones together. If they are
    too few to be published themselves, the smallest sufficient part is withheld with them, until
    they are enough or nothing is left. `sizes` gives n by part.
    """
    withheld = set(failing)
    while any(sizes[part] for part in withheld) and not residual_publishable(withheld):
        kept = [part for part in sizes if part not in withheld]
        if not kept:
            break
        withheld.add(min(reversed(kept), key=lambda part: sizes[part]))
    return withheld


def check_fields(document: Mapping[str, object]) -> None:
    """Raise ForbiddenField if a JSON document has a field of R8's list, or an exact n."""
    for fields in _objects(document):
        if not FORBIDDEN_FIELDS.isdisjoint(fields):
            bad = min(FORBIDDEN_FIELDS & fields.keys())
            raise ForbiddenField(f"A release never holds a field {bad!r}. Leave it out.")
        n = fields.get("n")
        if n is not None and (n < MIN_FOR_ROUNDED_N or n % COUNT_STEP):
            raise ForbiddenField(f"A release never holds an exact number, {n}. Round it first.")


def _distinct_and_largest(codes: Codes) -> tuple[int, int]:
    if not codes.size:
        return 0, 0
    # Counting is the faster for large groups, sorting for small ones among many owners.
    if codes.size * 16 > codes.max():
        counts = np.bincount(codes)
        return int(np.count_nonzero(counts)), int(counts.max())
    counts = np.unique(codes, return_counts=True)[1]
    return counts.size, int(counts.max())


def _merge_branches(
    categories: Sequence[Group],
    publishable: Callable[[Rows], bool],
    branches: Mapping[str, tuple[str, ...]],
) -> list[Group]:
    merged: dict[str, Group] = {category.key: category for category in categories}
    for branch, keys in branches.items():
        filled = [merged[key] for key in keys if merged[key].rows.size]
        if len(filled) > 1 and not all(publishable(part.rows) for part in filled):
            for key in keys[1:]:
                del merged[key]
            merged[keys[0]] = Group(branch, keys, _union([part.rows for part in filled]))
    return list(merged.values())


def _union(parts: Sequence[Rows]) -> Rows:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _objects(document: Mapping[str, object]) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON document."""
    left: list[Any] = [document]
    while left:
        value = left.pop()
        if type(value) is dict:
            yield value
            left += value.values()
        elif type(value) is list:
            left += value
