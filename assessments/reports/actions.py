"""A report from request to file: queued, claimed, built, finished or failed with a reason."""

from __future__ import annotations

import errno
import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import F, Q
from django.http import Http404
from django.utils.translation import gettext as _

from assessments.answering.models import Result
from assessments.benchmarks import queries
from assessments.reports import access
from assessments.reports import building as reports_building
from assessments.reports import pdf as reports
from assessments.reports.models import Report
from portal.accounts.models import User
from portal.jobs import broker as bell


def queue_report(
    *, result: Result, names_organisation: bool, requested_by: User, at: datetime
) -> Report:
    """Queue a report of `result` against the current release; ring once this is committed."""
    report = Report.objects.create(
        assessment=result.assessment,
        result=result,
        release=queries.release_for(result.assessment),
        requested_by=requested_by,
        created_at=at,
        not_before=at,
        names_organisation=names_organisation,
    )
    transaction.on_commit(partial(bell.notify, "build_report", report_id=str(report.pk)))
    return report


BACKOFF = timedelta(seconds=3)
LONGEST_STAGE = 80

logger = logging.getLogger(__name__)


class NotRetryable(Exception):
    """Only a failed report can be asked for again."""


class ClaimLost(Exception):
    """Another worker has taken the report over, or it is gone; the work is for nothing."""


def build_report(*, report_id: uuid.UUID, clock: Callable[[], datetime]) -> None:
    """Build one report, from its claim to its file or a reason.

    A report that somebody else builds, or that is finished, is left alone. `clock` tells the
    moment, because a build has several.
    """
    claim = claim_report(report_id=report_id, at=clock())
    if claim is None:
        return

    def on_progress(percent: int, stage: str) -> None:
        if not note_progress(
            report_id=report_id, claim=claim, percent=percent, stage=stage, at=clock()
        ):
            raise ClaimLost

    release = partial(release_claim, report_id=report_id, claim=claim)
    try:
        report = _still_allowed(report_id)
        built = reports_building.build(report, on_progress=on_progress)
        on_progress(95, _("Storing the file"))
        finish_report(report_id=report_id, claim=claim, built=built, at=clock())
    except ClaimLost:
        return
    except RightLost as exc:
        release(reason=str(exc), retry=False, at=clock())
    except reports.RenderFailed as exc:
        logger.warning("Report %s could not be rendered: %s", report_id, exc)
        release(reason=str(exc), retry=not exc.hopeless, at=clock())
    except Exception as exc:
        logger.exception("Report %s could not be built.", report_id)
        release(reason=_mistake(exc), retry=True, at=clock())


def _mistake(exc: Exception) -> str:
    if isinstance(exc, OSError) and exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return _("There was no room left to store this report. Ask for it again later.")
    return _(
        "The portal made a mistake while it built this report ({kind}). Try again; if it "
        "fails again, tell the portal’s team the number of this report."
    ).format(kind=type(exc).__name__)


class RightLost(Exception):
    """Whoever asked for the report may no longer see it; the text says so to who still may."""


def _still_allowed(report_id: uuid.UUID) -> Report:
    """Return the report if whoever asked for it may still see it."""
    report = Report.objects.select_related("requested_by").filter(pk=report_id).first()
    if report is None:
        raise ClaimLost
    try:
        if not report.requested_by.is_active:
            raise Http404
        return access.report_for(report.requested_by, report_id)
    except Http404:
        raise RightLost(
            _(
                "The person who asked for this report no longer belongs to the organisation. "
                "Ask for it again."
            )
        ) from None


def claim_report(*, report_id: uuid.UUID, at: datetime) -> uuid.UUID | None:
    """Take a due report for one lease and return the claim; None if it is not to be had.

    One conditional update, so of several workers one wins. A report that has used up its
    attempts (it killed its workers) fails here with a reason.
    """
    claim = uuid.uuid4()
    due = Report.objects.due(at).filter(pk=report_id)
    won = due.filter(attempts__lt=settings.REPORT_MAX_ATTEMPTS).update(
        state=Report.State.BUILDING,
        claim=claim,
        attempts=F("attempts") + 1,
        lease_until=_lease(at),
        progress=5,
        stage=_("Starting"),
    )
    if won:
        return claim
    due.filter(attempts__gte=settings.REPORT_MAX_ATTEMPTS).update(
        state=Report.State.FAILED,
        claim=None,
        lease_until=None,
        stage="",
        reason=_(
            "Building this report stopped its worker {attempts} times. "
            "Ask for it again; if it fails again, tell the portal’s team."
        ).format(attempts=settings.REPORT_MAX_ATTEMPTS),
    )
    return None


def note_progress(
    *, report_id: uuid.UUID, claim: uuid.UUID, percent: int, stage: str, at: datetime
) -> bool:
    """Show how far a build is and renew its lease; False says that the claim is lost."""
    held = Report.objects.filter(pk=report_id, claim=claim, state=Report.State.BUILDING)
    return bool(held.update(progress=percent, stage=stage[:LONGEST_STAGE], lease_until=_lease(at)))


def finish_report(
    *, report_id: uuid.UUID, claim: uuid.UUID, built: reports_building.Built, at: datetime
) -> bool:
    """Store the file and mark the report ready; a lost claim leaves nothing behind."""
    with transaction.atomic():
        report = (
            Report.objects.select_for_update()
            .filter(pk=report_id, claim=claim, state=Report.State.BUILDING)
            .first()
        )
        if report is None:
            return False
        # One name per report, so that a build that ran twice leaves one file.
        report.file.name = _stored(report.file.storage, f"reports/{report.pk}.pdf", built.content)
        report.state, report.progress, report.stage = Report.State.READY, 100, ""
        report.sha256, report.size, report.pages = built.sha256, len(built.content), built.pages
        report.ready_at, report.build_seconds = at, built.seconds
        report.claim = report.lease_until = None
        report.reason = ""
        report.save()
    return True


def _stored(storage: Storage, name: str, content: bytes) -> str:
    """Store a file in place of what may be there, the whole of it or nothing."""
    storage.delete(name)
    try:
        return storage.save(name, ContentFile(content))
    except OSError:
        storage.delete(name)
        raise


def release_claim(
    *, report_id: uuid.UUID, claim: uuid.UUID, reason: str, retry: bool, at: datetime
) -> None:
    """Give a build up: queue it again a little later, or fail it with a reason for the reader."""
    held = Report.objects.filter(pk=report_id, claim=claim, state=Report.State.BUILDING)
    if retry:
        requeued = held.filter(attempts__lt=settings.REPORT_MAX_ATTEMPTS).update(
            state=Report.State.QUEUED,
            claim=None,
            lease_until=None,
            not_before=at + BACKOFF,
            rung_at=None,
            progress=0,
            stage=_("Waiting to try again"),
        )
        if requeued:
            return
    held.update(state=Report.State.FAILED, claim=None, lease_until=None, stage="", reason=reason)


@transaction.atomic
def retry_report(*, report: Report, by: User, at: datetime) -> None:
    """Queue a failed report again, with all its attempts, for the person who asks now."""
    again = Report.objects.filter(pk=report.pk, state=Report.State.FAILED).update(
        state=Report.State.QUEUED,
        requested_by=by,
        attempts=0,
        progress=0,
        stage="",
        reason="",
        rung_at=None,
        not_before=at,
    )
    if not again:
        raise NotRetryable(_("This report has not failed, so there is nothing to try again."))
    transaction.on_commit(partial(bell.notify, "build_report", report_id=str(report.pk)))


def sweep_reports(*, at: datetime, most: int = 50) -> int:
    """Ring for every overdue report whose bell was lost; return how many were rung for.

    A report rung for a moment ago is left alone, so that a long queue is not rung for again and
    again; so is a fresh one, whose own bell may still be on its way.
    """
    quiet_since = at - timedelta(seconds=settings.REPORT_LEASE_SECONDS / 2)
    due = (
        Report.objects.due(at)
        .filter(Q(rung_at=None) | Q(rung_at__lt=quiet_since))
        .filter(Q(state=Report.State.BUILDING) | Q(not_before__lt=at - timedelta(seconds=2)))
        .order_by("not_before")
    )
    rung = 0
    for report_id in list(due.values_list("pk", flat=True)[:most]):
        if not bell.notify("build_report", report_id=str(report_id)):
            break
        Report.objects.filter(pk=report_id).update(rung_at=at)
        rung += 1
    return rung


def _lease(at: datetime) -> datetime:
    return at + timedelta(seconds=settings.REPORT_LEASE_SECONDS)
