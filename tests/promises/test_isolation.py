"""I2 and I3: what one organisation has seen of itself opens nothing to anybody else."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from html import unescape
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

import pikepdf
import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from assessments.benchmarks.models import BenchmarkRelease
from assessments.reports.models import Report
from assessments.reports.tasks import build_report
from portal.accounts.models import Role
from tests.mail import outbox
from tests.promises import world as worlds
from tests.promises.conftest import Figure
from tests.promises.counts import count
from tests.promises.market import public_paths
from tests.promises.world import Owned, World

LINK = re.compile(r'\b(?:href|action|src|data-[a-z-]*url)="([^"#]+)')
PAGES = count(300, 2000)  # of one organisation's own, followed from page to page
REFUSED = {302, 404, 405}  # 405 before anybody is looked at: what is posted to has nothing to read
OWN = ("/assessments/", "/reports/", "/organisations/", "/account/", "/invitations/")


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
    """Return every address reachable by links from `start`, with its entity tag.

    What may be private is followed first, so that public pages do not crowd it out.
    """
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
                    at = 0 if address.path.startswith(OWN) else len(waiting)
                    query = f"?{address.query}" if address.query else ""
                    waiting.insert(at, address.path + query)
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
            if path in private and response.status_code not in REFUSED and not is_invitation:
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


def test_mails_name_no_other_organisation(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    path = reverse("accounts:invite", args=[world.here.organisation.pk])
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(world.here).post(path, {"email": "new@example.org", "role": "VIEWER"})

    [message] = outbox()
    text = f"{message.subject} {message.body} {message.alternatives}"
    assert world.here.canary in text
    assert world.there.canary not in text
    assert world.here.secret not in text


# A full run: answered, submitted, reported, written to, logged


@pytest.mark.slow
def test_no_word_of_one_reaches_another_in_a_full_run(
    world: World,
    figure: Figure,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    caplog.set_level("DEBUG")
    read: dict[str, dict[str, str]] = {"here": {}, "there": {}, "nobody": {}}
    with django_capture_on_commit_callbacks(execute=True):
        for owner in ("here", "there"):
            read[owner] |= whole_way(world.owned(owner))
    for owner in ("here", "there"):
        read[owner]["messages"] = messages_to(world.owned(owner))
    read["nobody"] |= {
        path: text_of(Client(), path) for path in public_paths(BenchmarkRelease.objects.get())
    }
    code = Report.objects.get(pk=read["here"]["report"]).verification_code
    read["nobody"]["verify"] = text_of(Client(), reverse("verify_code", args=[code]))
    read["nobody"]["log"] = caplog.text
    hits = [hit for owner in read for hit in foreign_words(world, owner, read[owner])]

    figure(
        f"I3: {sum(map(len, read.values()))} pages, reports, messages and logs of a full run, "
        f"{len(hits)} foreign canaries"
    )
    assert hits == []
    assert "Not Found: /stewardship/" in caplog.text  # so the log is read
    # Red first: one's own words are found in each kind of thing.
    for owner in ("here", "there"):
        own = world.owned(owner)
        assert own.secret in read[owner]["pdf"]
        assert own.canary in read[owner]["messages"]
        assert own.canary in read[owner]["result"]


def whole_way(owned: Owned) -> dict[str, str]:
    """Submit, have the report built, invite somebody; return all that this shows."""
    client = signed_in(owned)
    form = {"name": f"P {owned.canary}", "position": "Director", "statement": "on"}
    path = reverse("assessments:check", args=[owned.open.pk])
    assert client.post(path, form).status_code == 302
    report = Report.objects.get(assessment=owned.open)
    build_report(report_id=str(report.pk))
    client.post(
        reverse("accounts:invite", args=[owned.organisation.pk]),
        {"email": f"new.{owned.canary}@example.org", "role": "VIEWER"},
    )
    client.post(reverse("account_reset_password"), {"email": owned.people[Role.VIEWER].email})
    _response, pdf = read(client, reverse("assessments:report_file", args=[report.pk]))
    with pikepdf.open(BytesIO(pdf)) as file:
        attached = [each.get_file().read_bytes().decode() for each in file.attachments.values()]
    printed = subprocess.run(
        ["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    return {
        "report": str(report.pk),
        "pdf": "".join(printed.replace("\N{SOFT HYPHEN}", "").split()),
        "attached": " ".join(attached),
        "result": text_of(client, reverse("assessments:result", args=[owned.open.pk])),
        **{path: text_of(client, path) for path in crawl(client, own_pages(owned))},
    }


def messages_to(owned: Owned) -> str:
    messages = [each for each in outbox() if owned.canary in each.to[0]]
    assert len(messages) == 2
    return "".join(f"{each.subject} {each.body} {each.alternatives}" for each in messages)


def text_of(client: Client, path: str) -> str:
    caches["default"].clear()
    return read(client, path)[1].decode(errors="replace")


def foreign_words(world: World, owner: str, texts: dict[str, str]) -> list[str]:
    """Return where a word stands that is another's; a visitor and the log are shown nobody's."""
    others = [world.owned(name) for name in ("here", "there") if name != owner]
    words = [word for each in others for word in (each.secret, each.canary, each.token)]
    return [
        f"{owner} reads {word} at {path}"
        for path, text in texts.items()
        for word in words
        if word in text
    ]
