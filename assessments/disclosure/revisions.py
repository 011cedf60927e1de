"""When a published release may be corrected (R11).

Whoever holds both releases can subtract one from the other. So each cohort that a revision touches
must differ by ten organisations or more; otherwise the difference would be about a few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from assessments.disclosure.thresholds import MIN_ORGANISATIONS

DAYS_TO_REVISE = 90  # and as long as it is kept who was counted


@dataclass(frozen=True, slots=True)
class Member:
    """One submission as a release counts it; equal digests are equal submissions."""

    organisation: str
    respondent_type: str
    cohorts: frozenset[str]
    digest: str


def last_day(published: date) -> date:
    """Return the last day on which a release may be revised; then its members are forgotten."""
    return published + timedelta(days=DAYS_TO_REVISE)


def changed_organisations(before: Iterable[Member], after: Iterable[Member]) -> dict[str, int]:
    """Return, for each cohort that differs, in how many organisations it does.

    An organisation differs in a cohort that counts it before or after, unless both count the same
    submission of it.
    """
    old, new = _by_unit(before), _by_unit(after)
    changed: dict[str, set[str]] = defaultdict(set)
    for unit in old.keys() | new.keys():
        was, now = old.get(unit), new.get(unit)
        counted_before = was.cohorts if was else frozenset()
        counted_after = now.cohorts if now else frozenset()
        same = was is not None and now is not None and was.digest == now.digest
        touched = counted_before ^ counted_after if same else counted_before | counted_after
        for cohort in touched:
            changed[cohort].add(unit[0])
    return {cohort: len(changed[cohort]) for cohort in sorted(changed)}


def too_few_changed(before: Iterable[Member], after: Iterable[Member]) -> list[str]:
    """Return the touched cohorts in which fewer than ten organisations changed."""
    return [
        cohort
        for cohort, organisations in changed_organisations(before, after).items()
        if organisations < MIN_ORGANISATIONS
    ]


def _by_unit(members: Iterable[Member]) -> dict[tuple[str, str], Member]:
    return {(member.organisation, member.respondent_type): member for member in members}
