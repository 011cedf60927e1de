"""What the components' signatures share: the type of their props and the choices among them."""

from __future__ import annotations

from collections.abc import Iterable

from django.template import TemplateSyntaxError

Props = dict[str, object]


class UnknownChoice(TemplateSyntaxError):
    """A prop was given a value that its component does not know."""


def one_of(value: str, known: Iterable[str], prop: str) -> str:
    known = tuple(known)
    if value not in known:
        raise UnknownChoice(f"{prop} is {value!r}; it must be one of {', '.join(known)}.")
    return value
