from __future__ import annotations

import pytest

from assessments.core.versions import InvalidVersion, line_of, parse


def test_versions_are_ordered_as_numbers() -> None:
    written = ["1.10.0", "0.9.0", "1.9.0", "1.9.10", "1.9.9", "10.0.0", "2.0.0"]
    assert sorted(written, key=parse) == [
        *("0.9.0", "1.9.0", "1.9.9", "1.9.10", "1.10.0", "2.0.0", "10.0.0")
    ]


@pytest.mark.parametrize("text", ["", "1", "1.0", "1.0.0.0", "1.0.x", "1.0.0-rc.1", "v1.0.0"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidVersion, match="Write three numbers"):
        parse(text)


@pytest.mark.parametrize(
    ("version", "line"), [("1.0.0", "1.0"), ("1.0.17", "1.0"), ("1.10.0", "1.10"), ("2.0.0", "2.0")]
)
def test_a_line_is_major_and_minor(version: str, line: str) -> None:
    assert line_of(version) == line
