"""Public pages, served fast and alike to every visitor without a session.

A page has a version: a hash of what it shows, found with one query. Its entity tag is made of
that version, of the code that renders it, of its address and of the reader's language, so a
reader's copy is confirmed without rendering (304), and a rendered page is cached, compressed, under
that tag until it is displaced. The tag is cached for a second, so that is how long a visitor may
wait for something new.

Signed-in readers get a page of their own, which is neither cached nor shared.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from portal.web.conditional import conditional

CACHE = "pages"
FRESH_SECONDS = 1.0
KEY_LENGTH = 20  # Django looks at each character of a key, whenever it is used
REVALIDATE = "public, max-age=0, must-revalidate"
CODE = ("templates", "portal", "publications", "assessments")
CODE_SUFFIXES = {".html", ".py", ".css", ".js", ".svg", ".woff2"}


class Versioned(Protocol):
    @property
    def version(self) -> str: ...


def public_page(
    find: Callable[..., Versioned],
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Serve a view as described above.

    `find` takes what the address gives and returns what the view shows, with its version; it may
    raise Http404, which is not cached. The view takes the request and what was found.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @require_safe
        @wraps(view)
        def serve(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not _is_anonymous(request):
                response = view(request, find(**kwargs))
                response["Cache-Control"] = "private, no-cache"
                return response
            return _public(request, find, kwargs, view)

        return serve

    return decorate


def _public(
    request: HttpRequest,
    find: Callable[..., Versioned],
    kwargs: dict[str, Any],
    view: Callable[..., HttpResponse],
) -> HttpResponse:
    # Searches and filters are too many to cache.
    cached = not request.META.get("QUERY_STRING")
    cache = caches[CACHE]
    key = _digest(find.__module__, find.__qualname__, request.path, get_language())[:KEY_LENGTH]
    shown: Versioned | None = None
    etag = cache.get(key) if cached else None
    if etag is None:
        shown = find(**kwargs)
        etag = _etag(request, shown.version)
        if cached:
            cache.set(key, etag, FRESH_SECONDS)

    def build() -> HttpResponse:
        content = cache.get(_page_key(etag, gzipped=gzipped)) if cached else None
        if content is not None:
            return _page(content, gzipped=gzipped)
        current = find(**kwargs) if shown is None else shown
        response = view(request, current)
        if response.status_code != 200:
            return response
        pages = {False: response.content, True: gzip.compress(response.content, 9, mtime=0)}
        own_etag = _etag(request, current.version)
        if cached:
            for form, content in pages.items():
                cache.set(_page_key(own_etag, gzipped=form), content, None)
        response = _page(pages[gzipped], gzipped=gzipped)
        response["ETag"] = own_etag
        return response

    # Nothing on these pages is secret or repeats what the reader sent under a secret.
    gzipped = "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
    response = conditional(request, build, etag=etag, cache_control=REVALIDATE)
    if response.status_code in (200, 304):
        response["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    return response


def forget() -> None:
    """Ask for every version and render every page anew, as after a restart."""
    caches[CACHE].clear()


def _is_anonymous(request: HttpRequest) -> bool:
    cookies = request.COOKIES
    return settings.SESSION_COOKIE_NAME not in cookies and "messages" not in cookies


def _etag(request: HttpRequest, version: str) -> str:
    return f'W/"{_digest(version, code_version(), request.get_full_path(), get_language())}"'


def _digest(*parts: str | None) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]


def _page_key(etag: str, *, gzipped: bool) -> str:
    return f"{etag[3 : 3 + KEY_LENGTH]}{'.gz' if gzipped else ''}"


def _page(content: bytes, *, gzipped: bool) -> HttpResponse:
    response = HttpResponse(content)
    if gzipped:
        response["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the files that make pages what they are, read once in each process."""
    digest = hashlib.sha256()
    for folder in CODE:
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*")):
            if path.suffix in CODE_SUFFIXES:
                digest.update(path.name.encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
