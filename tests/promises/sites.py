"""A whole site in processes of its own, on a database of its own, to be killed and starved."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg

from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "t" * 32  # a form's token and its cookie agree, which is all that is asked of them
PRODUCTION = bool(os.environ.get("DATABASE_URL"))
QUICK_SWEEP = {"SWEEP_SECONDS": "1"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    location: str
    seconds: float


@dataclass(slots=True)
class Site:
    """Where a site keeps its things, and the processes that serve it."""

    environment: Mapping[str, str]
    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def manage(self, program: str, *arguments: str) -> str:
        """Run a module of the tests against the site's database and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", program, *arguments],
            env=self.environment,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""

    def start_web(self, *, workers: int = 2, threads: int = 4) -> None:
        self.start(
            "web",
            *("gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.port}"),
            *("--workers", str(workers), "--threads", str(threads)),
            *("--log-level", "critical", "--no-control-socket"),
        )
        self.wait_until_it_answers()

    def start_jobs(self) -> None:
        celery = ("celery", "--quiet", "-A", "portal")
        self.start("worker", *celery, "worker", "--concurrency", "1", "--loglevel", "ERROR")
        schedule = f"{self.environment['PORTAL_VAR']}/beat"
        self.start(
            "scheduler",
            *(*celery, "beat", "--loglevel", "ERROR"),
            *("--pidfile", "", "--schedule", schedule),
        )

    def start(self, name: str, module: str, *arguments: str) -> None:
        log = Path(self.environment["PORTAL_VAR"]) / f"{name}.log"
        with log.open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """Kill a process and all its children at once, as a power cut would."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def log(self) -> str:
        return "\n".join(
            path.read_text(errors="replace")
            for path in Path(self.environment["PORTAL_VAR"]).glob("*.log")
        )

    def wait_until_it_answers(self, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.request("GET", "/health/").status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError(f"The site does not answer. {self.log()[-2000:]}")

    def request(
        self,
        method: str,
        path: str,
        *,
        session: str = "",
        form: Mapping[str, Any] | None = None,
        timeout: float = 60,
    ) -> Answer:
        """Send one request on a connection of its own; raises OSError when none answers."""
        headers = {"Connection": "close"}
        if session:
            headers["Cookie"] = f"sessionid={session}; csrftoken={TOKEN}"
        content = None
        if form is not None:
            content = urlencode({**form, "csrfmiddlewaretoken": TOKEN})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            body = response.read()
        except http.client.HTTPException as exc:
            raise ConnectionError(str(exc)) from exc
        finally:
            connection.close()
        location = response.getheader("Location") or ""
        return Answer(response.status, body, location, time.monotonic() - started)


@contextmanager
def site(folder: Path, **variables: str) -> Iterator[Site]:
    """Yield a site with an empty database, in the shape the tests run in."""
    environment = {
        **os.environ,
        "PORTAL_VAR": str(folder),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_LEVEL": "WARNING",
        **QUICK_SWEEP,
        **variables,
    }
    with _database(os.environ.get("DATABASE_URL", "")) as database:
        if database:
            environment["DATABASE_URL"] = database
        made = Site(environment, free_port())
        made.manage("django", "migrate", "--verbosity", "0")
        try:
            yield made
        finally:
            made.stop()


@contextmanager
def _database(address: str) -> Iterator[str]:
    """Create a database beside the tests' own; SQLite needs none."""
    if not address:
        yield ""
        return
    name = f"promises_{uuid.uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield urlsplit(address)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def nothing_listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def loads(text: str) -> Any:
    found = re.search(r"[\[{].*", text, re.DOTALL)
    return json.loads(found[0]) if found else None
