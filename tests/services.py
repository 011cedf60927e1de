"""Private PostgreSQL and Redis servers on free ports, for tests of the production shape."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Cluster:
    """A new PostgreSQL cluster, which may be killed and started again."""

    def __init__(self, *settings: str, below: Path | None = None) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.folder = Path(tempfile.mkdtemp(prefix="portal-pg-", dir=below))
        self.port = free_port()
        # PostgreSQL refuses to run as root, so root runs it as the package's own user.
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if as_user:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.data = self.folder / "data"
        initdb = [*as_user, str(programs / "initdb"), "-D", str(self.data), "-U", "postgres"]
        subprocess.run(
            [*initdb, "-A", "trust", "-E", "UTF8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )
        given = ("listen_addresses=127.0.0.1", "fsync=off", "max_connections=200", *settings)
        listen = [f"-p {self.port} -k {self.folder}", *(f"-c {setting}" for setting in given)]
        self._options = ["-o", " ".join(listen), "-l", str(self.folder / "log")]
        self._control = [*as_user, str(programs / "pg_ctl"), "-D", str(self.data), "-w", "-s"]

    @property
    def address(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        subprocess.run([*self._control, *self._options, "start"], check=True, cwd=self.folder)

    def kill(self) -> None:
        """Kill all its processes at once; what the system was given to write is still written."""
        server = int((self.data / "postmaster.pid").read_text().split()[0])
        below = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for process in (server, *map(int, below)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(Path(f"/proc/{process}").exists() for process in (server, *below)):
            time.sleep(0.01)

    def end(self) -> None:
        subprocess.run([*self._control, "-m", "immediate", "stop"], check=False, cwd=self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def postgresql(*settings: str) -> Iterator[str]:
    """Run a new PostgreSQL cluster and yield its database address."""
    cluster = Cluster(*settings)
    try:
        cluster.start()
        yield cluster.address
    finally:
        cluster.end()


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis server without persistence and yield its address."""
    port = free_port()
    folder = tempfile.mkdtemp(prefix="portal-redis-")
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"Nothing answers on port {port} after {seconds} s.")
