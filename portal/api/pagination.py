"""Pages of a list: `limit` and `offset` in, `total` and the neighbours' addresses out.

An offset behind the end gives an empty page, so that a client which counts in steps stops well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

from portal.api.parameters import Query, WholeNumber

DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET = 100, 500, 999_999_999


class PageQuery(Query):
    """The query of a list, which subclasses add their filters to."""

    limit = WholeNumber(
        "How many entries a page holds.",
        example=50,
        least=1,
        most=MAX_LIMIT,
        default=DEFAULT_LIMIT,
    )
    offset = WholeNumber(
        "How many entries stand before the page.",
        example=100,
        least=0,
        most=MAX_OFFSET,
        default=0,
    )


class Pagination(LimitOffsetPagination):
    """DRF's pages, of parameters that are already checked, with addresses of the site's own name.

    DRF takes a bad limit for none given; and it would build addresses from the request's host.
    """

    count: int
    limit: int
    offset: int
    request: Request

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params

    def get_limit(self, request: Request) -> int:
        return int(self.params["limit"])

    def get_offset(self, request: Request) -> int:
        return int(self.params["offset"])

    def get_next_link(self) -> str | None:
        after = self.offset + self.limit
        return self._link(after) if after < self.count else None

    def get_previous_link(self) -> str | None:
        if not self.offset or not self.count:
            return None
        return self._link(max(0, min(self.offset, self.count) - self.limit))

    def _link(self, offset: int) -> str:
        """Return the address of another page, which keeps every other parameter."""
        query = urlencode({**self.params, "limit": self.limit, "offset": offset})
        return f"{settings.SITE_URL}{self.request.path}?{query}"

    def paginate_queryset(
        self, queryset: QuerySet[Any, Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """Return the rows of the page: a query for the count and one for them, none of a list."""
        rows: list[Any] | None = super().paginate_queryset(queryset, request, view)
        assert rows is not None  # there is always a limit
        return rows

    def fields(self) -> dict[str, Any]:
        """Return what the payload says of the page."""
        return {
            "total": self.count,
            "limit": self.limit,
            "offset": self.offset,
            "next": self.get_next_link(),
            "previous": self.get_previous_link(),
        }
