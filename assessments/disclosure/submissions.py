"""The eligible submissions of a closed wave, as rows and as columns.

A *submission* is one organisation's assessment as one respondent type. In a cohort of one type it
counts as that type; in a cohort across types each organisation counts once, by its main role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assessments.core import rounding
from assessments.disclosure import thresholds
from assessments.disclosure.codes import (
    DIMENSIONS,
    INCOME_GROUPS,
    LEVELS,
    MARKETS,
    MEASURES,
    MINIMUM_STANDARDS,
    MISSING,
    POINTS,
    REGIONS,
    TYPES,
    UNCLASSIFIED,
    VIEWS,
)
from assessments.disclosure.thresholds import Codes, Concentration, Rows

Bytes = NDArray[np.uint8]


class InvalidSubmissions(ValueError):
    """The submissions contradict each other or the code lists."""


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
    construction an index without all dimensions is taken out, and an organisation that
    names no main role among its submissions counts by the first of its types. `cohort_key` has one
    code for all rows that differ in nothing by which cohorts are formed; `everyone` is the
    concentration of all.
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
    everyone: Concentration = field(init=False)
    cohort_key: Codes = field(init=False)

    def __post_init__(self) -> None:
        present = np.bincount(self.organisation) > 0
        object.__setattr__(self, "organisations", int(np.count_nonzero(present)))
        self._refuse_contradictions()
        object.__setattr__(self, "main_role", self.main_role | self._without_main_role())
        object.__setattr__(self, "everyone", thresholds.concentration(self.owner, self.adviser))
        cohort_key = self.main_role.astype(np.int32)
        for column, labels in (
            (self.respondent_type, TYPES),
            (self.region, REGIONS),
            (self.market, MARKETS),
            (self.income_group, INCOME_GROUPS),
        ):
            cohort_key = cohort_key * len(labels) + column
        object.__setattr__(self, "cohort_key", cohort_key)
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

    def concentration(self, rows: Rows) -> Concentration:
        """Return the concentration of the organisations behind some rows."""
        return thresholds.concentration(self.owner[rows], self.adviser[rows])

    def publishable(self, rows: Rows) -> bool:
        """Say whether some rows meet R4."""
        return self.everyone.any_part_publishable(rows.size) or self.concentration(rows).publishable

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


# Columns from rows


def _dense(keys: Iterable[str | None]) -> Codes:
    codes: dict[str, int] = {}
    return np.array(
        [thresholds.NOBODY if key is None else codes.setdefault(key, len(codes)) for key in keys],
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
    points = rounding.whole(score)
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
