"""Runs the whole site in one terminal: web server, workers and scheduler."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from argparse import ArgumentParser
from io import StringIO
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal.jobs import processes


class Command(BaseCommand):
    help = "Set everything up and run the site with its workers and scheduler until Ctrl-C"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="create the demonstration")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *, demo: bool, host: str, port: int, **options: Any) -> None:
        try:
            with processes.exclusive(settings.VAR_DIR / "serve.lock"):
                self.run(host, _free_port(host, port), demo=demo)
        except processes.AlreadyRunning:
            raise CommandError(
                f"The site is running on {settings.VAR_DIR} already. Stop it first, or name "
                "another folder with PORTAL_VAR."
            ) from None

    def run(self, host: str, port: int, *, demo: bool) -> None:
        address = f"http://{host}:{port}"
        # Links in mails, reports and verification codes name the address people can open.
        os.environ.setdefault("SITE_URL", address)
        settings.SITE_URL = os.environ["SITE_URL"]
        self.set_up(demo=demo)
        running = [
            processes.Supervised(name, command, settings.BASE_DIR)
            for name, command in processes.commands(host, port).items()
        ]
        # A shell without a terminal starts what runs in its background deaf to Ctrl-C.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        started: list[processes.Supervised] = []
        try:
            for each in running:
                each.start(time.monotonic())
                started.append(each)
            _wait_until_it_answers(host, port, running[0].process)
            self.announce(address, demo=demo)
            self.watch(running)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            processes.stop(started)

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

    def watch(self, running: list[processes.Supervised]) -> None:
        """Start again what ends by itself, and say so."""
        while True:
            time.sleep(0.5)
            for each in running:
                if message := each.look(time.monotonic()):
                    self.stderr.write(message)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


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
