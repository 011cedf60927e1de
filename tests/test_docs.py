"""The documents name files that exist: whoever follows them arrives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
# `assessments/core/scale.py`, `docs/how-to/`: a path from the root, in code marks.
PATH = re.compile(r"`((?:portal|assessments|publications|templates|tests|docs|\.ci)/[\w./*<>-]*)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def _missing(text: str, folder: Path) -> list[str]:
    """Return the paths and links of a document that lead nowhere, as they are written."""
    paths = [path for path in PATH.findall(text) if "<" not in path]
    gone = [path for path in paths if not any(ROOT.glob(path.rstrip("/")))]
    return gone + [link for link in LINK.findall(text) if not (folder / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_files_that_exist(document: Path) -> None:
    assert _missing(document.read_text(encoding="utf-8"), document.parent) == []


def test_a_file_that_does_not_exist_is_named() -> None:
    text = "See `portal/nowhere.py`, `portal/urls.py` and [the map](nowhere.md)."
    assert _missing(text, ROOT) == ["portal/nowhere.py", "nowhere.md"]
