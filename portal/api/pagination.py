"""Pages of a list: `limit` and `offset` in, `total` and the neighbours' addresses out.

An offset behind the end gives an empty page, so that a client which counts in steps stops well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from portal.api.parameters import Parameter

DEFAULT_LIMIT, MOST = 100, 500

PAGE_PARAMETERS = (
    Parameter(
        name="limit",
        description="How many entries a page holds.",
        example="50",
        least=1,
        most=MOST,
        default=DEFAULT_LIMIT,
    ),
    Parameter(
        name="offset",
        description="How many entries stand before the page.",
        example="100",
        least=0,
        most=999_999_999,
        default=0,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list, and the addresses of the pages beside it."""

    rows: list[Any]
    total: int
    limit: int
    offset: int
    next: str | None
    previous: str | None

    def envelope(self, show: Callable[[Any], Any]) -> dict[str, Any]:
        return {
            "total": self.total,
            "limit": self.limit,
            "offset": self.offset,
            "next": self.next,
            "previous": self.previous,
            "data": [show(row) for row in self.rows],
        }


def page_of(
    rows: QuerySet[Any, Any] | list[Any], *, asked: Mapping[str, Any], address: str
) -> Page:
    """Return the page asked for: one query for the count and one for its rows, or none of a list.

    The neighbours' addresses keep every other parameter.
    """
    limit, offset = asked["limit"], asked["offset"]
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    kept = {name: value for name, value in asked.items() if value is not None}

    def at(other: int) -> str:
        return f"{address}?{urlencode({**kept, 'limit': limit, 'offset': other})}"

    return Page(
        rows=list(rows[offset : offset + limit]) if offset < total else [],
        total=total,
        limit=limit,
        offset=offset,
        next=at(offset + limit) if offset + limit < total else None,
        previous=at(max(0, min(offset, total) - limit)) if offset and total else None,
    )
