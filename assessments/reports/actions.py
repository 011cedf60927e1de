"""A report from request to file: queued, claimed, built, finished or failed with a reason."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from assessments.answering import access as answering_access
from assessments.answering.models import Assessment, Result
from assessments.benchmarks import queries
from assessments.reports import access, building, pdf
from assessments.reports.models import Report, file_name
from portal.accounts.access import only_of
from portal.accounts.models import MAY_ANSWER, User
from portal.jobs import leases

logger = logging.getLogger(__name__)


@transaction.atomic
def queue_report(
    *, result: Result, names_organisation: bool, requested_by: User, at: datetime
) -> Report:
    """Queue a report of `result` against the current release.

    Whoever may answer for the organisation may ask for one; `NotAllowed` refuses the others.
    """
    rows = answering_access.assessments_for(requested_by, roles=MAY_ANSWER)
    locked = rows.select_for_update(of=("self",)).select_related("organisation", "wave")
    assessment = only_of(locked, result.assessment_id)
    report = Report(
        assessment=assessment,
        result=result,
        release=queries.release_for(assessment),
        names_organisation=names_organisation,
    )
    return _queue(report, requested_by=requested_by, at=at)


def _queue(report: Report, *, requested_by: User, at: datetime) -> Report:
    report.requested_by, report.created_at, report.not_before = requested_by, at, at
    report.save()
    leases.notify_on_commit(report)
    return report


class NotRetryable(Exception):
    """Only a failed report can be asked for again."""


def build_report(*, report_id: uuid.UUID, clock: Callable[[], datetime]) -> None:
    """Build one report, from its claim to its file or a reason.

    A report that somebody else builds, or that is finished, is left alone. `clock` tells the
    moment, because a build has several.
    """
    hold = leases.claim(Report, report_id, clock=clock)
    if hold is None:
        return
    try:
        report = _still_allowed(report_id)
        built = building.build(report, on_progress=hold.note_progress)
        hold.note_progress(95, _("Storing the file"))
        finish_report(hold=hold, built=built)
    except leases.ClaimLost:
        return
    except RightLost as exc:
        hold.fail(str(exc))
    except pdf.RenderFailed as exc:
        logger.warning("Report %s could not be rendered: %s", report_id, exc)
        if exc.hopeless:
            hold.fail(str(exc))
        else:
            hold.try_again(str(exc))
    except Exception as exc:
        if leases.is_passing(exc):
            logger.warning("Report %s is put off: %s", report_id, exc)
            hold.postpone(_("There is no room to store the report now. It is tried again soon."))
            return
        logger.exception("Report %s could not be built.", report_id)
        hold.try_again(_mistake(exc))


def _mistake(exc: Exception) -> str:
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
        raise leases.ClaimLost
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


def finish_report(*, hold: leases.Hold[Report], built: building.Built) -> bool:
    """Store the file and mark the report ready; a lost claim leaves nothing behind.

    The file is stored under the name of the claim and outside every transaction, so that no row
    is locked for as long as storage takes.
    """
    storage = Report.file.field.storage
    name = _stored(storage, file_name(hold.pk, hold.claim), built.content)
    ready = hold.finish(
        Report.State.READY,
        file=name,
        sha256=built.sha256,
        size=len(built.content),
        pages=built.pages,
        ready_at=hold.clock(),
        build_seconds=built.seconds,
    )
    if not ready:
        storage.delete(name)
    return ready


def _stored(storage: Storage, name: str, content: bytes) -> str:
    """Store a file, the whole of it or nothing."""
    try:
        return storage.save(name, ContentFile(content))
    except OSError:
        storage.delete(name)
        raise


@transaction.atomic
def retry_report(*, report: Report, by: User, at: datetime) -> None:
    """Queue a failed report again, with all its attempts, for the person who asks now."""
    only_of(access.reports_for(by, roles=MAY_ANSWER).select_for_update(of=("self",)), report.pk)
    if not leases.queue_again(Report, report.pk, at=at, requested_by=by):
        raise NotRetryable(_("This report has not failed, so there is nothing to try again."))


@transaction.atomic
def replace_report(*, report: Report, by: User, at: datetime) -> Report:
    """Queue a report in place of a ready one whose file is lost; one replacement is enough.

    The old row stays as it is: it is what its verification code stands for.
    """
    list(Assessment.objects.select_for_update().filter(pk=report.assessment_id))
    only_of(access.reports_for(by), report.pk)
    replacement = (
        Report.objects.filter(result=report.result_id, created_at__gt=report.created_at)
        .exclude(state=Report.State.FAILED)
        .order_by("-created_at")
        .first()
    )
    if replacement:
        return replacement
    logger.error("The file of report %s is lost; it is built again.", report.pk)
    return _queue(
        Report(
            assessment=report.assessment,
            result=report.result,
            release=report.release,
            names_organisation=report.names_organisation,
        ),
        requested_by=by,
        at=at,
    )


def sweep_reports(*, at: datetime) -> int:
    """Wake a worker for each overdue report; return for how many."""
    return leases.sweep(Report, at=at)
