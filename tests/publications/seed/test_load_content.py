"""Loading: idempotent, all or nothing, and never a change to published words."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from publications import queries
from publications.management.commands.load_content import CONTENT
from publications.models import (
    Edition,
    Link,
    MemberOrganisation,
    MembershipListing,
    PriorityArea,
    Provision,
    Publication,
    RoadmapAction,
    Text,
)
from publications.seed import loading, reading
from tests.publications.conftest import NOTE, TODAY

pytestmark = pytest.mark.django_db


def second_edition() -> dict[str, Any]:
    note = copy.deepcopy(NOTE)
    note["edition"] |= {"number": 2, "date": dt.date(2026, 3, 1), "change_note": "Locks at noon."}
    note["provisions"][1]["text"] = "Lock the door at noon too."
    note["provisions"][1]["items"] = ["IS2.2"]
    return note


def test_loading_the_shipped_content_twice_writes_nothing() -> None:
    content = reading.read(CONTENT)
    assert loading.load_pack(pack=content, on=TODAY).writes > 0

    with CaptureQueriesContext(connection) as queries:
        again = loading.load_pack(pack=content, on=TODAY)

    assert again.writes == 0
    written = [q["sql"] for q in queries if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert written == []


def test_the_command_says_what_it_did(write: Callable[..., Path]) -> None:
    folder = write()

    assert call_command("load_content", folder) == (
        "Content loaded: added 1 editions, 1 links, 2 provisions, 1 publications, 2 texts."
    )
    assert call_command("load_content", folder) == (
        "The content was loaded already; nothing changed."
    )


def test_the_command_refuses_a_faulty_pack_and_writes_nothing(write: Callable[..., Path]) -> None:
    note = copy.deepcopy(NOTE)
    note["provisions"][1]["items"] = ["nothing"]

    with pytest.raises(CommandError, match=r"note.yaml: IS-R90: 'nothing' is no questionnaire"):
        call_command("load_content", write(note=note))

    assert Provision.objects.count() == 0


def test_other_words_under_a_published_number_are_refused(write: Callable[..., Path]) -> None:
    call_command("load_content", write())
    note = copy.deepcopy(NOTE)
    note["provisions"][1]["text"] = "Leave the door open."

    with pytest.raises(CommandError) as refused:
        call_command("load_content", write(note=note))

    assert str(refused.value) == (
        "note.yaml: edition 1 is published and says something else at IS-R90. Raise edition.number "
        "to 2 and say in change_note what is new."
    )
    assert Text.objects.get(provision__label="IS-R90").markdown.startswith("Lock the door at night")


def test_the_next_edition_supersedes_and_keeps_identities(write: Callable[..., Path]) -> None:
    call_command("load_content", write())
    before = dict(Provision.objects.values_list("label", "id"))

    call_command("load_content", write(note=second_edition()))

    assert list(Edition.objects.order_by("number").values_list("number", "state")) == [
        (1, "SUPERSEDED"),
        (2, "PUBLISHED"),
    ]
    assert dict(Provision.objects.values_list("label", "id")) == before
    assert list(
        Text.objects.order_by("edition__number", "position").values_list(
            "edition__number", "provision__label", "change"
        )
    ) == [
        (1, "IS-S90", "NEW"),
        (1, "IS-R90", "NEW"),
        (2, "IS-S90", "UNCHANGED"),
        (2, "IS-R90", "SUBSTANTIVE"),
    ]
    assert list(Link.objects.values_list("target_item", flat=True)) == ["IS2.2"]


def test_a_later_edition_of_the_site_stays(write: Callable[..., Path]) -> None:
    call_command("load_content", write(note=second_edition()))

    output = call_command("load_content", write(note=NOTE))

    assert output.endswith(
        "note.yaml: edition 1 is older than edition 2 of this site, which stays."
    )
    assert list(Edition.objects.values_list("number", "state")) == [(2, "PUBLISHED")]
    assert list(Link.objects.values_list("target_item", flat=True)) == ["IS2.2"]


def test_a_draft_of_the_site_stays(write: Callable[..., Path]) -> None:
    call_command("load_content", write())
    publication = Publication.objects.get()
    Edition.objects.create(publication=publication, number=2, change_note="A draft")

    output = call_command("load_content", write(note=second_edition()))

    assert output.endswith("note.yaml: edition 2 is a draft on this site, which stays.")
    assert Text.objects.count() == 2
    assert call_command("load_content", write(note=NOTE)).startswith("Content loaded: changed 1 p")


def test_a_day_in_the_future_is_refused(write: Callable[..., Path]) -> None:
    note = copy.deepcopy(NOTE)
    note["edition"]["date"] = dt.date(2999, 1, 1)

    with pytest.raises(CommandError, match="edition 1 is dated 2999-01-01, which is to come"):
        call_command("load_content", write(note=note))


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("publication", "title"), "On doors", "publication.title"),
        (("publication", "abstract"), "Now binding on all members.", "publication.abstract"),
        (("publication", "corporate_author"), "Somebody", "publication.corporate_author"),
        (("edition", "date"), dt.date(2026, 1, 6), "edition"),
        (("edition", "change_note"), "Another first edition.", "edition"),
        (("provisions", 1, "items"), ["IS2.1", "IS2.2"], "IS-R90"),
        (("provisions", 1, "items"), ["IS2.2"], "IS-R90"),
        (("provisions", 1, "title"), "Lock it", "IS-R90"),
        (("provisions", 1, "audience"), ["RG"], "IS-R90"),
        (("provisions", 0, "label"), "IS-S91", "IS-S91"),
        (("provisions",), NOTE["provisions"][1:], "IS-S90"),
        (("provisions",), NOTE["provisions"][::-1], "the order of its provisions"),
    ],
)
def test_nothing_of_a_published_edition_changes_under_its_number(
    write: Callable[..., Path], path: tuple[Any, ...], value: Any, where: str
) -> None:
    call_command("load_content", write())
    note: Any = copy.deepcopy(NOTE)
    *parents, last = path
    part = note
    for step in parents:
        part = part[step]
    part[last] = value

    with pytest.raises(CommandError) as refused:
        call_command("load_content", write(note=note))

    assert str(refused.value) == (
        f"note.yaml: edition 1 is published and says something else at {where}. Raise "
        "edition.number to 2 and say in change_note what is new."
    )


def listed(*slugs: str) -> dict[str, Any]:
    return {
        "members": [
            {"slug": slug, "name": slug, "category": "Registries", "listed": {"official": ""}}
            for slug in slugs
        ]
    }


OFFICIAL = {
    "publications": [
        {"slug": "official", "kind": "NOTE", "origin": "OFFICIAL", "position": 1, "title": "A note"}
    ]
}


def test_members_that_the_pack_leaves_out_are_removed(write: Callable[..., Path]) -> None:
    call_command("load_content", write(official=OFFICIAL, members=listed("one", "two")))

    assert call_command("load_content", write(official=OFFICIAL, members=listed("two"))) == (
        "Content loaded: changed 1 publications; "
        "removed 1 member organisations, 1 membership listings."
    )
    assert list(MemberOrganisation.objects.values_list("slug", flat=True)) == ["two"]

    call_command("load_content", write(official=OFFICIAL, members={"members": []}))
    assert not MembershipListing.objects.exists()
    assert not MemberOrganisation.objects.exists()


def roadmap(number: int, *areas: int) -> dict[str, Any]:
    """Return an edition of a roadmap with one action for IS-R90 in each area."""
    return {
        "publication": {
            "slug": "companion-roadmap",
            "kind": "ROADMAP",
            "origin": "COMPANION",
            "position": 2,
            "title": "A roadmap",
        },
        "edition": {
            "number": number,
            "date": dt.date(2026, 1, 4 + number),
            "change_note": "What is new.",
        },
        "areas": [{"number": n, "title": f"Area {n}", "summary": "Locks."} for n in areas],
        "provisions": [
            {
                "label": f"RM-A9{n}",
                "kind": "action",
                "title": f"Action {n}",
                "text": "Buy locks.",
                "area": n,
                "horizon": "medium",
                "actors": ["RG"],
                "measure": "Locks are bought.",
                "names": ["IS-R90"],
            }
            for n in areas
        ],
    }


def test_an_action_that_the_next_edition_leaves_out_stays_in_the_earlier_one(
    write: Callable[..., Path],
) -> None:
    call_command("load_content", write(note=NOTE, roadmap=roadmap(1, 1, 2)))
    call_command("load_content", write(note=NOTE, roadmap=roadmap(2, 1)))

    [shown] = shown_of("companion-roadmap", 2)
    assert (shown.label, [link.label for link in shown.links]) == ("RM-A91", ["IS-R90"])
    both = shown_of("companion-roadmap", 1)
    assert [area.title for area in queries.roadmap_areas(both)] == ["Area 1", "Area 2"]
    assert [[link.label for link in text.links] for text in both] == [["IS-R90"], ["IS-R90"]]
    # The recommendation is named by what there is now alone.
    lock = shown_of("companion-locks", 1)[1]
    assert [(link.label, link.title) for link in lock.links] == [("RM-A91", "Action 1")]


def shown_of(slug: str, number: int) -> list[queries.Shown]:
    entry = queries.publication_entry(slug, on=TODAY)
    assert entry is not None
    [edition] = [row for row in entry.editions if row.number == number]
    return queries.shown_texts(entry.publication.pk, edition)


def test_an_area_without_actions_is_removed(write: Callable[..., Path]) -> None:
    first = roadmap(1, 1)
    first["areas"].append({"number": 2, "title": "Empty", "summary": "Nothing yet."})
    call_command("load_content", write(note=NOTE, roadmap=first))

    call_command("load_content", write(note=NOTE, roadmap=roadmap(2, 1)))

    assert list(PriorityArea.objects.values_list("number", flat=True)) == [1]


def test_the_status_of_an_action_follows_the_file(write: Callable[..., Path]) -> None:
    call_command("load_content", write(note=NOTE, roadmap=roadmap(1, 1)))
    done = roadmap(1, 1)
    done["provisions"][0]["status"] = "done"

    call_command("load_content", write(note=NOTE, roadmap=done))

    assert RoadmapAction.objects.get().status == "DONE"


def test_an_address_of_a_published_note_may_follow_it(write: Callable[..., Path]) -> None:
    call_command("load_content", write())
    note = copy.deepcopy(NOTE)
    note["publication"]["handle"] = "https://example.org/locks"

    call_command("load_content", write(note=note))

    assert Publication.objects.get().handle == "https://example.org/locks"


@pytest.mark.parametrize(
    "change",
    [
        lambda: Text.objects.update(title="Changed"),
        lambda: Text.objects.update(markdown="Changed"),
        lambda: Text.objects.update(grounding=["Changed"]),
        lambda: Text.objects.update(position=9),
        lambda: Edition.objects.update(sha256="0" * 64),
        lambda: Edition.objects.update(number=9),
        lambda: Edition.objects.update(published_date=dt.date(2025, 1, 1)),
        lambda: Edition.objects.update(state="DRAFT", published_date=dt.date(2026, 1, 5)),
        lambda: Text.objects.update(html="<p>Changed</p>"),
    ],
)
def test_the_database_refuses_to_change_what_is_published(
    write: Callable[..., Path], change: Callable[[], object]
) -> None:
    call_command("load_content", write())

    with pytest.raises(IntegrityError, match="cannot change"), transaction.atomic():
        change()


def test_drafts_may_change(write: Callable[..., Path]) -> None:
    call_command("load_content", write())
    edition = Edition.objects.get()
    draft = Edition.objects.create(publication=edition.publication, number=2, change_note="Draft")
    text = Text.objects.first()
    assert text is not None
    Text.objects.create(edition=draft, provision=text.provision, position=1, title="Old")

    Text.objects.filter(edition=draft).update(title="New")
    Edition.objects.filter(pk=edition.pk).update(state="SUPERSEDED")

    assert Text.objects.get(edition=draft).title == "New"


def test_the_hash_can_be_computed_from_the_rows(write: Callable[..., Path]) -> None:
    """Anyone with the database can check that an edition still says what was published."""
    call_command("load_content", write())
    edition = Edition.objects.get()
    content = {
        "publication": "companion-locks",
        "edition": 1,
        "areas": [],
        "provisions": [
            {
                "label": text.provision.label,
                "kind": text.provision.kind,
                "title": text.title,
                "text": text.markdown,
                "audience": text.audience,
                "grounding": text.grounding,
            }
            for text in edition.texts.select_related("provision")
        ],
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    assert hashlib.sha256(canonical.encode()).hexdigest() == edition.sha256
