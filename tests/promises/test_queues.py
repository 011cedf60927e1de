"""An audit that takes long holds no report, on the embedded default as `serve` starts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portal.jobs.processes import WORKERS
from tests.promises.installation import installation
from tests.promises.sites import PRODUCTION

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PRODUCTION, reason="the embedded shape has one process to a worker"),
]

# The audit is held in the middle for as long as the test wants: an audit of hours, in effect.
HOLD_AUDIT = """
import os, signal, time
from django.db import transaction
from assessments.benchmarks.actions import audits
from django.utils.timezone import now
from tests.assessments.market import AFTER, market_of, wave
from tests.factories import AssessmentFactory, MembershipFactory, answer

with transaction.atomic():
    assessment = AssessmentFactory()
    MembershipFactory(user=assessment.created_by, organisation=assessment.organisation)
    answer(assessment)
    period = wave()
    market_of(40, period)
    candidate = audits.queue_candidate(wave=period, by=None, at=AFTER)
deadline = time.monotonic() + 60
while candidate.progress < 2 and time.monotonic() < deadline:
    time.sleep(0.005)
    candidate.refresh_from_db()
os.kill(pid, signal.SIGSTOP)  # between two writes, so that it holds no lock
candidate.refresh_from_db()
print(json.dumps({
    "state": candidate.state, "candidate": candidate.pk, "assessment": str(assessment.pk),
}))
"""
BUILD_REPORT = """
import time
from django.utils.timezone import now
from assessments.benchmarks.models import ReleaseCandidate
from assessments.reports.models import Report
from assessments.submissions import actions
from assessments.answering.models import Assessment

found = Assessment.objects.get(pk=assessment)
report = actions.submit_assessment(
    assessment=found, submitted_as="x", names_organisation=False, by=found.created_by, at=now(),
)
deadline = time.monotonic() + seconds
while not report.is_finished and time.monotonic() < deadline:
    time.sleep(0.05)
    report.refresh_from_db()
took = (report.ready_at - report.created_at).total_seconds() if report.ready_at else None
print(json.dumps([report.state, ReleaseCandidate.objects.get(pk=candidate).state, took]))
"""
END_AUDIT = """
import os, signal, time
from assessments.benchmarks.models import ReleaseCandidate

os.kill(pid, signal.SIGCONT)
deadline = time.monotonic() + 120
state = "AUDITING"
while state == "AUDITING" and time.monotonic() < deadline:
    time.sleep(0.05)
    state = ReleaseCandidate.objects.get(pk=candidate).state
print(json.dumps(state))
"""


def test_a_report_is_ready_while_an_audit_runs(tmp_path: Path, figure: Any) -> None:
    with installation(tmp_path) as site:
        workers = {queues: site.worker(queues=queues) for queues in WORKERS.values()}
        pid = workers["audits"].process.pid
        try:
            held = site.run(HOLD_AUDIT, pid=pid)
            report, during, seconds = site.run(BUILD_REPORT, **held, seconds=120)
            after = site.run(END_AUDIT, **held, pid=pid)
        finally:
            for worker in workers.values():
                worker.kill()

    figure(f"Queues: a report is {report} after {seconds} s beside an audit that is {during}")
    assert held["state"] == "AUDITING"
    assert (report, during) == ("READY", "AUDITING")
    assert after == "AUDITED"


def test_one_worker_for_all_queues_would_be_noticed(tmp_path: Path) -> None:
    """Red first: the report waits for the audit when one process serves both."""
    with installation(tmp_path) as site:
        worker = site.worker(queues=",".join(WORKERS.values()))
        try:
            held = site.run(HOLD_AUDIT, pid=worker.process.pid)
            # Three seconds are long enough to see that nobody takes it.
            report, during, _seconds = site.run(BUILD_REPORT, **held, seconds=3)
        finally:
            worker.kill()

    assert held["state"] == "AUDITING"
    assert (report, during) == ("QUEUED", "AUDITING")
