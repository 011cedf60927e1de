"""The three views of one assessment: the rating of each item as claimed, evidenced, reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assessments.core.answers import Answer, Responses
from assessments.core.instrument import Item
from assessments.core.scale import Scale

# Answered items of one view; None where not applicable, missing where unanswered.
Ratings = Mapping[str, int | None]


def ratings_of(
    items: Sequence[Item], responses: Responses, scale: Scale
) -> dict[str, Ratings | None]:
    answers, review = responses.answers, responses.review
    declared = {item.code: answers[item.code].rating for item in items if item.code in answers}
    supported = {
        code: None if rating is None else _supported(answers[code], scale)
        for code, rating in declared.items()
    }
    verified = None
    if review and not not_reviewed(items, responses):
        reviewed = {code: answer.rating for code, answer in review.items()}
        verified = supported | reviewed
    return {"declared": declared, "supported": supported, "verified": verified}


def _supported(answer: Answer, scale: Scale) -> int:
    assert answer.rating is not None
    return min(answer.rating, scale.evidence_ceilings[answer.evidence])


def not_reviewed(items: Iterable[Item], responses: Responses) -> list[str]:
    return [
        item.code
        for item in items
        if item.is_minimum_standard and item.code not in responses.review
    ]
