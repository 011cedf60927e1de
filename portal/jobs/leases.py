"""The way of a job: queued, claimed for a lease, finished, tried again or failed with a reason.

Every change is one conditional update, on SQLite as on PostgreSQL: of several workers one wins,
and a worker whose claim is lost changes nothing.
"""

from __future__ import annotations

import errno
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic

from django.db import transaction
from django.db.models import F, Q
from django.db.models.query import QuerySet
from django.utils.translation import gettext as _

from portal.jobs import broker
from portal.jobs.models import FAILED, QUEUED, J, Job, JobQuerySet, ProgressJob

HEARTBEAT = timedelta(seconds=5)
FRESH = timedelta(seconds=2)  # its own notification may still be on its way
PASSING_PAUSE = timedelta(minutes=1)
# What goes by without anybody mending the job: no room, too many open files.
PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


class ClaimLost(Exception):
    """Another worker has taken the job over, or it is gone; the work is for nothing."""


@dataclass(slots=True, kw_only=True)
class Hold(Generic[J]):
    """A worker's hold on a job, for as long as its claim stands and its lease is renewed."""

    model: type[J]
    pk: Any
    claim: uuid.UUID
    clock: Callable[[], datetime]
    percent: int = 0
    stage: str = ""
    renewed_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.renewed_at = self.clock()

    def rows(self) -> QuerySet[J]:
        """Return the row while it is held, else nothing."""
        return self.model._default_manager.filter(
            pk=self.pk, claim=self.claim, state=self.model.kind.running
        )

    def note_progress(self, percent: int, stage: str) -> None:
        """Show how far the work is and renew the lease. Raises ClaimLost."""
        self.percent, self.stage, self.renewed_at = percent, stage, self.clock()
        shown = _shown(self.model, percent, stage)
        lease_until = self.renewed_at + self.model.kind.lease
        if not self.rows().update(lease_until=lease_until, **shown):
            raise ClaimLost

    def heartbeat(self) -> None:
        """Renew the lease every few seconds between two steps. Raises ClaimLost."""
        if self.clock() - self.renewed_at > HEARTBEAT:
            self.note_progress(self.percent, self.stage)

    def finish(self, state: str, **values: Any) -> bool:
        """End the job well; False says that the claim was lost and nothing is changed."""
        shown = _shown(self.model, 100, "")
        ended = {"claim": None, "lease_until": None, "reason": ""}
        return bool(self.rows().update(state=state, **shown, **ended, **values))

    def fail(self, reason: str, **values: Any) -> None:
        """End the job for good, with a reason that a person can act on."""
        self.rows().update(**_failed(self.model, reason), **values)

    def try_again(self, reason: str, **values: Any) -> None:
        """Queue the job again after a pause, or fail it if this was its last attempt."""
        kind = self.model.kind
        attempts = self.rows().values_list("attempts", flat=True).first()
        if attempts is None:
            return
        if attempts >= kind.max_attempts:
            self.fail(reason, **values)
        else:
            self._queue_again(reason, kind.pause(attempts), **values)

    def postpone(self, reason: str) -> None:
        """Queue the job again after a passing fault, which costs it no attempt and is shown."""
        self._queue_again(reason, PASSING_PAUSE, stage=reason, attempts=F("attempts") - 1)

    def _queue_again(
        self, reason: str, pause: timedelta, *, stage: str = "", **values: Any
    ) -> None:
        self.rows().update(
            state=QUEUED,
            claim=None,
            lease_until=None,
            not_before=self.clock() + pause,
            notified_at=None,
            reason=_fitting(self.model, reason),
            **_shown(self.model, 0, stage or _("Waiting to try again")),
            **values,
        )


def claim(model: type[J], pk: Any, *, clock: Callable[[], datetime]) -> Hold[J] | None:
    """Take a due job for one lease; None if it is not to be had.

    A job that has used up its attempts (each ended its worker) fails here with a reason. What a
    lost worker may have left is removed by whoever takes its claim away.
    """
    kind, token, at = model.kind, uuid.uuid4(), clock()
    due = JobQuerySet[J](model).due(at).filter(pk=pk)
    before = due.values_list("claim", flat=True)[:1]
    if not before:
        return None
    [lost] = before
    due = due.filter(claim=lost) if lost else due.filter(claim=None)
    won = due.filter(attempts__lt=kind.max_attempts).update(
        state=kind.running,
        claim=token,
        attempts=F("attempts") + 1,
        lease_until=at + kind.lease,
        **_shown(model, 1, _("Starting")),
    )
    if not won:
        reason = str(kind.worker_lost).format(attempts=kind.max_attempts)
        ended = due.filter(attempts__gte=kind.max_attempts).update(**_failed(model, reason))
    if lost and kind.clean_up and (won or ended):
        kind.clean_up(pk, lost)
    return Hold(model=model, pk=pk, claim=token, clock=clock) if won else None


def notify_on_commit(job: Job) -> None:
    """Wake a worker for a job once the transaction that queued it is committed."""
    transaction.on_commit(partial(_notify, type(job), job.pk))


def queue_again(model: type[J], pk: Any, *, at: datetime, **values: Any) -> bool:
    """Queue a failed job with all its attempts; False if it has not failed, or may not."""
    with transaction.atomic():
        again = model._default_manager.filter(model.kind.again, pk=pk, state=FAILED).update(
            state=QUEUED,
            attempts=0,
            reason="",
            notified_at=None,
            not_before=at,
            **_shown(model, 0, ""),
            **values,
        )
        if again:
            transaction.on_commit(partial(_notify, model, pk))
    return bool(again)


def sweep(model: type[J], *, at: datetime, most: int = 50) -> int:
    """Wake a worker for each overdue job; return for how many.

    One that was notified of a moment ago is left alone, so that a long queue is not notified of
    again and again, and so is a fresh one.
    """
    kind = model.kind
    quiet_since = at - kind.lease / 2
    overdue: JobQuerySet[J] = (
        JobQuerySet(model)
        .due(at)
        .filter(Q(notified_at=None) | Q(notified_at__lt=quiet_since))
        .filter(Q(state=kind.running) | Q(not_before__lt=at - FRESH))
        .order_by("not_before")
    )
    notified = 0
    for pk in list(overdue.values_list("pk", flat=True)[:most]):
        if not _notify(model, pk):
            break
        model._default_manager.filter(pk=pk).update(notified_at=at)
        notified += 1
    return notified


def is_passing(exc: BaseException) -> bool:
    """Tell whether a fault goes by by itself, such as a full disk."""
    return isinstance(exc, OSError) and exc.errno in PASSING


def _notify(model: type[Job], pk: Any) -> bool:
    ident = str(pk) if isinstance(pk, uuid.UUID) else pk
    return broker.notify(model.kind.task, **{model.kind.argument: ident})


def _failed(model: type[Job], reason: str) -> dict[str, Any]:
    shown = {"stage": ""} if issubclass(model, ProgressJob) else {}
    ended = {"state": FAILED, "claim": None, "lease_until": None}
    return {**ended, "reason": _fitting(model, reason), **shown}


def _shown(model: type[Job], percent: int, stage: str) -> dict[str, Any]:
    """Return the columns that show progress, where the table has them."""
    if not issubclass(model, ProgressJob):
        return {}
    return {"progress": percent, "stage": stage[: model._meta.get_field("stage").max_length]}


def _fitting(model: type[Job], reason: str) -> str:
    return reason[: model._meta.get_field("reason").max_length]
