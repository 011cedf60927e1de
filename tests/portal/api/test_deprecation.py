"""An address that is to go says so a year ahead, in headers, document and docs page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from assessments.benchmarks.api.parameters import ReleasePath
from portal import api_urls as urls
from portal.api import docs
from portal.api.base import FOR_EVER, Body, PublicView
from portal.api.deprecation import Deprecation, TooSoon
from portal.api.rendering import Zip

GOING = Deprecation(
    since=date(2027, 1, 1),
    until=date(2028, 1, 1),
    successor="/api/v1/releases/{release}/data",
)


class ReleaseFigures(PublicView):
    """Figures under their former address."""

    summary = "Read figures"
    answer = None
    renderer_classes = (Zip,)
    path_parameters = ReleasePath
    not_found_message = "There is none."
    cache_control = FOR_EVER
    deprecation = GOING

    def get(self, request: Request, release: str) -> HttpResponse:
        return Body(b"PK", media_type=str(Zip.media_type), sha256="0" * 64)


former = path("v1/releases/<slug:release>/figures", ReleaseFigures.as_view(), name="figures")
api = ([former, *urls.urlpatterns], urls.app_name)
urlpatterns = [path("api/", include(api)), path("", include("portal.urls"))]


@override_settings(ROOT_URLCONF=__name__)
def test_the_headers_say_from_when_until_when_and_what_instead(client: Any) -> None:
    first = client.get("/api/v1/releases/2026-W1/figures")
    again = client.get(
        "/api/v1/releases/2026-W1/figures", headers={"If-None-Match": first.headers["ETag"]}
    )
    refused = client.get("/api/v1/releases/2026-W1/figures?a=b")

    for answer, status in ((first, 200), (again, 304), (refused, 400)):
        assert answer.status_code == status
        assert answer.headers["Deprecation"] == "@1798761600"
        assert answer.headers["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
        links = answer.headers["Link"].split(", ")
        assert [link.partition("/api/")[2] for link in links[-2:]] == [
            'v1/releases/2026-W1/data>; rel="successor-version"',
            'docs/#releaseFigures>; rel="deprecation"',
        ]
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"Deprecation", "Sunset"} <= set(exposed)
    # However long the bytes stand, what is said of the address may change.
    assert first.headers["Cache-Control"] == "public, max-age=300"


@override_settings(ROOT_URLCONF=__name__)
def test_the_document_and_the_docs_page_say_so_too() -> None:
    document: Any = SchemaGenerator(patterns=urlpatterns[:1]).get_schema(public=True)  # type: ignore[no-untyped-call]  # drf-spectacular's own
    where = "/api/v1/releases/{release}/figures"
    operation = document["paths"][where]["get"]
    others = [each["get"] for at, each in document["paths"].items() if at != where]

    assert operation["deprecated"] is True
    assert operation["description"].startswith(
        "Deprecated from 2027-01-01 on and answered until 2028-01-01: use "
        "`/api/v1/releases/{release}/data` instead."
    )
    assert GOING.successor in document["paths"]
    assert {"Deprecation", "Sunset"} <= set(operation["responses"]["200"]["headers"])
    assert not any("deprecated" in each for each in others)
    drawn = docs._operation(where, operation, document, ("https://portal.example", "2026-W1"))
    assert drawn.deprecated


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (date(2027, 1, 1), date(2027, 12, 31)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 1, 1), date(2026, 1, 1)),
    ],
)
def test_less_than_a_year_is_refused_as_the_view_is_read(since: date, until: date) -> None:
    with pytest.raises(TooSoon, match="12 months"):

        class Hasty(PublicView):
            deprecation = Deprecation(since=since, until=until, successor="/api/v1/")


def test_a_year_is_enough() -> None:
    for until in (date(2029, 3, 1), date(2030, 1, 1)):
        assert Deprecation(since=date(2028, 2, 29), until=until, successor="/").until == until
