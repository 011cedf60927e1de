"""What the shipped content promises: enough of it, all of it answered, nothing dangling."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.vocabulary import names
from publications.management.commands.load_content import CONTENT
from publications.models import Provision
from publications.seed import pack

INSTRUMENT = Path(__file__).parents[2] / "assessments/core/instruments/cmi-maturity-1.0.0"
NOT_OFFICIAL = "not a publication of the Carbon Markets Infrastructure Working Group"


@pytest.fixture(scope="module")
def items() -> dict[str, dict[str, Any]]:
    files = [INSTRUMENT / f"{dimension}.yaml" for dimension in ("EG", "TI", "IS", "IN", "DM")]
    return {
        item["code"]: item
        for file in files
        for capability in yaml.safe_load(file.read_text(encoding="utf-8"))["capabilities"]
        for item in capability["items"]
    }


@pytest.fixture(scope="module")
def practices(items: dict[str, dict[str, Any]]) -> set[str]:
    return set(items)


def of_kind(content: pack.Pack, kind: str) -> list[pack.ProvisionDef]:
    return [p for d in content.publications for p in d.provisions if p.kind == kind]


def test_every_practice_is_answered_and_every_item_exists(
    content: pack.Pack, practices: set[str]
) -> None:
    answered = {item for r in of_kind(content, Provision.Kind.RECOMMENDATION) for item in r.items}

    assert len(practices) == 110
    assert answered == practices


def test_items_and_recommendations_name_each_other(
    content: pack.Pack, items: dict[str, dict[str, Any]]
) -> None:
    answers = {code: set[str]() for code in items}
    for recommendation in of_kind(content, Provision.Kind.RECOMMENDATION):
        for item in recommendation.items:
            answers[item].add(recommendation.label)

    assert answers == {code: set(item["recommendations"]) for code, item in items.items()}


def test_advice_is_addressed_to_everyone_who_is_asked_about_it_and_to_nobody_else(
    content: pack.Pack, items: dict[str, dict[str, Any]]
) -> None:
    addressed = {r.label: set(r.audience) for r in of_kind(content, Provision.Kind.RECOMMENDATION)}

    assert addressed == {
        r.label: {kind for code in r.items for kind in items[code]["types"]}
        for r in of_kind(content, Provision.Kind.RECOMMENDATION)
    }


def test_every_recommendation_argues_at_length_and_names_its_grounds(content: pack.Pack) -> None:
    recommendations = of_kind(content, Provision.Kind.RECOMMENDATION)

    assert [r.label for r in recommendations if not 200 <= len(r.text.split()) <= 400] == []
    assert [r.label for r in recommendations if not r.grounding] == []


def test_every_note_has_an_introduction_a_conclusion_and_named_sources(content: pack.Pack) -> None:
    for note in (d for d in content.publications if d.record["kind"] == "NOTE" and d.provisions):
        assert note.provisions[0].kind == note.provisions[-1].kind == Provision.Kind.SECTION
        assert any("[^1]:" in p.text for p in note.provisions), note.slug


@pytest.mark.parametrize("dimension", ["IS", "IN", "DM"])
def test_a_note_that_lists_the_minimum_standards_lists_them_all(
    content: pack.Pack, items: dict[str, dict[str, Any]], dimension: str
) -> None:
    [text] = [p.text for p in of_kind(content, "SECTION") if p.label == f"{dimension}-S02"]
    minimum = {
        code for code, item in items.items() if code[:2] == dimension and item["tier"] == "M"
    }

    assert minimum - set(re.findall(r"\b[A-Z]{2}\d\.\d\b", text)) == set()


def test_companion_texts_say_what_they_are_and_speak_for_nobody_else(content: pack.Pack) -> None:
    companion = [d for d in content.publications if d.record["origin"] == "COMPANION"]
    voice = re.compile(
        r"\b(?:we|the working group|the world bank) "
        r"(?:advises?|believes?|proposes?|reads?|recommends?|requires?|suggests?|thinks?)\b",
        re.IGNORECASE,
    )

    assert len(companion) == 7
    for publication in companion:
        assert NOT_OFFICIAL in " ".join(publication.record["abstract"].split())
        assert [p.label for p in publication.provisions if voice.search(p.text)] == []


def test_no_editors_mark_is_left_in_a_text() -> None:
    marks = re.compile(r"\[[SK]\d*\]|\((?:inf|seen|part|adj|not found)\)|\bTODO\b|\bTBD\b")
    files = [*CONTENT.rglob("*.yaml"), *INSTRUMENT.rglob("*.yaml")]

    assert [f.name for f in files if marks.search(f.read_text(encoding="utf-8"))] == []


def test_there_are_sixty_recommendations_twelve_in_each_note(content: pack.Pack) -> None:
    per_note = {
        d.slug: sum(p.kind == Provision.Kind.RECOMMENDATION for p in d.provisions)
        for d in content.publications
        if d.record["kind"] == "NOTE" and d.provisions
    }

    assert per_note == {
        "companion-ecosystem-governance": 12,
        "companion-transaction-integrity": 12,
        "companion-information-security": 12,
        "companion-interoperability": 12,
        "companion-digital-mrv": 12,
    }


def test_the_roadmap_names_every_recommendation(content: pack.Pack) -> None:
    actions = [p for p in of_kind(content, Provision.Kind.ACTION) if p.action]
    named = {label for p in actions for label in (p.action.names if p.action else ())}

    assert len(actions) == 30
    assert named == {r.label for r in of_kind(content, Provision.Kind.RECOMMENDATION)}
    assert all(60 <= len(p.text.split()) <= 150 for p in actions)
    assert all(p.action and 1 <= len(p.action.names) <= 6 for p in actions)


def test_every_area_has_actions_and_every_type_of_actor_is_named(content: pack.Pack) -> None:
    actions = [p.action for p in of_kind(content, Provision.Kind.ACTION) if p.action]

    assert Counter(action.area for action in actions) == {1: 4, 2: 4, 3: 6, 4: 5, 5: 6, 6: 5}
    assert Counter(action.horizon for action in actions) == {"MEDIUM": 17, "LONG": 13}
    assert {actor for action in actions for actor in action.actors} == set(names.RESPONDENT_TYPES)


def test_an_action_addresses_and_measures_what_its_recommendations_do(
    content: pack.Pack, items: dict[str, dict[str, Any]]
) -> None:
    advice = {r.label: r for r in of_kind(content, Provision.Kind.RECOMMENDATION)}
    for provision in of_kind(content, Provision.Kind.ACTION):
        assert provision.action is not None
        named = [advice[label] for label in provision.action.names]
        measured = set(re.findall(r"\b[A-Z]{2}\d\.\d\b", provision.action.measure))
        actors = set(provision.action.actors)

        assert actors <= {kind for r in named for kind in r.audience}, provision.label
        assert measured <= {item for r in named for item in r.items}, provision.label
        assert all(actors & items[code]["types"].keys() for code in measured), provision.label


def test_practices_a_measure_names_exist(content: pack.Pack, practices: set[str]) -> None:
    measures = [p.action.measure for p in of_kind(content, Provision.Kind.ACTION) if p.action]
    named = {code for m in measures for code in re.findall(r"\b[A-Z]{2}\d\.\d\b", m)}

    assert named <= practices
    assert all(re.search(r"\b[A-Z]{2}\d\.\d\b", measure) for measure in measures)


def test_glossary_forms_belong_to_one_term_each(content: pack.Pack) -> None:
    terms = of_kind(content, Provision.Kind.TERM)
    forms = [form.lower() for term in terms for form in term.forms]

    assert len(terms) == 92
    assert len(forms) == len(set(forms))
    assert [term.label for term in terms if not term.grounding] == []


def test_official_records_say_what_is_known_and_leave_the_rest_empty(content: pack.Pack) -> None:
    official = {d.slug: d.record for d in content.publications if d.record["origin"] == "OFFICIAL"}

    assert {s: (r.get("issued", ""), r.get("licence", "")) for s, r in official.items()} == {
        "roadmap-2024": ("2024", ""),
        "executive-summary": ("", ""),
        "note-1-ecosystem-governance": ("", ""),
        "note-2-transaction-integrity": ("2025-06-06", "CC BY-NC 3.0 IGO"),
        "note-3-information-security": ("2025-06-06", ""),
        "note-4-interoperability": ("2025-06-06", ""),
        "note-5-digital-mrv": ("2025-06-06", "CC BY-NC 3.0 IGO"),
    }
    assert {r["corporate_author"] for r in official.values()} == {
        "World Bank; Carbon Markets Infrastructure Working Group"
    }
    assert {s: r["chairs"] for s, r in official.items() if r.get("chairs")} == {
        "note-3-information-security": ["S&P Global Commodity Insights", "Xpansiv"],
        "note-4-interoperability": ["Climate Action Data Trust (CAD Trust)"],
    }
    assert {
        s: sum(len(body["people"]) for body in r["contributors"])
        for s, r in official.items()
        if r.get("contributors")
    } == {"note-3-information-security": 14, "note-4-interoperability": 11}


def test_official_records_hold_facts_alone(content: pack.Pack) -> None:
    official = {d.slug: d.record for d in content.publications if d.record["origin"] == "OFFICIAL"}

    assert len(official) == 7
    assert [d for d in content.publications if d.slug in official and d.provisions] == []
    assert [s for s, r in official.items() if r.get("title_known") is False] == [
        "note-1-ecosystem-governance"
    ]
    assert {s: r["handle"] for s, r in official.items() if r.get("handle")} == {
        "note-2-transaction-integrity": "https://hdl.handle.net/10986/43270",
        "note-5-digital-mrv": "https://hdl.handle.net/10986/43273",
    }


def test_no_mirror_of_a_document_is_linked() -> None:
    hosts = {
        host
        for path in CONTENT.rglob("*.yaml")
        for host in re.findall(r"https?://([^/\s\"]+)", path.read_text(encoding="utf-8"))
    }

    assert hosts == {
        "hdl.handle.net",
        "openknowledge.worldbank.org",
        "pmiclimate.org",
        "www.pmiclimate.org",
    }


def test_membership_lists_have_the_printed_lengths(content: pack.Pack) -> None:
    counts: dict[tuple[str, str], int] = {}
    for member in content.members:
        for listing in member.listings:
            key = listing.publication, listing.standing
            counts[key] = counts.get(key, 0) + 1

    assert counts == {
        ("roadmap-2024", "MEMBER"): 24,
        ("roadmap-2024", "OBSERVER"): 1,
        ("note-3-information-security", "MEMBER"): 28,
        ("note-3-information-security", "OBSERVER"): 2,
        ("note-4-interoperability", "MEMBER"): 28,
        ("note-4-interoperability", "OBSERVER"): 2,
        ("note-5-digital-mrv", "MEMBER"): 28,
    }


def test_who_left_and_who_joined_between_the_roadmap_and_the_notes(content: pack.Pack) -> None:
    listed = {m.name: {listing.publication for listing in m.listings} for m in content.members}
    roadmap = {name for name, where in listed.items() if "roadmap-2024" in where}
    notes = {name for name, where in listed.items() if "note-3-information-security" in where}

    assert roadmap - notes == {
        "Climate Market Strategy & Infrastructure Group (CMSI)",
        "US Treasury",
    }
    assert notes - roadmap == {
        "Abaxx Exchange",
        "BeZero Carbon",
        "Climate Data Steering Committee (CDSC) Secretariat",
        "Climate Impact X",
        "European Bank for Reconstruction and Development (EBRD)",
        "INFRAS",
        "SustainCERT",
    }
