"""E4, E5, O1, O2, O4, O5: what the renderer can be made to do, and what a file can hold."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import page as checker
import pikepdf
import pytest
from django.conf import settings

from assessments.answering.answers import GivenAnswer
from assessments.reports import html, pdf, sandbox
from tests.assessments.reports import samples
from tests.factories import shipped_instrument
from tests.promises.counts import FULL, count

pytestmark = pytest.mark.slow

DOCUMENT = '<html lang="en-GB"><head><title>T</title>{}</head><body><h1>T</h1>{}</body></html>'
LIMITS = sandbox.Limits(
    seconds=settings.REPORT_HARD_LIMIT_SECONDS if FULL else 6,
    cpu_seconds=settings.REPORT_SOFT_LIMIT_SECONDS if FULL else 6,
    memory_mb=settings.REPORT_MEMORY_LIMIT_MB if FULL else 400,
)


def flex(depth: int) -> str:
    return '<div style="display:flex">' * depth + "x" + "</div>" * depth


def grid(cells: int) -> str:
    columns = "grid-template-columns:repeat(40,1fr)"
    return f'<div style="display:grid;{columns}">' + "<p>word</p>" * cells + "</div>"


def uses(depth: int) -> str:
    """Return an SVG whose references multiply by ten at every step."""
    steps = "".join(
        f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, depth)
    )
    shape = '<g id="g0"><rect width="1" height="1"/></g>'
    return f"<svg><title>x</title><defs>{shape}{steps}</defs><use href='#g{depth - 1}'/></svg>"


BOMBS = {
    "flex 12 deep": flex(12),
    "flex 30 deep": flex(30),
    "grid of 4,000 cells": grid(4000),
    "svg use ×10⁷": uses(8),
    "3,000 nested boxes": "<div>" * 3000 + "x" + "</div>" * 3000,
    "60,000 paragraphs": "<p>word</p>" * 60_000,
    "one word of 2,000,000 letters": "<p>" + "a" * 2_000_000,
    "3 MB of words": "<p>" + "word " * 600_000,
    "table of 100,000 cells": "<table>" + "<tr><td>a<td>b</tr>" * 50_000 + "</table>",
    "nested tables": "<table><tr><td>" * 40 + "x" + "</table>" * 40,
    "200 columns of text": '<div style="columns:200">' + "word " * 50_000 + "</div>",
    "page too large": "<style>@page{size:1000000cm}</style><p>x</p>",
    "counter without end": '<p style="page-break-after:always">x</p>' * 20_000,
    "10 MB of combining marks": "<p>a" + "\u0301" * 5_000_000,
}


def test_every_bomb_ends_within_its_limits(figure: Any) -> None:
    longest, stopped, before = 0.0, 0, samples.children()
    for name, bomb in list(BOMBS.items())[: count(7, len(BOMBS))]:
        started = time.monotonic()
        try:
            samples.pdf_of(DOCUMENT.format("", bomb), limits=LIMITS)
        except pdf.RenderFailed:
            stopped += 1
        took = time.monotonic() - started
        assert took < LIMITS.seconds + 3, name
        longest = max(longest, took)
        # The worker goes on: the next one is rendered as if nothing had happened.
        assert samples.pdf_of(DOCUMENT.format("", "<p>x</p>")).pages == 1
    assert samples.children() == before

    figure(f"E4 {count(7, len(BOMBS))} bombs: longest {longest:.1f} s, {stopped} stopped")
    assert stopped >= 2  # the corpus does bite


RENDER = """
import django, hashlib
django.setup()
from assessments.reports import html
from tests.assessments.reports import samples
profile = samples.profile(compared_with=samples.release())
text = html.render(profile, samples.IMPRINT)
print(hashlib.sha256(samples.pdf_of(text).content).hexdigest())
"""


def test_the_same_snapshot_gives_the_same_bytes(figure: Any) -> None:
    places = [
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "LANG": "C"},
        {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "LANG": "de_DE"},
        {"PYTHONHASHSEED": "9", "TZ": "America/Lima", "LC_ALL": "POSIX", "HOME": "/nonexistent"},
    ]
    hashes = set()
    for place in places[: count(2, 3)]:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", RENDER],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"} | place,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        )
        hashes.add(done.stdout.strip().splitlines()[-1])

    figure(f"E5 {count(2, 3)} processes, hash seeds, time zones, locales: {len(hashes)} hash")
    assert len(hashes) == 1


# What a document asks for


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a server and whoever called it."""
    calls: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    done = threading.Event()

    def listen() -> None:
        while not done.is_set():
            try:
                connected, _address = server.accept()
            except TimeoutError:
                continue
            calls.append("call")
            connected.close()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield server.getsockname()[1], calls
    finally:
        done.set()
        thread.join()
        server.close()


CHANNELS = {
    "img": ("", '<img src="{}" alt="x">'),
    "stylesheet": ('<link rel="stylesheet" href="{}">', ""),
    "import": ("<style>@import url({});</style>", ""),
    "font": ("<style>@font-face{{font-family:E;src:url({})}}p{{font-family:E}}</style>", "<p>x"),
    "background": ("", '<p style="background:url({})">x</p>'),
    "list marker": ("", '<ul style="list-style-image:url({})"><li>x</ul>'),
    "content": ("<style>p::before{{content:url({})}}</style>", "<p>x"),
    "page background": ("<style>@page{{background:url({})}}</style>", "<p>x"),
    "border": ("", '<p style="border-image:url({}) 1;border:1px solid">x</p>'),
    "object": ("", '<object data="{}">x</object>'),
    "embed": ("", '<embed src="{}">'),
    "svg image": ("", '<svg><title>x</title><image href="{}" width="9" height="9"/></svg>'),
    "svg use": ("", '<svg><title>x</title><use href="{}#a"/></svg>'),
    "picture": ("", '<picture><source srcset="{0}"><img src="{0}" alt="x"></picture>'),
    "attachment link": ('<link rel="attachment" href="{}">', ""),
    "attached": ("", '<a rel="attachment" href="{}">x</a>'),
}


def test_the_renderer_asks_nobody_and_opens_nothing(figure: Any, tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-5f1c")
    refused = 0
    with listening() as (port, calls):
        for name, (head, body) in CHANNELS.items():
            for target in (f"http://127.0.0.1:{port}/x", f"file://{secret}"):
                text = DOCUMENT.format(head.format(target), body.format(target))
                content = _rendered_or_refused(text)
                refused += content is None
                assert content is None or not _holds(content, b"canary-5f1c"), name

    figure(f"O1 {2 * len(CHANNELS)} attempts: {len(calls)} calls, {refused} reports refused")
    assert calls == []
    assert refused >= 20


def _rendered_or_refused(text: str) -> bytes | None:
    """Return the file, None where the renderer refused the document for good."""
    try:
        return samples.pdf_of(text).content
    except pdf.RenderFailed as exc:
        if not exc.hopeless:
            raise
        return None


def _holds(content: bytes, word: bytes) -> bool:
    with pikepdf.open(BytesIO(content)) as file:
        streams = [each for each in file.objects if isinstance(each, pikepdf.Stream)]
        return any(word in stream.read_bytes() for stream in streams)


WATCHED = """
import django, os, sys
django.setup()
from assessments.reports import html, pdf
from tests.assessments.reports import samples
text = html.render(samples.profile(compared_with=samples.release()), samples.IMPRINT)
attached = pdf.Attached(name="r.json", description="", content=b"{}")
pdf.write_pdf("<h1>warm</h1>", attached, b"0" * 16, samples.CREATED)
outside = []
def watch(event, arguments):
    if event.startswith("socket.") or event == "subprocess.Popen":
        outside.append(event)
    elif event == "open" and isinstance(arguments[0], str):
        path = os.path.realpath(arguments[0])
        known = (sys.prefix, sys.base_prefix, str(pdf.STATIC), "/tmp/weasyprint-")
        if not path.startswith(known):
            outside.append(path)
sys.addaudithook(watch)
pdf.write_pdf(text, attached, b"0" * 16, samples.CREATED)
print(outside)
"""


def test_a_whole_report_opens_only_fonts(figure: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WATCHED],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "TMPDIR": "/tmp"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    outside = done.stdout.strip().splitlines()[-1]
    figure(f"O1 a whole report, watched: opened outside fonts and libraries: {outside}")
    assert outside == "[]"


# What a file holds


HOSTILE = (
    'javascript:app.alert(1) <a href="javascript:alert(1)">x</a>',
    "file:///etc/passwd",
    "/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
    '"><script>alert(1)</script>',
    "{{ settings.SECRET_KEY }} {% debug %}",
    "\u202etxt.exe \u2066x\u2069",
)
ACTIVE = {"/JS", "/JavaScript", "/OpenAction", "/AA", "/Launch", "/RichMedia", "/XFA"}


def corpus() -> Iterator[tuple[str, html.Imprint, Any]]:
    """Yield names and profiles: small, large, of every type, in odd scripts and words."""
    instrument = shipped_instrument()
    example = samples.worked_example()
    peers = samples.release()
    words = {
        "hostile": " ".join(HOSTILE),
        "arabic": "سياسة الحوكمة المعتمدة، القسم 7 (2026)",
        "emoji and cjk": "登记处 😀👩‍👩‍👧 ☃️ Пример",
        "long words": "Donaudampfschifffahrtsgesellschaft" * 40,
        "marks": "z\u0301\u0302\u0303" * 300,
        "maximal": "A rule of the book, approved. " * 130,
    }
    for name, text in words.items():
        answers = {
            code: GivenAnswer(
                rating=each.rating,
                not_applicable=each.not_applicable,
                reason=text[:1000],
                evidence=each.evidence,
                evidence_reference=text[:1000],
                note=text[:4000] if name != "maximal" or number % 4 == 0 else "",
            )
            for number, (code, each) in enumerate(samples.answers_in(example).items())
        }
        yield (
            name,
            samples.IMPRINT,
            samples.profile(
                answers=answers,
                compared_with=peers,
                organisation=text[:200],
                submitted_as=text[:160],
            ),
        )
    yield "no release", samples.IMPRINT, samples.profile()
    draw = random.Random(1)
    for kind in instrument.respondent_types:
        for modules in (list(instrument.modules), ["IS"]):
            for rating in (0, 4, None, -1):
                document = {
                    "respondent_type": kind,
                    "modules": modules,
                    "responses": {
                        item.code: {"dont_know": True}
                        if rating is None
                        else {
                            "rating": draw.randrange(5) if rating < 0 else rating,
                            "evidence": draw.randrange(4),
                        }
                        for item in instrument.items_for(kind, None, modules)
                    },
                }
                yield (
                    f"{kind} {len(modules)} at {rating}",
                    samples.IMPRINT,
                    samples.profile(document, compared_with=peers),
                )


def test_every_report_is_accessible_and_inert(figure: Any) -> None:
    number = figures = 0
    for name, imprint, profile in corpus():
        number += 1
        if number > count(8, 50):
            number -= 1
            break
        content = samples.pdf_of(html.render(profile, imprint)).content
        found = checker.validate_pdf_bytes(content, profile=checker.ValidationProfile.PDF_UA_1)
        assert found.is_compliant, (name, [failure.message for failure in found.failures])
        with pikepdf.open(BytesIO(content)) as file:
            assert active_keys(file) == set(), name
            assert {address.partition(":")[0] for address in addresses(file)} <= {"https"}, name
            texts = alternatives(file)
        assert all(texts), name
        figures += len(texts)

    figure(f"O2 O4 {number} reports: all PDF/UA-1, {figures} figures with words, 0 active objects")


def active_keys(file: pikepdf.Pdf) -> set[str]:
    return {
        key
        for each in file.objects
        if isinstance(each, pikepdf.Dictionary)
        for key in each.keys()  # noqa: SIM118 — iterating a dictionary of pikepdf is not by key
        if key in ACTIVE
    }


def addresses(file: pikepdf.Pdf) -> set[str]:
    return {
        str(note.A.URI)
        for sheet in file.pages
        for note in sheet.get("/Annots", [])
        if "/A" in note and "/URI" in note.A
    }


def alternatives(file: pikepdf.Pdf) -> list[str]:
    """Return the alternative texts of the figures in the structure tree."""
    return [
        str(each.get("/Alt", ""))
        for each in file.objects
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Figure"
    ]


def test_any_flipped_bit_changes_the_hash_that_verification_shows(figure: Any) -> None:
    content = samples.pdf_of(html.render(samples.profile(), samples.IMPRINT)).content
    genuine = hashlib.sha256(content).hexdigest()
    draw = random.Random(2)
    detected = 0
    for _flip in range(300):
        changed = bytearray(content)
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
        detected += hashlib.sha256(changed).hexdigest() != genuine

    figure(f"O5 {detected} of 300 flipped bits are detected")
    assert detected == 300
