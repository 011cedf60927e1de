"""The docs page: the OpenAPI document as a page to read, drawn on the server.

It needs no script and nothing from elsewhere, so it works under the site's content policy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.settings import api_settings

from portal.api import problems, schema
from portal.web.pages import public_page

EXAMPLE_RELEASE = "demo-2025-W1"
DEEPEST = 4  # how far nested fields are spelt out
Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    name: str
    place: str
    required: bool
    allowed: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str  # with dots into objects and [] for lists
    kind: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    status: str
    description: str
    media_types: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    anchor: str
    path: str
    summary: str
    description: str
    deprecated: bool
    curl: str
    inputs: tuple[Input, ...]
    outcomes: tuple[Outcome, ...]
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    title: str
    anchor: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The code of a release that the commands on the page may name."""

    release: str

    @property
    def version(self) -> str:
        return f"{self.release} {settings.SITE_URL}"


def page(current_release: Callable[[], str | None]) -> Callable[..., HttpResponse]:
    """Return the view of the docs page, whose commands name the release `current_release` tells."""

    def shown() -> Shown:
        return Shown(current_release() or EXAMPLE_RELEASE)

    return public_page(shown)(_page)


def _page(request: HttpRequest, found: Shown) -> HttpResponse:
    groups = _groups(settings.SITE_URL, found.release, get_language())
    context = {
        "groups": groups,
        "release": found.release,
        "contents": [
            {"anchor": "first-steps", "title": _("First steps")},
            *({"anchor": group.anchor, "title": group.title} for group in groups),
            {"anchor": "problems", "title": _("When something is wrong")},
        ],
        "problems": [(kind, _marked(kind.advice)) for kind in problems.KINDS.values()],
        "site_url": settings.SITE_URL,
        "rate": str(api_settings.DEFAULT_THROTTLE_RATES["anon"]).partition("/")[0],
    }
    return render(request, "api/docs.html", context)


@lru_cache(maxsize=8)
def _groups(site_url: str, release: str, language: str | None) -> tuple[Group, ...]:
    document = schema.document()
    operations: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            drawn = _operation(path, operation, document, (site_url, release))
            operations.setdefault(operation["tags"][0], []).append(drawn)
    return tuple(
        Group(title=tag, anchor=tag.lower().replace(" ", "-"), operations=tuple(operations[tag]))
        for tag in schema.TAGS
        if tag in operations
    )


def _operation(path: str, operation: Node, document: Node, here: tuple[str, str]) -> Operation:
    parameters = [each for each in operation["parameters"] if each["in"] != "header"]
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    examples = [each["value"] for each in content.get("examples", {}).values()]
    return Operation(
        anchor=operation["operationId"],
        path=path,
        summary=operation["summary"],
        description=_marked(operation.get("description", "")),
        deprecated=operation.get("deprecated", False),
        curl=_curl(path, parameters, here, redirects="307" in operation["responses"]),
        inputs=tuple(map(_input, parameters)),
        outcomes=tuple(
            Outcome(
                status=status,
                description=response["description"].replace(",", ", "),
                media_types=", ".join(response.get("content", {})),
            )
            for status, response in sorted(operation["responses"].items())
        ),
        fields=tuple(_fields(content.get("schema", {}), document)),
        example=json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else "",
    )


def _curl(path: str, parameters: Sequence[Node], here: tuple[str, str], *, redirects: bool) -> str:
    """Return a command that works as it stands: on this site, with a release it has."""
    site_url, release = here
    path = path.replace("{release}", release)
    for parameter in parameters:
        if parameter["in"] == "path":
            example = quote(str(parameter["schema"]["examples"][0]), safe=":+")
            path = path.replace(f"{{{parameter['name']}}}", example)
    chosen = [each for each in parameters if each["name"] in ("type", "series", "kind")]
    query = "&".join(f"{each['name']}={each['schema']['examples'][0]}" for each in chosen)
    return f"curl{' -L' if redirects else ''} '{site_url}{path}{'?' if query else ''}{query}'"


def _marked(text: str) -> SafeString:
    """Return text in which what stands between backticks is code."""
    parts = text.split("`")
    return format_html_join(
        "", "{}{}", ((part, _code(code)) for part, code in zip_longest(parts[::2], parts[1::2]))
    )


def _code(text: str | None) -> SafeString | str:
    return "" if text is None else format_html("<code>{}</code>", text)


def _input(parameter: Node) -> Input:
    return Input(
        name=parameter["name"],
        place=parameter["in"],
        required=parameter.get("required", False),
        allowed=_allowed(parameter["schema"]),
        description=_marked(parameter.get("description", "")),
    )


def _allowed(node: Node) -> str:
    if "enum" in node:
        words = ", ".join(map(str, node["enum"]))
    elif node["type"] == "integer":
        words = _("{least} to {most}").format(least=node["minimum"], most=node["maximum"])
    else:
        words = _("text, such as {example}").format(example=node["examples"][0])
    if "default" in node:
        words += "; " + _("{default} if not given").format(default=node["default"])
    return words


def _fields(node: Node, document: Node, name: str = "", depth: int = 0) -> Iterator[Field]:
    """Yield the fields of a shape, those inside it right behind it."""
    node = _resolved(node, document)
    for key, child in node.get("properties", {}).items():
        inner = _resolved(child, document)
        path = f"{name}{key}"
        yield Field(
            name=path,
            kind=_kind(inner, document),
            # A shape's own description is about all its uses and not about this one.
            description=_marked(
                child.get("description", "" if "properties" in inner else _description(inner))
            ),
        )
        if inner.get("type") == "array":
            inner, path = _resolved(inner["items"], document), f"{path}[]"
        if depth < DEEPEST:
            yield from _fields(inner, document, f"{path}.", depth + 1)


def _description(node: Node) -> str:
    return str(node.get("description", ""))


def _resolved(node: Node, document: Node) -> Node:
    """Return what a reference stands for, and the shape of something that may also be null."""
    for combined in ("oneOf", "anyOf", "allOf"):
        for option in node.get(combined, ()):
            if option.get("type") != "null" and option.get("enum") != [None]:
                return _resolved({**option, "x-null": True}, document)
    if "$ref" not in node:
        return node
    target = document
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return _resolved({**target, "x-null": node.get("x-null", False)}, document)


def _kind(node: Node, document: Node) -> str:
    kinds = node.get("type", "")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    main = next((kind for kind in kinds if kind != "null"), "")
    words = {
        "string": {"date": _("date"), "date-time": _("moment"), "uri": _("address")}.get(
            node.get("format", ""), _("text")
        ),
        "integer": _("whole number"),
        "number": _("number"),
        "boolean": _("true or false"),
        "object": _("object"),
    }.get(main, _("any"))
    if main == "array":
        items = _resolved(node["items"], document)
        words = _("list of {kind}").format(kind=_kind(items, document))
    if "enum" in node:
        words = ", ".join(str(value) for value in node["enum"] if value is not None)
    if "null" in kinds or node.get("x-null"):
        words = _("{kind}, or null").format(kind=words)
    return words
