from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.core import rounding
from assessments.disclosure import thresholds
from assessments.disclosure.thresholds import Concentration, ForbiddenField, Group, Rows


def blocks(*sizes: int) -> thresholds.Codes:
    """Return codes in which the first occurs sizes[0] times, and so on."""
    return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)


def nobody(n: int) -> thresholds.Codes:
    return np.full(n, thresholds.NOBODY, dtype=np.int32)


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ((1,) * 9, False),  # nine organisations
        ((1,) * 10, True),
        ((2, 2, 2, 1, 1, 1, 1), False),  # ten organisations of seven owners
        ((2, 2, 1, 1, 1, 1, 1, 1), True),  # ten of eight owners
        ((3, *(1,) * 9), True),  # 3 of 12 is exactly a quarter
        ((3, *(1,) * 8), False),  # 3 of 11 is more than a quarter
        ((4, *(1,) * 12), True),  # 4 of 16
        ((5, *(1,) * 14), False),  # 5 of 19
    ],
)
def test_minimum_counts_organisations_and_owners(owners: tuple[int, ...], expected: bool) -> None:
    owner = blocks(*owners)
    assert thresholds.concentration(owner, nobody(owner.size)).publishable is expected


@pytest.mark.parametrize(
    ("n", "largest_adviser", "expected"),
    [(10, 2, True), (10, 3, False), (12, 4, True), (12, 5, False), (40, 32, True), (40, 33, False)],
)
def test_eight_remain_without_the_largest_adviser(
    n: int, largest_adviser: int, expected: bool
) -> None:
    adviser = np.concatenate([np.zeros(largest_adviser, dtype=np.int32), nobody(n)])[:n]
    assert thresholds.concentration(blocks(*(1,) * n), adviser).publishable is expected


def test_concentration_of_codes_sparse_and_dense_agrees() -> None:
    dense, sparse = blocks(3, 1, 2), blocks(3, 1, 2) * 1000
    assert thresholds.concentration(dense, nobody(6)) == Concentration(6, 3, 3, 0)
    assert thresholds.concentration(sparse, sparse) == Concentration(6, 3, 3, 3)
    assert thresholds.concentration(blocks(), blocks()) == Concentration(0, 0, 0, 0)


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 6)), min_size=10, max_size=60), st.data()
)
def test_a_size_that_surely_suffices_does(
    pairs: list[tuple[int, int]], data: st.DataObject
) -> None:
    owner, adviser = np.array(pairs, dtype=np.int32).T
    some = np.array(data.draw(st.permutations(range(owner.size))))[: data.draw(st.integers(10, 60))]
    if thresholds.concentration(owner, adviser).any_part_publishable(some.size):
        assert thresholds.concentration(owner[some], adviser[some]).publishable


@pytest.mark.parametrize(
    ("n", "band", "shown", "step", "levels", "deciles"),
    [
        (10, "10-14", None, 10, False, False),
        (14, "10-14", None, 10, False, False),
        (15, "15-19", None, 10, False, False),
        (19, "15-19", None, 10, False, False),
        (20, "20-29", None, 5, True, False),
        (29, "20-29", None, 5, True, False),
        (30, "30-44", None, 5, True, False),
        (44, "30-44", None, 5, True, False),
        (45, "45-99", None, 5, True, False),
        (99, "45-99", None, 5, True, False),
        (100, "100-299", 100, 5, True, False),
        (102, "100-299", 100, 5, True, False),
        (103, "100-299", 105, 5, True, False),
        (298, "300-999", 300, 5, True, False),  # the band follows the n that is shown
        (999, "1000+", 1000, 5, True, False),
        (1000, "1000+", 1000, 5, True, True),
    ],
)
def test_precision_falls_with_size(
    n: int, band: str, shown: int | None, step: int, levels: bool, deciles: bool
) -> None:
    assert thresholds.shown_n(n) == (band, shown)
    assert thresholds.precision(n) == thresholds.Precision(step, levels, deciles)


def test_arrays_are_rounded_like_single_numbers() -> None:
    values = np.arange(0, 100, 0.0625)

    assert thresholds.rounded_to(values, 1).tolist() == [rounding.whole(v) for v in values.tolist()]


def test_rounding_takes_halves_up() -> None:
    values = np.array([0.0, 2.4999, 2.5, 7.5, 12.4, 97.5])
    assert thresholds.rounded_to(values, 5).tolist() == [0, 0, 5, 10, 10, 100]
    # a half that noise in the last bits has pushed below itself is still a half
    assert thresholds.rounded_to(np.array([42.49999999999999]), 5).tolist() == [45]
    assert thresholds.rounded_to(np.array([45.0, 44.999]), 10).tolist() == [50, 40]
    assert [thresholds.rounded_count(n) for n in range(9)] == [0, 0, 0, 5, 5, 5, 5, 5, 10]


def categories(**sizes: int) -> list[Group]:
    """Return groups of consecutive rows, one per name."""
    groups, start = [], 0
    for key, size in sizes.items():
        groups.append(Group(key, (key,), np.arange(start, start + size)))
        start += size
    return groups


def at_least_ten(rows: Rows) -> bool:
    return rows.size >= 10


def shapes(parts: Sequence[Group]) -> list[tuple[str, tuple[str, ...], int]]:
    return [(part.key, part.covers, part.rows.size) for part in parts]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"a": 12, "b": 10}, [("a", ("a",), 12), ("b", ("b",), 10)]),
        # the small ones together are enough; an empty one hides among them
        (
            {"a": 12, "b": 6, "c": 4, "d": 0},
            [("a", ("a",), 12), ("other", ("b", "c", "d"), 10)],
        ),
        # they are not, so the smallest sufficient one joins them
        (
            {"a": 12, "b": 11, "c": 9},
            [("a", ("a",), 12), ("other", ("b", "c"), 20)],
        ),
        # of two equals the later one joins
        ({"a": 11, "b": 11, "c": 1}, [("a", ("a",), 11), ("other", ("b", "c"), 12)]),
        ({"a": 30, "b": 9}, []),  # one group would remain
        ({"a": 30, "b": 0}, []),
        ({"a": 5, "b": 4}, []),
        ({"a": 0, "b": 0}, []),
    ],
)
def test_pool(sizes: dict[str, int], expected: list[tuple[str, tuple[str, ...], int]]) -> None:
    assert shapes(thresholds.pooled(categories(**sizes), publishable=at_least_ten)) == expected


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        # b draws in its branch; c and d, both sufficient, stay apart
        (
            {"a": 15, "b": 3, "c": 10, "d": 10},
            [("ab", ("a", "b"), 18), ("c", ("c",), 10), ("d", ("d",), 10)],
        ),
        # an empty one needs no company
        (
            {"a": 15, "b": 0, "c": 4, "d": 7},
            [("a", ("a",), 15), ("cd", ("c", "d"), 11)],
        ),
        # a branch that stays too small becomes other, which a joins
        ({"a": 15, "b": 0, "c": 4, "d": 3, "e": 20}, [("e", ("e",), 20), ("other", "abcd", 22)]),
    ],
)
def test_pool_goes_along_branches_first(
    sizes: dict[str, int], expected: list[tuple[str, Sequence[str], int]]
) -> None:
    branches = {"ab": ("a", "b"), "cd": ("c", "d")}
    parts = thresholds.pooled(categories(**sizes), publishable=at_least_ten, branches=branches)
    assert shapes(parts) == [(key, tuple(covers), size) for key, covers, size in expected]


@pytest.mark.parametrize(
    ("sizes", "failing", "expected"),
    [
        ({0: 20, 1: 15, 2: 12}, set(), set()),
        ({0: 20, 1: 15, 2: 0}, {2}, {2}),  # nobody there: nothing to subtract
        ({0: 20, 1: 15, 2: 4}, {2}, {1, 2}),  # 39 less 20 and 15 would be those 4
        ({0: 20, 1: 6, 2: 4}, {1, 2}, {1, 2}),  # the two together are ten
        ({0: 20, 1: 9}, {1}, {0, 1}),
    ],
)
def test_complementary_suppression(
    sizes: dict[int, int], failing: set[int], expected: set[int]
) -> None:
    withheld = thresholds.complementary_suppression(
        sizes, failing, residual_publishable=lambda some: sum(sizes[i] for i in some) >= 10
    )
    assert withheld == expected


@pytest.mark.parametrize(
    "document",
    [
        {"observations": [{"q1": 40, "mean": 41.5}]},
        {"cohorts": [{"id": "all", "n": 45}]},
        {"cohorts": [{"id": "all", "n": 123}]},
        {"a": {"b": [[{"organisations": 12}]]}},
    ],
)
def test_forbidden_fields_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(ForbiddenField):
        thresholds.check_fields(document)


def test_rounded_numbers_and_bands_are_allowed() -> None:
    thresholds.check_fields({"cohorts": [{"n": 125, "n_band": "100-299"}, {"n": None}]})
