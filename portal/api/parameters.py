"""Query and path parameters: what each may be, read strictly and documented from one place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

from portal.api.problems import Problem

SHOWN = 40  # characters of a value repeated in an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: one of `choices`, text that fits `pattern`, or a number within a range."""

    name: str
    description: str
    example: str
    place: Literal["query", "path"] = "query"
    choices: tuple[str, ...] = ()
    pattern: str = ""
    least: int = 0
    most: int = 0  # above `least`: the parameter is a whole number
    default: str | int | None = None

    @property
    def is_number(self) -> bool:
        return self.most > self.least

    def read(self, value: str) -> str | int:
        """Return the value, or raise the problem that says what it may be."""
        if self.is_number:
            return self._number(value)
        if self.choices and value not in self.choices:
            raise Problem(
                "bad-parameter",
                f"{self.name} is '{_short(value)}'. Use one of {', '.join(self.choices)}.",
                parameter=self.name,
                known=list(self.choices),
            )
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise Problem(
                "bad-parameter",
                f"{self.name} is '{_short(value)}', which no {self.name} can be. "
                f"An example is {self.example}.",
                parameter=self.name,
            )
        return value

    def _number(self, value: str) -> int:
        # ASCII digits alone: int() also takes other scripts, signs, spaces and underscores.
        if re.fullmatch(r"[0-9]{1,9}", value) and self.least <= int(value) <= self.most:
            return int(value)
        raise Problem(
            "bad-parameter",
            f"{self.name} is '{_short(value)}'. "
            f"Use a whole number from {self.least} to {self.most}.",
            parameter=self.name,
        )

    def documented(self) -> OpenApiParameter:
        schema: dict[str, Any] = {"type": "string"}
        if self.is_number:
            schema = {"type": "integer", "minimum": self.least, "maximum": self.most}
        elif self.choices:
            schema["enum"] = list(self.choices)
        elif self.pattern:
            schema["pattern"] = f"^{self.pattern}$"
        if self.default is not None:
            schema["default"] = self.default
        return OpenApiParameter(
            name=self.name,
            location=self.place,
            description=self.description,
            required=self.place == "path",
            type={**schema, "examples": [int(self.example) if self.is_number else self.example]},
        )


def read_query(query: QueryDict, known: Sequence[Parameter]) -> dict[str, Any]:
    """Return the value of every parameter: given, else its default. Nothing else may be given.

    A parameter given without a value counts as not given.
    """
    by_name: Mapping[str, Parameter] = {parameter.name: parameter for parameter in known}
    for name in query:
        if name not in by_name:
            names = ", ".join(by_name) or "none"
            raise Problem(
                "unknown-parameter",
                f"'{_short(name)}' is not a parameter here. Known parameters: {names}.",
                known=list(by_name),
            )
        if len(query.getlist(name)) > 1:
            raise Problem(
                "bad-parameter",
                f"{name} is given {len(query.getlist(name))} times. Give it once.",
                parameter=name,
            )
    given = {name: str(query[name]) for name in query if query[name]}
    return {
        name: parameter.read(given[name]) if name in given else parameter.default
        for name, parameter in by_name.items()
    }


def _short(value: str) -> str:
    plain = "".join(each if each.isprintable() else "?" for each in value[:SHOWN])
    return plain + ("…" if len(value) > SHOWN else "")
