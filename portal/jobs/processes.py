"""The processes of a site on one machine: which there are, and how they are started again."""

from __future__ import annotations

import ctypes
import fcntl
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 15
LONGEST_PAUSE = 30.0
SETTLED_SECONDS = 60.0  # after which an end counts as the first one again
# A machine for trying the portal is often a container, where root is the only user.
AS_ROOT = "ignore:You're running the worker with superuser privileges"
# An audit of hours holds no report, and a report of seconds no mail.
WORKERS = {
    "worker of reports": "reports",
    "worker of audits": "audits",
    "worker of mail": "mail,webhooks,default",
}


class AlreadyRunning(Exception):
    """Another process holds the data folder."""


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Hold a file's lock, which ends with the process whatever ends that. Raises AlreadyRunning."""
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise AlreadyRunning from exc
        yield


def commands(host: str, port: int) -> dict[str, list[str]]:
    """Return the command of each process by its name."""
    python = sys.executable
    celery = [python, "-W", AS_ROOT, "-m", "celery", "--quiet", "-A", "portal"]
    return {
        "web": [
            *[python, "-m", "gunicorn", "portal.wsgi", "--bind", f"{host}:{port}"],
            *["--workers", "2", "--threads", "4", "--log-level", "warning", "--no-control-socket"],
        ],
        **{name: [*celery, *_worker(name, queues)] for name, queues in WORKERS.items()},
        # Without a file for its process id: that of a dead one would keep it from starting.
        "scheduler": [*celery, "beat", "--loglevel", "WARNING"],
    }


def _worker(name: str, queues: str) -> list[str]:
    named = ["--hostname", f"{name.replace(' ', '-')}@%h"]
    return ["worker", *named, "--queues", queues, "--concurrency", "1", "--loglevel", "WARNING"]


def restart_pause(ends: int) -> float:
    """Return the seconds before a process is started again: 1, 2, 4 … 30."""
    return min(2.0 ** (ends - 1), LONGEST_PAUSE)


@dataclass(slots=True)
class Supervised:
    """A process that is started again whenever it ends, a little later each time."""

    name: str
    command: list[str]
    folder: Path
    process: subprocess.Popen[bytes] = field(init=False)
    started_at: float = field(init=False)
    ends: int = 0  # quick ones, one after another
    again_at: float | None = None

    def start(self, at: float) -> None:
        # In a session of its own, so that Ctrl-C reaches the first process alone and it stops the
        # others in order; and asked to end with its parent, so that nothing stays behind a kill.
        self.process = subprocess.Popen(  # noqa: S603 — our own commands, from `commands`
            self.command,
            cwd=self.folder,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        self.started_at, self.again_at = at, None

    def look(self, at: float) -> str | None:
        """Start the process again when it is time; return what there is to say, if anything."""
        if self.process.poll() is None:
            return None
        if self.again_at is None:
            self.ends = 1 if at - self.started_at > SETTLED_SECONDS else self.ends + 1
            pause = restart_pause(self.ends)
            self.again_at = at + pause
            return f"The {self.name} process ended; it is started again in {pause:g} s."
        if at >= self.again_at:
            self.start(at)
        return None


def stop(processes: list[Supervised]) -> None:
    """Ask every process to end, and end those that have not within the grace."""
    running = [each.process for each in processes]
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in running:
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
