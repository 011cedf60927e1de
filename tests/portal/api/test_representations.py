"""One address, one body: compressed or not, in one language, and confirmed by tag or by date."""

from __future__ import annotations

import gzip
import hashlib
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from django.utils.translation import get_language
from rest_framework.request import Request

from assessments.benchmarks.models import BenchmarkRelease
from portal import api_urls as urls
from portal.api import base
from portal.api.base import PublicView

pytestmark = pytest.mark.django_db

DEMO = "/api/v1/releases/demo-2025-W1"
GZIP = {"Accept-Encoding": "br;q=1.0, gzip;q=0.8"}
BODIES = [
    "/api/v1/releases",
    "/api/v1/codes/respondent-types",
    "/api/v1/codes/respondent-types?format=csv",
    DEMO,
    f"{DEMO}/data",
    f"{DEMO}/data?format=csv",
    f"{DEMO}/cohorts",
    f"{DEMO}/cohorts/type:RG/data",
    f"{DEMO}/observations",
    f"{DEMO}/resolve?type=RG",
    f"{DEMO}/structure",
    "/api/schema/",
]


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("address", BODIES)
def test_a_body_is_compressed_for_who_takes_it(client: Any, address: str) -> None:
    plain, small = client.get(address), client.get(address, headers=GZIP)
    again = client.get(address, headers={**GZIP, "If-None-Match": small["ETag"]})
    by_strong_tag = client.get(address, headers={**GZIP, "If-None-Match": plain["ETag"]})

    assert "Content-Encoding" not in plain.headers
    assert small["Content-Encoding"] == "gzip"
    assert len(small.content) < len(plain.content)
    assert gzip.decompress(small.content) == plain.content
    tag = hashlib.sha256(plain.content).hexdigest()
    assert (plain["ETag"], small["ETag"]) == (f'"{tag}"', f'W/"{tag}"')
    assert [(each.status_code, each.content) for each in (again, by_strong_tag)] == [(304, b"")] * 2
    for each in (plain, small, again):
        assert each["Vary"] == "Accept, Accept-Encoding"


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br", "gzip;q=0, br"])
def test_no_body_is_compressed_for_who_does_not(client: Any, accepted: str) -> None:
    answer = client.get(f"{DEMO}/data", headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in answer.headers


@pytest.mark.usefixtures("release")
def test_what_is_compressed_already_stays_as_it_is(client: Any) -> None:
    answer = client.get(f"{DEMO}/package", headers=GZIP)

    assert "Content-Encoding" not in answer.headers
    assert answer.content.startswith(b"PK")


class Language(PublicView):
    """The language an answer is made in."""

    schema = None

    def get(self, request: Request, cached: str) -> HttpResponse:
        if cached == "cached":
            return base.cached_body(_language, media_type="text/plain")
        return HttpResponse(_language(), content_type="text/plain")


def _language() -> bytes:
    return str(get_language()).encode()


api = ([path("language/<str:cached>", Language.as_view()), *urls.urlpatterns], urls.app_name)
urlpatterns = [path("api/", include(api)), path("", include("portal.urls"))]


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("address", ["/api/language/cached", "/api/language/new"])
def test_the_api_has_one_language(client: Any, address: str, settings: Any) -> None:
    settings.LANGUAGES = [("en-gb", "English"), ("ar", "Arabic")]
    base._built.cache_clear()

    answers = [client.get(address, headers={"Accept-Language": each}) for each in ("ar", "en-GB")]

    assert [each.content for each in answers] == [b"en-gb", b"en-gb"]


@pytest.mark.parametrize("address", BODIES)
def test_a_body_is_in_the_language_of_the_api_whoever_asks_first(
    client: Any, release: BenchmarkRelease, address: str, settings: Any
) -> None:
    settings.LANGUAGES = [("en-gb", "English"), ("ar", "Arabic"), ("fr", "French")]
    answers = []
    for languages in (("ar", "en-GB"), ("en-GB", "fr")):
        base._built.cache_clear()
        answers += [client.get(address, headers={"Accept-Language": each}) for each in languages]

    assert len({each.content for each in answers}) == 1
    assert {each["Content-Language"] for each in answers} == {"en-gb"}
    assert not any("Accept-Language" in each["Vary"] for each in answers)


def test_a_page_still_depends_on_the_readers_language(client: Any) -> None:
    assert "Accept-Language" in client.get("/accounts/login/")["Vary"]
    assert "Accept-Language" in client.get("/api/docs/")["Vary"]


def test_a_frozen_body_is_confirmed_by_its_date(client: Any, release: BenchmarkRelease) -> None:
    first = client.get(f"{DEMO}/data")
    since = {"If-Modified-Since": first["Last-Modified"]}

    assert first["Last-Modified"] == "Sun, 01 Feb 2026 00:00:00 GMT"
    assert client.get(f"{DEMO}/data", headers=since).status_code == 304
    earlier = {"If-Modified-Since": "Sat, 31 Jan 2026 23:59:59 GMT"}
    assert client.get(f"{DEMO}/data", headers=earlier).status_code == 200
    # What may change is confirmed by its tag alone.
    assert "Last-Modified" not in client.get(DEMO).headers
