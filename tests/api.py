"""Fixtures of the API tests: a small release, and a cache of each test's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import caches

from assessments.benchmarks import queries
from assessments.benchmarks.actions import publishing
from assessments.benchmarks.models import BenchmarkRelease
from tests.assessments.market import AFTER, market_of, wave


@pytest.fixture(autouse=True)
def _own_requests() -> None:
    """No test is refused for the requests of another."""
    caches["default"].clear()


@pytest.fixture
def release(db: Any) -> BenchmarkRelease:
    """A demonstration release: 20 registries in one region, 12 of 24 programmes in another."""
    period = wave(demonstration=True)
    market_of(20, period, rating=2, is_demonstration=True)
    market_of(12, period, rating=3, respondent_type="SB", is_demonstration=True)
    market_of(
        12,
        period,
        rating=1,
        respondent_type="SB",
        region="South Asia",
        market="compliance",
        is_demonstration=True,
    )
    return publishing.publish_release(wave=period, series="demo", at=AFTER)


@pytest.fixture
def _cold() -> None:
    """Nothing of a release is in memory yet."""
    queries.text_hashed.cache_clear()
    queries.document_hashed.cache_clear()
