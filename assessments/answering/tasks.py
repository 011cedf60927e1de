"""Celery entry points: each takes ids, calls one function, and may safely run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils.timezone import now

from assessments.answering import actions


@shared_task(name="open_wave")
def open_wave(**_: object) -> None:
    """See that the calendar year has its wave."""
    actions.open_wave_of_year(on=now().date())
