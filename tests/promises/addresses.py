"""Every address of the site, found by walking the URL resolver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One URL pattern. `name` has its namespaces; one without a name is known by its route."""

    name: str
    route: str
    parameters: frozenset[str]
    build: Callable[[Mapping[str, str]], str]

    def path(self, values: Mapping[str, str]) -> str:
        return self.build({name: values[name] for name in self.parameters})


def addresses() -> list[Address]:
    return list(_walk(get_resolver(), "", (), frozenset()))


def _walk(
    resolver: URLResolver, route: str, namespaces: tuple[str, ...], inherited: frozenset[str]
) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        whole = route + str(entry.pattern).removeprefix("^")
        parameters = inherited | frozenset(entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            names = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry, whole, names, parameters)
        else:
            assert isinstance(entry, URLPattern)
            name = ":".join((*namespaces, entry.name)) if entry.name else whole
            yield Address(name=name, route=whole, parameters=parameters, build=_builder(whole))


CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


def _builder(route: str) -> Callable[[Mapping[str, str]], str]:
    """Return a function that fills a route; values are quoted, so any text makes an address.

    Not `reverse`, which has no address for a route without a name or a value that does not fit.
    """
    if "(?P<" in route:
        template = normalize(route)[0][0].replace("%(", "{").replace(")s", "}")
    else:
        template = CONVERTER.sub(r"{\1}", route)

    def fill(values: Mapping[str, Any]) -> str:
        quoted = {name: quote(str(value), safe="/:@") for name, value in values.items()}
        return "/" + template.format(**quoted)

    return fill
