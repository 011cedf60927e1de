"""What the shipped content promises: enough of it, all of it answered, nothing dangling."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from publications import pack
from publications.management.commands.load_content import CONTENT
from publications.models import Provision

INSTRUMENT = Path(__file__).parents[2] / "assessments/instruments/cmi-maturity-1.0.0"


@pytest.fixture(scope="module")
def practices() -> set[str]:
    files = [INSTRUMENT / f"{dimension}.yaml" for dimension in ("EG", "TI", "IS", "IN", "DM")]
    return {
        item["code"]
        for file in files
        for capability in yaml.safe_load(file.read_text(encoding="utf-8"))["capabilities"]
        for item in capability["items"]
    }


def of_kind(content: pack.Pack, kind: str) -> list[pack.ProvisionDef]:
    return [p for d in content.publications for p in d.provisions if p.kind == kind]


def test_every_practice_is_answered_and_every_item_exists(
    content: pack.Pack, practices: set[str]
) -> None:
    answered = {item for r in of_kind(content, Provision.Kind.RECOMMENDATION) for item in r.items}

    assert len(practices) == 110
    assert answered == practices


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


def test_practices_a_measure_names_exist(content: pack.Pack, practices: set[str]) -> None:
    measures = [p.action.measure for p in of_kind(content, Provision.Kind.ACTION) if p.action]
    named = {code for m in measures for code in re.findall(r"\b[A-Z]{2}\d\.\d\b", m)}

    assert named <= practices
    assert all(re.search(r"\b[A-Z]{2}\d\.\d\b", measure) for measure in measures)


def test_glossary_forms_belong_to_one_term_each(content: pack.Pack) -> None:
    terms = of_kind(content, Provision.Kind.TERM)
    forms = [form.lower() for term in terms for form in term.forms]

    assert len(terms) == 76
    assert len(forms) == len(set(forms))


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
