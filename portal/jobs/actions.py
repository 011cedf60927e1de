"""What operators do with a job: queue a failed one again."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext as _

from portal.jobs import leases
from portal.jobs.queries import failed_job, job_models

logger = logging.getLogger(__name__)


class Person(Protocol):
    """Whoever asks: `portal.accounts` is above this package."""

    pk: Any
    is_active: bool
    is_staff: bool


class NotAnOperator(Exception):
    """Only operators queue the jobs of others again."""


class NotFailed(Exception):
    """The job cannot be queued again; the text says why."""


def queue_again(*, kind: str, tag: str, by: Person, at: datetime) -> None:
    """Queue a failed job again, with all its attempts. Raises NotAnOperator, NotFailed."""
    if not (by.is_active and by.is_staff):
        raise NotAnOperator(f"User {by.pk} is no operator.")
    model = job_models().get(kind)
    pk = failed_job(model, tag) if model else None
    if not (model and pk and leases.queue_again(model, pk, at=at)):
        raise NotFailed(_("This job has not failed, or is gone. There is nothing to queue again."))
    logger.info("Operator %s queued a job again: %s %s.", by.pk, kind, pk)
