"""The cache of public pages: one page for each version, address and language, and for strangers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils.translation import get_language

from portal.web import pages
from portal.web.pages import public_page
from tests.factories import UserFactory

LANGUAGES = [("en-gb", "English"), ("ar", "Arabic")]


@dataclass
class Shown:
    version: str


current = Shown("1")
rendered: list[str] = []


def find() -> Shown:
    return Shown(current.version)


@public_page(find)
def page(request: HttpRequest, shown: Shown) -> HttpResponse:
    rendered.append(f"{shown.version} {get_language()}")
    return HttpResponse(f"{shown.version} {get_language()} {request.user.is_authenticated}")


urlpatterns = [path("page/", page), path("", include("portal.urls"))]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _first_version(settings: Any) -> None:
    settings.LANGUAGES = LANGUAGES
    current.version = "1"
    rendered.clear()


def read(language: str, etag: str = "") -> Any:
    headers = {"Accept-Language": language, **({"If-None-Match": etag} if etag else {})}
    return Client().get("/page/", headers=headers)


def test_each_language_has_a_page_of_its_own() -> None:
    english, arabic = read("en-GB"), read("ar")
    again = [read("en-GB").content, read("ar").content]

    assert [english.content, arabic.content] == [b"1 en-gb False", b"1 ar False"]
    assert again == [b"1 en-gb False", b"1 ar False"]
    assert rendered == ["1 en-gb", "1 ar"]
    assert "Accept-Language" in english["Vary"].split(", ")
    assert read("en-GB", english["ETag"]).status_code == 304
    assert read("ar", english["ETag"]).status_code == 200


def test_a_new_version_is_shown_once_the_old_one_is_a_second_old() -> None:
    read("en-GB")
    current.version = "2"
    assert read("en-GB").content == b"1 en-gb False"

    pages.forget()

    assert read("en-GB").content == b"2 en-gb False"
    assert pages.FRESH_SECONDS == 1.0


def test_a_page_displaced_from_the_cache_is_marked_with_the_version_it_shows() -> None:
    first = read("en-GB")
    current.version = "2"
    caches[pages.CACHE].delete(first["ETag"][3:23])

    second = read("en-GB")

    assert second.content == b"2 en-gb False"
    assert second["ETag"] != first["ETag"]
    pages.forget()
    assert read("en-GB", second["ETag"]).status_code == 304


def test_the_signed_in_and_strangers_never_share_a_page() -> None:
    client = Client()
    client.force_login(UserFactory())
    own = client.get("/page/")
    stranger = read("en-GB")
    again = client.get("/page/", headers={"If-None-Match": stranger["ETag"]})

    assert [own.content, stranger.content, again.content] == [
        *(b"1 en-gb True", b"1 en-gb False", b"1 en-gb True")
    ]
    assert own["Cache-Control"] == again["Cache-Control"] == "private, no-cache"


def test_the_real_pages_name_their_language() -> None:
    def opening(language: str) -> bytes:
        content: bytes = Client().get("/glossary/", headers={"Accept-Language": language}).content
        return content.partition(b"<html")[2].partition(b">")[0]

    assert opening("en") == b' lang="en-gb" dir="ltr"'
    assert opening("ar") == b' lang="ar" dir="rtl"'
    assert opening("en") == b' lang="en-gb" dir="ltr"'
