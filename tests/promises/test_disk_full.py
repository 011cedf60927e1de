"""D7: with the disk full people are told, nothing is half saved, and it passes by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils.timezone import now

from assessments.reports import actions
from assessments.reports.building import Built
from assessments.reports.models import Report
from portal.jobs import leases
from tests.assessments.reports.test_actions import submitted
from tests.promises.conftest import Figure
from tests.promises.counts import count
from tests.promises.disks import Disk, small_disk
from tests.promises.sites import PRODUCTION, Site, loads, site
from tests.promises.test_saves import Saver, acknowledged_by, lost, savers_of, wait_for_saves
from tests.services import Cluster

pytestmark = pytest.mark.slow

SHAPE = "PostgreSQL" if PRODUCTION else "SQLite"
CLIENTS = 2
TIMES = count(2, 20)
REFUSALS = 5  # each time, before there is room again
WORDS = "The site cannot reach what it stores"
SUBMITTER = {"name": "A Person", "position": "Director", "statement": "on"}


@contextmanager
def site_on_a_small_disk(
    var: Path, monkeypatch: pytest.MonkeyPatch, **variables: str
) -> Iterator[tuple[Site, Disk]]:
    """Yield a site whose database is on the disk, and with SQLite everything else too."""
    with small_disk(160 if PRODUCTION else 24) as disk:
        if not PRODUCTION:
            folder = disk.path / "var"
            folder.mkdir()
            with site(folder, **variables) as running:
                yield running, disk
            return
        cluster = Cluster("min_wal_size=32MB", "max_wal_size=48MB", below=disk.path)
        try:
            cluster.start()
            monkeypatch.setenv("DATABASE_URL", cluster.address)
            with site(var, DATABASE_CONN_MAX_AGE="60", **variables) as running:
                yield running, disk
        finally:
            cluster.end()


def test_a_full_disk_is_told_and_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    with site_on_a_small_disk(tmp_path, monkeypatch) as (running, disk):
        made = loads(running.manage("tests.promises.prepare", "assessments", f"{CLIENTS + 1}", "1"))
        finished, *others = made["assessments"]
        savers = [Saver(running, each["id"], each["session"], made["items"]) for each in others]
        running.start_web()
        for saver in savers:
            saver.start()
        submissions = []
        for _ in range(TIMES):
            wait_for_saves(savers, 2 * CLIENTS)
            disk.fill()
            wait_for_refusals(savers, REFUSALS)
            submissions.append(submit(running, finished))
            pages = [running.request("GET", path).status for path in ("/", "/health/")]
            disk.empty()
        wait_for_saves(savers, 2 * CLIENTS)
        for saver in savers:
            saver.stopped.set()
        for saver in savers:
            saver.join(60)
        before = state_of(running, finished)
        last = submit(running, finished)
        after = state_of(running, finished)
        kept = loads(running.manage("tests.promises.prepare", "answers"))
        sound = running.manage("tests.promises.prepare", "sound")

    missing = lost({k: v for each in savers for k, v in each.acknowledged.items()}, kept)
    refused = [text for each in savers for text in each.refused]
    away = [answer for each in savers for answer in each.away]
    figure(
        f"D7 {SHAPE}: the disk full {TIMES} times: {len(away)} answers of 503, {len(refused)} of "
        f"anything else; {len(missing)} of {acknowledged_by(savers)} answers lost or half saved"
    )
    assert (missing, refused) == ([], [])
    assert all(WORDS in answer.body.decode() for answer in away)
    assert set(pages) <= {200, 503}
    assert set(submissions) <= {302, 503}
    assert before == ((True, 1, 1) if 302 in submissions else (False, 0, 0))
    assert (last, after) == (302, (True, 1, 1))
    assert sound == "true"


def test_a_site_that_tells_nobody_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red first: a site that takes a full disk for a fault of its own."""
    weaker = {"DJANGO_SETTINGS_MODULE": "tests.promises.untold"}
    with site_on_a_small_disk(tmp_path, monkeypatch, **weaker) as (running, disk):
        [saver] = savers_of(running, 1)
        running.start_web()
        saver.start()
        wait_for_saves([saver], 2)
        disk.fill()
        wait_for_refusals([saver], 1)
        saver.stopped.set()
        saver.join(60)
        disk.empty()

    assert saver.refused[0].startswith("500 ")


def wait_for_refusals(savers: list[Saver], more: int) -> None:
    def refusals() -> int:
        return sum(len(each.away) + len(each.refused) for each in savers)

    before, deadline = refusals(), time.monotonic() + 60
    while refusals() < before + more:
        if time.monotonic() > deadline:
            raise TimeoutError("The disk is full, and nobody is told.")
        time.sleep(0.02)


def submit(running: Site, assessment: dict[str, Any]) -> int:
    path = f"/assessments/{assessment['id']}/check/"
    return running.request("POST", path, session=assessment["session"], form=SUBMITTER).status


def state_of(running: Site, assessment: dict[str, Any]) -> tuple[bool, int, int]:
    rows = loads(running.manage("tests.promises.prepare", "reports"))
    [row] = [each for each in rows if each["assessment"] == assessment["id"]]
    return row["submitted"], row["results"], len(row["reports"])


# Files


@pytest.mark.django_db
def test_a_report_without_room_leaves_nothing_and_is_built_later(
    settings: Any, figure: Figure
) -> None:
    report = submitted()
    last = settings.REPORT_MAX_ATTEMPTS - 1
    Report.objects.filter(pk=report.pk).update(not_before=now(), attempts=last)
    with small_disk(2) as disk:
        settings.MEDIA_ROOT = disk.path / "media"
        disk.fill(leaving=100_000)
        actions.build_report(report_id=report.pk, clock=now)
        report.refresh_from_db()
        waiting = report.state, report.reason, report.stage, report.attempts
        left = [path.name for path in disk.path.rglob("*.pdf")]
        disk.empty()
        actions.build_report(report_id=report.pk, clock=lambda: now() + leases.PASSING_PAUSE)
        report.refresh_from_db()

    figure(f"D7 report: {waiting[1]} {len(left)} files left; {report.state} when there was room")
    reason = "There is no room to store the report now. It is tried again soon."
    assert waiting == ("QUEUED", reason, reason, last)  # a fault that passes costs no attempt
    assert left == []
    assert report.state == "READY"


@pytest.mark.django_db
@pytest.mark.parametrize("careless", [False, True])
def test_half_a_file_would_be_noticed(
    settings: Any, monkeypatch: pytest.MonkeyPatch, careless: bool
) -> None:
    """Red first: a file that is stored without looking back is left there in part."""
    report = submitted()
    hold = leases.claim(Report, report.pk, clock=now)
    assert hold
    if careless:
        monkeypatch.setattr(actions, "_stored", stored_as_it_comes)
    with small_disk(1) as disk:
        settings.MEDIA_ROOT = disk.path / "media"
        disk.fill(leaving=100_000)
        built = Built(content=b"x" * 300_000, sha256="0" * 64, pages=1, seconds=1)
        with pytest.raises(OSError, match="No space left"):
            actions.finish_report(hold=hold, built=built)
        left = list(disk.path.rglob("*.pdf"))

    assert bool(left) == careless


def stored_as_it_comes(storage: Storage, name: str, content: bytes) -> str:
    return storage.save(name, ContentFile(content))
