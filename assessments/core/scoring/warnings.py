"""Warnings: claims that stand on too little, and a review that is not complete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assessments.core.answers import Responses
from assessments.core.instrument import Item
from assessments.core.prerequisites import PrerequisiteRule
from assessments.core.result import PrerequisiteWarning, ReviewWarning
from assessments.core.scoring.views import Ratings, not_reviewed

PREREQUISITES: Final = PrerequisiteRule(claims_from=3, carries_from=2)


def prerequisite_warnings(items: Sequence[Item], ratings: Ratings) -> list[PrerequisiteWarning]:
    """Return the claims that stand on a prerequisite rated too low to carry them."""
    warnings: list[PrerequisiteWarning] = []
    for item in items:
        rating = ratings.get(item.code)
        if rating is None or not PREREQUISITES.is_claim(item, rating):
            continue
        for code, lower in PREREQUISITES.unmet(item, ratings).items():
            warnings.append(
                {
                    "kind": "prerequisite",
                    "item": item.code,
                    "rating": rating,
                    "prerequisite": code,
                    "prerequisite_rating": lower,
                }
            )
    return warnings


def review_warnings(items: Sequence[Item], responses: Responses) -> list[ReviewWarning]:
    missing = not_reviewed(items, responses) if responses.review else []
    return [{"kind": "review", "items": missing}] if missing else []
