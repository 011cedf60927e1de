"""A pack is checked whole: each problem is one sentence that names file, place and fix."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from publications.seed import reading
from tests.publications.conftest import NOTE

Change = Callable[[dict[str, Any]], object]


def first(note: dict[str, Any]) -> dict[str, Any]:
    return note["provisions"][0]  # type: ignore[no-any-return]


def advice(note: dict[str, Any]) -> dict[str, Any]:
    return note["provisions"][1]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda n: n["publication"].pop("title"),
            "note.yaml: companion-locks: 'title' is missing. Add it.",
        ),
        (
            lambda n: n["publication"].update(kind="BOOK"),
            "note.yaml: companion-locks: kind 'BOOK' is unknown. "
            "Use one of ROADMAP, SUMMARY, NOTE, GLOSSARY.",
        ),
        (
            lambda n: n["publication"].update(colour="red"),
            "note.yaml: companion-locks: 'colour' is not a known key. Correct or delete it.",
        ),
        (
            lambda n: n["edition"].update(number=0),
            "note.yaml: edition: 'number' is not 1 or more. Number editions from 1.",
        ),
        (
            lambda n: n["edition"].update(date="soon"),
            "note.yaml: edition: 'date' is not a day. Write it as 2026-11-23.",
        ),
        (
            lambda n: n["edition"].update(change_note=""),
            "note.yaml: edition: 'change_note' is empty. Say what is new.",
        ),
        (
            lambda n: first(n).update(label="IS-R91"),
            "note.yaml: IS-R91: is not the label of a section. Rename it.",
        ),
        (
            lambda n: first(n).update(kind="chapter"),
            "note.yaml: IS-S90: kind 'chapter' is unknown. "
            "Use one of section, recommendation, action, term.",
        ),
        (
            lambda n: first(n).update(text="# Doors"),
            "note.yaml: IS-S90: has a heading, image, HTML or web address. Take it out.",
        ),
        (
            lambda n: first(n).update(text="Doors.[^2]"),
            "note.yaml: IS-S90: footnote '2' lacks its text or its mark. Add it.",
        ),
        (
            lambda n: advice(n).update(grounding=[]),
            "note.yaml: IS-R90: needs 'audience', 'items' and 'grounding'. Add them.",
        ),
        (
            lambda n: advice(n).update(audience=["XX"]),
            "note.yaml: IS-R90: audience 'XX' is unknown. "
            "Use one of RG, SB, EX, VB, RA, PD, BI, NR, DP.",
        ),
        (
            lambda n: advice(n).update(items=["IS0.1"]),
            "note.yaml: IS-R90: 'IS0.1' is no questionnaire item. Correct its code.",
        ),
        (
            lambda n: n["provisions"].append(copy.deepcopy(advice(n))),
            "note.yaml: IS-R90: is used twice. A label names one provision for ever.",
        ),
    ],
)
def test_a_problem_is_named(write: Callable[..., Path], change: Change, problem: str) -> None:
    note = copy.deepcopy(NOTE)
    change(note)

    with pytest.raises(reading.InvalidPack) as refused:
        reading.read(write(note=note))

    assert refused.value.problems == [problem]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda n: n["publication"].update(issued=2024),
            "note.yaml: companion-locks: 'issued' is not text; make it so.",
        ),
        (
            lambda n: n["publication"].update(position="first"),
            "note.yaml: companion-locks: 'position' is not a whole number; make it so.",
        ),
        (
            lambda n: n["publication"].update(facts=[{"label": "Kind"}]),
            "note.yaml: companion-locks: 'value' is missing; add it.",
        ),
        (
            lambda n: n.update(provisions={"IS-S90": "Doors"}),
            "note.yaml: 'provisions' is not a list; make it so.",
        ),
        (
            lambda n: n.update(provision=[]),
            "note.yaml: the key 'provision' in the document is not known; remove it or correct it.",
        ),
        (
            lambda n: advice(n).update(items="IS2.1"),
            "note.yaml: IS-R90: 'items' is not a list; make it so.",
        ),
        (
            lambda n: advice(n).update(change="better"),
            "note.yaml: IS-R90: 'change' is 'better'; "
            "write new, unchanged, editorial, substantive.",
        ),
        (
            lambda n: n["edition"].update(author="somebody"),
            "note.yaml: the key 'author' in 'edition' is not known; remove it or correct it.",
        ),
    ],
)
def test_a_file_follows_the_schema(
    write: Callable[..., Path], change: Change, problem: str
) -> None:
    note = copy.deepcopy(NOTE)
    change(note)

    with pytest.raises(reading.InvalidPack) as refused:
        reading.read(write(note=note))

    assert refused.value.problems == [problem]


def test_an_item_must_be_one_that_exists_where_they_are_known(write: Callable[..., Path]) -> None:
    folder = write()

    assert len(reading.read(folder, items={"IS2.1"}).publications) == 1
    with pytest.raises(reading.InvalidPack, match=r"'IS2.1' is no questionnaire item"):
        reading.read(folder, items={"IS2.2"})


def test_unreadable_yaml_is_named(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "note.yaml").write_text("publication: [")

    with pytest.raises(
        reading.InvalidPack, match=r"^note.yaml: is not YAML: [^\n]+; correct it\.$"
    ):
        reading.read(tmp_path)


def test_a_key_given_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "note.yaml").write_text("publication:\n  slug: a\n  title: One\n  title: Two\n")

    with pytest.raises(reading.InvalidPack) as refused:
        reading.read(tmp_path)

    assert refused.value.problems == ["note.yaml: line 4: 'title' appears twice; delete one."]


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(reading.InvalidPack, match="no content files are here"):
        reading.read(tmp_path)


def test_a_member_must_be_listed_in_a_publication_of_the_pack(write: Callable[..., Path]) -> None:
    member = {"slug": "a", "name": "A", "category": "B", "listed": {"nowhere": ""}}

    with pytest.raises(reading.InvalidPack) as refused:
        reading.read(write(note=NOTE, members={"members": [member]}))

    assert refused.value.problems == [
        "members.yaml: a: is listed in 'nowhere', which is unknown. Correct it."
    ]


def test_identities_are_the_same_everywhere(write: Callable[..., Path]) -> None:
    [publication] = reading.read(write()).publications

    assert str(publication.provisions[1].id) == "5226cbd6-135a-51ca-92e0-48879a97b548"
    assert publication.sha256 == "da4ddf5f0ce414ce9ce07757ce1d5edbbbbdf182d12f2a69cf06bbc17ed3a251"
