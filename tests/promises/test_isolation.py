"""I2 and I3: what one organisation has seen of itself opens nothing to anybody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Role
from tests.promises import world as worlds
from tests.promises.conftest import Figure
from tests.promises.counts import count
from tests.promises.world import Owned, World

LINK = re.compile(r'\b(?:href|action|src|data-[a-z-]*url)="([^"#]+)')
PAGES = count(300, 2000)  # of one organisation's own, followed from page to page


@pytest.fixture
def world(db: None) -> World:
    return worlds.build()


def signed_in(owned: Owned) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(owned.people[Role.OWNER])
    return client


def read(client: Client, path: str, **headers: Any) -> tuple[Any, bytes]:
    response = client.get(path, headers=headers)
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]  # of a file
    return response, body


def crawl(client: Client, start: list[str]) -> dict[str, str]:
    """Return every address reachable by links from `start`, with its entity tag."""
    found: dict[str, str] = {}
    waiting = list(start)
    while waiting and len(found) < PAGES:
        path = waiting.pop(0)
        if path in found:
            continue
        response, body = read(client, path)
        found[path] = response.headers.get("ETag", "")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            for link in LINK.findall(body.decode()):
                address = urlsplit(urljoin(f"http://testserver{path}", unescape(link)))
                inside = address.netloc == "testserver" and address.path != "/accounts/logout/"
                if inside and not address.path.startswith(("/publications/", "/static/", "/api/")):
                    waiting.append(address.path + (f"?{address.query}" if address.query else ""))
        if location := response.headers.get("Location", ""):
            waiting.append(location)
    return found


def own_pages(owned: Owned) -> list[str]:
    reports = (owned.report.pk, owned.failed_report.pk)
    return [
        reverse("assessments:home"),
        reverse("accounts:account"),
        reverse("assessments:result_json", args=[owned.done.pk]),
        *(reverse("assessments:report_file", args=[pk]) for pk in reports),
        *(reverse("assessments:report_state", args=[pk]) for pk in reports),
        *(reverse("assessments:report", args=[each.pk]) for each in (owned.done, owned.failed)),
        reverse("accounts:invitation", args=[owned.token]),
    ]


def test_nothing_seen_by_one_organisation_opens_to_another(
    world: World, figure: Figure, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = world.here, world.there
    seen = crawl(signed_in(here), own_pages(here))
    private = {path: etag for path, etag in seen.items() if any(i in path for i in here.ids)}
    others: dict[str, Callable[[], Client]] = {
        "another organisation": lambda: signed_in(there),
        "a visitor": lambda: Client(raise_request_exception=False),
    }
    hits = []
    for who, client_of in others.items():
        client = client_of()
        cookies = client.cookies.output()
        for path, etag in seen.items():
            client.cookies = SimpleCookie(cookies.replace("Set-Cookie: ", ""))
            response, body = read(client, path, **({"if-none-match": etag} if etag else {}))
            is_invitation = here.token in path  # which its holder reads
            if path in private and response.status_code not in {302, 404} and not is_invitation:
                hits.append(f"{who} {path}: {response.status_code}")
            if here.secret.encode() in body or (here.canary.encode() in body and not is_invitation):
                hits.append(f"{who} reads a canary at {path}")
    words = (here.secret, here.canary, there.secret, there.canary, here.token, there.token)
    hits += [f"the log shows {word}" for word in words if word in caplog.text]

    figure(
        f"I2 I3: {len(seen)} addresses ({len(private)} private) replayed twice, {len(hits)} hits"
    )
    assert len(private) > 40
    assert hits == []


def test_the_crawl_would_find_a_leak(world: World) -> None:
    """Red first: a page that shows all to all is a hit, so the words are really looked for."""
    own = signed_in(world.here)
    page = reverse("assessments:item", args=[world.here.open.pk, world.items[0]])

    _response, body = read(own, page)

    assert world.here.secret.encode() in body
    assert world.here.canary.encode() in read(own, reverse("accounts:account"))[1]


def test_letters_name_no_other_organisation(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    path = reverse("accounts:invite", args=[world.here.organisation.pk])
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(world.here).post(path, {"email": "new@example.org", "role": "VIEWER"})

    [letter] = mail.outbox
    text = f"{letter.subject} {letter.body} {letter.alternatives}"  # type: ignore[union-attr]  # it has one
    assert world.here.canary in text
    assert world.there.canary not in text
    assert world.here.secret not in text
