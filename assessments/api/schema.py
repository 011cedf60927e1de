"""The OpenAPI 3.1 document, written from what each view declares."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol, cast

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer

from assessments.api import problems
from assessments.api.parameters import Parameter
from assessments.api.rendering import Form

OK, JSON = "200", "application/json"
COLUMNS = "Columns of the CSV form: "  # and behind it the header line
DESCRIPTION = """\
Aggregate benchmarks of carbon market infrastructure, the guidance and the questionnaires behind
them, as data. Everything is public, read-only and licensed CC BY 4.0; no key is needed.

Benchmark figures come from frozen releases alone. A release never changes: its addresses may be
kept for ever, and the SHA-256 it is known by is that of the bytes at `/releases/{release}/data`.
The demonstration series (`demo-…`) is computed from synthetic organisations and says nothing
about the real market.
"""


LICENCE = {
    "name": "Creative Commons Attribution 4.0 International",
    "identifier": "CC-BY-4.0",
}


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
    example: dict[str, Any] | None
    parameters: tuple[Parameter, ...]
    may_be_absent: bool
    redirects: bool
    columns: tuple[str, ...]

    def format_parameter(self) -> Parameter: ...


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
        return " ".join((type(self.view).__doc__ or "").split())

    def get_operation_id(self) -> str:
        name = type(self.view).__name__
        return name[0].lower() + name[1:]

    def get_auth(self) -> list[dict[str, Any]]:
        return []

    def get_override_parameters(self) -> list[Any]:
        declared = [parameter.documented() for parameter in self.declared.parameters]
        unchanged = OpenApiParameter(
            name="If-None-Match",
            location=OpenApiParameter.HEADER,
            description="The ETag of an answer you have; 304 says that it still holds.",
            type=str,
        )
        etag = OpenApiParameter(
            name="ETag",
            location=OpenApiParameter.HEADER,
            description="The SHA-256 of the body, in quotation marks.",
            type=str,
            response=[200],
        )
        wait = OpenApiParameter(
            name="Retry-After",
            location=OpenApiParameter.HEADER,
            description="Seconds to wait.",
            type=int,
            response=[429],
        )
        location = OpenApiParameter(
            name="Location", location=OpenApiParameter.HEADER, type=str, response=[307]
        )
        extra = [location] if self.declared.redirects else []
        return [
            *declared,
            self.declared.format_parameter().documented(),
            unchanged,
            etag,
            wait,
            *extra,
        ]

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
        statuses = [400, 405, 406, 429]
        statuses += [404] if self.declared.may_be_absent else []
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
        if self.declared.example is not None:
            examples.append(
                OpenApiExample(
                    "An answer",
                    value=self.declared.example,
                    response_only=True,
                    status_codes=[OK],
                    media_type=JSON,
                )
            )
        for kind in problems.KINDS.values():
            if kind.slug in ("unknown-parameter", "not-found", "too-many-requests"):
                examples.append(_problem_example(kind))
        return examples


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


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI document. It follows from the code, so a process writes it once."""
    generator: Any = SchemaGenerator
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    schema["info"] |= {"description": DESCRIPTION, "license": LICENCE}
    return schema


@lru_cache(maxsize=1)
def document_bytes() -> bytes:
    return json.dumps(document(), ensure_ascii=False, indent=1, default=str).encode()
