"""Processes that end are started again, and what a dead one left keeps nothing from starting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from portal.jobs import processes
from portal.jobs.processes import AlreadyRunning, Supervised, exclusive, restart_pause

ENDS_AT_ONCE = [sys.executable, "-c", "pass"]


@pytest.mark.parametrize(("ends", "seconds"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (600, 30)])
def test_each_quick_end_doubles_the_pause(ends: int, seconds: float) -> None:
    assert restart_pause(ends) == seconds


def test_a_process_that_ends_at_once_is_started_again_and_again(tmp_path: Path) -> None:
    helper = Supervised("scheduler", ENDS_AT_ONCE, tmp_path)
    helper.start(0.0)
    pids, said, at = [helper.process.pid], [], 0.0
    for _end in range(4):
        helper.process.wait()
        said.append(helper.look(at))
        assert helper.again_at is not None
        assert helper.look(helper.again_at - 0.1) is None  # its pause is not over
        assert helper.process.pid == pids[-1]
        at = helper.again_at
        assert helper.look(at) is None
        pids.append(helper.process.pid)
    helper.process.wait()

    assert len(set(pids)) == 5
    assert at == 1 + 2 + 4 + 8
    assert said[0] == "The scheduler process ended; it is started again in 1 s."
    assert said[3] == "The scheduler process ended; it is started again in 8 s."


def test_an_end_after_a_minute_is_a_first_one(tmp_path: Path) -> None:
    helper = Supervised("scheduler", ENDS_AT_ONCE, tmp_path, ends=5)
    helper.start(0.0)
    helper.process.wait()

    helper.look(61.0)

    assert (helper.ends, helper.again_at) == (1, 62.0)


def test_a_process_that_lives_is_left_alone(tmp_path: Path) -> None:
    helper = Supervised("web", [sys.executable, "-c", "input()"], tmp_path)
    helper.start(0.0)
    try:
        assert helper.look(1000.0) is None
        assert (helper.ends, helper.again_at) == (0, None)
    finally:
        processes.stop([helper])

    assert helper.process.returncode is not None


HOLD = """
import sys
from pathlib import Path
from typing import Any
from portal.jobs.processes import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_ends_with_its_process_however_that_ends(tmp_path: Path) -> None:
    lock = tmp_path / "serve.lock"
    lock.write_text(str(os.getpid()))  # a number that lives, as a stale file for it may hold
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning), exclusive(lock):
            pass
        other.kill()

    with exclusive(lock):
        assert lock.exists()


def test_the_scheduler_reads_no_process_id() -> None:
    command = processes.commands("127.0.0.1", 8000)["scheduler"]

    assert command[-3:] == ["beat", "--loglevel", "WARNING"]


def test_every_queue_has_a_worker_and_audits_have_their_own(settings: Any) -> None:
    from portal.celery import app

    served = [queues.split(",") for queues in processes.WORKERS.values()]

    assert sorted(name for group in served for name in group) == sorted(
        queue.name for queue in app.conf.task_queues
    )
    assert ["audits"] in served


def test_a_second_site_on_one_folder_is_refused_in_a_sentence(settings: Any) -> None:
    with (
        exclusive(settings.VAR_DIR / "serve.lock"),
        pytest.raises(CommandError, match=r"is running on .* already\. Stop it first"),
    ):
        call_command("serve", port=0)
