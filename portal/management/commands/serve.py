"""Runs the whole site in one terminal: web server, workers and scheduler."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from io import StringIO
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 15
# An audit of hours holds no report, and a report of seconds no mail.
WORKERS = {
    "worker of reports": "reports",
    "worker of audits": "audits",
    "worker of mail": "mail,webhooks,default",
}
# A machine for trying the portal is often a container, where root is the only user.
AS_ROOT = "ignore:You're running the worker with superuser privileges"


class Command(BaseCommand):
    help = "Set everything up and run the site with its workers and scheduler until Ctrl-C"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="create the demonstration")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *, demo: bool, host: str, port: int, **options: Any) -> None:
        port = _free_port(host, port)
        address = f"http://{host}:{port}"
        # Links in mails, reports and verification codes name the address people can open.
        os.environ.setdefault("SITE_URL", address)
        settings.SITE_URL = os.environ["SITE_URL"]
        self.set_up(demo=demo)
        processes = {name: _start(command) for name, command in _commands(host, port).items()}
        # A shell without a terminal starts what runs in its background deaf to Ctrl-C.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        try:
            _wait_until_it_answers(host, port, processes["web"])
            self.announce(address, demo=demo)
            self.watch(processes)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            _stop(processes)

    def set_up(self, *, demo: bool) -> None:
        steps = [("Preparing the database", "migrate"), ("Loading the guidance", "load_content")]
        steps += [("Loading the questionnaires", "load_instrument")]
        steps += [("Opening the period of this year", "open_wave")]
        steps += [("Creating the demonstration", "demo")] if demo else []
        steps += [("Collecting styles and fonts", "collectstatic")]
        for title, name in steps:
            self.stdout.write(f"{title} …")
            quiet = {"interactive": False} if name in {"migrate", "collectstatic"} else {}
            # What each says of itself is for whoever runs it alone.
            call_command(name, verbosity=0, stdout=StringIO(), **quiet)

    def announce(self, address: str, *, demo: bool) -> None:
        self.stdout.write(f"\nThe portal is at {address}\n")
        sign_ins = settings.VAR_DIR / "demo-signins.txt"
        if demo and sign_ins.exists():
            self.stdout.write(sign_ins.read_text())
        self.stdout.write("Stop it with Ctrl-C.\n")

    def watch(self, processes: dict[str, subprocess.Popen[bytes]]) -> None:
        """Start again what ends by itself; a web server that ends at once is an error."""
        started = dict.fromkeys(processes, time.monotonic())
        while True:
            time.sleep(0.5)
            for name, process in processes.items():
                if process.poll() is None:
                    continue
                if time.monotonic() - started[name] < 5:
                    raise CommandError(f"The {name} process ended at once; see its message above.")
                self.stderr.write(f"The {name} process ended; starting it again.")
                processes[name] = _start(list(map(str, _as_list(process.args))))
                started[name] = time.monotonic()


def _commands(host: str, port: int) -> dict[str, list[str]]:
    python = sys.executable
    celery = [python, "-W", AS_ROOT, "-m", "celery", "--quiet", "-A", "portal"]
    beat = str(settings.VAR_DIR / "beat.pid")
    return {
        "web": [
            *[python, "-m", "gunicorn", "portal.wsgi", "--bind", f"{host}:{port}"],
            *["--workers", "2", "--threads", "4", "--log-level", "warning", "--no-control-socket"],
        ],
        **{name: [*celery, *_worker(name, queues)] for name, queues in WORKERS.items()},
        "scheduler": [*celery, "beat", "--loglevel", "WARNING", "--pidfile", beat],
    }


def _worker(name: str, queues: str) -> list[str]:
    named = ["--hostname", f"{name.replace(' ', '-')}@%h"]
    return ["worker", *named, "--queues", queues, "--concurrency", "1", "--loglevel", "WARNING"]


def _as_list(args: Any) -> list[Any]:
    return [args] if isinstance(args, str) else list(args)


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    # In a session of its own, so that Ctrl-C reaches this process alone and it stops the others
    # in order; and asked to end with its parent, so that nothing stays behind a kill.
    return subprocess.Popen(  # noqa: S603 — our own commands, from `_commands`
        command,
        cwd=settings.BASE_DIR,
        start_new_session=True,
        preexec_fn=_end_with_parent,
    )


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stop(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in processes.values():
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()


def _free_port(host: str, wanted: int) -> int:
    """Return `wanted`, or the next port nobody listens on."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) != 0:
                return port
    raise CommandError(f"Ports {wanted} to {wanted + 49} are all in use. Give another with --port.")


def _wait_until_it_answers(host: str, port: int, web: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and web.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.1)
    raise CommandError("The web server did not start; see its message above.")
