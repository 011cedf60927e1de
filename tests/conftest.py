"""Fixtures every test may use."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.db import connection

from portal.db import freezes
from portal.web import pages

# A test passes or fails by what it asserts, however slow the machine is.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _own_limits(settings: Any) -> None:
    """Rate limits count in the cache: no test is refused for what another did.

    A prefix of its own rather than an empty cache, since on the production shape the test
    processes share one Redis with each other and with the broker.
    """
    prefix = {"KEY_PREFIX": uuid.uuid4().hex}
    settings.CACHES = settings.CACHES | {"default": settings.CACHES["default"] | prefix}


@pytest.fixture(autouse=True)
def _pages_anew() -> None:
    """No page is kept from another test's database."""
    pages.forget()


@pytest.fixture(autouse=True)
def _let_go(request: pytest.FixtureRequest) -> Iterator[None]:
    """A database that is emptied after a test drops its freezes: SQLite deletes row by row.

    Emptying makes the triggers anew.
    """
    marker = request.node.get_closest_marker("django_db")
    transactional = bool(marker and marker.kwargs.get("transaction"))
    if not (transactional or {"transactional_db", "live_server"} & set(request.fixturenames)):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    freezes.remove(connection)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Yield the distribution's Chromium. Its requests go to this machine alone."""
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
