"""P4: what fencing the renderer costs, and what a report takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.bench

# In a process of its own, as a worker is, so that the memory measured is a report's.
MEASURE = """
import django, json, resource, time
django.setup()
from assessments.reports import html, pdf
from tests.assessments.reports import samples

text = html.render(samples.profile(compared_with=samples.release()), samples.IMPRINT)
attached = pdf.Attached(name="result.json", description="", content=b"{}")

def fenced():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.process_time()
    made = samples.pdf_of(text)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent + time.process_time() - started, made.pages, after.ru_maxrss / 1024

def bare():
    started = time.process_time()
    pdf.write_pdf(text, attached, b"0" * 16, samples.CREATED)
    return time.process_time() - started

seconds, pages, memory = fenced()
seconds = min(seconds, fenced()[0])
bare()
print(json.dumps({"fenced": seconds, "bare": min(bare(), bare()), "pages": pages, "mb": memory}))
"""


def test_fencing_costs_little_and_a_report_stays_small() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEASURE],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    ratio = found["fenced"] / found["bare"]

    print(
        f"P4 {found['pages']} pages: {found['fenced']:.1f} CPU s fenced, {found['bare']:.1f} bare "
        f"(× {ratio:.2f}, goal 1.15), {found['fenced'] / found['pages']:.3f} a page, "
        f"{found['mb']:.0f} MB (goal 250)"
    )
    assert found["mb"] < 250
    assert 25 <= found["pages"] <= 40
