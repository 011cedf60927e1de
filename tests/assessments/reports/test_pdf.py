from __future__ import annotations

import json
import time
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf
import pytest

from assessments.reports import html, pdf, sandbox
from tests.assessments.reports import samples

PAGE = '<html lang="en-GB"><head><title>T</title></head><body><h1>T</h1>{}</body></html>'


@pytest.fixture(scope="module")
def report() -> bytes:
    """The PDF of the worked example against a demonstration release."""
    profile = samples.profile(compared_with=samples.release())
    return samples.pdf_of(html.render(profile, samples.IMPRINT)).content


def elements(node: Any, found: list[Any]) -> list[Any]:
    """Return the elements of a structure tree, in reading order."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            elements(child, found)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            found.append(node)
        if "/K" in node:
            elements(node.K, found)
    return found


def test_report_is_tagged_and_says_what_it_is(report: bytes) -> None:
    with pikepdf.open(BytesIO(report)) as file:
        assert str(file.Root.Lang) == "en-GB"
        assert bool(file.Root.MarkInfo.Marked)
        assert bool(file.Root.ViewerPreferences.DisplayDocTitle)
        title = "Savanna Carbon Registry: maturity assessment, Period 2026"
        assert str(file.docinfo["/Title"]) == title
        assert str(file.docinfo["/CreationDate"]) == "D:20261120093100Z"
        assert 25 <= len(file.pages) <= 40


def test_every_figure_has_words_and_every_table_heads(report: bytes) -> None:
    with pikepdf.open(BytesIO(report)) as file:
        found = elements(file.Root.StructTreeRoot.K, [])
        figures = [each for each in found if each.S == "/Figure"]
        assert len(figures) > 30  # a row for the whole, five dimensions and each capability
        assert [each for each in figures if not str(each.get("/Alt", ""))] == []
        levels = [int(str(each.S)[2]) for each in found if str(each.S) in {"/H1", "/H2", "/H3"}]
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_bookmarks_name_the_sections(report: bytes) -> None:
    with pikepdf.open(BytesIO(report)) as file, file.open_outline() as outline:
        assert [item.title for item in outline.root] == [
            "Summary for the board",
            "How to read this report",
            "Profile",
            "Minimum standards",
            "Evidence and confidence",
            "The plan",
            "How firm the result is",
            "Every answer",
            "Method in words",
            "The comparison group",
            "Terms",
            "About this report",
        ]


def test_the_result_travels_inside(report: bytes) -> None:
    with pikepdf.open(BytesIO(report)) as file:
        assert list(file.attachments) == ["result.json"]
        assert json.loads(file.attachments["result.json"].get_file().read_bytes()) == {"a": 1}
        assert [str(each.AFRelationship) for each in file.Root.AF] == ["/Data"]


def test_only_the_portals_fonts_are_used(report: bytes) -> None:
    with pikepdf.open(BytesIO(report)) as file:
        names = {
            str(each.BaseFont).partition("+")[2]
            for each in file.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"
        }
    assert names
    assert {name for name in names if not name.startswith("Portal")} == set()


def test_the_child_gives_up_what_is_outside() -> None:
    with pytest.raises(pdf.RenderFailed, match=r"more than its own fonts.*http://127\.0\.0\.1:9/x"):
        samples.pdf_of(PAGE.format('<img src="http://127.0.0.1:9/x" alt="x">'))


def test_a_refused_address_makes_the_report_hopeless() -> None:
    with pytest.raises(pdf.RenderFailed) as caught:
        samples.pdf_of(PAGE.format('<img src="file:///etc/passwd" alt="x">'))
    assert caught.value.hopeless


def test_a_render_that_lingers_is_stopped() -> None:
    bomb = "<div style='display:flex'>" * 14 + "x" + "</div>" * 14
    started = time.monotonic()

    with pytest.raises(pdf.RenderFailed, match="more than 2 seconds"):
        samples.pdf_of(
            PAGE.format(bomb), limits=sandbox.Limits(seconds=2, cpu_seconds=50, memory_mb=1024)
        )

    assert time.monotonic() - started < 6


def test_a_render_that_swells_is_stopped() -> None:
    with pytest.raises(pdf.RenderFailed, match=r"more than 100 MB|ended unexpectedly"):
        samples.pdf_of(
            PAGE.format("<p>word</p>" * 40_000),
            limits=sandbox.Limits(seconds=60, cpu_seconds=50, memory_mb=100),
        )


def test_no_child_and_no_folder_stays_behind(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = samples.children()

    samples.pdf_of(PAGE.format("<p>x</p>"))

    assert list(tmp_path.iterdir()) == []
    assert samples.children() == before


def test_progress_is_told_and_may_stop_the_work() -> None:
    class Enough(Exception):
        pass

    running: list[set[int]] = []

    def stop(stage: str, page: int) -> None:
        running.append(samples.children())
        raise Enough

    before = samples.children()
    with pytest.raises(Enough):
        pdf.render(
            PAGE.format("<p>x</p>"),
            attached=pdf.Attached(name="a.json", description="", content=b"{}"),
            identifier=b"0" * 16,
            created=samples.CREATED,
            limits=samples.LIMITS,
            on_progress=stop,
        )
    assert running[0] > before  # there was a child, and it is gone
    assert samples.children() == before
