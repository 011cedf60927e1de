"""The process that lays out a report holds nothing of the database (R9)."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.db import connection

from assessments.reports import sandbox

LIMITS = sandbox.Limits(seconds=10, cpu_seconds=10, memory_mb=512)


@pytest.mark.django_db
def test_the_renderer_inherits_no_connection_to_the_database(tmp_path: Path) -> None:
    connection.ensure_connection()
    assert leading_to_the_database(open_descriptors())  # else this would show nothing
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            pipe = sandbox.fence(LIMITS, str(tmp_path), writing)
            os.write(pipe, json.dumps(open_descriptors()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        held = json.loads(answer.read())
    os.waitpid(pid, 0)

    assert leading_to_the_database(held) == []
    assert {int(number) for number in held} <= {0, 1, 2, 3}


def open_descriptors() -> dict[str, str]:
    """Return what this process has open, by number; the listing itself is closed by then."""
    found = {}
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found[entry.name] = str(entry.readlink())
        except OSError:
            continue
    return found


def leading_to_the_database(held: dict[str, str]) -> list[str]:
    name = str(connection.settings_dict["NAME"])
    file = connection.vendor == "sqlite"
    return [to for to in held.values() if (name in to if file else to.startswith("socket:"))]
