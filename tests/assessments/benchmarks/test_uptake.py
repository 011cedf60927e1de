"""The last link of the loop: a release shows, on the guidance, how far the market has come."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from assessments.benchmarks.models import BenchmarkRelease
from portal.web import pages
from publications.management.commands.load_content import CONTENT
from publications.queries import today
from publications.seed import loading, reading
from tests.assessments.market import market_of, released, wave

pytestmark = pytest.mark.django_db

NOTE = "/publications/companion-information-security/"
HEAD = "How far the market has come"


@pytest.fixture(autouse=True)
def _content() -> None:
    pages.forget()
    loading.load_pack(pack=reading.read(Path(CONTENT)), on=today())


def publish(*, demonstration: bool = False) -> BenchmarkRelease:
    """Release 25 registries of which all, and 20 programmes of which none, are at level 3."""
    period = wave(demonstration=demonstration)
    market_of(25, period, rating=3, is_demonstration=demonstration)
    market_of(20, period, rating=1, respondent_type="SB", is_demonstration=demonstration)
    release = released(period)
    pages.forget()
    return release


def section(html: str, label: str) -> str:
    """Return what stands under one label, up to the next."""
    return re.split(r'id="[A-Z]{2}-[A-Z]\d+"', html.partition(f'id="{label}"')[2])[0]


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_without_a_release_guidance_says_nothing_of_uptake(client: Client) -> None:
    assert HEAD not in text(client, NOTE)
    assert HEAD not in text(client, "/roadmap/")


def test_a_recommendation_shows_how_far_the_market_has_come(client: Client) -> None:
    release = publish()

    shown = section(text(client, NOTE), "IS-R07")

    assert HEAD in shown
    assert f"Release {release.code}" in shown
    # 25 of 45, where 45 are published: level 3 is reached by every registry and no programme.
    assert "about 56 % at level 3 or more" in shown
    assert "most among registries (100 %)" in shown
    assert "least among standards bodies and crediting programmes (0 %)" in shown
    assert "demonstration" not in shown


def test_an_action_shows_it_for_what_it_is_measured_by(client: Client) -> None:
    publish()

    shown = section(text(client, "/roadmap/"), "RM-A15")

    measured = set(re.findall(r"/i/([A-Z]{2}\d)[.]\d", shown))
    listed = re.findall(r'</svg><span class="code">([A-Z]{2}\d)</span>', shown)
    assert set(listed) == measured
    assert len(listed) == len(measured)


def test_a_demonstration_says_so_at_every_figure(client: Client) -> None:
    publish(demonstration=True)

    html = text(client, NOTE)

    assert html.count("a demonstration from synthetic organisations") == html.count(HEAD) > 5


def test_the_page_is_confirmed_by_one_query_until_the_release_changes(
    client: Client, django_assert_num_queries: Any
) -> None:
    before = client.get(NOTE)
    publish()
    first = client.get(NOTE)  # reads the release and its edition once for the process
    pages.forget()
    with django_assert_num_queries(3):
        again = client.get(NOTE)
    pages.forget()
    with django_assert_num_queries(1):
        confirmed = client.get(NOTE, headers={"if-none-match": first["ETag"]})

    assert first["ETag"] != before["ETag"]
    assert again.content == first.content
    assert confirmed.status_code == 304
