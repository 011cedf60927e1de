"""Legal entity identifiers, ISO 17442."""

from __future__ import annotations

import re

from stdnum import lei as iso17442


class InvalidLei(ValueError):
    """The text is no legal entity identifier."""


def parse_lei(text: str) -> str:
    """Return the identifier in its written form, without spaces and in capitals; empty stays empty.

    The last two characters are check digits (ISO 7064, MOD 97-10), so that a slip of the pen
    is caught.
    """
    lei = re.sub(r"\s", "", text).upper()
    if not lei:
        return ""
    # The package takes any length, and digits of any alphabet.
    if not re.fullmatch(r"[0-9A-Z]{18}[0-9]{2}", lei):
        raise InvalidLei("An LEI has 18 letters or digits and two check digits.")
    if not iso17442.is_valid(lei):
        raise InvalidLei("The check digits of this LEI do not agree with the rest of it.")
    return lei
