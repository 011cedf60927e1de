"""Query and path parameters: serializers that read them strictly and document them.

A view names one serializer for its query and one for its path. A bad value is a problem of its own
kind (`bad-parameter`), raised by the field that reads it; so is a parameter that is unknown or
given twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import Field, Serializer

from portal.api.problems import Problem

SHOWN = 40  # characters of a value repeated in an error

Shape = dict[str, Any]  # a JSON Schema


class Parameter(Field[Any, str, Any, Any]):
    """One parameter, with what the documentation says of it."""

    def __init__(
        self, description: str, *, example: str | int, default: str | int | None = None
    ) -> None:
        options: dict[str, Any] = {} if default is None else {"default": default}
        super().__init__(help_text=description, required=False, **options)
        self.example = example

    def shape(self) -> Shape:
        raise NotImplementedError

    def documented(self, name: str, *, place: Literal["query", "path"]) -> OpenApiParameter:
        schema = {**self.shape(), "examples": [self.example]}
        if isinstance(self.default, str | int):
            schema["default"] = self.default
        return OpenApiParameter(
            name=name,
            location=place,
            description=str(self.help_text),
            required=place == "path",
            type=schema,
        )

    def _refused(self, words: str, **extra: Any) -> Problem:
        return Problem("bad-parameter", words, parameter=str(self.field_name), **extra)


class Choice(Parameter):
    """One of a few codes."""

    def __init__(self, description: str, *, example: str, choices: Sequence[str]) -> None:
        super().__init__(description, example=example)
        self.choices = tuple(choices)

    def to_internal_value(self, data: str) -> str:
        if data in self.choices:
            return data
        raise self._refused(
            f"{self.field_name} is '{_short(data)}'. Use one of {', '.join(self.choices)}.",
            known=list(self.choices),
        )

    def shape(self) -> Shape:
        return {"type": "string", "enum": list(self.choices)}


class Pattern(Parameter):
    """Text that fits a pattern as a whole."""

    def __init__(self, description: str, *, example: str, pattern: str) -> None:
        super().__init__(description, example=example)
        self.pattern = pattern

    def to_internal_value(self, data: str) -> str:
        if re.fullmatch(self.pattern, data):
            return data
        raise self._refused(
            f"{self.field_name} is '{_short(data)}', which no {self.field_name} can be. "
            f"An example is {self.example}."
        )

    def shape(self) -> Shape:
        return {"type": "string", "pattern": f"^{self.pattern}$"}


class WholeNumber(Parameter):
    """A whole number within a range, in ASCII digits alone.

    DRF's own field takes other scripts, signs and spaces too, as int() does.
    """

    def __init__(
        self, description: str, *, example: int, least: int, most: int, default: int
    ) -> None:
        super().__init__(description, example=example, default=default)
        self.least, self.most = least, most

    def to_internal_value(self, data: str) -> int:
        if re.fullmatch(r"[0-9]{1,9}", data) and self.least <= int(data) <= self.most:
            return int(data)
        raise self._refused(
            f"{self.field_name} is '{_short(data)}'. "
            f"Use a whole number from {self.least} to {self.most}."
        )

    def shape(self) -> Shape:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Parameters(Serializer[Any]):
    """The parameters of a path. None of its own: a path without any."""

    @classmethod
    @cache
    def declared(cls) -> Mapping[str, Parameter]:
        """Return the fields by name, pages last. They are made once, as reading changes none."""
        fields: Mapping[str, Any] = cls().fields  # parameters alone
        return dict(sorted(fields.items(), key=lambda item: item[0] in ("limit", "offset")))

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return each value that is given or has a default; raise the problem of a bad one."""
        read: dict[str, Any] = {}
        for name, field in cls.declared().items():
            if given := values.get(name):
                read[name] = field.run_validation(given)
            elif isinstance(field.default, str | int):
                read[name] = field.default
        return read


class Query(Parameters):
    """The parameters of a query. Each is optional, and one without a value counts as not given."""

    @classmethod
    def read_query(cls, query: QueryDict, *, formats: Sequence[str]) -> dict[str, Any]:
        """Return the value of each parameter that is given or has a default. No others may be.

        `format` is known to every address and read where the format is chosen.
        """
        known = [*cls.declared(), "format"]
        for name in query:
            if name not in known:
                raise Problem(
                    "unknown-parameter",
                    f"'{_short(name)}' is not a parameter here. "
                    f"Known parameters: {', '.join(known)}.",
                    known=known,
                )
            if len(query.getlist(name)) > 1:
                raise Problem(
                    "bad-parameter",
                    f"{name} is given {len(query.getlist(name))} times. Give it once.",
                    parameter=name,
                )
        values = cls.read(query)
        return values | ({"format": query["format"]} if query.get("format") in formats else {})


def format_parameter(formats: Sequence[str]) -> Choice:
    return Choice(
        "The format of the answer, if not by `Accept`.", example=formats[-1], choices=formats
    )


def _short(value: str) -> str:
    plain = "".join(each if each.isprintable() else "?" for each in value[:SHOWN])
    return plain + ("…" if len(value) > SHOWN else "")
