"""Rows in, a profile out: of a report, or of a result against the release of the day."""

from __future__ import annotations

import html
import re
from typing import Final

from django.utils.html import strip_tags

from assessments.answering import answers, queries
from assessments.answering.models import Assessment, Result
from assessments.benchmarks.models import BenchmarkRelease
from assessments.benchmarks.queries import release_before, release_document
from assessments.reports.models import Report
from assessments.reports.profile import (
    Advice,
    Profile,
    Release,
    Subject,
    build_profile,
)
from portal.vocabulary.countries import UnknownCountry, country
from publications.queries import recommendation_texts

FIRST_PARAGRAPH: Final = re.compile(r"<p\b[^>]*>(.*?)</p>", re.DOTALL)
FOOTNOTE: Final = re.compile(r"<sup\b.*?</sup>", re.DOTALL)


def profile_of_report(report: Report) -> Profile:
    return profile_of(report.result, report.release)


def profile_of(result: Result, release: BenchmarkRelease | None) -> Profile:
    """Return what is shown of a result that is compared with `release`."""
    assessment = result.assessment
    document = queries.document_of(result)
    instrument = assessment.edition.content
    labels = {
        label
        for step in (document["plan"] or {"priorities": []})["priorities"]
        for label in step["recommendations"]
    }
    return build_profile(
        subject=_subject(assessment),
        instrument=instrument,
        result=document,
        result_sha256=result.sha256,
        answers=_answers(assessment),
        release=None if release is None else _release(release),
        before=_before(release),
        advice=_advice(labels),
    )


def _subject(assessment: Assessment) -> Subject:
    assert assessment.submitted_at is not None, "only what is submitted has a result"
    return Subject(
        organisation=assessment.organisation.name,
        country=_country_name(assessment),
        region=assessment.region,
        market_words=assessment.get_market_display(),
        size=assessment.get_size_band_display(),
        period=assessment.wave.title,
        submitted_at=assessment.submitted_at,
        submitted_as=assessment.submitted_as,
        is_demonstration=assessment.organisation.is_demonstration,
    )


def _country_name(assessment: Assessment) -> str:
    try:
        return country(assessment.country, assessment.country_vintage).name
    except UnknownCountry:
        return assessment.country


def _answers(assessment: Assessment) -> dict[str, answers.GivenAnswer]:
    asked = queries.items_of(assessment)
    rows = assessment.responses.all()
    return {row.item: answers.of_row(row) for row in rows if row.item in asked}


def _release(row: BenchmarkRelease) -> Release:
    return Release(
        code=row.code,
        sha256=row.sha256,
        document=release_document(row),
        is_demonstration=row.is_demonstration,
    )


def _before(row: BenchmarkRelease | None) -> Release | None:
    earlier = None if row is None else release_before(row)
    return None if earlier is None else _release(earlier)


def _advice(labels: set[str]) -> dict[str, Advice]:
    return {
        label: Advice(
            label=label,
            title=found.title,
            text=_first_paragraph(found.html),
            path=found.path,
        )
        for label, found in recommendation_texts(labels).items()
    }


def _first_paragraph(markup: str) -> str:
    """Return the opening words of a recommendation as plain text."""
    match = FIRST_PARAGRAPH.search(markup)
    if match is None:
        return ""
    return " ".join(html.unescape(strip_tags(FOOTNOTE.sub("", match.group(1)))).split())
