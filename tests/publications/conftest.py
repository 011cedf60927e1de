"""The content the product ships, loaded once; and a small pack to change at will."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from publications.management.commands.load_content import CONTENT
from publications.seed import loading, pack, reading

TODAY = dt.date(2026, 12, 1)
NOTE: dict[str, Any] = {
    "publication": {
        "slug": "companion-locks",
        "kind": "NOTE",
        "origin": "COMPANION",
        "position": 1,
        "number": 1,
        "dimension": "IS",
        "title": "On locks",
        "abstract": "A short note on locks.",
    },
    "edition": {
        "number": 1,
        "date": dt.date(2026, 1, 5),
        "change_note": "First edition.",
    },
    "provisions": [
        {
            "label": "IS-S90",
            "kind": "section",
            "title": "Doors",
            "text": "Doors need locks.[^1]\n\n[^1]: Most do.",
        },
        {
            "label": "IS-R90",
            "kind": "recommendation",
            "title": "Lock the door",
            "audience": ["RG", "EX"],
            "items": ["IS2.1"],
            "grounding": ["ISO/IEC 27001:2022 A.8.5"],
            "text": "Lock the door at night.[^1]\n\n[^1]: And at noon.",
        },
    ],
}


@pytest.fixture(scope="session")
def content() -> pack.Pack:
    return reading.read(CONTENT)


@pytest.fixture
def shipped(db: None, content: pack.Pack) -> pack.Pack:
    """The shipped content, in the database."""
    loading.load_pack(pack=content, on=TODAY)
    return content


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a pack of one note, or of what is given by file name, and return its folder."""

    def write_pack(**files: Any) -> Path:
        for name, data in (files or {"note": NOTE}).items():
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(data, allow_unicode=True))
        return tmp_path

    return write_pack
