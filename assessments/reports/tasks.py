"""Celery entry points: each takes ids, calls one function, and may safely run twice."""

from __future__ import annotations

import uuid

from celery import shared_task
from django.utils.timezone import now

from assessments.reports import actions


@shared_task(name="build_report")
def build_report(*, report_id: str, **_: object) -> None:
    """Build one report. Running it again leaves a ready report, and one being built, alone."""
    actions.build_report(report_id=uuid.UUID(report_id), clock=now)


@shared_task(name="sweep_reports")
def sweep_reports(**_: object) -> None:
    """Wake a worker for each report whose notification was lost or whose worker died."""
    actions.sweep_reports(at=now())
