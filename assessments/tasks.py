"""Celery entry points: each takes ids, calls one function, and may safely run twice."""

from __future__ import annotations

import uuid

from celery import shared_task
from django.conf import settings
from django.utils.timezone import now

from assessments.actions import benchmarks, reports, waves, webhooks


@shared_task(name="build_report")
def build_report(*, report_id: str, **_: object) -> None:
    """Build one report. Running it again leaves a ready report, and one being built, alone."""
    reports.build_report(report_id=uuid.UUID(report_id), clock=now)


@shared_task(name="sweep_reports")
def sweep_reports(**_: object) -> None:
    """Ring again for reports whose bell was lost or whose worker died."""
    reports.sweep_reports(at=now())


@shared_task(name="open_wave")
def open_wave(**_: object) -> None:
    """See that the calendar year has its wave."""
    waves.open_wave_of_year(on=now().date())


@shared_task(name="publish_benchmarks")
def publish_benchmarks(**_: object) -> None:
    """Queue the audits that are due and publish what stewards have scheduled; nothing twice."""
    benchmarks.publish_due_releases(at=now())


@shared_task(
    name="audit_release",
    soft_time_limit=settings.AUDIT_HARD_LIMIT_SECONDS,
    time_limit=settings.AUDIT_HARD_LIMIT_SECONDS + 30,
)
def audit_release(*, candidate_id: int, **_: object) -> None:
    """Audit one candidate. Running it again leaves one that is audited, or being so, alone."""
    benchmarks.audit_candidate(candidate_id=candidate_id, clock=now)


@shared_task(name="sweep_audits")
def sweep_audits(**_: object) -> None:
    """Ring again for audits and publications whose bell was lost or whose worker died."""
    benchmarks.sweep_audits(at=now())


@shared_task(name="deliver_webhook")
def deliver_webhook(*, delivery_id: str, **_: object) -> None:
    """Send one letter. Running it again leaves one that is delivered, or being sent, alone."""
    webhooks.deliver_webhook(delivery_id=uuid.UUID(delivery_id), clock=now)


@shared_task(name="sweep_webhooks")
def sweep_webhooks(**_: object) -> None:
    """Ring again for letters whose bell was lost or whose pause is over."""
    webhooks.sweep_webhooks(at=now())
