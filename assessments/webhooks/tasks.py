"""Celery entry points: each takes ids, calls one function, and may safely run twice."""

from __future__ import annotations

import uuid

from celery import shared_task
from django.utils.timezone import now

from assessments.webhooks import actions


@shared_task(name="deliver_webhook")
def deliver_webhook(*, delivery_id: str, **_: object) -> None:
    """Try one delivery. Running it again leaves one that is delivered, or being sent, alone."""
    actions.deliver_webhook(delivery_id=uuid.UUID(delivery_id), clock=now)


@shared_task(name="sweep_webhooks")
def sweep_webhooks(**_: object) -> None:
    """Wake a worker for each delivery that is overdue or whose pause is over."""
    actions.sweep_webhooks(at=now())
