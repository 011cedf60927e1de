"""What a reader may learn from a benchmark release: its peers and its place among them.

Everything here is a function of a published release document and the reader's own scores, so the
answer is the same for everyone with the same score and cohort, and reveals nothing new.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Z95 = 1.959963984540054
COUNT_SLACK = 2.5  # a count rounded to the nearest 5 may be this far from the truth

ZONES = ("below-q1", "middle-half", "above-q3")
PARTS = {4: "quarter", 10: "tenth"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One cohort of the fallback: how it answered (used, withheld, or mixed: types differ)."""

    cohort: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Which cohort was asked for, which is used, and why, step by step.

    `reason` is `exact`, `pooled` (a wider region that contains the one asked for), `fallback`
    (a wider cohort), or `none` (nothing is published that fits; `used` is None).
    """

    asked: str
    used: str | None
    reason: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A place on a coarse scale: position 1 (lowest) to `of`, never a rank."""

    zone: str
    position: int
    of: int
    near_edge: bool


def resolve(
    release: Mapping[str, Any],
    *,
    respondent_type: str | None = None,
    region: str | None = None,
    market: str | None = None,
    measure: str | None = None,
    view: str = "declared",
) -> Resolution:
    """Return the cohort a reader is compared with: type × region → type → family → all.

    With a market and no region, type × market comes first; without a type, the region or the
    market alone. Given a measure, the cohort must publish that measure in that view, and for
    one that is not published across types the steps end at the type. Residual "other" groups are
    nobody's peers and are passed over.
    """
    cohorts = {cohort["id"]: cohort for cohort in release["cohorts"]}
    across_types = measure is None or measure in release["measures_across_types"]
    published = _published(release, measure, view)
    steps: list[Step] = []
    chain = _chain(release, respondent_type=respondent_type, region=region, market=market)
    asked = chain[0]
    for wish in chain:
        for cohort_id in (wish, *_pools(wish, release["region_groups"])):
            if cohort_id not in cohorts:
                continue
            if cohorts[cohort_id]["mixed_types"] and not across_types:
                steps.append(Step(cohort=cohort_id, outcome="mixed"))
            elif cohort_id not in published:
                steps.append(Step(cohort=cohort_id, outcome="withheld"))
            else:
                steps.append(Step(cohort=cohort_id, outcome="used"))
                if wish == asked:
                    reason = "exact" if cohort_id == wish else "pooled"
                else:
                    reason = "fallback"
                return Resolution(asked=asked, used=cohort_id, reason=reason, steps=tuple(steps))
    return Resolution(asked=asked, used=None, reason="none", steps=tuple(steps))


def observation_of(
    release: Mapping[str, Any], *, cohort: str, measure: str, view: str = "declared"
) -> dict[str, Any] | None:
    """Return one observation, or None where the release lists none."""
    for row in release["observations"]:
        if (row["cohort"], row["measure"], row["view"]) == (cohort, measure, view):
            return dict(row)
    return None


def standing(score: float | None, observation: Mapping[str, Any] | None) -> Standing | None:
    """Return where a score of 0 to 100 stands in a cohort, as coarsely as its size demands.

    Three zones below 20 organisations, quarters from 20, tenths where deciles are published. A
    score on a limit belongs to the zone nearer the middle; it is near the edge when a limit lies
    within the half-width of the published figures. None without a score or a published figure.
    """
    if score is None or observation is None or observation["median"] is None:
        return None
    own = whole_points(score)
    if observation["deciles"]:
        limits = observation["deciles"]
    elif observation["n_band"] in ("10-14", "15-19"):
        limits = [observation["q1"], observation["q3"]]
    else:
        limits = [observation["q1"], observation["median"], observation["q3"]]
    position = _position(own, limits)
    of = len(limits) + 1
    return Standing(
        zone=ZONES[position] if of == 3 else f"{PARTS[of]}-{position + 1}",
        position=position + 1,
        of=of,
        near_edge=min(abs(own - limit) for limit in limits) <= observation["half_width"],
    )


def whole_points(score: float) -> int:
    """Return a score rounded to whole points, halves up."""
    return math.floor(round(score, 6) + 0.5)


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


def _position(score: int, limits: list[int]) -> int:
    """Count the limits below the score; one that equals it pulls towards the middle."""
    below = sum(limit < score for limit in limits)
    reached = sum(limit <= score for limit in limits)
    twice = below + reached
    return (twice + 1) // 2 if twice <= len(limits) else twice // 2


def _chain(
    release: Mapping[str, Any],
    *,
    respondent_type: str | None,
    region: str | None,
    market: str | None,
) -> list[str]:
    """Return the cohort ids to try, the one asked for first."""
    place = f"region:{region}" if region else f"market:{market}" if market else None
    if respondent_type is None:
        return [place, "all"] if place else ["all"]
    family = next(key for key, types in release["families"].items() if respondent_type in types)
    chain = [f"type:{respondent_type}", f"family:{family}", "all"]
    return [f"type:{respondent_type}+{place}", *chain] if place else chain


def _pools(cohort_id: str, groups: Mapping[str, list[str]]) -> list[str]:
    """Return the ids of the wider regions that contain the region of a cohort."""
    prefix, marker, region = cohort_id.rpartition("region:")
    return [
        prefix + marker + key for key, regions in groups.items() if marker and region in regions
    ]


def _published(release: Mapping[str, Any], measure: str | None, view: str) -> set[str]:
    if measure is None:
        return {row["id"] for row in release["cohorts"] if row["status"] == "published"}
    return {
        row["cohort"]
        for row in release["observations"]
        if row["measure"] == measure and row["view"] == view and row["conf_status"] == "F"
    }
