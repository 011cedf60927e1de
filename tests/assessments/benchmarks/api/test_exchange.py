"""Tools that were written elsewhere load a release from the addresses that serve it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import frictionless
import pandas as pd  # type: ignore[import-untyped]  # its types are another package
import pytest
import sdmx
from django.utils import translation
from pysdmx.io import read_sdmx
from pysdmx.io.json.sdmxjson2.reader.doc_validation import validate_sdmx_json

from assessments.benchmarks import labels as exchange
from assessments.benchmarks.models import BenchmarkRelease
from portal.api import base

pytestmark = pytest.mark.django_db

DEMO = "/api/v1/releases/demo-2025-W1"
SDMX_CSV = "application/vnd.sdmx.data+csv;version=2.0.0"
SDMX_JSON = "application/vnd.sdmx.data+json;version=2.0.0"
SDMX_ML = "application/vnd.sdmx.structure+xml;version=3.0.0"
FOR_EVER = "public, max-age=31536000, immutable"
ADDRESSES = (
    "/data?format=csv",
    "/data?format=sdmx-csv",
    "/data?format=sdmx-json",
    "/structure",
    "/package",
    "/datapackage.json",
    "/data.csv",
    "/cohorts.csv",
    "/measures.csv",
    "/release.json",
)


def fetched(url: str, accept: str = "*/*") -> bytes:
    request = Request(url, headers={"Accept": accept})  # the server under test
    with urlopen(request) as response:
        content: bytes = response.read()
    return content


def client_cohorts(here: str) -> dict[str, Any]:
    return {row["id"]: row for row in json.loads(fetched(f"{here}/cohorts"))["data"]}


def medians(release: BenchmarkRelease) -> dict[tuple[str, str, str], int | None]:
    return {
        (row["cohort"], row["measure"], row["view"]): row["median"]
        for row in json.loads(release.document)["observations"]
        if row["measure"] != "minimum-standards"
    }


# From a server that listens


def test_pandas_loads_a_release_in_one_line(
    live_server: Any, release: BenchmarkRelease, settings: Any
) -> None:
    settings.SITE_URL = live_server.url
    frame = pd.read_csv(f"{live_server.url}/api/v1/releases/latest/data?series=demo&format=csv")

    rows = frame[frame["measure"] != "minimum-standards"].to_dict("records")
    assert {
        (row["cohort"], row["measure"], row["view"]): (
            None if pd.isna(row["median"]) else row["median"]
        )
        for row in rows
    } == medians(release)


def test_an_sdmx_client_goes_from_the_structure_to_the_observations(
    live_server: Any, release: BenchmarkRelease
) -> None:
    here = f"{live_server.url}{DEMO}"
    message: Any = sdmx.read_sdmx(io.BytesIO(fetched(f"{here}/structure", SDMX_ML)))
    flow = message.dataflow["BENCHMARK_DEMO"]
    dimensions = [each.id for each in flow.structure.dimensions]
    assert dimensions == ["COHORT", "MEASURE", "VIEW", "STATISTIC", "TIME_PERIOD"]
    cohorts = message.codelist["CL_COHORT_DEMO"]
    assert str(cohorts["type_SB__region_south-asia"].name) == (
        "Standards bodies and crediting programmes · South Asia"
    )
    assert cohorts["type_SB__region_south-asia"].parent is cohorts["type_SB"]
    assert cohorts["type_SB__region_south-asia"].name["en"] == str(
        client_cohorts(here)["type:SB+region:south-asia"]["label"]
    )
    assert {code.annotations[0].title for code in cohorts} == set(client_cohorts(here))
    assert str(message.codelist["CL_TYPE_DEMO"]["NR"].name) == (
        "National registries and regulators that run a registry"
    )
    assert str(message.codelist["CL_REGION_DEMO"]["other"].name) == "Other regions"
    assert str(message.codelist["CL_INCOME_DEMO"]["unclassified"].name) == "Not classified"
    assert str(message.codelist["CL_MARKET_DEMO"]["both"].name) == "Both markets"
    assert str(message.codelist["CL_KIND_DEMO"]["type__region"].name) == "Type and region"
    assert str(message.codelist["CL_LEVEL_DEMO"]["0"].name) == "Absent"
    assert str(message.codelist["CL_MEASURE_DEMO"]["EG"].name) == "Ecosystem governance"
    assert str(message.codelist["CL_VIEW_DEMO"]["declared"].name) == "Declared"

    data = fetched(f"{here}/data", SDMX_CSV)
    series = sdmx.to_pandas(sdmx.read_sdmx(io.BytesIO(data), format="CSV", structure=flow))

    found = series.xs("median", level="STATISTIC").droplevel("TIME_PERIOD")
    expected = {
        (cohort.replace("+", "__").replace(":", "_"), measure, view): median
        for (cohort, measure, view), median in medians(release).items()
    }
    assert {key: None if pd.isna(value) else value for key, value in found.items()} == expected


def test_a_second_client_and_the_schemas_find_the_messages_valid(
    live_server: Any, release: BenchmarkRelease
) -> None:
    here = f"{live_server.url}{DEMO}"
    structure = read_sdmx(io.BytesIO(fetched(f"{here}/structure")), validate=True)
    assert "DataStructure=CMI:BENCHMARK_DEMO(2025.1.1)" in {
        each.short_urn for each in structure.structures or ()
    }
    text = fetched(f"{here}/data", SDMX_JSON).decode()
    validate_sdmx_json(text)
    values = [row[0] for row in json.loads(text)["data"]["dataSets"][0]["observations"].values()]
    assert len(values) == len(fetched(f"{here}/data?format=sdmx-csv").splitlines()) - 1


def test_frictionless_loads_and_validates_the_package_from_its_address(
    live_server: Any, release: BenchmarkRelease
) -> None:
    package: Any = frictionless.Package(f"{live_server.url}{DEMO}/datapackage.json")

    assert package.validate().flatten(["type", "note"]) == []
    rows = package.get_resource("data").read_rows()
    assert {
        (row["cohort"], row["measure"], row["view"]): row["median"]
        for row in rows
        if row["measure"] != "minimum-standards"
    } == medians(release)
    labels = {row["id"]: row["label"] for row in package.get_resource("cohorts").read_rows()}
    assert labels["type:RG"] == "Registries"


def test_the_archive_is_the_same_package(
    live_server: Any, release: BenchmarkRelease, tmp_path: Path
) -> None:
    here = f"{live_server.url}{DEMO}"
    path = tmp_path / "package.zip"
    path.write_bytes(fetched(f"{here}/package"))

    assert frictionless.Package(str(path)).validate().valid
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            assert archive.read(name) == fetched(f"{here}/{name}"), name
        assert hashlib.sha256(archive.read("release.json")).hexdigest() == release.sha256
        assert archive.read("data.csv") == fetched(f"{here}/data?format=csv")


# Headers and refusals


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_form_is_frozen_and_licensed(
    client: Any, release: BenchmarkRelease, path: str
) -> None:
    first = client.get(DEMO + path)
    again = client.get(DEMO + path, headers={"If-None-Match": first.headers["ETag"]})

    assert first.status_code == 200
    assert first.headers["ETag"] == f'"{hashlib.sha256(first.content).hexdigest()}"'
    assert first.headers["Cache-Control"] == FOR_EVER
    assert 'licenses/by/4.0/>; rel="license"' in first.headers["Link"]
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "accept", "answered"),
    [
        ("/data", SDMX_CSV, f"{SDMX_CSV};charset=utf-8"),
        ("/data", "application/vnd.sdmx.data+csv", f"{SDMX_CSV};charset=utf-8"),
        ("/data", f"text/html, {SDMX_JSON};q=0.9, */*;q=0.1", SDMX_JSON),
        ("/data", "application/vnd.sdmx.data+csv; version=1.0.0, text/csv;q=0.5", "text/csv"),
        ("/data", "*/*", "application/json"),
        ("/structure", "*/*", SDMX_ML),
        ("/package", "application/zip", "application/zip"),
        ("/data.csv", "text/csv", "text/csv; charset=utf-8"),
    ],
)
def test_the_form_is_chosen_by_accept(
    client: Any, release: BenchmarkRelease, path: str, accept: str, answered: str
) -> None:
    response = client.get(DEMO + path, headers={"Accept": accept})

    assert response.headers["Content-Type"].startswith(answered)
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "accept", "known"),
    [
        (
            "/data",
            "application/vnd.sdmx.data+csv;version=1.0.0",
            ["json", "csv", "sdmx-csv", "sdmx-json"],
        ),
        ("/structure", "application/json", ["sdmx-ml"]),
        ("/package", "text/csv", ["zip"]),
        ("/data.csv", "application/json", ["csv"]),
    ],
)
def test_a_form_that_is_not_offered_is_refused_with_those_that_are(
    client: Any, release: BenchmarkRelease, path: str, accept: str, known: list[str]
) -> None:
    response = client.get(DEMO + path, headers={"Accept": accept})

    assert response.status_code == 406
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["known"] == known


@pytest.mark.parametrize("path", [path for path in ADDRESSES if "?" not in path])
def test_a_release_that_is_not_there_has_no_forms(client: Any, path: str) -> None:
    assert client.get(f"/api/v1/releases/2031-W1{path}").status_code == 404


@pytest.mark.parametrize("path", ["/structure", "/package", "/datapackage.json", "/cohorts.csv"])
def test_latest_leads_to_every_form(client: Any, release: BenchmarkRelease, path: str) -> None:
    response = client.get(f"/api/v1/releases/latest{path}?series=demo")

    assert response.status_code == 307
    assert response.headers["Location"].endswith(DEMO + path)


def test_latest_takes_what_the_data_take(client: Any, release: BenchmarkRelease) -> None:
    latest = "/api/v1/releases/latest/data?series=demo"
    by_accept = client.get(latest, headers={"Accept": SDMX_CSV})
    by_name = client.get(f"{latest}&format=sdmx-json")

    assert (by_accept.status_code, by_name.status_code) == (307, 307)
    assert by_name.headers["Location"].endswith(f"{DEMO}/data?format=sdmx-json")


@pytest.mark.parametrize(("path", "cold"), [("/structure", 3), ("/package", 3), ("/data.csv", 3)])
@pytest.mark.usefixtures("_cold")
def test_queries(
    client: Any,
    release: BenchmarkRelease,
    django_assert_num_queries: Any,
    path: str,
    cold: int,
) -> None:
    base._built.cache_clear()
    with django_assert_num_queries(cold):
        client.get(DEMO + path)
    with django_assert_num_queries(1):
        client.get(DEMO + path)


def test_what_is_downloaded_has_a_name_of_its_own(client: Any, release: BenchmarkRelease) -> None:
    named = {
        path: client.get(DEMO + path).headers["Content-Disposition"].partition("filename=")[2]
        for path in ("/package", "/structure", "/data?format=sdmx-csv")
    }
    assert named == {
        "/package": '"benchmark-demo-2025-W1.zip"',
        "/structure": '"benchmark-demo-2025-W1.structure.xml"',
        "/data?format=sdmx-csv": '"benchmark-demo-2025-W1.sdmx.csv"',
    }


def test_names_do_not_depend_on_the_reader(release: BenchmarkRelease) -> None:
    document = json.loads(release.document)
    with translation.override("fr"):
        french = exchange.labels_of(document)
    assert french == exchange.labels_of(document)


def test_the_page_leads_to_every_form(client: Any, release: BenchmarkRelease) -> None:
    page = client.get("/benchmarks/").content.decode()
    for path in ("/package", "/structure", "/data?format=sdmx-csv", "/data?format=sdmx-json"):
        assert f'href="{DEMO}{path}"' in page
        assert client.get(DEMO + path).status_code == 200
