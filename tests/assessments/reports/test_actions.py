"""The life of a report's row."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import connection

from assessments.answering.models import Assessment, Result
from assessments.reports import actions
from assessments.reports import actions as reports_actions
from assessments.reports.building import Built
from assessments.reports.models import Report
from assessments.reports.tasks import build_report
from assessments.submissions import actions as answering
from portal.accounts.models import Role
from portal.jobs import broker, leases
from tests.factories import AssessmentFactory, MembershipFactory, UserFactory, answer

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEASE = timedelta(seconds=settings.REPORT_LEASE_SECONDS)
BUILT = Built(content=b"%PDF-1.7 x", sha256="a" * 64, pages=3, seconds=1.5)

pytestmark = pytest.mark.django_db


@pytest.fixture
def notified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every notification; the broker itself is not there."""
    notifications: list[str] = []

    def send_task(task: str, **options: Any) -> None:
        notifications.append(f"{task} {options['kwargs']['report_id']}")

    monkeypatch.setattr("celery.current_app.send_task", send_task)
    monkeypatch.setattr(broker, "_paused_until", 0.0)
    return notifications


def submitted(**values: Any) -> Report:
    """Return a queued report, as a submission leaves it."""
    assessment: Assessment = AssessmentFactory(**values)
    MembershipFactory(user=assessment.created_by, organisation=assessment.organisation)
    answer(assessment)
    return answering.submit_assessment(
        assessment=assessment,
        submitted_as="Head of Compliance",
        names_organisation=False,
        by=assessment.created_by,
        at=AT,
    )


def claim(report: Report, at: datetime = AT) -> leases.Hold[Report] | None:
    return leases.claim(Report, report.pk, clock=lambda: at)


def claimed(report: Report, at: datetime = AT) -> leases.Hold[Report]:
    hold = claim(report, at)
    assert hold is not None
    return hold


def test_submission_notifies_once_committed(
    notified: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        report = submitted()

    assert report.state == Report.State.QUEUED
    assert notified == [f"build_report {report.pk}"]


def test_one_claim_at_a_time() -> None:
    report = submitted()

    claimed(report)

    assert claim(report) is None
    report.refresh_from_db()
    assert (report.state, report.attempts) == (Report.State.BUILDING, 1)


def test_progress_renews_the_lease() -> None:
    report = submitted()
    hold = claimed(report)
    hold.clock = lambda: AT + LEASE - timedelta(seconds=1)

    hold.note_progress(50, "Laying out page 9")

    assert claim(report, at=AT + LEASE * 1.5) is None
    report.refresh_from_db()
    assert (report.progress, report.stage) == (50, "Laying out page 9")


def test_an_abandoned_report_is_taken_over_and_the_first_worker_changes_nothing() -> None:
    report = submitted()
    first = claimed(report)
    second = claimed(report, at=AT + LEASE + timedelta(seconds=1))

    with pytest.raises(leases.ClaimLost):
        first.note_progress(90, "late")
    stored = actions.finish_report(hold=first, built=BUILT)
    first.fail("late")
    first.try_again("late")
    first.postpone("late")

    assert not stored
    assert not report.file.storage.exists(f"reports/{report.pk}-{first.claim}.pdf")
    report.refresh_from_db()
    assert (report.state, report.claim) == (Report.State.BUILDING, second.claim)
    assert not report.file


def test_finishing_leaves_one_file_under_the_name_of_its_claim() -> None:
    report = submitted()
    first = claimed(report)
    report.file.storage.save(
        f"reports/{report.pk}-{first.claim}.pdf", ContentFile(b"left by a killed worker")
    )
    second = claimed(report, at=AT + LEASE * 2)
    name = f"reports/{report.pk}-{second.claim}.pdf"

    assert actions.finish_report(hold=second, built=BUILT)

    report.refresh_from_db()
    assert (report.state, report.progress, report.pages) == (Report.State.READY, 100, 3)
    assert report.file.name == name
    with report.file.open("rb") as file:
        assert file.read() == BUILT.content
    assert report.size == len(BUILT.content)
    folder = Path(settings.MEDIA_ROOT) / "reports"
    assert [f"reports/{path.name}" for path in folder.glob(f"{report.pk}*")] == [name]


def test_the_row_is_not_locked_while_the_file_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    hold = claimed(submitted())
    outer, during = len(connection.savepoint_ids), []
    save = FileSystemStorage.save

    def look(storage: FileSystemStorage, name: str, content: Any) -> str:
        during.append(len(connection.savepoint_ids))
        return save(storage, name, content)

    monkeypatch.setattr(FileSystemStorage, "save", look)

    assert actions.finish_report(hold=hold, built=BUILT)
    assert during == [outer]  # in no transaction of its own


def test_the_last_worker_to_be_lost_leaves_no_file() -> None:
    report = submitted()
    Report.objects.filter(pk=report.pk).update(attempts=settings.REPORT_MAX_ATTEMPTS - 1)
    hold = claimed(report)
    name = report.file.storage.save(f"reports/{report.pk}-{hold.claim}.pdf", ContentFile(b"half"))

    assert claim(report, at=AT + LEASE * 2) is None

    report.refresh_from_db()
    assert report.state == Report.State.FAILED
    assert not report.file.storage.exists(name)


def test_attempts_are_counted_and_then_end_with_a_reason() -> None:
    report = submitted()
    moment = AT
    for _attempt in range(settings.REPORT_MAX_ATTEMPTS):
        claimed(report, at=moment)
        moment += LEASE + timedelta(seconds=1)

    assert claim(report, at=moment) is None

    report.refresh_from_db()
    assert report.state == Report.State.FAILED
    assert report.reason.startswith("Building this report stopped its worker 3 times.")


def test_a_released_claim_waits_a_little_and_then_fails() -> None:
    report = submitted()
    moment = AT
    for attempt in range(1, settings.REPORT_MAX_ATTEMPTS + 1):
        claimed(report, at=moment).try_again("It broke.")
        report.refresh_from_db()
        assert report.attempts == attempt
        assert claim(report, at=moment) is None
        moment += timedelta(seconds=3)

    assert (report.state, report.reason) == (Report.State.FAILED, "It broke.")


def test_only_a_failed_report_is_tried_again(
    notified: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    report = submitted()
    colleague = MembershipFactory(
        organisation=report.assessment.organisation, role=Role.CONTRIBUTOR
    ).user
    with pytest.raises(actions.NotRetryable):
        actions.retry_report(report=report, by=colleague, at=AT)
    claimed(report).fail("No.")

    with django_capture_on_commit_callbacks(execute=True):
        actions.retry_report(report=report, by=colleague, at=AT)

    report.refresh_from_db()
    assert (report.state, report.attempts, report.reason) == (Report.State.QUEUED, 0, "")
    assert report.requested_by == colleague
    assert notified == [f"build_report {report.pk}"]


def test_the_sweep_notifies_of_what_was_not_taken_once_in_a_while(
    notified: list[str],
) -> None:
    report = submitted()
    late = AT + timedelta(seconds=30)

    assert actions.sweep_reports(at=AT) == 0  # its own notification may be on the way
    assert actions.sweep_reports(at=late) == 1
    assert actions.sweep_reports(at=late + timedelta(seconds=1)) == 0
    assert actions.sweep_reports(at=late + LEASE) == 1
    assert notified == [f"build_report {report.pk}"] * 2


def test_the_sweep_notifies_of_an_abandoned_build_only(notified: list[str]) -> None:
    report = submitted()
    claimed(report)

    assert actions.sweep_reports(at=AT + LEASE / 2) == 0
    assert actions.sweep_reports(at=AT + LEASE * 2) == 1


def test_a_broker_that_is_gone_costs_nothing_but_a_log_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    def refuse(*args: Any, **options: Any) -> None:
        calls.append(args)
        raise ConnectionRefusedError

    monkeypatch.setattr("celery.current_app.send_task", refuse)
    monkeypatch.setattr(broker, "_paused_until", 0.0)

    assert not broker.notify("build_report", report_id="x")
    assert not broker.notify("build_report", report_id="y")  # paused: not tried

    assert len(calls) == 1
    assert "No worker was notified of build_report: ConnectionRefusedError" in caplog.text


def test_the_task_builds_a_report_and_leaves_it_alone_then() -> None:
    report = submitted()
    Report.objects.filter(pk=report.pk).update(not_before=AT - timedelta(days=1))

    build_report(report_id=str(report.pk))
    report.refresh_from_db()
    first = (report.state, report.attempts, report.sha256, report.ready_at)
    build_report(report_id=str(report.pk), unknown="to an older worker")
    report.refresh_from_db()

    assert report.state == Report.State.READY
    assert report.pages >= 25
    assert (report.state, report.attempts, report.sha256, report.ready_at) == first


def test_a_right_lost_before_rendering_ends_the_report() -> None:
    report = submitted()
    owner = MembershipFactory(organisation=report.assessment.organisation).user
    report.assessment.organisation.memberships.filter(user=report.requested_by).delete()

    actions.build_report(report_id=report.pk, clock=lambda: AT)

    report.refresh_from_db()
    assert report.state == Report.State.FAILED
    assert report.reason == (
        "The person who asked for this report no longer belongs to the organisation. "
        "Ask for it again."
    )
    assert owner != report.requested_by


def test_a_person_who_left_the_portal_gets_no_report() -> None:
    report = submitted()
    report.requested_by.is_active = False
    report.requested_by.save()

    actions.build_report(report_id=report.pk, clock=lambda: AT)

    report.refresh_from_db()
    assert report.state == Report.State.FAILED


def test_a_report_that_is_gone_is_no_error() -> None:
    actions.build_report(report_id=uuid.uuid4(), clock=lambda: AT)


def test_a_mistake_of_ours_is_logged_and_told_in_plain_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = submitted()
    broken = Result.objects.create(
        assessment=whole.assessment, document="{}", engine="cmi-score 1.1", sha256="0" * 64
    )
    report = reports_actions.queue_report(
        result=broken, names_organisation=False, requested_by=whole.requested_by, at=AT
    )
    Report.objects.filter(pk=report.pk).update(attempts=settings.REPORT_MAX_ATTEMPTS - 1)

    actions.build_report(report_id=report.pk, clock=lambda: AT)

    report.refresh_from_db()
    assert report.state == Report.State.FAILED
    assert report.reason.startswith("The portal made a mistake while it built this report")
    assert f"Report {report.pk} could not be built." in caplog.text


def test_a_stranger_is_never_asked() -> None:
    """Whoever asks must belong to the organisation: a stranger's report fails as one lost."""
    report = submitted()
    Report.objects.filter(pk=report.pk).update(requested_by=UserFactory())

    actions.build_report(report_id=report.pk, clock=lambda: AT)

    report.refresh_from_db()
    assert report.state == Report.State.FAILED
