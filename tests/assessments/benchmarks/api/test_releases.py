"""Releases over the API: what is served is what was frozen, and can be kept for ever."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from assessments.benchmarks.actions import decisions, notes, publishing
from assessments.benchmarks.models import BenchmarkRelease
from portal.api import base
from tests.assessments.market import AFTER, audited, market_of, released, rescored, wave
from tests.factories import steward

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/releases"
DEMO = f"{ROOT}/demo-2025-W1"
A_WHILE = "public, max-age=300"
FOR_EVER = "public, max-age=31536000, immutable"


def rows_of(response: Any) -> list[dict[str, str]]:
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def relative(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_the_list_costs_three_queries_with_one_release_and_with_three(
    client: Any, release: BenchmarkRelease, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):
        [only] = client.get(ROOT).json()["data"]
    for year in (2023, 2024):
        period = wave(year)
        market_of(10, period)
        released(period)
    with django_assert_num_queries(3):
        payload = client.get(ROOT).json()

    assert (only["id"], only["series"], only["synthetic"]) == ("demo-2025-W1", "demo", True)
    assert only["sha256"] == release.sha256
    assert only["wave"]["closes_date"] == "2025-12-31"
    assert payload["licence"] == "CC-BY-4.0"
    assert [each["series"] for each in payload["data"]] == ["market", "market", "demo"]
    assert [each["id"] for each in client.get(f"{ROOT}?series=demo").json()["data"]] == [
        "demo-2025-W1"
    ]


def test_a_release_is_described_with_its_rules_hash_and_files(
    client: Any, release: BenchmarkRelease
) -> None:
    response = client.get(DEMO)
    payload = response.json()

    assert payload["release"] == payload["id"] == "demo-2025-W1"
    assert payload["synthetic"] is True
    assert payload["sha256"] == release.sha256
    assert payload["checks_not_run"][-2:] == ["R10", "R13"]
    followed = [rule["rule"] for rule in payload["rules"]]
    assert sorted([*followed, *payload["checks_not_run"]]) == sorted(
        ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R10", "R12", "R13"]
    )
    assert payload["rules"][0]["rule"] == "R1"
    assert payload["observations_published"] + payload["observations_withheld"] == (
        release.observations.count()
    )
    assert "Demonstration from synthetic organisations" in payload["citation"]
    for file in payload["files"]:
        got = client.get(relative(file["url"]))
        assert got.status_code == 200
        assert got.headers["Content-Type"].startswith(file["media_type"])


def test_the_whole_release_is_the_bytes_it_is_known_by(
    client: Any, release: BenchmarkRelease
) -> None:
    response = client.get(f"{DEMO}/data")

    assert response.content == release.document.encode()
    assert hashlib.sha256(response.content).hexdigest() == release.sha256
    assert response.headers["ETag"] == f'"{release.sha256}"'
    assert response.headers["Cache-Control"] == FOR_EVER
    assert 'rel="license"' in response.headers["Link"]


@pytest.mark.parametrize(
    "path",
    [
        *("", "/data", "/data?format=csv", "/cohorts", "/cohorts?format=csv"),
        *("/observations?limit=3", "/cohorts/type:RG/data", "/cohorts/type:RG/data?format=csv"),
        "/resolve?type=RG",
    ],
)
def test_every_body_has_its_hash_as_etag_and_is_confirmed_by_it(
    client: Any, release: BenchmarkRelease, path: str
) -> None:
    first = client.get(DEMO + path)
    again = client.get(DEMO + path, headers={"If-None-Match": first.headers["ETag"]})
    other = client.get(DEMO + path, headers={"If-None-Match": '"something else"'})

    assert first.headers["ETag"] == f'"{hashlib.sha256(first.content).hexdigest()}"'
    # What is said of a release may grow; everything else of it stands for ever.
    assert first.headers["Cache-Control"] == (FOR_EVER if path else A_WHILE)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.parametrize(
    ("path", "cold", "warm"),
    [
        ("", 3, 2),
        ("/data", 2, 1),
        ("/data?format=csv", 2, 1),
        ("/cohorts", 2, 1),
        ("/cohorts/type:RG/data", 2, 1),
        ("/resolve?type=RG&region=south-asia", 2, 1),
        ("/observations", 3, 3),
    ],
)
@pytest.mark.usefixtures("_cold")
def test_queries(
    client: Any,
    release: BenchmarkRelease,
    django_assert_num_queries: Any,
    path: str,
    cold: int,
    warm: int,
) -> None:
    base._built.cache_clear()
    with django_assert_num_queries(cold):
        client.get(DEMO + path)
    with django_assert_num_queries(warm):
        client.get(DEMO + path)


def test_the_csv_has_every_observation_with_release_licence_and_status(
    client: Any, release: BenchmarkRelease
) -> None:
    observations = json.loads(release.document)["observations"]

    rows = rows_of(client.get(f"{DEMO}/data", headers={"Accept": "text/csv"}))

    assert len(rows) == len(observations)
    assert {row["release"] for row in rows} == {"demo-2025-W1"}
    assert {row["synthetic"] for row in rows} == {"true"}
    assert {row["licence"] for row in rows} == {"CC-BY-4.0"}
    registries = next(
        row for row in rows if (row["cohort"], row["measure"]) == ("type:RG", "index")
    )
    assert registries["type"] == "RG"
    assert (registries["n_band"], registries["n"]) == ("20-29", "")
    assert (registries["q1"], registries["median"], registries["q3"]) == ("50", "50", "50")
    assert [registries[f"level_{level}"] for level in range(5)] == ["0", "0", "20", "0", "0"]
    assert (registries["obs_status"], registries["conf_status"]) == ("A", "F")
    withheld = [row for row in rows if row["conf_status"] == "C"]
    assert withheld
    assert {row["median"] + row["n_band"] + row["half_width"] for row in withheld} == {""}


def test_the_pages_together_are_the_release(client: Any, release: BenchmarkRelease) -> None:
    observations = json.loads(release.document)["observations"]
    url, found, links = f"{DEMO}/observations?limit=100", list[Any](), list[str]()
    while url:
        response = client.get(url)
        payload = response.json()
        assert payload["total"] == len(observations)
        found += payload["data"]
        links.append(response.headers["Link"])
        url = relative(payload["next"]) if payload["next"] else ""

    assert found == observations
    assert 'rel="next"' in links[0]
    assert 'rel="next"' not in links[-1]
    assert 'rel="prev"' in links[-1]
    last = client.get(f"{DEMO}/observations?limit=100&offset={len(observations)}").json()
    assert last["data"] == []
    assert last["next"] is None
    assert f"offset={len(observations) - 100}" in last["previous"]


def test_observations_are_chosen_by_code(client: Any, release: BenchmarkRelease) -> None:
    def found(query: str) -> list[tuple[str, str, str]]:
        data = client.get(f"{DEMO}/observations?{query}").json()["data"]
        return [(row["cohort"], row["measure"], row["view"]) for row in data]

    assert found("cohort=type:RG&measure=EG&view=declared") == [("type:RG", "EG", "declared")]
    # A plus sign that nobody escaped still finds its cohort.
    both = [("type:SB+region:south-asia", "EG", "declared")]
    assert found("cohort=type:SB+region:south-asia&measure=EG&view=declared") == both
    assert found("cohort=type:SB%2Bregion:south-asia&measure=EG&view=declared") == both
    unknown = client.get(f"{DEMO}/observations?cohort=type:ZZ")
    assert (unknown.status_code, unknown.json()["parameter"]) == (400, "cohort")
    assert found("cohort=type:EX") == []  # withheld


def test_cohorts_are_listed_in_words_and_read_one_by_one(
    client: Any, release: BenchmarkRelease
) -> None:
    payload = client.get(f"{DEMO}/cohorts").json()
    cohorts = {row["id"]: row for row in payload["data"]}

    assert payload["release"] == "demo-2025-W1"
    assert cohorts["type:RG"]["label"] == "Registries"
    assert cohorts["type:SB+region:south-asia"]["label"] == (
        "Standards bodies and crediting programmes · South Asia"
    )
    assert cohorts["type:SB+region:south-asia"]["parent"] == "type:SB"
    assert (cohorts["type:EX"]["status"], cohorts["type:EX"]["n_band"]) == ("withheld", None)

    one = client.get(relative(cohorts["type:SB+region:south-asia"]["url"])).json()
    assert one["cohort"] == cohorts["type:SB+region:south-asia"]
    assert {row["cohort"] for row in one["data"]} == {"type:SB+region:south-asia"}
    index = one["data"][0]
    assert (index["measure"], index["median"], index["n_band"]) == ("index", 30, "10-14")
    withheld = client.get(relative(cohorts["type:EX"]["url"])).json()
    assert withheld["data"] == []


@pytest.mark.parametrize(
    ("query", "reason", "requested", "used"),
    [
        ("type=RG", "exact", "type:RG", "type:RG"),
        ("type=SB&region=south-asia", "exact", "type:SB+region:south-asia", None),
        ("type=SB&market=compliance", "exact", "type:SB+market:compliance", None),
        ("type=RG&region=south-asia", "fallback", "type:RG+region:south-asia", "type:RG"),
        ("type=EX", "fallback", "type:EX", "family:record-keepers"),
        ("type=EX&measure=EG1", "none", "type:EX", ""),
        ("type=RG&measure=EG1", "exact", "type:RG", "type:RG"),
        ("type=RG&measure=EG1&view=verified", "none", "type:RG", ""),
        ("type=&region=&market=", "exact", "all", "all"),
    ],
)
def test_resolve_explains_which_cohort_answers(
    client: Any, release: BenchmarkRelease, query: str, reason: str, requested: str, used: str
) -> None:
    payload = client.get(f"{DEMO}/resolve?{query}").json()

    used_id = requested if used is None else used or None
    assert (payload["reason"], payload["requested"], payload["used"]) == (
        reason,
        requested,
        used_id,
    )
    assert (payload["cohort"] or {"id": None})["id"] == used_id
    assert payload["explanation"].endswith(".")


def test_resolve_says_what_is_used_instead(client: Any, release: BenchmarkRelease) -> None:
    payload = client.get(f"{DEMO}/resolve?type=RG&region=south-asia").json()

    assert payload["explanation"] == (
        "No separate figures are published for Registries · South Asia; compared with "
        "Registries (20–29)."
    )


def test_latest_leads_to_the_newest_of_a_series(client: Any, release: BenchmarkRelease) -> None:
    demo = client.get(f"{ROOT}/latest?series=demo")
    assert demo.status_code == 307
    assert relative(demo.headers["Location"]) == f"{DEMO}?"
    assert "max-age=60" in demo.headers["Cache-Control"]
    below = client.get(f"{ROOT}/latest/data?series=demo&format=csv")
    assert relative(below.headers["Location"]) == f"{DEMO}/data?format=csv"
    deeper = client.get(f"{ROOT}/latest/resolve?series=demo&type=RG&region=south-asia")
    assert relative(deeper.headers["Location"]) == f"{DEMO}/resolve?type=RG&region=south-asia"

    none = client.get(f"{ROOT}/latest")
    assert none.status_code == 404
    assert none.headers["Content-Type"] == "application/problem+json"
    assert "no release yet" in none.json()["detail"]
    assert none.json()["series"] == "market"


def test_head_says_what_get_would(client: Any, release: BenchmarkRelease) -> None:
    got, head = client.get(f"{DEMO}/data"), client.head(f"{DEMO}/data")

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["ETag"] == got.headers["ETag"]


def test_pages_of_any_origin_may_read(client: Any, release: BenchmarkRelease) -> None:
    preflight = client.options(
        f"{DEMO}/data",
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "If-None-Match",
        },
    )
    got = client.get(f"{DEMO}/data", headers={"Origin": "https://elsewhere.example"})

    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
    assert "If-None-Match" in preflight.headers["Access-Control-Allow-Headers"]
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in got.headers
    assert "Set-Cookie" not in got.headers


def test_what_is_said_of_a_release_since_stands_in_its_description_and_the_list(
    client: Any,
) -> None:
    period = wave()
    market_of(12, period)
    release = released(period)
    address = f"{ROOT}/2025-W1"
    before = client.get(address)
    bytes_before = client.get(f"{address}/data").content
    for kind, text in (("ERRATUM", "A label was wrong."), ("TOMBSTONE", "It was mixed up.")):
        note = notes.propose_note(release=release, kind=kind, text=text, by=steward(), at=AFTER)
        notes.confirm_note(note=note, by=steward(), at=AFTER)

    after = client.get(address)

    assert (before.json()["state"], before.json()["notes"]) == ("standing", [])
    assert before.json()["audit"]["rules"] == ["R10"]
    assert before.headers["ETag"] != after.headers["ETag"]
    published = [
        {"kind": "erratum", "date": "2026-02-01", "text": "A label was wrong."},
        {"kind": "tombstone", "date": "2026-02-01", "text": "It was mixed up."},
    ]
    assert (after.json()["state"], after.json()["notes"]) == ("withdrawn", published)
    [listed] = client.get(f"{ROOT}?series=market").json()["data"]
    assert (listed["state"], listed["notes"]) == ("withdrawn", published)
    assert client.get(f"{address}/data").content == bytes_before
    assert client.get(f"{ROOT}/latest").status_code == 404


def test_a_revised_release_leads_to_its_revisions(
    client: Any, django_assert_num_queries: Any
) -> None:
    def revised(days: int) -> BenchmarkRelease:
        at = AFTER + timedelta(days=days)
        candidate = audited(period, at=at, change="Results were scored with a wrong table.")
        decisions.approve_candidate(candidate=candidate, by=steward(), at=at)
        decisions.schedule_candidate(candidate=candidate, by=steward(), on=at.date(), at=at)
        [revision] = publishing.publish_due_releases(at=at)
        return revision

    def versions(code: str, etag: str = "") -> tuple[int, list[str]]:
        answer = client.get(f"{ROOT}/{code}", headers={"If-None-Match": etag} if etag else {})
        links = answer.headers["Link"].split(", ")
        return answer.status_code, [each.rpartition("/")[2] for each in links if "-version" in each]

    period = wave()
    made = market_of(30, period)
    released(period)
    before = client.get(f"{ROOT}/2025-W1").headers["ETag"]
    data = client.get(f"{ROOT}/2025-W1/data").headers
    assert versions("2025-W1", before) == (304, [])

    rescored(made[:10], 3)
    revised(20)
    etag = client.get(f"{ROOT}/2025-W1").headers["ETag"]
    to_second = ['2025-W1-r2>; rel="successor-version"', '2025-W1-r2>; rel="latest-version"']
    assert versions("2025-W1", before) == (200, to_second)
    assert versions("2025-W1-r2") == (200, [])

    rescored(made[10:20], 4)
    third = revised(40)
    to_third = ['2025-W1-r2>; rel="successor-version"', '2025-W1-r3>; rel="latest-version"']
    with django_assert_num_queries(4):
        assert versions("2025-W1", etag) == (304, to_third)  # its own words are the same

    note = notes.propose_note(
        release=third, kind="TOMBSTONE", text="It was mixed up.", by=steward(), at=AFTER
    )
    notes.confirm_note(note=note, by=steward(), at=AFTER)
    assert versions("2025-W1") == (200, to_second)
    assert versions("2025-W1-r2") == (200, ['2025-W1-r3>; rel="successor-version"'])
    # What never changes is told nothing that may.
    assert {**client.get(f"{ROOT}/2025-W1/data").headers, "RateLimit": ""} == {
        **data,
        "RateLimit": "",
    }
