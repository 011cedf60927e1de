"""A whole site for a journey: `manage.py serve --demo` with its worker and scheduler."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.services import free_port

START_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Site:
    address: str
    var: Path
    passwords: dict[str, str]  # by e-mail


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run the site as `make run` does, in the shape the environment chooses, on new data."""
    var = tmp_path_factory.mktemp("site")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"PORTAL_VAR": str(var), "SITE_URL": address}
    environment |= _own_database()
    log = (var / "serve.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--demo", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=environment | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_until_it_answers(address, process, Path(log.name))
        lines = (var / "demo-signins.txt").read_text()
        passwords = dict(re.findall(r"(\S+@\S+)\s+(\S+)", lines))
        yield Site(address, var, passwords)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        log.close()


def _own_database() -> dict[str, str]:
    """Return the variables for a new PostgreSQL database, nothing on the embedded shape."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        return {}
    name = f"journey_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return {
        "DATABASE_URL": server.rpartition("/")[0] + f"/{name}",
        "REDIS_URL": os.environ["REDIS_URL"].rpartition("/")[0] + "/5",
    }


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urlopen(f"{address}/health/", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:  # refused, or too busy starting to answer yet
            time.sleep(0.3)
    raise RuntimeError(f"The site did not start:\n{log.read_text()}")


@pytest.fixture(params=["desktop", "phone without scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Yield a page that fails the test on any script error or refused resource."""
    phone = request.param != "desktop"
    context = browser.new_context(
        viewport={"width": 360 if phone else 1280, "height": 900},
        java_script_enabled=not phone,
        accept_downloads=True,
    )
    context.set_default_timeout(15_000)
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: _complain(message, complaints))
    yield opened
    context.close()
    assert complaints == []


def _complain(message: Any, complaints: list[str]) -> None:
    if message.type == "error":
        complaints.append(message.text)
