"""The catalogue of cohorts, fixed by membership alone (R5), and its protection (R6).

`candidate_cohorts` lists every cohort; `protected_cohorts` those no combination of which is about
fewer than ten organisations.

Regions pool along a fixed hierarchy before anything becomes "other": the Americas (Latin America
& Caribbean, North America), Asia and the Pacific (East Asia & Pacific, South Asia), and Africa and
the Middle East (Middle East & North Africa, Sub-Saharan Africa); Europe & Central Asia is alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assessments.disclosure import thresholds
from assessments.disclosure.codes import (
    FAMILIES,
    INCOME_GROUPS,
    MARKETS,
    MEASURES,
    MEASURES_ACROSS_TYPES,
    MINIMUM_STANDARDS,
    REGION_GROUPS,
    REGIONS,
    TYPES,
)
from assessments.disclosure.differencing import Tables
from assessments.disclosure.submissions import Submissions
from assessments.disclosure.thresholds import OTHER, Codes, Group, Rows


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
        parts = thresholds.pooled(
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


def protected_cohorts(submissions: Submissions) -> list[Cohort]:
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
            [rows_of(cohort) for cohort in published],
            submissions.organisation,
            submissions.cohort_key,
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
    smallest = min(reversed(others), key=lambda cohort: rows_of(cohort).size, default=lowest)
    if len(standing) < len(split) and lowest in standing:
        return {lowest.id}
    return {smallest.id, lowest.id} if lowest in standing else {smallest.id}


def rows_of(cohort: Cohort) -> Rows:
    """Return the rows of a published cohort."""
    assert cohort.rows is not None, f"{cohort.id} is not published"
    return cohort.rows
