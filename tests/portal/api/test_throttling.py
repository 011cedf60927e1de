"""The rate of the API holds for the whole site: its counts are shared, and none is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from portal import settings as site
from portal.api.base import PublicView
from portal.api.throttling import ApiThrottle, network_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def _embedded(settings: Any, tmp_path: Path) -> None:
    """Count where a site without Redis does."""
    embedded = dict(site.CACHES["default"], LOCATION=tmp_path)
    if site.REDIS_URL:
        pytest.skip("this site has Redis")
    settings.CACHES = settings.CACHES | {"default": embedded}


def remaining(address: str = "192.0.2.1") -> int:
    """Count one request of an address as a process of its own would; return what is left."""
    throttle = ApiThrottle()
    request = Request(APIRequestFactory().get("/api/v1/", REMOTE_ADDR=address))
    throttle.allow_request(request, PublicView())
    return throttle.remaining


@pytest.mark.usefixtures("_embedded")
def test_parallel_requests_are_counted_one_by_one() -> None:
    with ThreadPoolExecutor(8) as pool:
        left = list(pool.map(lambda _number: remaining(), range(200)))

    assert sorted(left) == list(range(400, 600))


@pytest.mark.usefixtures("_embedded")
def test_many_clients_do_not_make_the_site_forget_one() -> None:
    networks = [f"198.51.{n // 256}.{n % 256}" for n in range(420)]

    assert {remaining(each) for each in networks} == {599}
    assert {remaining(each) for each in networks} == {598}


def test_the_counts_stand_in_the_shared_cache(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ApiThrottle.THROTTLE_RATES, "anon", "1/min")
    assert client.get("/api/v1/").status_code == 200
    assert client.get("/api/v1/").status_code == 429

    caches["default"].clear()

    assert client.get("/api/v1/").status_code == 200


def test_no_site_counts_in_each_process_alone() -> None:
    assert site.CACHES["default"]["BACKEND"] in (
        "django.core.cache.backends.redis.RedisCache",
        "portal.web.file_cache.SharedFileCache",
    )


def test_a_period_begins_with_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_800_000_000.0]
    monkeypatch.setattr(ApiThrottle, "timer", lambda self: clock[0])
    throttle = ApiThrottle()
    request = Request(APIRequestFactory().get("/api/v1/"))

    def counted(after: float) -> tuple[int, float]:
        clock[0] = 1_800_000_000.0 + after
        assert throttle.allow_request(request, PublicView())
        return throttle.remaining, throttle.wait()

    assert [counted(after) for after in (0, 20, 59.5, 60, 100)] == [
        *((599, 60.0), (598, 40.0), (597, 0.5), (599, 60.0), (598, 20.0)),
    ]
    # A machine whose clock is behind that of the first: no wait is longer than a period.
    assert counted(-30) == (597, 60.0)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:443", "unknown"),
        ("", "unknown"),
        (None, "unknown"),  # a server that listens on a socket of files
    ],
)
def test_a_client_is_its_network(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_addresses_of_one_ipv6_network_are_one_client() -> None:
    left = [remaining(f"2001:db8::{n}") for n in range(3)]

    assert left == [599, 598, 597]
    assert remaining("2001:db8:0:1::1") == 599


def test_each_process_counts_while_the_shared_cache_is_away(
    client: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CACHES = settings.CACHES | {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    monkeypatch.setattr(ApiThrottle, "own_counts_until", 0.0)
    monkeypatch.setitem(ApiThrottle.THROTTLE_RATES, "anon", "2/min")
    ApiThrottle.own_counts.clear()

    statuses = [client.get("/api/v1/").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    # One request finds out, and those after it do not wait for the cache again.
    assert [each.message for each in caplog.records if each.name == "portal.api.throttling"] == [
        "The shared cache does not count: ConnectionError."
    ]
