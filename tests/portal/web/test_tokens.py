"""One file of tokens for screen and print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assessments.reports import pdf
from portal.web import tokens

STYLES = sorted(tokens.SOURCE.parent.glob("*.css"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accent", "#0b5c66"),
        ("level-4", "#0a4f57"),
        ("space-4", "1rem"),
        ("hairline-print", "#c9ccc5"),
    ],
)
def test_a_token_has_its_light_value(name: str, expected: str) -> None:
    assert tokens.value(name) == expected


def test_a_token_nobody_declares_is_refused() -> None:
    with pytest.raises(tokens.UnknownToken, match=r"tokens\.css declares no --acent\."):
        tokens.resolved("a { color: var(--acent); }")


def test_the_report_takes_its_colours_from_the_tokens() -> None:
    source = pdf.STYLE.read_text()

    assert set(re.findall(r"#[0-9a-fA-F]{3,8}", source)) == {"#ffffff"}
    assert "color: #0b5c66" in pdf.style_sheet()
    assert "var(" not in pdf.style_sheet()


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_colours_stand_in_the_tokens_alone(path: Path) -> None:
    if path == tokens.SOURCE:
        return
    assert set(re.findall(r"#[0-9a-fA-F]{6}", path.read_text())) <= {"#ffffff"}


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_every_token_in_use_is_declared(path: Path) -> None:
    local = set(re.findall(r"(--[\w-]+):", path.read_text()))
    local |= {"--hue"}  # of a dimension, set by its mark in components.css
    used = set(re.findall(r"var\((--[\w-]+)", path.read_text()))

    assert [
        name for name in sorted(used - local) if not tokens.value(name.removeprefix("--"))
    ] == []
