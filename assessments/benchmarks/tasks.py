"""Celery entry points: each takes ids, calls one function, and may safely run twice."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils.timezone import now

from assessments.benchmarks.actions import audits, publishing


@shared_task(name="publish_benchmarks")
def publish_benchmarks(**_: object) -> None:
    """Queue the audits that are due and publish what stewards have scheduled; nothing twice."""
    publishing.publish_due_releases(at=now())


@shared_task(
    name="audit_release",
    soft_time_limit=settings.AUDIT_HARD_LIMIT_SECONDS,
    time_limit=settings.AUDIT_HARD_LIMIT_SECONDS + 30,
)
def audit_release(*, candidate_id: int, **_: object) -> None:
    """Audit one candidate. Running it again leaves one that is audited, or being so, alone."""
    audits.audit_candidate(candidate_id=candidate_id, clock=now)


@shared_task(name="sweep_audits")
def sweep_audits(**_: object) -> None:
    """Wake a worker for each overdue audit and for due publications."""
    audits.sweep_audits(at=now())
