"""An installation of its own: data, database and worker processes that a test may kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

REDIS_DATABASE = "6"


@dataclass(slots=True)
class Installation:
    var: Path
    environment: dict[str, str]

    def manage(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return self.python("manage.py", *arguments, timeout=timeout)

    def python(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def run(self, code: str, **values: Any) -> Any:
        """Run a piece of Python inside the site and return what it prints as JSON."""
        start = "import django, json; django.setup(); "
        names = f"globals().update(json.loads({json.dumps(values)!r})); "
        done = self.python("-c", start + names + code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def worker(self, *, concurrency: int = 2, queues: str = "") -> Worker:
        """Start a worker of some queues, of all by default."""
        return Worker(self, concurrency, queues)


class Worker:
    """A worker with its children."""

    def __init__(self, installation: Installation, concurrency: int, queues: str) -> None:
        self.log = (installation.var / "worker.log").open("ab")
        self.process = subprocess.Popen(
            [
                *[sys.executable, "-m", "celery", "--quiet", "-A", "portal", "worker"],
                *["--concurrency", str(concurrency), "--loglevel", "WARNING"],
                *["--hostname", f"w{time.monotonic_ns()}@test"],
                *(["--queues", queues] if queues else []),
            ],
            cwd=settings.BASE_DIR,
            env=installation.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def children(self) -> list[int]:
        """Return the processes below this one, renderers included."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
        found, waiting = [], [self.process.pid]
        while waiting:
            below = parents.get(waiting.pop(), [])
            found += below
            waiting += below
        return found

    def kill(self) -> None:
        """End it and everything below at once, as a machine that loses power."""
        for pid in [*self.children(), self.process.pid]:
            with _gone_is_fine():
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ProcessLookupError:
        return


@contextmanager
def installation(var: Path) -> Iterator[Installation]:
    """Set one up in the shape the environment chooses, with content and a running scheduler."""
    database = _own_database()
    environment = os.environ | {"PORTAL_VAR": str(var), "SITE_URL": "https://portal.example.org"}
    environment |= database | {"DJANGO_SETTINGS_MODULE": "portal.settings", "SWEEP_SECONDS": "2"}
    made = Installation(var, environment)
    for command in ("migrate", "load_content", "load_instrument"):
        done = made.manage(command, "--verbosity", "0")
        assert done.returncode == 0, done.stderr
    with (var / "scheduler.log").open("wb") as log:
        scheduler = subprocess.Popen(
            [sys.executable, "-m", "celery", "--quiet", "-A", "portal", "beat", "--pidfile="],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield made
        finally:
            scheduler.terminate()
            scheduler.wait(20)


def _own_database() -> dict[str, str]:
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        return {}
    name = f"promise_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return {
        "DATABASE_URL": f"{server.rpartition('/')[0]}/{name}",
        "REDIS_URL": f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{REDIS_DATABASE}",
    }
