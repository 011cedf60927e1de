from __future__ import annotations

import pytest

from portal.accounts.identifiers import InvalidLei, parse_lei


@pytest.mark.parametrize(
    ("text", "lei"),
    [
        ("", ""),
        ("  ", ""),
        ("5493001KJTIIGC8Y1R12", "5493001KJTIIGC8Y1R12"),
        (" hwup kr0m pou8 fgxb t394 ", "HWUPKR0MPOU8FGXBT394"),
    ],
)
def test_parse_lei(text: str, lei: str) -> None:
    assert parse_lei(text) == lei


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5493001KJTIIGC8Y1R1", "18 letters or digits"),
        ("5493001KJTIIGC8Y1RXX", "18 letters or digits"),  # check digits are digits
        ("5493001KJTIIGC8Y1R13", "check digits"),
        ("5493001KJTIIGC8Y1R21", "check digits"),  # transposed
        ("4593001KJTIIGC8Y1R12", "check digits"),
        ("５493001KJTIIGC8Y1R12", "18 letters or digits"),  # a full-width five
    ],
)
def test_parse_lei_refuses(text: str, reason: str) -> None:
    with pytest.raises(InvalidLei, match=reason):
        parse_lei(text)
