"""Every job of the portal, as operators see it: neither whose it is nor what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import BooleanField, Case, Count, F, Q, Value, When
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from portal.jobs.models import FAILED, QUEUED, Job, Kind

SHOWN = 50  # of one kind


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job that waits, runs or has failed."""

    tag: str
    state: str  # its label
    attempts: int
    next_try_at: datetime | None  # the end of the lease while it runs
    reason: str
    may_be_queued: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTable:
    """The jobs of one kind."""

    name: str  # of the queue, and the key of the kind
    max_attempts: int
    counts: Sequence[tuple[str, int]]  # label of the state and how many
    rows: Sequence[JobRow]


def job_models() -> dict[str, type[Job]]:
    """Return the table of each kind of job by the name of its queue."""
    found = [model for model in apps.get_models() if issubclass(model, Job)]
    return {model.kind.queue: model for model in sorted(found, key=lambda each: each.kind.queue)}


def tag_of(model: type[Job], pk: Any) -> str:
    """Return what names a job to operators: keyed, for some keys open a page of their owner."""
    return salted_hmac("portal.jobs", f"{model._meta.label_lower}:{pk}").hexdigest()[:16]


def failed_job(model: type[Job], tag: str) -> Any:
    """Return the key of the failed job that has this tag, or None."""
    failed = model._default_manager.order_by().filter(model.kind.again, state=FAILED)
    keys = failed.values_list("pk", flat=True)
    return next((pk for pk in keys.iterator() if tag_of(model, pk) == tag), None)


def job_tables() -> list[JobTable]:
    """Return each kind with what waits, runs or has failed, the failed first."""
    return [_table(name, model) for name, model in job_models().items()]


def _table(name: str, model: type[Job]) -> JobTable:
    labels = dict(model._meta.get_field("state").flatchoices)
    jobs = model._default_manager.order_by()
    counts = dict(jobs.values_list("state").annotate(number=Count("pk")))
    open_states = [FAILED, model.kind.running, QUEUED]
    rank = Case(*(When(state=state, then=Value(i)) for i, state in enumerate(open_states)))
    again = Case(
        When(Q(state=FAILED) & model.kind.again, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    rows = (
        jobs.filter(state__in=open_states)
        .annotate(rank=rank, again=again)
        .order_by("rank", F("not_before").desc())
        .values("pk", "state", "attempts", "not_before", "lease_until", "reason", "again")
    )
    return JobTable(
        name=name,
        max_attempts=model.kind.max_attempts,
        counts=[(str(labels[state]), counts[state]) for state in labels if state in counts],
        rows=[_row(model, row, labels) for row in rows[:SHOWN]],
    )


def _public(kind: Kind, reason: str) -> str:
    """Return as much of a reason as is the portal's own words."""
    if not reason or kind.reason_starts is None:
        return reason
    starts = (str(start) for start in kind.reason_starts)
    known = next((start for start in starts if reason.startswith(start)), None)
    return f"{known} …" if known else _("Whoever owns the job sees why.")


def _row(model: type[Job], row: Mapping[str, Any], labels: dict[str, Any]) -> JobRow:
    next_try = {QUEUED: row["not_before"], FAILED: None}.get(row["state"], row["lease_until"])
    return JobRow(
        tag=tag_of(model, row["pk"]),
        state=str(labels[row["state"]]),
        attempts=row["attempts"],
        next_try_at=next_try,
        reason=_public(model.kind, row["reason"]),
        may_be_queued=row["again"],
    )
