"""Conditional requests (RFC 9110, section 13), for pages, files and the API alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date


def conditional(
    request: HttpRequest,
    build: Callable[[], HttpResponse],
    *,
    etag: str,
    cache_control: str,
    last_modified: datetime | None = None,
) -> HttpResponse:
    """Return 304 where the reader's copy holds, else what `build` returns; both with their marks.

    `build` is not called for a 304. A response that brings its own entity tag keeps it.
    """
    moment = None if last_modified is None else int(last_modified.timestamp())
    unchanged = get_conditional_response(request, etag=etag, last_modified=moment)
    response = build() if unchanged is None else unchanged
    if response.status_code in (200, 304):
        response.setdefault("ETag", etag)
        response["Cache-Control"] = cache_control
        if moment is not None:
            response["Last-Modified"] = http_date(moment)
    return response
