"""Prerequisites: practices that must be in place before a higher claim is credible.

A rule warns and asks for a reason; it changes no number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.core.instrument import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class PrerequisiteRule:
    """From which rating a claim needs its prerequisites, and from which they carry it."""

    claims_from: int
    carries_from: int

    def is_claim(self, item: Item, rating: int | None) -> bool:
        """Say whether a rating of `item` stands on prerequisites."""
        return bool(item.depends_on) and rating is not None and rating >= self.claims_from

    def unmet(self, item: Item, ratings: Mapping[str, int | None]) -> dict[str, int]:
        """Return the prerequisites of `item` that are rated too low to carry a claim, so rated.

        `ratings` holds answered items by code, None for not applicable and 0 for don't know. A
        prerequisite that is not applicable, not answered or not shown is ignored.
        """
        return {
            code: rating
            for code in item.depends_on
            if (rating := ratings.get(code)) is not None and rating < self.carries_from
        }
