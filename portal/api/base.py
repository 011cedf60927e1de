"""What every address of the API has in common: access, formats, caching and conditional requests.

Answers are in one language, the site's first: what they say follows from their address alone, so
that caches, here and elsewhere, need not tell readers apart. They are compressed, as nothing in
them is secret.

Everything here is public and read without credentials, which is why one header opens it to pages
of any origin; a CORS package would add a middleware and settings to every page of the site.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.schemas.inspectors import ViewInspector
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from assessments.disclosure.exchange.sdmx import LICENCE_URL
from assessments.disclosure.release import LICENCE
from portal.api import problems
from portal.api.deprecation import Deprecation
from portal.api.pagination import Pagination
from portal.api.parameters import Parameters, Query
from portal.api.rendering import CSV, CSVRenderer, JSONRenderer, Negotiation, Zip
from portal.api.schema import PublicSchema
from portal.api.throttling import ApiThrottle
from portal.web.conditional import conditional

A_WHILE = "public, max-age=300"
FOR_EVER = "public, max-age=31536000, immutable"
GZIP_LEVEL = 6
SHORTEST_COMPRESSED = 200  # bytes
ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
MAX_AGE_OF_PREFLIGHT = "86400"
# What a page of another origin may read beside the content type.
EXPOSED = "ETag, Last-Modified, Link, Retry-After, RateLimit, RateLimit-Policy, Deprecation, Sunset"


def address(name: str, *args: object) -> str:
    """Return the full address of something in the API, whatever host the request named."""
    return f"{settings.SITE_URL}{reverse(f'api:{name}', args=args)}"


def link(to: str, relation: str) -> str:
    return f'<{to}>; rel="{relation}"'


@cache
def _to_schema(site_url: str) -> str:
    return link(f"{site_url}{reverse('api:schema')}", "service-desc")


class PublicView(APIView):
    """One address: a GET with the parameters it declares, and nothing else.

    Subclasses declare how they are documented too, so that the two cannot differ.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer,)
    throttle_classes = (ApiThrottle,)
    content_negotiation_class = Negotiation
    http_method_names = ("get", "head", "options")
    schema: ViewInspector | None = PublicSchema()

    tag: ClassVar[str] = "Releases"
    summary: ClassVar[str]
    answer: ClassVar[type[BaseSerializer[Any]] | dict[str, Any] | None]  # None: no JSON form
    path_parameters: ClassVar[type[Parameters]] = Parameters
    query_parameters: ClassVar[type[Query]] = Query
    not_found_message: ClassVar[str] = ""  # the detail of a 404; empty: there is none
    redirects: ClassVar[bool] = False
    columns: ClassVar[tuple[str, ...]] = ()  # of the CSV form, where there is one
    cache_control: ClassVar[str] = A_WHILE
    deprecation: ClassVar[Deprecation | None] = None

    params: dict[str, Any]
    throttle: ApiThrottle | None = None  # once the request is counted
    links: Sequence[str] = ()  # of this answer, beside those that every answer has

    @classmethod
    def operation_id(cls) -> str:
        """Return its name in the OpenAPI document, which is its anchor on the docs page."""
        return cls.__name__[0].lower() + cls.__name__[1:]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with translation.override(settings.LANGUAGE_CODE):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method == "OPTIONS":
            # A browser asks first; refused here, its page could not read why.
            self.check_throttles(request)
            return
        super().initial(request, *args, **kwargs)
        try:
            self.path_parameters.read(kwargs)
        except problems.Problem as exc:  # an address that cannot exist is one that does not
            raise problems.Problem("not-found", str(exc.detail), **exc.extra) from exc
        self.params = self.query_parameters.read_query(request.query_params, formats=self.formats())

    @classmethod
    def formats(cls) -> list[str]:
        return [str(renderer.format) for renderer in cls.renderer_classes]

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer a browser that asks whether it may send `If-None-Match`."""
        response = HttpResponse(status=204)
        del response["Content-Type"]  # there is nothing to read
        response["Allow"] = ", ".join(self.allowed_methods)
        response["Access-Control-Allow-Methods"] = response["Allow"]
        response["Access-Control-Allow-Headers"] = "Accept, If-None-Match"
        response["Access-Control-Max-Age"] = MAX_AGE_OF_PREFLIGHT
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(response, Response):
            response.render()
        links = [link(LICENCE_URL, "license"), _to_schema(settings.SITE_URL)]
        if isinstance(response, HttpResponse) and response.status_code == 200:
            links += [*self.links, *self._neighbours(response)]
            response = self._representation(request, response)
        headers = self.throttle.headers() if self.throttle else {}
        if self.deprecation:
            links += self._way_out(self.deprecation)
            headers |= self.deprecation.headers()
        for name, value in headers.items():
            response[name] = value
        response["Link"] = ", ".join(links)
        response["Content-Language"] = settings.LANGUAGE_CODE
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = EXPOSED
        return response

    def _representation(self, request: Request, response: HttpResponse) -> HttpResponse:
        """Return the body as this reader takes it, compressed or not, or 304 if they have it.

        The entity tag is the SHA-256 of the body. On compressed bytes it is weak, since a strong
        tag would name those.
        """
        patch_vary_headers(response, ["Accept", "Accept-Encoding"])
        body = response if isinstance(response, Body) else Body.of(response)
        gzipped = body.is_compressible and ACCEPTS_GZIP.search(
            request.headers.get("Accept-Encoding", "")
        )

        def represented() -> HttpResponse:
            if gzipped:
                response.content = body.gzipped()
                response["Content-Encoding"] = "gzip"
            return response

        marked = conditional(
            request,
            represented,
            etag=f'{"W/" if gzipped else ""}"{body.sha256}"',
            # The end of a deprecated address may be moved.
            cache_control=A_WHILE if self.deprecation else self.cache_control,
            last_modified=body.last_modified,
        )
        patch_vary_headers(marked, ["Accept", "Accept-Encoding"])
        return marked

    def _way_out(self, deprecation: Deprecation) -> list[str]:
        return [
            link(
                f"{settings.SITE_URL}{deprecation.successor_of(self.kwargs)}", "successor-version"
            ),
            link(f"{address('docs')}#{self.operation_id()}", "deprecation"),
        ]

    def _neighbours(self, response: HttpResponse) -> list[str]:
        data = response.data if isinstance(response, Response) else None
        if not isinstance(data, dict):
            return []
        named = (("next", data.get("next")), ("prev", data.get("previous")))
        return [link(url, name) for name, url in named if url]

    def paginated(
        self,
        rows: QuerySet[Any, Any] | Sequence[Any],
        present: Callable[[Any], Any],
        *,
        prepare: Callable[[list[Any]], Iterable[Any]] = list,
        **fields: Any,
    ) -> Response:
        """Return one page of `rows` in the envelope, with `fields` of its own.

        `prepare` takes the rows of the page together, `present` each of what it returns.
        """
        paginator = Pagination(self.params)
        page = prepare(paginator.paginate_queryset(rows, self.request))
        return Response(envelope(**fields, **paginator.fields(), data=list(map(present, page))))


class TableView(PublicView):
    """An address that also has its rows as CSV."""

    renderer_classes = (JSONRenderer, CSVRenderer)


def envelope(**fields: Any) -> dict[str, Any]:
    """Return what stands around every payload: the licence, then what the address adds."""
    return {"licence": LICENCE, **fields}


@dataclass(frozen=True, slots=True)
class Built:
    """What was built once: bytes, the same compressed, and the SHA-256 of the former."""

    content: bytes
    sha256: str
    compressed: bytes


class Body(HttpResponse):
    """Bytes whose SHA-256 is known already, and perhaps since when they stand."""

    def __init__(
        self,
        content: bytes,
        *,
        media_type: str,
        sha256: str,
        compressed: bytes = b"",
        last_modified: datetime | None = None,
    ) -> None:
        super().__init__(content, content_type=media_type)
        self.sha256 = sha256
        self.last_modified = last_modified
        self._compressed = compressed

    @classmethod
    def of(cls, response: HttpResponse) -> Body:
        """Return the bytes of another response."""
        content = response.content
        sha256 = hashlib.sha256(content).hexdigest()
        return cls(content, media_type=response["Content-Type"], sha256=sha256)

    @property
    def is_compressible(self) -> bool:
        is_zip = self["Content-Type"] == Zip.media_type
        return not is_zip and len(self.content) >= SHORTEST_COMPRESSED

    def gzipped(self) -> bytes:
        return self._compressed or gzip.compress(self.content, GZIP_LEVEL, mtime=0)


@lru_cache(maxsize=512)
def _built(build: Callable[..., bytes], arguments: tuple[object, ...]) -> Built:
    content = build(*arguments)
    compressed = gzip.compress(content, GZIP_LEVEL, mtime=0)
    return Built(content, hashlib.sha256(content).hexdigest(), compressed)


def cached_body(
    build: Callable[..., bytes],
    *arguments: object,
    media_type: str,
    last_modified: datetime | None = None,
) -> Body:
    """Return what `build` makes of its arguments, built once per process while it is in use.

    The content must follow from the arguments alone: a content hash is one of them. It is built in
    the language of the API, whoever asks first.
    """
    built = _built(build, arguments)
    return Body(
        built.content,
        media_type=media_type,
        sha256=built.sha256,
        compressed=built.compressed,
        last_modified=last_modified,
    )


CSV_UTF8 = f"{CSV}; charset=utf-8"


def wants_csv(request: Request) -> bool:
    return bool(request.accepted_renderer.format == "csv")


def json_bytes(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
