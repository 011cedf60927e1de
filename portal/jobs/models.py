"""The columns of a job, and how the jobs of one table are carried out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise

QUEUED, FAILED = "QUEUED", "FAILED"  # the same in every table; what is between has its own word

J = TypeVar("J", bound="Job")

DAY = timedelta(days=1)


def pauses(
    first: timedelta, *, factor: int = 1, longest: timedelta = DAY
) -> Callable[[int], timedelta]:
    """Return the function from the number of failed attempts to the pause before the next one."""

    def pause(attempts: int) -> timedelta:
        return min(first * int(factor ** max(attempts - 1, 0)), longest)

    return pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How the jobs of one table are carried out."""

    queue: str
    task: str  # the Celery task that carries out one
    argument: str  # of the task, for the primary key
    running: str  # the state while a worker holds the claim
    lease_setting: str  # names the seconds after which a silent worker has lost its claim
    attempts_setting: str  # names how often a job is claimed before it fails
    pause: Callable[[int], timedelta]  # before the next attempt, by attempts made
    worker_lost: str | Promise  # the reason when every attempt ended with its worker: {attempts}
    # How the portal's own reasons begin, where one may go on with words of whoever owns the job:
    # operators see the beginning. None: all of every reason is the portal's own.
    reason_starts: Sequence[str | Promise] | None = None
    again: Q = field(default_factory=Q)  # which failed jobs can be queued again
    # Called with primary key and claim of a lost worker, to remove what it may have left.
    clean_up: Callable[[Any, UUID], None] | None = None

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=getattr(settings, self.lease_setting))

    @property
    def max_attempts(self) -> int:
        return int(getattr(settings, self.attempts_setting))


class JobQuerySet(models.QuerySet[J]):
    def due(self, at: datetime) -> Self:
        """Return queued jobs whose time has come, and those whose worker let its lease run out."""
        return self.filter(
            Q(state=QUEUED, not_before__lte=at)
            | Q(state=self.model.kind.running, lease_until__lt=at)
        )


class Job(models.Model):
    """A row that a worker carries out: QUEUED, the state of `kind.running`, then an end state.

    The row is written in the transaction that causes the work, so it is the outbox too. A worker
    owns it while its `claim` stands and its lease runs; `attempts` counts the claims.
    """

    kind: ClassVar[Kind]

    state = models.CharField(max_length=9, default=QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)  # of the worker that holds the lease
    notified_at = models.DateTimeField(null=True)  # when the sweep last woke a worker for it
    reason = models.TextField(blank=True)  # of the last failure

    class Meta:
        abstract = True


class ProgressJob(Job):
    """A job whose progress somebody watches."""

    progress = models.PositiveSmallIntegerField(default=0)  # per cent
    stage = models.CharField(max_length=80, blank=True)

    class Meta:
        abstract = True
