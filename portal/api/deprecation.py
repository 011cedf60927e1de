"""Deprecated addresses, announced a year ahead in headers: RFC 9745 and RFC 8594."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import quote

from django.utils.http import http_date


class TooSoon(ValueError):
    """The end of an address is announced less than twelve months ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """From when an address is not to be used, until when it answers, and what to use instead.

    `successor` is a path as the OpenAPI document has it, with no parameters but this one's.
    """

    since: date
    until: date
    successor: str

    def __post_init__(self) -> None:
        earliest = (self.since.year + 1, self.since.month, self.since.day)
        if (self.until.year, self.until.month, self.until.day) < earliest:
            raise TooSoon(
                f"An address deprecated on {self.since} ends on {self.until}. "
                "Leave at least 12 months between the two."
            )

    def successor_of(self, parameters: Mapping[str, str]) -> str:
        """Return the path that takes the place of the one with these parameters."""
        return self.successor.format(**{name: quote(parameters[name]) for name in parameters})

    def headers(self) -> dict[str, str]:
        return {
            "Deprecation": f"@{_start_of(self.since)}",
            "Sunset": http_date(_start_of(self.until)),
        }


def _start_of(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
