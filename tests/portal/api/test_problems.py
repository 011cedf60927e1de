"""What must be refused, and that every refusal says what to do next."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import OperationalError, connection

from assessments.benchmarks.models import BenchmarkRelease
from portal.api.throttling import ApiThrottle

pytestmark = pytest.mark.django_db

DEMO = "/api/v1/releases/demo-2025-W1"


def check(response: Any, status: int, slug: str) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["type"].endswith(f"/api/docs/#problem-{slug}")
    assert problem["title"]
    assert problem["detail"].endswith(".")
    return problem


@pytest.mark.parametrize(
    ("path", "slug", "words"),
    [
        ("/api/v1/releases?serie=demo", "unknown-parameter", "'serie' is not a parameter here"),
        (f"{DEMO}?type=RG", "unknown-parameter", "Known parameters: format."),
        (f"{DEMO}/data?order_by=median", "unknown-parameter", "order_by"),
        (f"{DEMO}/observations?release__code=x", "unknown-parameter", "release__code"),
        (f"{DEMO}/observations?cohort__contains=RG", "unknown-parameter", "cohort__contains"),
        ("/api/v1/releases?series=real", "bad-parameter", "Use one of market, demo."),
        ("/api/v1/releases?series=demo&series=demo", "bad-parameter", "given 2 times"),
        ("/api/v1/releases?limit=0", "bad-parameter", "from 1 to 500"),
        ("/api/v1/releases?limit=501", "bad-parameter", "from 1 to 500"),
        ("/api/v1/releases?limit=-1", "bad-parameter", "from 1 to 500"),
        ("/api/v1/releases?limit=1e2", "bad-parameter", "from 1 to 500"),
        ("/api/v1/releases?limit=%D9%A1", "bad-parameter", "from 1 to 500"),
        ("/api/v1/releases?offset=99999999999999999999", "bad-parameter", "offset"),
        ("/api/v1/releases?offset=abc", "bad-parameter", "offset is 'abc'"),
        (f"{DEMO}/resolve?type=rg", "bad-parameter", "type is 'rg'"),
        (f"{DEMO}/resolve?region=%00", "bad-parameter", "region is '?'"),
        (f"{DEMO}/resolve?market=%FF%FE", "bad-parameter", "market"),
        (f"{DEMO}/observations?measure=EG1%27--", "bad-parameter", "measure"),
        (f"{DEMO}/observations?cohort=a%00b", "bad-parameter", "cohort is 'a?b'"),
        (f"{DEMO}/observations?cohort={'a' * 121}", "bad-parameter", "…"),
        ("/api/v1/provisions?publication=../etc", "bad-parameter", "publication"),
        ("/api/v1/provisions?publication=none", "bad-parameter", "no publication of that name"),
        ("/api/v1/instruments/cmi-maturity/1.0.0/items?type=NR-A", "bad-parameter", "type"),
    ],
)
def test_a_bad_query_is_named(client: Any, path: str, slug: str, words: str) -> None:
    assert words in check(client.get(path), 400, slug)["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/nothing",
        "/api/v1/nothing",
        "/api/v1/releases/",
        "/api/v1/releases/2026-W9",
        "/api/v1/releases/x_y",
        f"/api/v1/releases/{'x' * 300}",
        "/api/v1/releases/%00",
        "/api/v1/releases/%FF",
        "/api/v1/releases/latest/nothing",
        "/api/v1/publications/none",
        "/api/v1/provisions/XX-R99",
        "/api/v1/provisions/a%00b",
        "/api/v1/instruments/cmi-maturity/9.9.9",
        "/api/v1/instruments/cmi-maturity/1.0.0%00",
        "/api/v1/instruments/none/1.0.0/items",
        "/api/v1/codes/nothing",
        "/api/v1/codes/%EF%BF%BD",
        "/api/v1/codes/levels/%0D%0ASet-Cookie:x=1",
    ],
)
def test_what_is_not_there_is_a_problem_too(client: Any, path: str) -> None:
    check(client.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/api/v1/releases/", "Nothing is at this address. Try it without the slash at its end."),
        (f"{DEMO}/data/", "Nothing is at this address. Try it without the slash at its end."),
        ("/api/v1", "Nothing is at this address. Try it with a slash at its end."),
        ("/api/docs", "Nothing is at this address. Try it with a slash at its end."),
        ("/api/v1/nothing/", "Nothing is at this address. Start at /api/v1/."),
        (
            "/api/v1/releases/2026-W9/structure",
            "There is no release of that code. The releases are listed at /api/v1/releases.",
        ),
        (
            "/api/v1/releases/2026-W9/data.csv",
            "There is no release of that code. The releases are listed at /api/v1/releases.",
        ),
        (
            "/api/v1/instruments/cmi-maturity/9.9.9/items",
            "There is no such edition. The editions are listed at /api/v1/instruments.",
        ),
        (
            "/api/v1/publications/none",
            "There is no publication of that name. They are listed at /api/v1/publications.",
        ),
        (
            "/api/v1/provisions/XX-R99",
            "There is no provision of that label. They are listed at /api/v1/provisions.",
        ),
    ],
)
def test_what_is_not_there_leads_to_what_is(client: Any, path: str, detail: str) -> None:
    assert check(client.get(path), 404, "not-found")["detail"] == detail


def test_a_cohort_that_is_not_there_leads_to_those_that_are(
    client: Any, release: BenchmarkRelease
) -> None:
    detail = check(client.get(f"{DEMO}/cohorts/type:ZZ/data"), 404, "not-found")["detail"]

    assert detail == f"demo-2025-W1 has no cohort of that id. They are listed at {DEMO}/cohorts."
    assert client.get(f"{DEMO}/cohorts").status_code == 200


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (
            "resolve?type=SB&region=south-asia&market=compliance",
            "region and market are both given. A cohort has one of them: give one.",
        ),
        (
            "observations?cohort=nope",
            f"cohort is 'nope', which demo-2025-W1 does not have. They are listed at "
            f"{DEMO}/cohorts.",
        ),
    ],
)
def test_no_filter_is_silently_ignored(
    client: Any, release: BenchmarkRelease, query: str, detail: str
) -> None:
    assert check(client.get(f"{DEMO}/{query}"), 400, "bad-parameter")["detail"] == detail


def test_a_release_has_only_what_it_has(client: Any, release: BenchmarkRelease) -> None:
    assert client.get(DEMO).status_code == 200
    for path in ("nothing", "cohorts/type:ZZ/data", "cohorts/%00/data", "cohorts/..%2Fdata/data"):
        check(client.get(f"{DEMO}/{path}"), 404, "not-found")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("path", ["/api/v1/releases", f"{DEMO}/data", "/api/", "/api/schema/"])
def test_everything_is_to_read(client: Any, method: str, path: str) -> None:
    response = getattr(client, method)(path)

    problem = check(response, 405, "method-not-allowed")
    assert problem["detail"] == (
        f"{method.upper()} is not allowed: everything here is read by GET or HEAD."
    )
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1/releases?format=xml", {}),
        ("/api/v1/releases?format=%00", {}),
        (f"{DEMO}?format=csv", {}),
        ("/api/v1/releases", {"Accept": "text/html"}),
        ("/api/v1/releases", {"Accept": "application/json;q=0"}),
        (DEMO, {"Accept": "text/csv"}),
        (DEMO, {"Accept": ";;,,;q=x"}),
    ],
)
def test_a_format_that_is_not_offered_is_refused(
    client: Any, path: str, headers: dict[str, str]
) -> None:
    assert "json" in check(client.get(path, headers=headers), 406, "not-acceptable")["known"]


def test_the_formats_there_are_are_named(client: Any) -> None:
    problem = check(client.get("/api/v1/releases?format=xml"), 406, "not-acceptable")

    assert problem["detail"] == (
        "That format is not offered here. Set format to json or csv, or leave format and Accept "
        "out."
    )


@pytest.mark.parametrize("path", [f"{DEMO}/data", f"{DEMO}/data?serie=demo", "/api/v1/nothing"])
def test_a_browser_may_ask_before_what_is_refused(client: Any, path: str) -> None:
    """Its page can read a refusal only if the question beforehand is answered."""
    response = client.options(path, headers={"Accept": "text/html", "Origin": "https://a.example"})

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert not response.has_header("Content-Type")


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8"),
        ("text/*", "text/csv; charset=utf-8"),
        ("application/json; indent=8", "application/json"),
    ],
)
def test_the_format_follows_accept(client: Any, accept: str, content_type: str) -> None:
    response = client.get("/api/v1/releases", headers={"Accept": accept})

    assert response.headers["Content-Type"] == content_type
    assert "Accept" in response.headers["Vary"]


def test_too_many_parameters_are_a_bad_request(client: Any) -> None:
    query = "&".join(f"p{i}=1" for i in range(2000))

    check(client.get(f"/api/v1/releases?{query}"), 400, "bad-request")


def test_too_many_requests_are_told_when_to_come_back(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ApiThrottle.THROTTLE_RATES, "anon", "2/min")
    assert [client.get("/api/v1/").status_code for _ in range(2)] == [200, 200]

    refused = client.get("/api/v1/releases")

    check(refused, 429, "too-many-requests")
    assert 59 <= int(refused.headers["Retry-After"]) <= 60
    assert client.get("/api/v1/", REMOTE_ADDR="192.0.2.1").status_code == 200
    # A minute after its first request the address may come back.
    minute_later = time.time() + 60
    monkeypatch.setattr(ApiThrottle, "timer", lambda self: minute_later)
    assert client.get("/api/v1/").status_code == 200


def test_a_database_that_is_away_is_told_when_to_come_back(client: Any) -> None:
    def lost(*query: Any) -> None:
        raise OperationalError("the connection is lost")

    with connection.execute_wrapper(lost):
        refused = client.get("/api/v1/releases")

    check(refused, 503, "unavailable")
    assert refused.headers["Retry-After"] == "30"


def test_programs_start_at_the_index_and_people_at_the_docs(client: Any) -> None:
    person = client.get("/api/", headers={"Accept": "text/html,*/*;q=0.8"})
    program = client.get("/api/")

    assert (person.status_code, person.headers["Location"]) == (302, "/api/docs/")
    assert program.json()["resources"]["releases"].endswith("/api/v1/releases")


def test_every_counted_answer_tells_what_is_left(
    client: Any, release: BenchmarkRelease, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    # A cache that answers at once and a clock that stands: what is told depends on neither.
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = settings.CACHES | {"default": memory | {"LOCATION": "limits"}}
    monkeypatch.setattr(ApiThrottle, "timer", lambda self: 1_000_000.0)
    monkeypatch.setitem(ApiThrottle.THROTTLE_RATES, "anon", "4/min")
    first = client.get(f"{DEMO}/data")
    again = client.get(f"{DEMO}/data", headers={"If-None-Match": first.headers["ETag"]})
    answers = [first, again, client.get("/api/v1/none"), client.post("/api/v1/releases")]
    refused = client.get("/api/v1/")

    assert [each.status_code for each in (*answers, refused)] == [200, 304, 404, 405, 429]
    limits = [each.headers["RateLimit"] for each in (*answers, refused)]
    assert [each.rpartition(";t=")[0] for each in limits] == [
        *('"default";r=3', '"default";r=2', '"default";r=1', '"default";r=0', '"default";r=0')
    ]
    assert {int(each.rpartition(";t=")[2]) for each in limits} == {60}
    assert refused.headers["Retry-After"] == refused.headers["RateLimit"].rpartition("=")[2]
    assert {each.headers["RateLimit-Policy"] for each in (*answers, refused)} == {
        '"default";q=4;w=60'
    }


def test_no_limit_is_told_where_there_is_none(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ApiThrottle.THROTTLE_RATES, "anon", None)
    answer = client.get("/api/v1/")

    assert answer.status_code == 200
    assert not {"RateLimit", "RateLimit-Policy"} & set(answer.headers)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/", {}, 200),
        ("/api/v1/releases?serie=demo", {}, 400),
        ("/api/v1/none", {}, 404),
        ("/api/v1/releases", {"Accept": "text/html"}, 406),
        ("/api/v1/releases", {}, 429),
    ],
)
def test_pages_of_any_origin_may_read_refusals_too(
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    if status == 429:
        monkeypatch.setitem(ApiThrottle.THROTTLE_RATES, "anon", "0/min")
    answer = client.get(path, headers={"Origin": "https://elsewhere.example", **headers})

    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Retry-After", "RateLimit", "RateLimit-Policy", "Link"} <= set(exposed)
