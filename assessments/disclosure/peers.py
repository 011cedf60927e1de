"""What a reader may learn from benchmark releases: its peers, its place among them, and how both
have changed.

Everything here is a function of published release documents and the reader's own scores, so the
answer is the same for everyone with the same score and cohort, and reveals nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assessments.core import rounding
from assessments.core.rounding import half_up
from assessments.core.versions import line_of
from assessments.disclosure.codes import MINIMUM_STANDARDS
from assessments.disclosure.document import Observation, ReleaseDocument

ZONES = ("below-q1", "middle-half", "above-q3")
PARTS = {4: "quarter", 10: "tenth"}
THREE_ZONES = ("10-14", "15-19")  # bands of n too small for quarters


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
class Place:
    """A place on a coarse scale: position 1 (lowest) to `of`, never a rank."""

    zone: str
    position: int
    of: int
    near_edge: bool


def resolve(
    release: ReleaseDocument,
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
    release: ReleaseDocument, *, cohort: str, measure: str, view: str = "declared"
) -> Observation | None:
    """Return one observation, or None where the release lists none."""
    for row in release["observations"]:
        if (row["cohort"], row["measure"], row["view"]) == (cohort, measure, view):
            return row.copy()
    return None


def place_of(score: float | None, observation: Observation | None) -> Place | None:
    """Return the place of a score of 0 to 100 in a cohort, as coarsely as its size demands.

    Three zones below 20 organisations, quarters from 20, tenths where deciles are published. A
    score on a limit belongs to the zone nearer the middle; it is near the edge when a limit lies
    within the half-width of the published figures. None without a score or a published figure.
    """
    if score is None or observation is None or observation["median"] is None:
        return None
    own = rounding.whole(score)
    if observation["deciles"]:
        limits = observation["deciles"]
    elif observation["n_band"] in THREE_ZONES:
        limits = [observation["q1"], observation["q3"]]
    else:
        limits = [observation["q1"], observation["median"], observation["q3"]]
    position = _position(own, limits)
    of = len(limits) + 1
    return Place(
        zone=ZONES[position] if of == 3 else f"{PARTS[of]}-{position + 1}",
        position=position + 1,
        of=of,
        near_edge=min(abs(own - limit) for limit in limits) <= observation["half_width"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far a score lies from the median of its peers, in whole points.

    It is uncertain where another, similar set of peers could have moved the median that far.
    """

    points: int
    is_uncertain: bool


def gap(score: float | None, observation: Observation | None) -> Gap | None:
    """Return the gap to the median. None without a score or a published figure."""
    if score is None or observation is None or observation["median"] is None:
        return None
    points = rounding.whole(score) - observation["median"]
    return Gap(points=points, is_uncertain=abs(points) <= observation["half_width"])


# Two waves


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A published median and how far it would move with another, similar set of participants."""

    median: int
    half_width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One measure of one cohort in two waves.

    `direction` is `up` or `down` where the two intervals have no point in common, `unclear` where
    they have, and `none` where the later release publishes no figure because nothing material
    changed (R13); `after` is None then.
    """

    measure: str
    before: Estimate
    after: Estimate | None
    direction: str


def comparable(earlier: ReleaseDocument, later: ReleaseDocument) -> bool:
    """Say whether the figures of two releases mean the same.

    They do within a series, for editions of one line of an instrument (`versions.line_of`),
    scored and estimated by the same methods.
    """
    return _line(earlier) == _line(later)


def changes(
    earlier: ReleaseDocument,
    later: ReleaseDocument,
    *,
    cohort: str,
    view: str = "declared",
) -> tuple[Change, ...]:
    """Return how a cohort's medians changed, for every measure that both releases publish.

    None where the cohort is not the same in both: a pool counts for the same only if it pools
    the same groups.
    """
    if not comparable(earlier, later) or _covers(earlier, cohort) != _covers(later, cohort):
        return ()
    before = {row["measure"]: row for row in _rows(earlier, cohort, view)}
    withheld = later["audit"]["no_material_change"] if later["audit"] else ()
    unchanged = {
        entry["measure"] for entry in withheld if (entry["cohort"], entry["view"]) == (cohort, view)
    }
    found = []
    for row in _rows(later, cohort, view):
        measure = row["measure"]
        old = _estimate(before.get(measure))
        new = _estimate(row)
        if old and (new or measure in unchanged):
            direction = _direction(old, new) if new else "none"
            found.append(Change(measure=measure, before=old, after=new, direction=direction))
    return tuple(found)


def _line(release: ReleaseDocument) -> tuple[str, ...]:
    instrument = release["instrument"]
    line = line_of(instrument["version"])
    return release["series"], instrument["code"], line, release["scoring"], release["engine"]


def _covers(release: ReleaseDocument, cohort: str) -> list[str] | None:
    for entry in release["cohorts"]:
        if entry["id"] == cohort:
            return entry["covers"]
    return None


def _rows(release: ReleaseDocument, cohort: str, view: str) -> Iterator[Observation]:
    return (
        row for row in release["observations"] if (row["cohort"], row["view"]) == (cohort, view)
    )


def _estimate(row: Observation | None) -> Estimate | None:
    if row is None or row["median"] is None:
        return None
    return Estimate(median=row["median"], half_width=row["half_width"])


def _direction(before: Estimate, after: Estimate) -> str:
    if abs(after.median - before.median) <= before.half_width + after.half_width:
        return "unclear"
    return "up" if after.median > before.median else "down"


# How far the market has come


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How many organisations stand at a level or above, from counts to the nearest five.

    `by_type` has the same for each type whose counts are published: its cohort, count and total.
    An organisation with several roles counts in each.
    """

    count: int
    of: int
    by_type: tuple[tuple[str, int, int], ...]

    @property
    def share(self) -> int:
        """The share in whole percent, halves up."""
        return half_up(100 * self.count, self.of)


def capabilities_in(release: ReleaseDocument) -> list[str]:
    """Return the measures of a release that are capabilities: those of one type alone, but shares.

    They are those of its edition, whatever editions there are now.
    """
    others = {*release["measures_across_types"], MINIMUM_STANDARDS}
    return [measure for measure in release["measures"] if measure not in others]


def reached(
    release: ReleaseDocument, *, measure: str, level: int, view: str = "declared"
) -> Reached | None:
    """Return how many stand at `level` or above in a measure, over the types of organisation.

    None where no type's counts are published.
    """
    types = {
        entry["id"]
        for entry in release["cohorts"]
        if entry["kind"] == "type" and entry["status"] == "published"
    }
    by_type = tuple(
        (row["cohort"], sum(row["levels"][level:]), sum(row["levels"]))
        for row in release["observations"]
        if (row["measure"], row["view"]) == (measure, view)
        and row["cohort"] in types
        and row["levels"]
        and any(row["levels"])
    )
    if not by_type:
        return None
    return Reached(
        count=sum(count for _, count, _ in by_type),
        of=sum(total for _, _, total in by_type),
        by_type=by_type,
    )


def _position(score: int, limits: list[int]) -> int:
    """Count the limits below the score; one that equals it pulls towards the middle."""
    below = sum(limit < score for limit in limits)
    reached = sum(limit <= score for limit in limits)
    twice = below + reached
    return (twice + 1) // 2 if twice <= len(limits) else twice // 2


def _chain(
    release: ReleaseDocument,
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


def _published(release: ReleaseDocument, measure: str | None, view: str) -> set[str]:
    if measure is None:
        return {row["id"] for row in release["cohorts"] if row["status"] == "published"}
    return {
        row["cohort"]
        for row in release["observations"]
        if row["measure"] == measure and row["view"] == view and row["conf_status"] == "F"
    }
