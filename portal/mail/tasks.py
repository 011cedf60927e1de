"""Celery entry points: each takes ids, calls one function, and may safely run twice."""

from __future__ import annotations

import uuid

from celery import shared_task
from django.utils.timezone import now

from portal.mail import actions


@shared_task(name="send_mail")
def send_mail(*, mail_id: str, **_: object) -> None:
    """Try to send one mail. Running it again leaves one that is sent, or being sent, alone."""
    actions.send_mail(mail_id=uuid.UUID(mail_id), clock=now)


@shared_task(name="sweep_mail")
def sweep_mail(**_: object) -> None:
    """Erase expired mail and wake a worker for each that is overdue."""
    actions.sweep_mail(at=now())
