"""Citations in four forms, worked by hand."""

from __future__ import annotations

import json

import pytest

from publications.machines import citations
from publications.machines.citations import Work

NOTE = Work(
    key="note-1",
    title="Locks & keys: what 100 % means",
    authors=("World Bank", "Working Group"),
    issued=(2025, 6, 6),
    publisher="World Bank, Washington, DC",
    url="https://example.org/note",
)
PART = Work(
    key="IS-R07",
    title="Who can change the record?",
    authors=("A portal",),
    issued=(2026, 11, 23),
    edition=2,
    publisher="A portal",
    part_label="IS-R07",
    part_title="Keep a history",
    url="https://example.org/note/2/#IS-R07",
)
UNDATED = Work(key="x", title="Summary", authors=("World Bank",), url="https://example.org/x")


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (
            NOTE,
            "World Bank; Working Group (2025). Locks & keys: what 100 % means. "
            "World Bank, Washington, DC. https://example.org/note",
        ),
        (
            PART,
            "A portal (2026). “IS-R07 Keep a history”. In: Who can change the record? Edition 2. "
            "https://example.org/note/2/#IS-R07",
        ),
        (UNDATED, "World Bank (n.d.). Summary. https://example.org/x"),
    ],
)
def test_text(work: Work, sentence: str) -> None:
    assert citations.text(work) == sentence


def test_bibtex_is_escaped() -> None:
    assert citations.bibtex(NOTE) == (
        "@techreport{note-1,\n"
        "  author = {{World Bank} and {Working Group}},\n"
        "  title = {{Locks \\& keys: what 100 \\% means}},\n"
        "  year = {2025},\n"
        "  month = {6},\n"
        "  url = {https://example.org/note},\n"
        "  institution = {{World Bank, Washington, DC}},\n"
        "}\n"
    )


def test_bibtex_of_a_part_names_its_book() -> None:
    entry = citations.bibtex(PART)

    assert entry.startswith("@incollection{IS-R07,\n")
    assert "  title = {{Keep a history}},\n" in entry
    assert "  booktitle = {{Who can change the record?}},\n" in entry
    assert "  number = {IS-R07},\n" in entry


def test_ris() -> None:
    assert citations.ris(PART).split("\r\n") == [
        "TY  - CHAP",
        "AU  - A portal",
        "TI  - IS-R07 Keep a history",
        "T2  - Who can change the record?",
        "PY  - 2026",
        "DA  - 2026/11/23",
        "ET  - 2",
        "PB  - A portal",
        "UR  - https://example.org/note/2/#IS-R07",
        "ER  - ",
        "",
    ]


def test_csl_json_leaves_out_what_is_not_known() -> None:
    assert json.loads(citations.csl_json(UNDATED)) == [
        {
            "id": "x",
            "type": "report",
            "title": "Summary",
            "author": [{"literal": "World Bank"}],
            "URL": "https://example.org/x",
        }
    ]
    assert json.loads(citations.csl_json(PART))[0]["issued"] == {"date-parts": [[2026, 11, 23]]}


@pytest.mark.parametrize(
    ("value", "parts"), [("2025-06-06", (2025, 6, 6)), ("2024", (2024,)), ("", ()), (None, ())]
)
def test_issued_is_as_exact_as_known(value: str | None, parts: tuple[int, ...]) -> None:
    assert citations.issued(value) == parts
