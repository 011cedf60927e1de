"""Profiles to look at: the worked example, and whatever a test changes of it."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from assessments.answering.answers import GivenAnswer
from assessments.core import answers as responses
from assessments.core import engines
from assessments.core.documents import canonical_json, sha256
from assessments.core.instrument import Instrument
from assessments.core.result import ResultDocument, stored
from assessments.disclosure.codes import MEASURES
from assessments.disclosure.release import build_release
from assessments.disclosure.submissions import Submission
from assessments.reports import html, pdf, sandbox
from assessments.reports.profile import (
    Advice,
    Profile,
    Release,
    Subject,
    build_profile,
)
from tests.factories import shipped_instrument

CREATED = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
LIMITS = sandbox.Limits(seconds=60, cpu_seconds=50, memory_mb=1024)
SUBJECT = Subject(
    organisation="Savanna Carbon Registry",
    country="Kenya",
    region="Sub-Saharan Africa",
    market_words="Voluntary and compliance",
    size="50 to 249 staff",
    period="Period 2026",
    submitted_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    submitted_as="Amina Otieno, Head of Compliance",
    is_demonstration=False,
)
IMPRINT = html.Imprint(
    report_id="3b0c1f5e-0000-4000-8000-000000000001",
    created_at=CREATED,
    verification_code="ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2-3",
    verification_url="https://portal.example.org/verify/ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2-3/",
    site_url="https://portal.example.org",
)


def worked_example() -> dict[str, Any]:
    path = settings.BASE_DIR / "docs/examples/registry.json"
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def result_of(document: Mapping[str, Any], instrument: Instrument | None = None) -> ResultDocument:
    """Return the result as it is stored and read again."""
    edition = instrument or shipped_instrument()
    scored = engines.score(edition, responses.parse(document, edition))
    return stored(canonical_json(scored).decode())


def answers_in(document: Mapping[str, Any]) -> dict[str, GivenAnswer]:
    return {
        code: GivenAnswer(
            rating=given.get("rating"),
            dont_know=given.get("dont_know", False),
            not_applicable="not_applicable" in given,
            reason=given.get("not_applicable", ""),
            evidence=given.get("evidence", 0),
            evidence_reference="Rulebook 4.2, section 7" if given.get("evidence") else "",
        )
        for code, given in document["responses"].items()
    }


ADVICE = {
    "TI-R12": Advice(
        label="TI-R12",
        title="Look beyond your own system",
        text="Search other programmes first.",
        path="/r/TI-R12",
    )
}


@cache
def release(*, registries: int = 25, others: int = 15, year: int = 2025, mean: int = 55) -> Release:
    """Return a demonstration release with that many registries in Africa, and exchanges."""
    draw = random.Random(11)
    code = f"demo-{year}-W1"
    rows = []
    for number in range(registries + others):
        middle = draw.gauss(mean, 12)
        scores = {code: min(100.0, max(0.0, middle + draw.gauss(0, 8))) for code in MEASURES}
        rows.append(
            Submission(
                organisation=f"o{number}",
                owner=f"o{number}",
                adviser=None,
                respondent_type="RG" if number < registries else "EX",
                region="sub-saharan-africa" if number < registries // 2 else "south-asia",
                income_group="low",
                market="both",
                main_role=True,
                scores={"declared": scores},
                levels={
                    "declared": {code: min(4, int(score // 20)) for code, score in scores.items()}
                },
                minimum_standards_met={"declared": number % 2 == 0},
            )
        )
    instrument = shipped_instrument()
    document = build_release(
        rows,
        release_id=code,
        series="demo",
        wave=code,
        instrument={
            "code": instrument.code,
            "version": instrument.version,
            "sha256": instrument.sha256,
        },
        scoring="cmi-score 1.0",
        closed_date=date(year, 12, 31),
        published_date=date(year + 1, 2, 2),
    )
    return Release(
        code=code,
        sha256=sha256(document),
        document=document,
        is_demonstration=True,
    )


def profile(
    document: Mapping[str, Any] | None = None,
    *,
    answers: Mapping[str, GivenAnswer] | None = None,
    compared_with: Release | None = None,
    before: Release | None = None,
    instrument: Instrument | None = None,
    **subject: Any,
) -> Profile:
    """Return the profile of a response file; of the worked example if none is given."""
    given = document or worked_example()
    result = result_of(given, instrument)
    return build_profile(
        subject=replace(SUBJECT, **subject),
        instrument=instrument or shipped_instrument(),
        result=result,
        result_sha256=hashlib.sha256(canonical_json(result)).hexdigest(),
        answers=answers_in(given) if answers is None else answers,
        release=compared_with,
        before=before,
        advice=ADVICE,
    )


def children() -> set[int]:
    """Return the processes that this one has started and not waited for."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}


def pdf_of(text: str, *, limits: sandbox.Limits = LIMITS) -> pdf.Rendered:
    return pdf.render(
        text,
        attached=pdf.Attached(name="result.json", description="The result", content=b'{"a":1}'),
        identifier=b"0123456789abcdef",
        created=CREATED,
        limits=limits,
    )
