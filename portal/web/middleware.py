"""What happens to every response."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware


class CompressPages(GZipMiddleware):
    """Compress HTML pages alone.

    The API compresses its own answers, and long ones once; style sheets and fonts are compressed
    when they are collected. Django pads what it compresses
    and masks its tokens, against attacks that guess a secret by the length of a page.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        return response


def keep_private(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Let nobody keep what somebody with a session was answered, unless the view decides."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return answer


class ReadersLanguage(LocaleMiddleware):
    """Choose the language of a reader, and tell caches that a response depends on it.

    A response that names its own language is the same for every reader.
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if response.has_header("Content-Language"):
            return response
        return super().process_response(request, response)
