"""How fast a release is served, beside a bare view that returns the same bytes in the same run."""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from werkzeug.test import EnvironBuilder, run_wsgi_app

from assessments.benchmarks.models import BenchmarkRelease
from assessments.core.documents import canonical_json
from assessments.evaluation import goals
from portal.api.throttling import ApiThrottle
from portal.settings import CACHES
from portal.wsgi import application
from tests.benchmarks.test_release_speed import release as built
from tests.factories import EditionFactory, WaveFactory
from tests.promises.counts import count

pytestmark = pytest.mark.bench

ROUNDS = count(150, 2_000)
CODE = "demo-2026-W1"
HERE = f"/api/v1/releases/{CODE}"
# What each address costs once a process has it in memory, answered and confirmed alike.
QUERIES = {
    f"{HERE}/data": 1,
    f"{HERE}/data?format=csv": 1,
    f"{HERE}/cohorts/type:RG/data": 1,
    f"{HERE}/resolve?type=RG&region=south-asia": 1,
    HERE: 2,
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    etag: str
    body: bytes
    media_type: str


kept: dict[str, Answer] = {}


def bare(request: HttpRequest) -> HttpResponse:
    """Return what the API does, with nothing between the address and the bytes."""
    answer = kept[request.get_full_path().removeprefix("/bare")]
    if "HTTP_IF_NONE_MATCH" in request.META:
        return HttpResponse(status=304, headers={"ETag": answer.etag})
    headers = {"ETag": answer.etag, "Cache-Control": "public"}
    return HttpResponse(answer.body, content_type=answer.media_type, headers=headers)


urlpatterns = [
    path("bare/<path:rest>", lambda request, rest: bare(request)),
    path("", include("portal.urls")),
]


@cache
def content() -> bytes:
    """Return a release of a thousand organisations."""
    return canonical_json(built(goals.columns(1_000, 1)))


@pytest.fixture
def _release(transactional_db: None) -> BenchmarkRelease:
    return BenchmarkRelease.objects.create(
        code=CODE,
        series="demo",
        wave=WaveFactory(),
        edition=EditionFactory(),
        document=content().decode(),
        sha256=hashlib.sha256(content()).hexdigest(),
        published_at=datetime(2026, 8, 1, tzinfo=UTC),
    )


@pytest.fixture
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Count requests where the site does, in its files or in Redis, and refuse none."""
    monkeypatch.setitem(ApiThrottle.THROTTLE_RATES, "anon", "1000000/min")
    with override_settings(ROOT_URLCONF=__name__, CACHES=CACHES):
        yield


def asked(address: str, etag: str = "") -> Callable[[], Answer]:
    """Return a function that calls the site as its server does."""
    headers = [("If-None-Match", etag)] if etag else []
    environ = EnvironBuilder(address, headers=headers).get_environ()

    def call() -> Answer:
        body, status, told = run_wsgi_app(application, dict(environ), buffered=True)
        known = told.get("ETag") or "", told.get("Content-Type") or ""
        return Answer(int(status[:3]), known[0], b"".join(body), known[1])

    return call


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds by the clock, which other programs lengthen, and of the processor."""

    clock: list[float]
    processor: list[float]


def timed(*calls: Callable[[], Answer]) -> list[Taken]:
    """Time the calls in turn, so that they share the machine's moods."""
    taken = [Taken([], []) for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, taken, strict=True):
            clock, processor = time.perf_counter(), time.thread_time()
            call()
            times.processor.append((time.thread_time() - processor) * 1e3)
            times.clock.append((time.perf_counter() - clock) * 1e3)
    return taken


def at(times: list[float], per_cent: int) -> float:
    return statistics.quantiles(times, n=100)[per_cent - 1]


def told(ours: Taken, bare: Taken) -> str:
    return ", ".join(
        f"{name} p50 {at(mine, 50):.2f} ms, p95 {at(mine, 95):.2f} ms "
        f"({at(mine, 50) / at(its, 50):.1f} and {at(mine, 95) / at(its, 95):.1f} of a bare view)"
        for name, mine, its in (
            ("clock", ours.clock, bare.clock),
            ("processor", ours.processor, bare.processor),
        )
    )


@pytest.mark.usefixtures("_release", "_unlimited")
@pytest.mark.parametrize("address", QUERIES)
def test_answers_beside_a_bare_view(address: str) -> None:  # G15: p95 5 ms for 200, 2 ms for 304
    first = asked(address)()
    kept[address] = first
    lines = []
    for status, etag in ((200, ""), (304, first.etag)):
        ours, other = asked(address, etag), asked(f"/bare{address}", etag)
        with CaptureQueriesContext(connection) as queries:
            answer = ours()
        assert len(queries) == QUERIES[address]
        assert answer.status == other().status == status
        assert answer.body == other().body == (first.body if status == 200 else b"")
        lines.append(f"{status} {told(*timed(ours, other))}")
    print(f"\n{address}, {len(first.body) / 1e3:.0f} kB", *lines, sep="\n  ")
