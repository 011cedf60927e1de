"""Public pages, served fast and alike to every visitor without a session.

A page has a version: a hash of what it shows, found with one query. Its entity tag is made of
that version and of the code that renders it, so a reader's copy is confirmed without rendering
(304), and a rendered page is kept in this process, compressed, until its version changes. A version
is asked for again after a second, so that is how long a visitor may wait for something new.
Signed-in readers get a page of their own, which is neither kept nor shared.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

KEPT_PAGES = 128
FRESH_SECONDS = 1.0
CODE = ("templates", "portal", "publications", "assessments")
CODE_SUFFIXES = {".html", ".py", ".css", ".js", ".svg", ".woff2"}


class Versioned(Protocol):
    @property
    def version(self) -> str: ...


_kept: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()
_known: dict[tuple[object, ...], tuple[float, Versioned]] = {}
_lock = Lock()


def public_page(
    find: Callable[..., Versioned],
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Serve a view as described above.

    `find` takes what the address gives and returns what the view shows, with its version; it may
    raise Http404. The view takes the request and what was found.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @require_safe
        @wraps(view)
        def serve(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not _is_anonymous(request):
                response = view(request, find(**kwargs))
                response["Cache-Control"] = "private, no-cache"
                return response
            found = _fresh(find, kwargs)
            etag = _etag(request, found.version)
            unchanged = get_conditional_response(request, etag=etag)
            if unchanged is not None and unchanged.status_code == 304:
                return _marked(unchanged, etag)
            keep = not request.META.get("QUERY_STRING")
            page = _kept_page(etag) if keep else None
            if page is None:
                response = view(request, found)
                if response.status_code != 200:
                    return response
                page = response.content, gzip.compress(response.content, 9, mtime=0)
                if keep:
                    _keep(etag, page)
            return _marked(_compressed(request, page), etag)

        return serve

    return decorate


def forget() -> None:
    """Ask for every version and render every page anew, as after a restart."""
    with _lock:
        _kept.clear()
        _known.clear()


def _fresh(find: Callable[..., Versioned], kwargs: dict[str, Any]) -> Versioned:
    """Return what was found less than a second ago, or find it now. Absence is not remembered."""
    key = (find, *sorted(kwargs.items()))
    now = monotonic()
    known = _known.get(key)
    if known is not None and now < known[0]:
        return known[1]
    found = find(**kwargs)
    with _lock:
        if len(_known) >= KEPT_PAGES:
            _known.clear()
        _known[key] = now + FRESH_SECONDS, found
    return found


def _is_anonymous(request: HttpRequest) -> bool:
    cookies = request.COOKIES
    return settings.SESSION_COOKIE_NAME not in cookies and "messages" not in cookies


def _etag(request: HttpRequest, version: str) -> str:
    parts = (version, code_version(), request.get_full_path(), get_language())
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:40]}"'


@cache
def code_version() -> str:
    """Return a hash of the files that make pages what they are, read once in each process."""
    digest = hashlib.sha256()
    for folder in CODE:
        for path in sorted((Path(settings.BASE_DIR) / folder).rglob("*")):
            if path.suffix in CODE_SUFFIXES:
                digest.update(path.name.encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _kept_page(etag: str) -> tuple[bytes, bytes] | None:
    with _lock:
        if etag in _kept:
            _kept.move_to_end(etag)
        return _kept.get(etag)


def _keep(etag: str, page: tuple[bytes, bytes]) -> None:
    with _lock:
        _kept[etag] = page
        while len(_kept) > KEPT_PAGES:
            _kept.popitem(last=False)


def _compressed(request: HttpRequest, page: tuple[bytes, bytes]) -> HttpResponse:
    plain, zipped = page
    # Nothing on these pages is secret or repeats what the reader sent under a secret.
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        response = HttpResponse(zipped)
        response["Content-Encoding"] = "gzip"
        return response
    return HttpResponse(plain)


def _marked(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=0, must-revalidate"
    patch_vary_headers(response, ["Accept-Encoding", "Accept-Language", "Cookie"])
    return response
