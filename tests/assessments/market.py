"""Submitted assessments with their results, made in bulk for benchmark tests."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from typing import Any

from assessments.answering.models import Assessment, Result, Wave
from assessments.benchmarks.actions import audits, computing, decisions, publishing
from assessments.benchmarks.models import BenchmarkRelease, ReleaseCandidate
from assessments.core import answers as responses
from assessments.core import documents as instrument
from assessments.core import engines
from portal.accounts.models import Organisation
from tests.factories import (
    AssessmentFactory,
    EditionFactory,
    UserFactory,
    WaveFactory,
    shipped_instrument,
    steward,
)

DURING = datetime(2025, 6, 1, 12, tzinfo=UTC)
AFTER = datetime(2026, 2, 1, tzinfo=UTC)  # more than 30 days after the close


def wave(year: int = 2025, *, demonstration: bool = False) -> Wave:
    return WaveFactory(
        code=f"{'demo-' if demonstration else ''}{year}-W1",
        opens_date=date(year, 1, 1),
        closes_date=date(year, 12, 31),
        is_demonstration=demonstration,
    )


def released(period: Wave, *, at: datetime = AFTER) -> BenchmarkRelease:
    """Return the release of a wave, published the way it is: a market's by two stewards."""
    if period.is_demonstration:
        return publishing.publish_release(wave=period, series="demo", at=at)
    candidate = audited(period, at=at)
    decisions.approve_candidate(candidate=candidate, by=steward(), at=at)
    decisions.schedule_candidate(candidate=candidate, by=steward(), on=at.date(), at=at)
    release = publishing.publish_candidate(candidate=candidate, at=at)
    candidate.refresh_from_db()
    if release is None:
        raise computing.ReleaseRefused(candidate.reason or candidate.state)
    return release


def audited(period: Wave, *, at: datetime = AFTER, change: str = "") -> ReleaseCandidate:
    """Return an audited candidate; raise what the audit failed for."""
    candidate = audits.queue_candidate(wave=period, by=steward(), at=at, change=change)
    audits.audit_candidate(candidate_id=candidate.pk, clock=lambda: at)
    candidate.refresh_from_db()
    if candidate.state == ReleaseCandidate.State.FAILED:
        raise computing.ReleaseRefused(candidate.reason)
    return candidate


_numbers = count(1)


def organisations(number: int, **fields: Any) -> list[Organisation]:
    """Return verified organisations of different names, each its own owner."""
    values = {"country": "KE", "verified_at": DURING, **fields}
    return Organisation.objects.bulk_create(
        Organisation(**{"name": f"Entity {next(_numbers)}", **values}) for _ in range(number)
    )


def submitted(
    organisation: Organisation,
    wave: Wave,
    *,
    rating: int = 2,
    unknown: tuple[str, ...] = (),
    at: datetime | None = None,
    **fields: Any,
) -> Assessment:
    """Store a submitted assessment in which every item has one rating, and its result.

    Items in `unknown` are answered with don't know. It is submitted in the middle of the wave.
    """
    at = at or datetime(wave.opens_date.year, 6, 1, 12, tzinfo=UTC)
    user = fields.pop("created_by", None) or UserFactory()
    submitted_at = fields.pop("submitted_at", at)
    assessment = AssessmentFactory(
        organisation=organisation,
        wave=wave,
        edition=EditionFactory(),
        created_by=user,
        **{"consents_to_benchmark": True, **fields},
    )
    text = result_text(assessment.respondent_type, assessment.operates_registry, rating, unknown)
    Result.objects.create(
        assessment=assessment,
        document=text,
        engine="cmi-score 1.0",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        created_at=at,
    )
    if submitted_at:
        assessment.submitted_at, assessment.submitted_by = submitted_at, user
        assessment.save(update_fields=["submitted_at", "submitted_by"])
    return assessment


def market_of(number: int, wave: Wave, *, rating: int = 2, **fields: Any) -> list[Assessment]:
    """Return the submissions of so many new verified organisations."""
    user = UserFactory()
    of_organisation = {
        name: fields.pop(name)
        for name in ("is_demonstration", "verified_at", "ultimate_owner", "adviser")
        if name in fields
    }
    return [
        submitted(entity, wave, rating=rating, created_by=user, **fields)
        for entity in organisations(number, **of_organisation)
    ]


@cache
def result_text(
    respondent_type: str, operates_registry: bool | None, rating: int, unknown: tuple[str, ...]
) -> str:
    content = shipped_instrument()
    items = content.items_for(respondent_type, operates_registry)
    document: dict[str, Any] = {
        "respondent_type": respondent_type,
        "responses": {
            item.code: {"dont_know": True}
            if item.code in unknown
            else {"rating": rating, "evidence": 2}
            for item in items
        },
    }
    if operates_registry is not None:
        document["operates_registry"] = operates_registry
    result = engines.score(content, responses.parse(document, content), with_outlook=False)
    return instrument.canonical_json(result).decode()


def rescored(assessments: Any, rating: int) -> None:
    """Store another result beside the one there is, as a re-score does."""
    for assessment in assessments:
        text = result_text(assessment.respondent_type, None, rating, ())
        Result.objects.create(
            assessment=assessment, document=text, engine="cmi-score 1.1", sha256=uuid.uuid4().hex
        )
