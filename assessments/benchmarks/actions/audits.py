"""The audit of a release: a candidate is queued, computed and audited by a job.

A worker owns a candidate as it does a report: while its claim is in the row and its lease runs.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
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
from assessments.disclosure import release_audit as gate
from assessments.disclosure import revisions as revision
from portal.accounts.models import User
from portal.jobs import broker as bell

logger = logging.getLogger(__name__)

LONGEST_STAGE = 80
BACKOFF = timedelta(seconds=10)
HEARTBEAT = timedelta(seconds=5)
State = ReleaseCandidate.State


class ClaimLost(Exception):
    """Another worker has taken the audit over, or it is gone; the work is for nothing."""


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
    living = ReleaseCandidate.objects.living().filter(wave=locked).first()
    if living is None:
        living = ReleaseCandidate(wave=locked, revision=number)
    elif living.is_waiting:
        return living  # somebody asked a moment ago
    living.change = change or living.change
    living.requested_by, living.created_at = by, at
    reset_for_audit(living, at=at)
    living.save()
    notify_audit(living)
    return living


def _next_revision(wave: Wave, *, change: str, today: date) -> int:
    latest = queries.releases_of(wave, series=series_of(wave)).first()
    if latest is None:
        return 1
    living = ReleaseCandidate.objects.living().filter(wave=wave).first()
    if not change and not (living and living.change):
        raise ReleaseRefused(_("{wave} is published already.").format(wave=wave.code))
    until = revision.last_day(latest.published_at.date())
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
    candidate.claim = candidate.lease_until = candidate.rung_at = None
    candidate.document = candidate.audit = candidate.audit_sha256 = ""
    candidate.input_sha256 = candidate.reason = ""
    candidate.audited_at = None
    candidate.approved_by = candidate.approved_at = None
    candidate.published_by = candidate.publish_date = None


def notify_audit(candidate: ReleaseCandidate) -> None:
    transaction.on_commit(partial(bell.notify, "audit_release", candidate_id=candidate.pk))


def audit_candidate(*, candidate_id: int, clock: Callable[[], datetime]) -> None:
    """Compute and audit one candidate, from its claim to its audit report or a reason."""
    claim = claim_candidate(candidate_id=candidate_id, at=clock())
    if claim is None:
        return

    give_up = partial(_give_up, candidate_id=candidate_id, claim=claim)
    held = _Held(candidate_id, claim, clock)
    try:
        candidate = ReleaseCandidate.objects.select_related("wave").get(pk=candidate_id)
        held.tell(2, _("Reading the submissions"))
        counted = count(candidate.wave)
        refuse_small_change(candidate, counted)
        report = _attacked(candidate.wave, counted, held=held)
        held.tell(98, _("Writing the candidate"))
        values = values_of(
            candidate.wave,
            counted,
            report=report,
            revision_number=candidate.revision,
            at=clock(),
        )
        _finish_audit(candidate_id=candidate_id, claim=claim, values=values)
    except ClaimLost:
        return
    except ReleaseRefused as exc:
        give_up(reason=str(exc), retry=False, at=clock())
    except ModuleNotFoundError as exc:
        reason = _("The audit needs {module} on the machine of the worker. Have it installed.")
        give_up(reason=reason.format(module=exc.name), retry=False, at=clock())
    except Exception as exc:
        logger.exception("Candidate %s could not be audited.", candidate_id)
        reason = _(
            "The portal made a mistake during this audit ({kind}). Ask for it again; if it fails "
            "again, tell the portal’s team."
        )
        give_up(reason=reason.format(kind=type(exc).__name__), retry=True, at=clock())


class _Held:
    """A worker's hold on a candidate: every sign of life renews it, and finds out if it is lost."""

    def __init__(self, candidate_id: int, claim: uuid.UUID, clock: Callable[[], datetime]) -> None:
        self.candidate_id, self.claim, self.clock = candidate_id, claim, clock
        self.percent, self.stage, self.told_at = 0, "", clock()

    def tell(self, percent: int, stage: str) -> None:
        self.percent, self.stage, self.told_at = percent, stage, self.clock()
        if not note_progress(
            candidate_id=self.candidate_id,
            claim=self.claim,
            percent=percent,
            stage=stage,
            at=self.told_at,
        ):
            raise ClaimLost

    def attacked(self, done: int, total: int) -> None:
        """Tell how many of the systems of figures have been attacked."""
        stage = _("Attacking the figures: {done} of {total}").format(done=done, total=total)
        self.tell(5 + 90 * done // max(total, 1), stage)

    def alive(self) -> bool:
        """Renew the lease every few seconds between two signs of progress; never says stop."""
        if self.clock() - self.told_at > HEARTBEAT:
            self.tell(self.percent, self.stage)
        return False


def claim_candidate(*, candidate_id: int, at: datetime) -> uuid.UUID | None:
    """Take a due audit for one lease and return the claim; None if it is not to be had."""
    claim = uuid.uuid4()
    due = ReleaseCandidate.objects.due(at).filter(pk=candidate_id)
    won = due.filter(attempts__lt=settings.AUDIT_MAX_ATTEMPTS).update(
        state=State.AUDITING,
        claim=claim,
        attempts=F("attempts") + 1,
        lease_until=_lease(at),
        progress=1,
        stage=_("Starting"),
    )
    if won:
        return claim
    due.filter(attempts__gte=settings.AUDIT_MAX_ATTEMPTS).update(
        state=State.FAILED,
        claim=None,
        lease_until=None,
        stage="",
        reason=_(
            "This audit stopped its worker {attempts} times. Ask for it again; if it fails again, "
            "tell the portal’s team."
        ).format(attempts=settings.AUDIT_MAX_ATTEMPTS),
    )
    return None


def note_progress(
    *, candidate_id: int, claim: uuid.UUID, percent: int, stage: str, at: datetime
) -> bool:
    """Show how far an audit is and renew its lease; False says that the claim is lost."""
    held = ReleaseCandidate.objects.filter(pk=candidate_id, claim=claim, state=State.AUDITING)
    return bool(held.update(progress=percent, stage=stage[:LONGEST_STAGE], lease_until=_lease(at)))


def _finish_audit(*, candidate_id: int, claim: uuid.UUID, values: dict[str, Any]) -> None:
    held = ReleaseCandidate.objects.filter(pk=candidate_id, claim=claim, state=State.AUDITING)
    held.update(state=State.AUDITED, progress=100, stage="", claim=None, lease_until=None, **values)


def _give_up(
    *, candidate_id: int, claim: uuid.UUID, reason: str, retry: bool, at: datetime
) -> None:
    """Queue an audit again a little later, or fail it with a reason for stewards."""
    held = ReleaseCandidate.objects.filter(pk=candidate_id, claim=claim, state=State.AUDITING)
    if retry:
        requeued = held.filter(attempts__lt=settings.AUDIT_MAX_ATTEMPTS).update(
            state=State.QUEUED,
            claim=None,
            lease_until=None,
            not_before=at + BACKOFF,
            rung_at=None,
            progress=0,
            stage=_("Waiting to try again"),
        )
        if requeued:
            return
    held.update(state=State.FAILED, claim=None, lease_until=None, stage="", reason=reason)


def sweep_audits(*, at: datetime) -> int:
    """Ring for overdue audits and for publications whose bell was lost; return how many."""
    quiet_since = at - timedelta(seconds=settings.AUDIT_LEASE_SECONDS / 2)
    due = (
        ReleaseCandidate.objects.due(at)
        .filter(Q(rung_at=None) | Q(rung_at__lt=quiet_since))
        .filter(Q(state=State.AUDITING) | Q(not_before__lt=at - timedelta(seconds=2)))
    )
    rung = 0
    for candidate_id in list(due.values_list("pk", flat=True)):
        if not bell.notify("audit_release", candidate_id=candidate_id):
            break
        ReleaseCandidate.objects.filter(pk=candidate_id).update(rung_at=at)
        rung += 1
    if ReleaseCandidate.objects.scheduled(on=at.date()).exists():
        rung += bell.notify("publish_benchmarks")
    return rung


def _lease(at: datetime) -> datetime:
    return at + timedelta(seconds=settings.AUDIT_LEASE_SECONDS)


def _attacked(wave: Wave, counted: Counted, *, held: _Held) -> dict[str, Any]:
    """Return the audit report: what we could find out about somebody, and what it cost."""
    return gate.audit_release(
        counted.submissions,
        previous=wave_before(wave),
        progress=held.attacked,
        stop=held.alive,
    )
