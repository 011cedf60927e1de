"""D3, E1, E3: reports are built exactly once, whatever is killed."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils.timezone import now

from assessments.reports import actions
from assessments.reports.building import Built
from assessments.reports.models import Report
from portal.jobs import leases
from tests.factories import AssessmentFactory, MembershipFactory, answer
from tests.promises.counts import count
from tests.promises.installation import Installation, Worker, installation

pytestmark = pytest.mark.slow

QUEUE = """
from django.db import transaction
from django.utils.timezone import now
from assessments.submissions import actions as answering
from assessments.reports.models import Report
from portal.jobs import leases
from tests.factories import AssessmentFactory, MembershipFactory, answer

with transaction.atomic():
    assessment = AssessmentFactory()
    MembershipFactory(user=assessment.created_by, organisation=assessment.organisation)
    answer(assessment)
    first = answering.submit_assessment(
        assessment=assessment, submitted_as="x", names_organisation=False,
        by=assessment.created_by, at=now(),
    )
    for _number in range(number - 1):
        answering.queue_report(
            result=first.result, names_organisation=False,
            requested_by=assessment.created_by, at=now(),
        )
print(json.dumps([str(pk) for pk in Report.objects.values_list("pk", flat=True)]))
"""
STATES = """
from assessments.reports.models import Report
print(json.dumps([[r.state, r.attempts, r.reason, r.sha256, r.file.path if r.file else ""]
                  for r in Report.objects.order_by("created_at", "pk")]))
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as made:
        yield made


def wait_until_finished(site: Installation, seconds: float) -> tuple[list[list[Any]], float]:
    started = time.monotonic()
    while True:
        states: list[list[Any]] = site.run(STATES)
        waited = time.monotonic() - started
        if all(state in Report.FINISHED for state, *_others in states) or waited > seconds:
            return states, waited
        time.sleep(2)  # each look starts a Python, on the cores the workers need


def test_no_report_is_lost_when_workers_are_killed(site: Installation, figure: Any) -> None:
    kills = count(3, 100)
    draw = random.Random(3)
    site.run(QUEUE, number=count(2, 20))
    worker = site.worker()
    try:
        for _kill in range(kills):
            time.sleep(draw.uniform(2, 6))
            children = worker.children()
            if children and draw.random() < 0.5:
                _kill_one(draw.choice(children))
            else:
                worker.kill()
                worker = site.worker()
        states, waited = wait_until_finished(site, 60 + count(0, 120))
    finally:
        worker.kill()

    figure(f"D3 {kills} kills of workers: {len(states)} reports finished {waited:.0f} s later")
    assert {state for state, *_others in states} <= {"READY", "FAILED"}, states
    assert all(reason for state, _attempts, reason, *_others in states if state == "FAILED")
    _assert_files_are_whole(states, site)


def _kill_one(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _assert_files_are_whole(states: list[list[Any]], site: Installation) -> None:
    ready = [row for row in states if row[0] == "READY"]
    for _state, _attempts, _reason, sha256, path in ready:
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256
    kept = {Path(row[4]).name for row in ready}
    unfinished = {f.name for f in (site.var / "media/reports").glob("*")} - kept
    assert unfinished == set()


def test_a_poisonous_report_ends_and_its_neighbours_do_not(site: Installation, figure: Any) -> None:
    """E3: whoever touches the first report is killed; the others are built."""
    poison, *_neighbours = site.run(QUEUE, number=3)
    worker = site.worker(concurrency=1)  # so that whoever lays pages out is the poison's
    started = time.monotonic()
    try:
        while time.monotonic() - started < 240:
            states = site.run(KILLED_BY, poison=poison)
            if states["building"]:
                _kill_renderers(worker)
            if not states["left"]:
                break
            time.sleep(0.1)
        is_alive = worker.process.poll() is None
    finally:
        worker.kill()

    figure(f"E3 poison report: {states['attempts']} attempts, then: {states['reason']}")
    assert is_alive
    assert (states["state"], states["attempts"]) == ("FAILED", settings.REPORT_MAX_ATTEMPTS)
    assert states["reason"] == "The process that lays out the pages ended unexpectedly."
    assert states["ready"] == 2


KILLED_BY = """
import time
from assessments.reports.models import Report

deadline = time.monotonic() + 60
while True:  # until the poison is being laid out: starting a Python for each look would miss it
    found = Report.objects.get(pk=poison)
    building = found.state == "BUILDING" and found.progress >= 30
    left = Report.objects.exclude(state__in=["READY", "FAILED"]).count()
    if building or not left or time.monotonic() > deadline:
        break
    time.sleep(0.05)
print(json.dumps({
    "building": building, "state": found.state, "attempts": found.attempts,
    "reason": found.reason, "left": left,
    "ready": Report.objects.filter(state="READY").count(),
}))
"""


def _kill_renderers(worker: Worker) -> None:
    """Kill the processes that lay pages out: those in a session of their own."""
    for pid in worker.children():
        try:
            if os.getsid(pid) == pid:
                os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_a_worker_killed_each_time_gives_the_report_up(site: Installation, figure: Any) -> None:
    """E3 without the child's protection: the worker's own process dies in the middle."""
    (report,) = site.run(QUEUE, number=1)
    deaths = 0
    for _attempt in range(settings.REPORT_MAX_ATTEMPTS):
        process = subprocess.Popen(
            [sys.executable, "-c", BUILD_AND_STOP.format(report=report)],
            cwd=settings.BASE_DIR,
            env=site.environment,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"laying out\n"
        process.kill()
        process.wait()
        process.stdout.close()
        deaths += 1
        site.run("from assessments.reports.models import Report; " + EXPIRE, report=report)

    site.run(
        "import uuid; from assessments.reports.tasks import build_report; "
        "build_report(report_id=report); print(1)",
        report=report,
    )

    ((state, attempts, reason, _sha256, _path),) = site.run(STATES)
    figure(f"E3 killed worker: {deaths} deaths, then {state}")
    assert (state, attempts) == ("FAILED", settings.REPORT_MAX_ATTEMPTS)
    assert reason.startswith("Building this report stopped its worker 3 times.")


BUILD_AND_STOP = """
import django, time, uuid
django.setup()
from django.utils.timezone import now
from assessments.reports import actions

calls = 0

def clock():
    global calls
    calls += 1
    if calls == 4:  # claimed, read and set
        print("laying out", flush=True)
        time.sleep(60)
    return now()

actions.build_report(report_id=uuid.UUID("{report}"), clock=clock)
"""
EXPIRE = "print(Report.objects.filter(pk=report).update(lease_until='2020-01-01T00:00:00Z'))"


@pytest.mark.django_db(transaction=True)
def test_each_report_is_delivered_once_to_four_workers(figure: Any) -> None:
    """E1: everything but the rendering, which is the same bytes whoever does it (E5)."""
    number = count(40, 300)
    reports = _queued(number)
    deliveries = [(pk, worker) for pk in reports for worker in range(4)]
    random.Random(5).shuffle(deliveries)
    finished: list[uuid.UUID] = []
    barrier = threading.Barrier(4)

    def work(worker: int) -> None:
        barrier.wait()
        for pk in [pk for pk, of in deliveries if of == worker]:
            hold = leases.claim(Report, pk, clock=now)
            if hold and actions.finish_report(hold=hold, built=_built(pk)):
                finished.append(pk)
        connections.close_all()

    threads = [threading.Thread(target=work, args=[worker]) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    files = {path.stem for path in (Path(settings.MEDIA_ROOT) / "reports").glob("*.pdf")}
    figure(f"E1 {number} reports × 4 deliveries on {connection.vendor}: {len(finished)} finished")
    assert sorted(finished) == sorted(reports)
    named = [name for name in files if uuid.UUID(name[:36]) in set(reports)]
    assert sorted(uuid.UUID(name[:36]) for name in named) == sorted(reports)
    stored = Report.objects.filter(pk__in=reports).values_list("file", flat=True)
    assert {f"reports/{name}.pdf" for name in named} == set(stored)
    assert all(f"{name}.pdf".count(".") == 1 for name in files)
    assert set(Report.objects.values_list("state", "attempts")) == {("READY", 1)}


def _queued(number: int) -> list[uuid.UUID]:
    from assessments.submissions import actions as submissions

    assessment = AssessmentFactory()
    MembershipFactory(user=assessment.created_by, organisation=assessment.organisation)
    answer(assessment)
    first = submissions.submit_assessment(
        assessment=assessment,
        submitted_as="x",
        names_organisation=False,
        by=assessment.created_by,
        at=now(),
    )
    others = [
        Report(assessment=assessment, result=first.result, requested_by=assessment.created_by)
        for _number in range(number - 1)
    ]
    Report.objects.bulk_create(others)
    return [first.pk, *(report.pk for report in others)]


def _built(pk: uuid.UUID) -> Built:
    content = f"%PDF {pk}".encode()
    return Built(content=content, sha256=hashlib.sha256(content).hexdigest(), pages=1, seconds=0.1)
