"""Errors as problem details (RFC 9457): what is wrong, where, and what to do next.

Every refusal below `/api/` is one of the kinds listed here, which the docs page explains.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponseBase, JsonResponse
from django.urls import reverse
from rest_framework import exceptions

MEDIA_TYPE = "application/problem+json"
SHORTEST_WAIT = 1  # second
UNAVAILABLE_WAIT = 30  # seconds
NOTHING = "Nothing is at this address."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    slug: str
    status: HTTPStatus
    title: str
    advice: str


KINDS: Final = {
    kind.slug: kind
    for kind in (
        Kind(
            slug="unknown-parameter",
            status=HTTPStatus.BAD_REQUEST,
            title="Unknown parameter",
            advice="The query has a parameter this address does not take. `known` lists those it "
            "does; a misspelt filter is never silently ignored.",
        ),
        Kind(
            slug="bad-parameter",
            status=HTTPStatus.BAD_REQUEST,
            title="Bad parameter",
            advice="A parameter has a value that is not allowed, or is given twice. `parameter` "
            "names it, and `known` lists the allowed values where they are few.",
        ),
        Kind(
            slug="bad-request",
            status=HTTPStatus.BAD_REQUEST,
            title="Bad request",
            advice="The request itself cannot be read, for instance because it has too many "
            "parameters.",
        ),
        Kind(
            slug="not-found",
            status=HTTPStatus.NOT_FOUND,
            title="Not found",
            advice="Nothing is at this address. The entry points are listed at `/api/v1/`.",
        ),
        Kind(
            slug="no-release-yet",
            status=HTTPStatus.NOT_FOUND,
            title="No release yet",
            advice="The series has no release. A period is released at least 30 days after it "
            "closed, if enough organisations took part.",
        ),
        Kind(
            slug="method-not-allowed",
            status=HTTPStatus.METHOD_NOT_ALLOWED,
            title="Method not allowed",
            advice="Everything here is to read: use GET or HEAD.",
        ),
        Kind(
            slug="not-acceptable",
            status=HTTPStatus.NOT_ACCEPTABLE,
            title="Format not offered",
            advice="The format asked for by `Accept` or `?format=` is not offered here. `known` "
            "lists those that are.",
        ),
        Kind(
            slug="too-many-requests",
            status=HTTPStatus.TOO_MANY_REQUESTS,
            title="Too many requests",
            advice="Wait for the number of seconds in `Retry-After`. A whole release is one "
            "request, and one you have can be confirmed with `If-None-Match`.",
        ),
        Kind(
            slug="unavailable",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            title="Not available at the moment",
            advice="The site cannot reach what it stores. Wait for the number of seconds in "
            "`Retry-After` and ask again.",
        ),
    )
}
_BY_STATUS = {
    HTTPStatus.BAD_REQUEST: "bad-request",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.NOT_ACCEPTABLE: "not-acceptable",
    HTTPStatus.TOO_MANY_REQUESTS: "too-many-requests",
}


class Problem(exceptions.APIException):
    """A refusal of one of the kinds above, in words for this case."""

    def __init__(self, slug: str, detail: str, **extra: Any) -> None:
        self.kind = KINDS[slug]
        self.status_code = self.kind.status
        self.extra: Mapping[str, Any] = extra
        super().__init__(detail)


def handle(exc: Exception, context: Mapping[str, Any]) -> HttpResponseBase | None:
    """Return the problem an exception stands for, or None to let it rise and be logged."""
    if isinstance(exc, Problem):
        response = problem(exc.kind.slug, str(exc.detail), **exc.extra)
    elif isinstance(exc, Http404):
        response = problem(
            "not-found", getattr(context["view"], "not_found_message", "") or NOTHING
        )
    elif isinstance(exc, SuspiciousOperation | BadRequest):
        response = problem("bad-request", "The request cannot be read. Send fewer parameters.")
    elif isinstance(exc, exceptions.MethodNotAllowed):
        method = context["request"].method
        response = problem(
            "method-not-allowed",
            f"{method} is not allowed: everything here is read by GET or HEAD.",
        )
    elif isinstance(exc, exceptions.APIException):
        slug = _BY_STATUS.get(HTTPStatus(exc.status_code), "bad-request")
        response = problem(slug, str(exc.detail))
    elif isinstance(exc, OperationalError | InterfaceError):
        logger.error("The database does not answer.", exc_info=exc)
        response = problem("unavailable", "What is stored cannot be reached. Try again soon.")
        response["Retry-After"] = str(UNAVAILABLE_WAIT)
    else:
        return None
    if isinstance(exc, exceptions.Throttled):
        wait = getattr(exc, "wait", None) or SHORTEST_WAIT
        response["Retry-After"] = str(math.ceil(wait))
    if isinstance(exc, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def problem(slug: str, detail: str, **extra: Any) -> JsonResponse:
    kind = KINDS[slug]
    body = {
        "type": f"{settings.SITE_URL}{reverse('api:docs')}#problem-{kind.slug}",
        "title": kind.title,
        "status": kind.status.value,
        "detail": detail,
        **extra,
    }
    response = JsonResponse(body, status=kind.status, content_type=MEDIA_TYPE)
    response["Cache-Control"] = "no-store"
    return response
