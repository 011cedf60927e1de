"""The OpenAPI 3.1 document, written from what each view declares."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Protocol, cast

from django.conf import settings
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer

from portal.api import problems
from portal.api.deprecation import Deprecation
from portal.api.parameters import Parameters, Query, format_parameter
from portal.api.rendering import Form

OK, JSON = "200", "application/json"
EXAMPLES = Path(__file__).parent / "examples"  # an answer of each operation, by its id
COLUMNS = "Columns of the CSV form: "  # and behind it the header line
DESCRIPTION = """\
Aggregate benchmarks of carbon market infrastructure, the guidance and the questionnaires behind
them, as data. Everything is public, read-only and licensed CC BY 4.0; no key is needed.

Benchmark figures come from frozen releases alone. A release never changes: its addresses may be
kept for ever, and the SHA-256 it is known by is that of the bytes at `/releases/{release}/data`.
The demonstration series (`demo-…`) is computed from synthetic organisations and says nothing
about the real market.
"""


# In the order of the docs page.
TAGS = {
    "Ways in": "Where everything is.",
    "Releases": "Frozen releases of the benchmark: what they are, and their figures.",
    "Guidance": "The publications of the working group, and the companion texts of this portal.",
    "Questionnaires": "The editions of the questionnaires and their items.",
    "Code lists": "The codes in all of these, with their names.",
}

LICENCE = {
    "name": "Creative Commons Attribution 4.0 International",
    "identifier": "CC-BY-4.0",
}


def _header(
    name: str, description: str, *statuses: int, example: str | int, **shape: Any
) -> OpenApiParameter:
    """Return a header of the answers with these statuses; of the request if there are none."""
    return OpenApiParameter(
        name=name,
        location=OpenApiParameter.HEADER,
        description=description,
        type={"type": "string", **shape, "examples": [example]},
        response=list(statuses) or False,
    )


HASH = "3b0c5d1f7f8f2b6de5a7c8e0a9d4f61b2c3d4e5f60718293a4b5c6d7e8f90a1b"
COUNTED = (200, 304, 307, 400, 404, 405, 429)
ALL = (*COUNTED, 406, 503)
UNCHANGED = _header(
    "If-None-Match",
    "The ETag of an answer you have; 304 says that it still holds.",
    example=f'"{HASH}"',
)
HEADERS = (
    _header(
        "ETag",
        "The SHA-256 of the body, in quotation marks; with W/ before it where gzip compresses it.",
        *(200, 304),
        example=f'"{HASH}"',
        pattern='^(W/)?"[0-9a-f]{64}"$',
    ),
    _header(
        "RateLimit-Policy",
        "How many requests (`q`) are answered in how many seconds (`w`).",
        *COUNTED,
        example='"default";q=600;w=60',
        pattern='^"[a-z]+";q=[0-9]+;w=[0-9]+$',
    ),
    _header(
        "RateLimit",
        "How many requests are left (`r`) for how many seconds (`t`); on an answer out of a "
        "cache it is as old as the answer.",
        *COUNTED,
        example='"default";r=599;t=60',
        pattern='^"[a-z]+";r=[0-9]+;t=[0-9]+$',
    ),
    _header(
        "Retry-After",
        "Seconds to wait.",
        *(429, 503),
        type="integer",
        minimum=1,
        example=30,
    ),
    _header("Allow", "The methods that are answered.", 405, example="GET, HEAD, OPTIONS"),
    _header(
        "Link",
        "Where to go from here (RFC 8288): always `license` and `service-desc`; from a page of a "
        "list `next` and `prev`; from a revised release `successor-version` and `latest-version`; "
        "from an address that is to go `successor-version` and `deprecation`.",
        *ALL,
        example='<https://creativecommons.org/licenses/by/4.0/>; rel="license"',
        pattern='^<[^>]+>; rel="license"',
    ),
)
LOCATION = _header(
    "Location",
    "The release.",
    307,
    format="uri",
    example="https://portal.example/api/v1/releases/demo-2025-W1",
)
GOING = (
    _header(
        "Deprecation",
        "The moment from which this address is not to be used (RFC 9745).",
        *ALL,
        example="@1798761600",
        pattern="^@[0-9]+$",
    ),
    _header(
        "Sunset",
        "The moment until which it answers (RFC 8594).",
        *ALL,
        example="Sat, 01 Jan 2028 00:00:00 GMT",
    ),
)


class ProblemOut(serializers.Serializer[Any]):
    """An error as problem details (RFC 9457)."""

    type = serializers.URLField(help_text="The kind of problem, explained at this address.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong here and what to do next.")
    parameter = serializers.CharField(required=False)
    known = serializers.ListField(child=serializers.CharField(), required=False)
    series = serializers.CharField(required=False)


class Declared(Protocol):
    """What a view says of itself; `base.PublicView` does."""

    tag: str
    summary: str
    renderer_classes: Sequence[type[BaseRenderer]]
    answer: type[serializers.BaseSerializer[Any]] | dict[str, Any] | None
    path_parameters: type[Parameters]
    query_parameters: type[Query]
    not_found_message: str
    redirects: bool
    columns: tuple[str, ...]
    deprecation: Deprecation | None

    def operation_id(self) -> str: ...

    def formats(self) -> list[str]: ...


class PublicSchema(AutoSchema):
    """Writes down what a view declares of itself."""

    @property
    def declared(self) -> Declared:
        return cast("Declared", self.view)

    def get_tags(self) -> list[str]:
        return [self.declared.tag]

    def get_summary(self) -> str:
        return str(self.declared.summary)

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's own
        words = " ".join((type(self.view).__doc__ or "").split())
        if (going := self.declared.deprecation) is None:
            return words
        return (
            f"Deprecated from {going.since} on and answered until {going.until}: use "
            f"`{going.successor}` instead. {words}"
        )

    def get_operation_id(self) -> str:
        return self.declared.operation_id()

    def is_deprecated(self) -> bool:
        return self.declared.deprecation is not None

    def get_auth(self) -> list[dict[str, Any]]:
        return []

    def get_override_parameters(self) -> list[Any]:
        path, query = self.declared.path_parameters, self.declared.query_parameters
        declared = [
            *(field.documented(name, place="path") for name, field in path.declared().items()),
            *(field.documented(name, place="query") for name, field in query.declared().items()),
            format_parameter(self.declared.formats()).documented("format", place="query"),
        ]
        headers = list(HEADERS)
        if self.declared.redirects:
            headers.append(LOCATION)
        if self.declared.deprecation is not None:
            headers += GOING
        return [*declared, UNCHANGED, *headers]

    def get_operation(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Say too that a parameter without a value counts as not given."""
        operation: dict[str, Any] = super().get_operation(*args, **options)  # type: ignore[assignment]  # no operation is excluded
        for parameter in operation["parameters"]:
            if parameter["in"] == "query":
                parameter["allowEmptyValue"] = True
        return operation

    def get_response_serializers(self) -> Any:
        responses: dict[Any, Any] = {}
        if self.declared.redirects:
            responses[307] = OpenApiResponse(description="The current release, at `Location`.")
        else:
            columns = ",".join(column.replace(".", "_") for column in self.declared.columns)
            described = f"As asked. {COLUMNS}{columns}" if columns else "As asked."
            if self.declared.answer is not None:
                responses[200, JSON] = OpenApiResponse(self.declared.answer, description=described)
            if columns:
                responses[200, "text/csv"] = OpenApiResponse({"type": "string"})
            for form in self._forms():
                responses[200, form.full_type()] = OpenApiResponse(
                    dict(form.shape), description=described
                )
            responses[304] = OpenApiResponse(description="Your copy still holds.")
        statuses = [400, 405, 406, 429, 503]
        statuses += [404] if self.declared.not_found_message else []
        for status in sorted(statuses):
            responses[status, problems.MEDIA_TYPE] = OpenApiResponse(
                ProblemOut, description=_what(status)
            )
        return responses

    def _forms(self) -> list[type[Form]]:
        return [each for each in self.declared.renderer_classes if issubclass(each, Form)]

    def get_examples(self) -> list[OpenApiExample]:
        examples = [
            OpenApiExample(
                f"An extract of the {form.format} form",
                value=form.example,
                response_only=True,
                status_codes=[OK],
                media_type=form.full_type(),
            )
            for form in self._forms()
            if form.example
        ]
        if self.declared.answer is not None and not self.declared.redirects:
            examples.append(
                OpenApiExample(
                    "An answer, shortened",
                    value=_example(self.declared.operation_id()),
                    response_only=True,
                    status_codes=[OK],
                    media_type=JSON,
                )
            )
        for kind in problems.KINDS.values():
            if kind.slug in ("unknown-parameter", "not-found", "too-many-requests"):
                examples.append(_problem_example(kind))
        return examples


@cache
def _example(operation: str) -> Any:
    """Return what the demonstration answers, shortened."""
    return json.loads((EXAMPLES / f"{operation}.json").read_bytes())


def _what(status: int) -> str:
    return " / ".join(kind.title for kind in problems.KINDS.values() if kind.status == status)


def _problem_example(kind: problems.Kind) -> OpenApiExample:
    return OpenApiExample(
        kind.title,
        value={
            "type": f"https://portal.example/api/docs/#problem-{kind.slug}",
            "title": kind.title,
            "status": kind.status.value,
            "detail": kind.advice.replace("`", "'"),
        },
        response_only=True,
        status_codes=[str(kind.status.value)],
        media_type=problems.MEDIA_TYPE,
    )


def document() -> dict[str, Any]:
    """Return the OpenAPI document, which a process writes once for the site it serves."""
    return _document(settings.SITE_URL)


@lru_cache(maxsize=2)
def _document(site_url: str) -> dict[str, Any]:
    generator: Any = SchemaGenerator
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    contact = {"name": str(schema["info"]["title"]), "url": f"{site_url}{reverse('home')}"}
    schema["info"] |= {"description": DESCRIPTION, "license": LICENCE, "contact": contact}
    schema["servers"] = [{"url": site_url, "description": "This site."}]
    schema["tags"] = [
        {"name": name, "description": description} for name, description in TAGS.items()
    ]
    return schema


def document_bytes() -> bytes:
    return _document_bytes(settings.SITE_URL)


@lru_cache(maxsize=2)
def _document_bytes(site_url: str) -> bytes:
    return json.dumps(_document(site_url), ensure_ascii=False, indent=1, default=str).encode()
