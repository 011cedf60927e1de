"""The design tokens as print and pictures use them: each colour's light value, by its name.

`css/tokens.css` is their only source. Pages take them through the style sheet, where a colour
follows the reader's theme; a report has no theme, and a picture carries its colours itself.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parent / "static/portal/css/tokens.css"
DECLARATION: Final = re.compile(r"^\s*--([\w-]+):\s*(.+?);", re.MULTILINE)
LIGHT_DARK: Final = re.compile(r"light-dark\(([^,]+),[^)]+\)")
USE: Final = re.compile(r"var\(--([\w-]+)\)")


class UnknownToken(LookupError):
    """A style or a picture names a token that tokens.css does not declare."""


def value(name: str) -> str:
    """Return the token's value, the light one of a colour."""
    try:
        return _values()[name]
    except KeyError:
        raise UnknownToken(f"tokens.css declares no --{name}.") from None


def resolved(css: str) -> str:
    """Return the style sheet with each `var(--name)` replaced by the token's value."""
    return USE.sub(lambda use: value(use[1]), css)


@cache
def _values() -> dict[str, str]:
    declared = DECLARATION.findall(SOURCE.read_text(encoding="utf-8"))
    return {name: LIGHT_DARK.sub(r"\1", text) for name, text in declared}
