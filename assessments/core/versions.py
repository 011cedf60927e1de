"""Versions of an instrument, `MAJOR.MINOR.PATCH`: their order, and the lines they form.

PATCH is wording without change of meaning, MINOR items added, retired or replaced or a changed
tier, MAJOR scale or structure.
"""

from __future__ import annotations

from typing import NamedTuple


class InvalidVersion(ValueError):
    """The text is not three whole numbers with dots between."""


class Version(NamedTuple):
    """One version; a higher one is greater."""

    major: int
    minor: int
    patch: int


def parse(text: str) -> Version:
    """Return the version that `text` writes, `1.10.0` for one."""
    try:
        major, minor, patch = (int(part) for part in text.split("."))
    except ValueError as exc:
        raise InvalidVersion(f"{text!r} is no version. Write three numbers, as in 1.0.0.") from exc
    return Version(major, minor, patch)


def line_of(text: str) -> str:
    """Return the line a version belongs to, `1.0` for `1.0.3`.

    Figures are comparable within a line, whose editions ask the same in other words. With another
    MINOR only linked scores are (those of the items both ask, where these have 80 % of the weight
    in every dimension); what a release publishes is not linked, so its line ends there.
    """
    version = parse(text)
    return f"{version.major}.{version.minor}"
