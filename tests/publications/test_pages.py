"""The public pages: what they show and to whom, what they cost, and that they can be confirmed."""

from __future__ import annotations

import copy
import datetime as dt
import gzip
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from portal.web import pages
from publications import queries
from publications.models import Edition, Publication, Text
from tests.factories import UserFactory
from tests.publications.conftest import NOTE

NOTES = "/publications/companion-information-security/"
PAGES = [
    "/publications/",
    "/publications/?q=two+factor&kind=NOTE",
    NOTES,
    NOTES + "1/",
    "/publications/note-3-information-security/",
    "/publications/companion-roadmap/",
    "/roadmap/",
    "/roadmap/?actor=RG",
    "/glossary/",
    "/members/",
]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    pages.forget()
    pages.code_version()


@pytest.mark.parametrize(
    ("path", "cold"),
    [
        ("/publications/", 2),
        ("/publications/?q=two+factor&kind=NOTE", 3),
        (NOTES, 3),
        (NOTES + "1/", 3),
        ("/publications/note-3-information-security/", 1),
        ("/roadmap/", 3),
        ("/roadmap/?actor=RG", 3),
        ("/glossary/", 3),
        ("/members/", 2),
    ],
)
def test_queries_cold_and_revalidated(
    shipped: object, client: Client, django_assert_num_queries: Any, path: str, cold: int
) -> None:
    with django_assert_num_queries(cold):
        response = client.get(path)
    assert response.status_code == 200

    pages.forget()
    with django_assert_num_queries(1):
        again = client.get(path, headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == response["ETag"]


def test_a_kept_page_costs_one_query_a_second(
    shipped: object, client: Client, django_assert_num_queries: Any, monkeypatch: Any
) -> None:
    first = client.get(NOTES)

    with django_assert_num_queries(0):
        second = client.get(NOTES)
    later = time.time() + 1.1
    monkeypatch.setattr(time, "time", lambda: later)
    with django_assert_num_queries(1):
        third = client.get(NOTES)

    assert second.content == first.content
    assert third.content == first.content


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_gets_no_cookie_and_no_inline_code(
    shipped: object, client: Client, path: str
) -> None:
    response = client.get(path)

    assert response.cookies == {}
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    html = response.content.decode()
    assert re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", html) is None
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))
    targets = set(re.findall(r'href="#([^"]+)"', html))
    assert targets - set(ids) == set()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light(shipped: object, client: Client, path: str) -> None:
    response = client.get(path, headers={"accept-encoding": "gzip"})

    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 30_000
    assert gzip.decompress(response.content).startswith(b"<!doctype html>")


def test_a_signed_in_reader_gets_a_page_of_their_own(shipped: object, client: Client) -> None:
    client.force_login(UserFactory())

    response = client.get(NOTES)

    assert response["Cache-Control"] == "private, no-cache"
    assert "ETag" not in response
    client.logout()
    assert b"Sign in" in client.get(NOTES).content


def test_a_new_edition_changes_the_entity_tag(
    write: Callable[..., Path], client: Client, db: None
) -> None:
    call_command("load_content", write())
    before = client.get("/publications/companion-locks/")["ETag"]
    note = copy.deepcopy(NOTE)
    note["edition"] |= {"number": 2, "date": dt.date(2026, 3, 1), "change_note": "More locks."}
    note["provisions"][0]["title"] = "Windows"
    call_command("load_content", write(note=note))
    pages.forget()

    response = client.get("/publications/companion-locks/", headers={"if-none-match": before})
    assert response.status_code == 200
    assert "Windows" in response.content.decode()

    old = client.get("/publications/companion-locks/1/").content.decode()
    assert "Doors" in old
    assert "this is an earlier edition" in old
    assert client.get("/publications/companion-locks/3/").status_code == 404


def test_drafts_are_not_there(write: Callable[..., Path], client: Client, db: None) -> None:
    call_command("load_content", write())
    published = Edition.objects.get()
    draft = Edition.objects.create(publication=published.publication, number=2, change_note="No")
    other = Publication.objects.create(
        slug="secret", kind="NOTE", origin="COMPANION", position=1, title="Canary title"
    )
    hidden = Edition.objects.create(publication=other, number=1, change_note="No")
    for edition in (draft, hidden):
        Text.objects.create(
            edition=edition,
            provision=published.texts.all()[1].provision,
            position=1,
            title="Canary text",
            markdown="Canary words",
            html="<p>Canary words</p>",
        )

    assert client.get("/publications/companion-locks/2/").status_code == 404
    assert client.get("/publications/secret/").status_code == 404
    assert client.get("/publications/secret/1/").status_code == 404
    assert client.get("/publications/secret/cite.txt").status_code == 404
    for path in ("/publications/", "/publications/?q=canary", "/publications/companion-locks/"):
        assert "Canary" not in client.get(path).content.decode()
    assert [r.title for r in queries.recommendation_texts(["IS-R90"]).values()] == ["Lock the door"]
    assert [p.slug for p in queries.current_publications()] == ["companion-locks"]


@pytest.mark.parametrize(
    ("label", "address"),
    [
        ("IS-R07", NOTES + "#IS-R07"),
        ("RM-A01", "/roadmap/#RM-A01"),
        ("GL-itmo", "/glossary/#GL-itmo"),
    ],
)
def test_a_label_leads_to_its_words(
    shipped: object, client: Client, label: str, address: str
) -> None:
    response = client.get(f"/r/{label}")

    assert response.status_code == 302
    assert response["Location"] == address
    assert f'id="{label}"' in client.get(address).content.decode()


@pytest.mark.parametrize("label", ["IS-R99", "is-r07", "..", "%00", "<b>"])
def test_an_unknown_label_is_not_found(shipped: object, client: Client, label: str) -> None:
    assert client.get(f"/r/{label}").status_code == 404


def test_a_provision_left_out_later_is_found_where_it_last_stood(
    write: Callable[..., Path], client: Client, db: None
) -> None:
    call_command("load_content", write())
    note = copy.deepcopy(NOTE)
    note["edition"] |= {"number": 2, "date": dt.date(2026, 3, 1), "change_note": "No doors."}
    del note["provisions"][0]
    call_command("load_content", write(note=note))

    assert client.get("/r/IS-S90")["Location"] == "/publications/companion-locks/1/#IS-S90"


def test_a_recommendation_shows_its_loop(shipped: object, client: Client) -> None:
    html = client.get(NOTES).content.decode()
    block = html[html.index('id="IS-R06"') : html.index("</article>", html.index('id="IS-R06"'))]

    assert '<a class="code" href="/i/IS2.3">IS2.3</a>' in block
    assert 'href="/r/RM-A12"' in block
    assert "Delegated Regulation (EU) 2019/1122" in block
    assert 'href="/r/IS-R06/cite.bib"' in block
    assert "Companion recommendation" in block
    assert 'class="term" title="Trusted account list:' in block


@pytest.mark.parametrize(
    ("slug", "said", "layout"),
    [
        ("companion-information-security", "Companion recommendation", "reading"),
        ("companion-roadmap", "Companion roadmap action", "reading"),
        ("companion-glossary", "Companion term", "flow"),  # no contents, so no column for them
    ],
)
def test_each_kind_of_text_is_called_what_it_is(
    shipped: object, client: Client, slug: str, said: str, layout: str
) -> None:
    html = client.get(f"/publications/{slug}/").content.decode()

    kinds = set(re.findall(r"</a>\s+(Companion [a-z ]+?)\s+</p>", html))
    assert kinds == {said}
    assert f'<div class="{layout}">' in html


def test_official_and_companion_do_not_look_alike(shipped: object, client: Client) -> None:
    official = client.get("/publications/note-1-ecosystem-governance/").content.decode()
    companion = client.get(NOTES).content.decode()

    assert "origin-official" in official
    assert "origin-companion" not in official
    assert "the exact title is not known here" in official
    assert "origin-companion" in companion
    assert "origin-official" not in companion


@pytest.mark.parametrize(
    ("query", "found", "first"),
    [
        ("", 14, "A Roadmap for Safe"),
        ("?kind=NOTE&origin=OFFICIAL&dimension=IS", 1, "Technical Guidance Note on Information"),
        ("?q=bomb+THREAT", 2, "Who decides, who answers"),
        ("?q=mAI", None, ""),
        ("?q=zebra", 0, "Nothing in the library matches"),
        ("?q=100%25_", 0, "Nothing in the library matches"),
    ],
)
def test_the_library_filters_and_searches(
    shipped: object, client: Client, query: str, found: int | None, first: str
) -> None:
    response = client.get(f"/publications/{query}")

    assert response.status_code == 200
    assert first in response.content.decode()
    if found is not None:
        assert response.context["found"] == found


def test_a_hit_leads_to_its_provision(shipped: object, client: Client) -> None:
    html = client.get("/publications/?q=help+desk").content.decode()

    assert 'href="/r/IS-S04"' in html
    assert "<mark>help</mark>" in html


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/publications/?kind=XX", 400),
        ("/publications/?q=" + "x" * 101, 400),
        ("/publications/?q=%00", 400),
        ("/publications/?q=%ff", 200),
        ("/roadmap/?actor=XX", 400),
        ("/publications/companion-information-security/0/", 404),
        ("/publications/nothing/", 404),
    ],
)
def test_nonsense_is_refused_plainly(
    shipped: object, client: Client, path: str, status: int
) -> None:
    assert client.get(path).status_code == status


def test_a_filter_that_is_not_offered_is_answered_in_our_words(
    shipped: object, client: Client
) -> None:
    for path in ("/publications/?kind=XX", "/roadmap/?actor=XX"):
        html = client.get(path).content.decode()
        assert "Choose one of the choices offered." in html
        assert "Select a valid choice" not in html


def test_pages_are_read_only(shipped: object, client: Client) -> None:
    assert client.post(NOTES).status_code == 405


def test_the_roadmap_shows_one_actors_actions(shipped: object, client: Client) -> None:
    everyone = client.get("/roadmap/")
    raters = client.get("/roadmap/?actor=RA")

    assert everyone.context["actions"] == 30
    assert raters.context["actions"] == 9
    html = raters.content.decode()
    assert 'id="RM-A27"' in html
    assert 'id="RM-A01"' not in html


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("companion-digital-mrv/cite.txt", "text/plain", "From reading to tonne"),
        ("companion-digital-mrv/cite.bib", "application/x-bibtex", "@techreport{"),
        ("companion-digital-mrv/1/cite.ris", "application/x-research-info-systems", "ET  - 1"),
        ("roadmap-2024/cite.json", "application/vnd.citationstyles.csl+json", '"report"'),
    ],
)
def test_a_citation_is_a_download(
    shipped: object, client: Client, path: str, kind: str, words: str
) -> None:
    response = client.get(f"/publications/{path}")

    assert response["Content-Type"].startswith(kind)
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert words in response.content.decode()


def test_the_address_in_a_citation_leads_to_the_words(shipped: object, client: Client) -> None:
    [entry] = json.loads(client.get("/r/IS-R07/cite.json").content)

    assert entry["title"] == "Keep a history that your own administrators cannot rewrite"
    page = client.get(entry["URL"].removeprefix("http://127.0.0.1:8000"))
    assert page.status_code == 200
    assert entry["title"] in page.content.decode()


def test_unknown_forms_of_citation_are_not_found(shipped: object, client: Client) -> None:
    assert client.get("/r/IS-R07/cite.doc").status_code == 404
    assert client.get("/publications/roadmap-2024/cite.doc").status_code == 404


def test_members_are_named_as_listed(shipped: object, client: Client) -> None:
    response = client.get("/members/")
    html = response.content.decode()

    assert [(row["members"], row["observers"]) for row in response.context["lists"]] == [
        (24, 1),
        (28, 2),
        (28, 2),
        (28, 0),
    ]
    row = html[html.index("CDSC") : html.index("</tr>", html.index("CDSC"))]
    assert re.findall(r"<td>([^<]*)</td>", row) == ["–", "Observer", "Observer", "not readable"]
    assert "“Puro Earth”" in html
    assert "more than 45 institutions" in html


def test_recommendations_for_items(shipped: object, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = queries.recommendations_for(["IS2.1", "IS2.3", "XX1.1"])

    assert {item: [r.label for r in refs] for item, refs in found.items()} == {
        "IS2.1": ["IS-R04"],
        "IS2.3": ["IS-R06"],
        "XX1.1": [],
    }
    [reference] = found["IS2.1"]
    assert reference.path == reverse("publications:provision", args=["IS-R04"])
    assert reference.title == "Protect every account that can change a record with two factors"
    assert reference.publication.startswith("Who can change the record?")
    assert reference.audience == ("RG", "SB", "EX", "VB", "RA", "PD", "BI", "NR", "DP")
    assert reference.html.startswith('<p>Require a <a href="/glossary/#GL-multi-factor')


def test_recommendation_texts(shipped: object, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = queries.recommendation_texts(["IS-R04", "EG-R01", "nothing"])

    assert sorted(found) == ["EG-R01", "IS-R04"]


def test_the_library_costs_the_same_with_one_row(
    write: Callable[..., Path], client: Client, db: None, django_assert_num_queries: Any
) -> None:
    call_command("load_content", write())

    with django_assert_num_queries(2):
        response = client.get("/publications/")

    assert response.context["found"] == 1


def test_an_action_leads_to_the_practices_its_measure_names(
    shipped: object, client: Client
) -> None:
    html = client.get("/roadmap/").content.decode()
    block = html[
        html.index('id="RM-A12"') : html.index(
            "</li>", html.index("Practices:", html.index('id="RM-A12"'))
        )
    ]

    assert re.findall(r'href="(/i/[^"]+)"', block) == ["/i/TI4.2", "/i/IS2.3"]
