"""The figure of every promise, printed as it is measured and again at the end of the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Figure = Callable[[str], None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Return a function that takes one line: the promise's number and what was measured."""

    def say(line: str) -> None:
        print(line)
        record_property("figure", line)

    return say


def pytest_terminal_summary(terminalreporter: Any) -> None:
    lines = [
        text
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, text in report.user_properties
        if name == "figure"
    ]
    if lines:
        terminalreporter.section("promises")
        for line in sorted(lines):
            terminalreporter.write_line(str(line))
