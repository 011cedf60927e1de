"""The audit of a release: a candidate is queued, computed and audited by a job.

A worker owns a candidate as it does a report: while its claim is in the row and its lease runs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.answering.models import Wave
from assessments.benchmarks import queries
from assessments.benchmarks.actions.computing import (
    Counted,
    ReleaseRefused,
    count,
    refuse_open,
    refuse_small_change,
    series_of,
    values_of,
    wave_before,
)
from assessments.benchmarks.actions.decisions import refuse_without_role
from assessments.benchmarks.models import ReleaseCandidate
from assessments.disclosure import release_audit, revisions
from portal.accounts.models import User
from portal.jobs import leases
from portal.jobs.broker import notify

logger = logging.getLogger(__name__)

State = ReleaseCandidate.State


@transaction.atomic
def queue_candidate(
    *, wave: Wave, by: User | None, at: datetime, change: str = ""
) -> ReleaseCandidate:
    """Ask for the audit of a closed wave's release; None is the scheduler.

    With `change`, which tells readers what was wrong, it is a revision of the published release
    (R11). A candidate that was audited already is audited anew, and its approval ends.
    """
    locked = Wave.objects.select_for_update().get(pk=wave.pk)
    if by is not None:
        refuse_without_role(by)
    refuse_open(locked, at.date())
    number = _next_revision(locked, change=change, today=at.date())
    candidate = ReleaseCandidate.objects.unpublished().filter(wave=locked).first()
    if candidate is None:
        candidate = ReleaseCandidate(wave=locked, revision=number)
    elif candidate.is_waiting:
        return candidate  # queued already
    candidate.change = change or candidate.change
    candidate.requested_by, candidate.created_at = by, at
    reset_for_audit(candidate, at=at)
    candidate.save()
    leases.notify_on_commit(candidate)
    return candidate


def _next_revision(wave: Wave, *, change: str, today: date) -> int:
    latest = queries.releases_of(wave, series=series_of(wave)).first()
    if latest is None:
        return 1
    candidate = ReleaseCandidate.objects.unpublished().filter(wave=wave).first()
    if not change and not (candidate and candidate.change):
        raise ReleaseRefused(_("{wave} is published already.").format(wave=wave.code))
    until = revisions.last_day(latest.published_at.date())
    if today > until:
        raise ReleaseRefused(
            _(
                "{release} could be revised until {until}. Publish an erratum, or withdraw it."
            ).format(release=latest.code, until=until.isoformat())
        )
    return latest.revision + 1


def reset_for_audit(candidate: ReleaseCandidate, *, at: datetime, stage: str = "") -> None:
    """Put a candidate back to where an audit begins; whatever was decided about it ends."""
    candidate.state, candidate.progress, candidate.stage = State.QUEUED, 0, stage
    candidate.attempts, candidate.not_before = 0, at
    candidate.claim = candidate.lease_until = candidate.notified_at = None
    candidate.document = candidate.audit = candidate.audit_sha256 = ""
    candidate.input_sha256 = candidate.reason = ""
    candidate.audited_at = None
    candidate.approved_by = candidate.approved_at = None
    candidate.published_by = candidate.publish_date = None


def audit_candidate(*, candidate_id: int, clock: Callable[[], datetime]) -> None:
    """Compute and audit one candidate, from its claim to its audit report or a reason."""
    hold = leases.claim(ReleaseCandidate, candidate_id, clock=clock)
    if hold is None:
        return
    try:
        candidate = ReleaseCandidate.objects.select_related("wave").get(pk=candidate_id)
        hold.note_progress(2, _("Reading the submissions"))
        counted = count(candidate.wave)
        refuse_small_change(candidate, counted)
        report = _attacked(candidate.wave, counted, hold=hold)
        hold.note_progress(98, _("Writing the candidate"))
        values = values_of(
            candidate.wave,
            counted,
            report=report,
            revision_number=candidate.revision,
            at=clock(),
        )
        hold.finish(State.AUDITED, **values)
    except leases.ClaimLost:
        return
    except ReleaseRefused as exc:
        hold.fail(str(exc))
    except ModuleNotFoundError as exc:
        reason = _("The audit needs {module} on the machine of the worker. Have it installed.")
        hold.fail(reason.format(module=exc.name))
    except Exception as exc:
        logger.exception("Candidate %s could not be audited.", candidate_id)
        reason = _(
            "The portal made a mistake during this audit ({kind}). Ask for it again; if it fails "
            "again, tell the portal’s team."
        )
        hold.try_again(reason.format(kind=type(exc).__name__))


def sweep_audits(*, at: datetime) -> int:
    """Wake a worker for each overdue audit and for due publications; return for how many."""
    notified = leases.sweep(ReleaseCandidate, at=at)
    if ReleaseCandidate.objects.scheduled(on=at.date()).exists():
        notified += notify("publish_benchmarks")
    return notified


def _attacked(
    wave: Wave, counted: Counted, *, hold: leases.Hold[ReleaseCandidate]
) -> dict[str, Any]:
    """Return the audit report: what we could find out about somebody, and what it cost."""

    def progress(done: int, total: int) -> None:
        stage = _("Attacking the figures: {done} of {total}").format(done=done, total=total)
        hold.note_progress(5 + 90 * done // max(total, 1), stage)

    def stop() -> bool:
        hold.heartbeat()
        return False

    return release_audit.audit_release(
        counted.submissions, previous=wave_before(wave), progress=progress, stop=stop
    )
