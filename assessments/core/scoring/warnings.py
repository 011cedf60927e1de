"""Warnings: claims that stand on too little, and a review that is not complete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from assessments.core.answers import Responses
from assessments.core.instrument import Item
from assessments.core.prerequisites import PrerequisiteRule
from assessments.core.scoring.views import Ratings, not_reviewed

PREREQUISITES: Final = PrerequisiteRule(claims_from=3, carries_from=2)


def prerequisite_warnings(items: Sequence[Item], ratings: Ratings) -> list[dict[str, Any]]:
    """Return the claims that stand on a prerequisite rated too low to carry them."""
    warnings = []
    for item in items:
        rating = ratings.get(item.code)
        if not PREREQUISITES.is_claim(item, rating):
            continue
        for code in PREREQUISITES.unmet(item, ratings):
            warnings.append(
                {
                    "kind": "prerequisite",
                    "item": item.code,
                    "rating": rating,
                    "prerequisite": code,
                    "prerequisite_rating": ratings[code],
                    "message": f"{item.code} is rated {rating} while {code}, which it "
                    f"depends on, is rated {ratings[code]}.",
                }
            )
    return warnings


def review_warnings(items: Sequence[Item], responses: Responses) -> list[dict[str, Any]]:
    missing = not_reviewed(items, responses) if responses.review else []
    if not missing:
        return []
    return [
        {
            "kind": "review",
            "items": missing,
            "message": "There is no verified view: the review leaves out "
            f"{len(missing)} minimum standards, {missing[0]} first.",
        }
    ]
