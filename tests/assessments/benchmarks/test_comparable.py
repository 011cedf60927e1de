"""Which releases an assessment, a release and the public pages are compared with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from assessments.answering.models import Assessment
from assessments.benchmarks import eligibility, queries
from assessments.benchmarks.models import BenchmarkRelease, ReleaseNote
from assessments.core import loading
from assessments.questionnaires.models import InstrumentEdition
from tests.assessments.market import wave
from tests.factories import AssessmentFactory, EditionFactory, UserFactory, shipped_instrument

pytestmark = pytest.mark.django_db

SERIES = BenchmarkRelease.Series


def edition(version: str, code: str = "cmi-maturity") -> InstrumentEdition:
    """Return the shipped edition under another version or code."""
    document = {**shipped_instrument().document, "version": version, "code": code}
    return EditionFactory(content=loading.parse(document))


def release(year: int, of: InstrumentEdition, **fields: Any) -> BenchmarkRelease:
    return BenchmarkRelease.objects.create(
        **{
            "code": f"{year}-W1",
            "series": SERIES.MARKET,
            "wave": wave(year),
            "edition": of,
            "document": "{}",
            "sha256": f"{year:064d}",
            "published_at": datetime(year + 1, 2, 1, tzinfo=UTC),
            **fields,
        }
    )


def withdraw(release: BenchmarkRelease) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    ReleaseNote.objects.create(
        release=release,
        kind=ReleaseNote.Kind.TOMBSTONE,
        text="Wrong.",
        proposed_by=UserFactory(),
        confirmed_by=UserFactory(),
        confirmed_at=at,
    )


COMPARED = [
    ("1.0.0", "cmi-maturity", True),
    ("1.0.3", "cmi-maturity", True),  # other words for the same questions
    ("1.0.12", "cmi-maturity", True),
    ("1.1.0", "cmi-maturity", False),  # other questions
    ("1.10.0", "cmi-maturity", False),  # begins with the same letters
    ("10.0.0", "cmi-maturity", False),
    ("2.0.0", "cmi-maturity", False),
    ("1.0.0", "another", False),
]


@pytest.mark.parametrize(("version", "code", "compared"), COMPARED)
def test_an_assessment_is_compared_within_its_line(version: str, code: str, compared: bool) -> None:
    found = release(2024, edition(version, code))
    assessment = AssessmentFactory(edition=edition("1.0.0"))
    assert queries.release_for(assessment) == (found if compared else None)


@pytest.mark.parametrize(("version", "code", "compared"), COMPARED)
def test_a_release_is_compared_within_its_line(version: str, code: str, compared: bool) -> None:
    first, last = release(2024, edition(version, code)), release(2025, edition("1.0.0"))
    expected = first if compared else None
    assert queries.release_before(last) == expected
    assert queries.current_releases_and_notes().before == expected


def test_a_release_of_another_line_between_two_is_passed_over() -> None:
    first = release(2023, edition("1.0.0"))
    release(2024, edition("1.1.0"))
    last = release(2025, edition("1.0.1"))
    assert queries.release_before(last) == first
    assert queries.current_releases_and_notes().before == first


def test_the_newest_comparable_release_counts() -> None:
    release(2023, edition("1.0.0"))
    newest = release(2024, edition("1.0.1"))
    release(2025, edition("1.1.0"))
    assert queries.release_for(AssessmentFactory(edition=edition("1.0.2"))) == newest


def test_what_is_withdrawn_is_compared_with_nothing() -> None:
    first, second = release(2023, edition("1.0.0")), release(2024, edition("1.0.0"))
    last = release(2025, edition("1.0.0"))
    assessment = AssessmentFactory(edition=edition("1.0.0"))
    assert queries.release_for(assessment) == last
    withdraw(second)
    assert queries.release_before(last) == first
    assert queries.current_releases_and_notes().before == first
    withdraw(last)
    assert queries.release_for(assessment) == first
    withdraw(first)
    assert queries.release_for(assessment) is None


def test_a_withdrawal_that_nobody_has_confirmed_changes_nothing() -> None:
    only = release(2025, edition("1.0.0"))
    ReleaseNote.objects.create(
        release=only, kind=ReleaseNote.Kind.TOMBSTONE, text="Wrong.", proposed_by=UserFactory()
    )
    assert queries.release_for(AssessmentFactory(edition=edition("1.0.0"))) == only


def test_a_release_counts_the_highest_edition_it_was_answered_in() -> None:
    period, at = wave(), datetime(2025, 6, 1, tzinfo=UTC)
    for version in ("1.0.10", "1.0.9"):
        AssessmentFactory(edition=edition(version), wave=period)
    Assessment.objects.update(submitted_at=at, submitted_by=UserFactory())
    found = eligibility.edition_of_release([period])
    assert found is not None
    assert found.version == "1.0.10"
