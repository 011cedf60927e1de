from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from assessments.core.documents import canonical_json
from assessments.disclosure.codes import (
    CAPABILITIES,
    INCOME_GROUPS,
    MARKETS,
    MEASURES,
    REGIONS,
    TYPES,
    VIEWS,
)
from assessments.disclosure.cohorts import Cohort, protected_cohorts
from assessments.disclosure.document import CohortEntry, ReleaseDocument
from assessments.disclosure.release import build_release
from assessments.disclosure.submissions import Submission, Submissions


def submission(number: int, score: float | None = 50, **changes: Any) -> Submission:
    """Return an independent registry with one score everywhere, unless told otherwise."""
    level = None if score is None else min(4, int(score // 20))
    row = Submission(
        organisation=f"organisation-{number}",
        owner=f"owner-{number}",
        adviser=None,
        respondent_type="RG",
        region="south-asia",
        income_group="low",
        market="voluntary",
        main_role=True,
        scores={"declared": dict.fromkeys(MEASURES, score)},
        levels={"declared": dict.fromkeys(MEASURES, level)},
        minimum_standards_met={"declared": True},
    )
    return replace(row, **changes)


def without(row: Submission, *measures: str) -> Submission:
    """Take a submission out of some declared measures."""
    out: dict[str, None] = dict.fromkeys(measures)
    return replace(
        row,
        scores={"declared": {**row.scores["declared"], **out}},
        levels={"declared": {**row.levels["declared"], **out}},
    )


# Markets by organisations and seed: without a release, with 3, 5, 6 and 4 kinds of cohort, the last
# with more than 100 organisations. A quick property is tried on these, a slow one on many.
SOME = ((12, 1), (30, 1), (45, 4), (70, 2), (120, 3))


def population(n: int, seed: int) -> list[Submission]:
    """Return submissions of about n organisations, some with several roles, owners or advisers."""
    random = np.random.RandomState(seed)
    rows: list[Submission] = []
    for number in range(n):
        roles = 2 if random.rand() < 0.1 else 1
        types = random.choice(TYPES, roles, replace=False)
        main = random.randint(0, roles + 1)  # now and then none is named
        for place, respondent_type in enumerate(types):
            scores = {view: _scores(random) for view in VIEWS}
            if random.rand() < 0.6:
                scores["verified"] = dict.fromkeys(MEASURES)
            rows.append(
                submission(
                    number,
                    owner=f"owner-{random.randint(0, n)}",
                    adviser=f"adviser-{random.randint(0, 4)}" if random.rand() < 0.1 else None,
                    respondent_type=str(respondent_type),
                    region=str(random.choice(REGIONS)),
                    income_group=str(random.choice(INCOME_GROUPS)),
                    market=str(random.choice(MARKETS)),
                    main_role=bool(place == main),
                    scores=scores,
                    levels={view: _levels(scores[view]) for view in scores},
                    minimum_standards_met={"declared": bool(random.rand() < 0.4)},
                )
            )
    return rows


@cache
def market(n: int, seed: int) -> Submissions:
    """Return the columns of a population, made once."""
    return Submissions.from_rows(population(n, seed))


@cache
def protected(n: int, seed: int) -> tuple[Cohort, ...]:
    """Return the published cohorts of a population, found once."""
    return tuple(cohort for cohort in protected_cohorts(market(n, seed)) if cohort.rows is not None)


@cache
def built(n: int, seed: int) -> bytes:
    """Return the release of a population as canonical bytes, built once."""
    return canonical_json(release(market(n, seed)))


def _scores(random: np.random.RandomState) -> dict[str, float | None]:
    centre = random.normal(50, 15)
    return {
        measure: None
        if measure in CAPABILITIES and random.rand() < 0.1
        else float(np.clip(random.normal(centre, 10), 0, 100))
        for measure in MEASURES
    }


def _levels(scores: Mapping[str, float | None]) -> dict[str, int | None]:
    return {
        measure: None if score is None else min(4, int(score // 20))
        for measure, score in scores.items()
    }


def release(rows: Any, **changes: Any) -> ReleaseDocument:
    described: dict[str, Any] = {
        "release_id": "2026-W1",
        "series": "market",
        "wave": "2026-W1",
        "instrument": {"code": "cmi-maturity", "version": "1.0.0", "sha256": "ab" * 32},
        "scoring": "cmi-score 1.0",
        "closed_date": date(2026, 12, 31),
        "published_date": date(2027, 1, 30),
        **changes,
    }
    return build_release(rows, **described)


def figure(document: ReleaseDocument, cohort: str, measure: str, view: str = "declared") -> Any:
    found = [
        row
        for row in document["observations"]
        if (row["cohort"], row["measure"], row["view"]) == (cohort, measure, view)
    ]
    assert len(found) <= 1
    return found[0] if found else None


def entry(document: ReleaseDocument, cohort: str) -> CohortEntry:
    (found,) = [row for row in document["cohorts"] if row["id"] == cohort]
    return found.copy()


def published(document: ReleaseDocument) -> list[str]:
    return [row["id"] for row in document["cohorts"] if row["status"] == "published"]


def of_types(**counts: int) -> Iterator[Submission]:
    number = 0
    for code, count in counts.items():
        for _ in range(count):
            number += 1
            yield submission(number, respondent_type=code)
