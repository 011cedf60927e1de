"""T7: nobody can tell a group that is empty from one that is too small or was dropped.

The same market is released three times: with nobody in one region, with three organisations there,
and with enough of them for figures, which the distance between tables then forbids.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from django.core.cache import caches
from django.db import transaction
from django.test import Client

from assessments.disclosure import cells
from assessments.disclosure.codes import REGIONS
from assessments.disclosure.cohorts import Cohort, candidate_cohorts, protected_cohorts
from assessments.disclosure.submissions import Submissions
from tests.assessments.market import market_of, released, wave
from tests.promises import market as markets
from tests.promises.conftest import Figure
from tests.promises.market import Answer

pytestmark = pytest.mark.django_db

REGION, COHORT = "South Asia", "region:south-asia"
EMPTY_BESIDE = "region:north-america"  # in each of the three
THERE = {"empty": 0, "small": 3, "dropped": 14}
AT = f"/api/v1/releases/{markets.YEAR}-W1"
PATHS = (
    f"{AT}/cohorts/{COHORT}/data",
    f"{AT}/cohorts/{COHORT}/data?format=csv",
    f"{AT}/observations?cohort={COHORT}",
    f"{AT}/observations?cohort={COHORT}&measure=EG&view=declared",
    f"{AT}/resolve?region=south-asia",
    f"{AT}/resolve?type=SB&region=south-asia",
    f"{AT}/resolve?type=SB&region=south-asia&measure=EG1&view=supported",
    f"{AT}/cohorts",
    f"{AT}/cohorts?format=csv",
    f"{AT}/data",
    f"{AT}/data?format=sdmx-csv",
    f"/benchmarks/?cohort={COHORT}",
)


def answers(there: int) -> dict[str, Answer]:
    """Return what a visitor reads of a market with so many organisations in the region."""
    markets.restart()
    with transaction.atomic():
        period = wave(markets.YEAR)
        period.title = str(markets.YEAR)
        period.save()
        for rating in (1, 2, 3):
            market_of(8, period, rating=rating)
        market_of(there, period, rating=3, respondent_type="SB", region=REGION)
        market_of(14 - there, period, rating=3, respondent_type="SB")
        market_of(3, period, respondent_type="VB")
        released(period, at=datetime(markets.YEAR + 1, 2, 1, tzinfo=UTC))
        read = {path: answer(path) for path in (*PATHS, f"{AT}/cohorts/{EMPTY_BESIDE}/data")}
        transaction.set_rollback(True)
    return read


def answer(path: str) -> Answer:
    caches["default"].clear()
    response = Client().get(path)
    return response.status_code, dict(response.headers), response.getvalue()


def differing(worlds: dict[str, dict[str, Answer]]) -> list[str]:
    """Return the addresses that answer differently: in status, a header, length or a byte."""
    return [path for path in PATHS if len({repr(read[path]) for read in worlds.values()}) > 1]


def test_refusals_are_alike_to_the_byte(figure: Figure) -> None:
    worlds = {name: answers(there) for name, there in THERE.items()}
    different = differing(worlds)
    figure(
        f"T7: {len(different)} of {len(PATHS)} addresses tell an empty group from one that is too "
        f"small or was dropped"
    )
    assert different == []
    # The group is really withheld; below, without the distance, the third one stands.
    [status, _headers, body] = worlds["dropped"][PATHS[0]]
    assert (status, json.loads(body)["cohort"]["status"]) == (200, "withheld")

    # One beside it differs in nothing but its name.
    beside = worlds["dropped"][f"{AT}/cohorts/{EMPTY_BESIDE}/data"]
    renamed = beside[2].replace(b"north-america", b"south-asia")
    assert renamed.replace(b"North America", b"South Asia") == body


@pytest.mark.parametrize("weakened", ["catalogue", "distance"])
def test_a_release_that_tells_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch, weakened: str
) -> None:
    """Red first: a catalogue of groups that somebody is in, and a release without R6."""
    variants: dict[str, Callable[[Submissions], list[Cohort]]] = {
        "catalogue": with_somebody(protected_cohorts),
        "distance": candidate_cohorts,
    }
    monkeypatch.setattr(cells, "protected_cohorts", variants[weakened])

    assert PATHS[0] in differing({name: answers(there) for name, there in THERE.items()})


def with_somebody(
    cohorts: Callable[[Submissions], list[Cohort]],
) -> Callable[[Submissions], list[Cohort]]:
    def catalogue(submissions: Submissions) -> list[Cohort]:
        place = REGIONS.index("south-asia")
        somebody = bool(np.any(submissions.region == place))
        return [each for each in cohorts(submissions) if each.id != COHORT or somebody]

    return catalogue
