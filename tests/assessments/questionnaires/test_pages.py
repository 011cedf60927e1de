"""The public questionnaires, as pages and as data, and the command that loads them."""

from __future__ import annotations

import hashlib
import html
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from assessments.answering.models import Assessment
from assessments.core import loading as instrument
from assessments.disclosure import document as release_document
from assessments.questionnaires.models import InstrumentEdition
from portal.web import pages
from publications.models import Publication
from tests.factories import EditionFactory, MembershipFactory, shipped_instrument

pytestmark = pytest.mark.django_db

ALL = "/questionnaires/"
DIMENSIONS = ("EG", "TI", "IS", "IN", "DM")


@pytest.fixture
def edition() -> InstrumentEdition:
    Publication.objects.create(
        slug="companion-is", kind="NOTE", origin="COMPANION", position=1, title="A note"
    )
    return EditionFactory()


def read(address: str, **headers: str) -> Any:
    """Read an address as if the process had just started."""
    pages.forget()
    return Client().get(address, headers=headers or None)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_item_stands_in_full_at_its_anchor(
    edition: InstrumentEdition, dimension: str
) -> None:
    page = html.unescape(read(f"{ALL}{dimension}/").content.decode())

    (questionnaire,) = (d for d in shipped_instrument().dimensions if d.code == dimension)
    for item in questionnaire.items:
        assert f'id="{item.code}"' in page
        words = [item.title, item.question, *item.levels, item.why, *item.evidence, *item.grounding]
        for word in [*words, item.relying_question or "", *(item.relying_levels or ())]:
            assert word in page, (item.code, word)
    assert edition.sha256 in page
    assert shipped_instrument().companion in page


def test_the_overview_leads_to_all_five_and_to_the_data(edition: InstrumentEdition) -> None:
    page = html.unescape(read(ALL).content.decode())

    for dimension in DIMENSIONS:
        assert f'href="{ALL}{dimension}/"' in page
    assert f'href="{ALL}cmi-maturity-1.0.0.json"' in page
    assert 'href="/schemas/instrument.schema.json"' in page
    assert "National authority that operates no registry" in page
    assert shipped_instrument().companion in page


def test_a_code_leads_to_its_place(edition: InstrumentEdition) -> None:
    response = read("/i/IS2.1")

    assert (response.status_code, response["Location"]) == (302, f"{ALL}IS/#IS2.1")


@pytest.mark.parametrize(
    "address",
    [
        "/i/XX1.1",
        "/i/%00",
        f"{ALL}XX/",
        f"{ALL}is/",
        f"{ALL}%00/",
        f"{ALL}cmi-maturity-9.9.9.json",
        f"{ALL}cmi-maturity.json",
        f"{ALL}-.json",
        f"{ALL}%00-1.0.0.json",
    ],
)
def test_what_is_not_there_is_not_found(edition: InstrumentEdition, address: str) -> None:
    assert read(address).status_code == 404


def test_the_pages_do_not_wait_for_the_guidance() -> None:
    EditionFactory()

    assert read(f"{ALL}IS/").status_code == 200


def test_before_an_edition_is_loaded_there_is_nothing_to_read() -> None:
    for address in (ALL, f"{ALL}IS/", "/i/IS2.1"):
        assert read(address).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_pages_are_for_reading(edition: InstrumentEdition, method: str) -> None:
    for address in (
        ALL,
        f"{ALL}IS/",
        "/i/IS2.1",
        f"{ALL}cmi-maturity-1.0.0.json",
        "/schemas/instrument.schema.json",
        "/schemas/result.schema.json",
        "/schemas/release.schema.json",
    ):
        assert getattr(Client(), method)(address).status_code == 405


def test_the_edition_is_served_as_the_bytes_of_its_hash(edition: InstrumentEdition) -> None:
    address = reverse("assessments:edition_json", args=["cmi-maturity-1.0.0"])

    response = read(address)

    assert response["Content-Type"] == "application/json"
    assert hashlib.sha256(response.content).hexdigest() == edition.sha256
    assert response["ETag"] == f'"{edition.sha256}"'
    assert "immutable" in response["Cache-Control"]
    again = read(address, if_none_match=response["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert instrument.parse(json.loads(response.content)).sha256 == edition.sha256


def test_the_edition_meets_the_published_schema(edition: InstrumentEdition) -> None:
    response = read("/schemas/instrument.schema.json")
    schema = json.loads(response.content)

    assert response["Content-Type"] == "application/schema+json"
    assert (
        read("/schemas/instrument.schema.json", if_none_match=response["ETag"]).status_code == 304
    )
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(edition.document), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(edition.document) | {"version": 1}, schema)


def test_the_schema_of_releases_is_served_as_it_is() -> None:
    response = read("/schemas/release.schema.json")
    assert response.content == release_document.SCHEMA.read_bytes()
    assert response["Content-Type"] == "application/schema+json"


def test_pages_cost_three_queries_cold_and_one_revalidated(
    edition: InstrumentEdition, django_assert_num_queries: Any
) -> None:
    assert edition.content is not None  # read once per process
    with django_assert_num_queries(1):
        overview = read(ALL)
    with django_assert_num_queries(2):  # the edition with the guidance's state, recommendations
        page = read(f"{ALL}IS/")

    with django_assert_num_queries(1):
        again = read(f"{ALL}IS/", if_none_match=page["ETag"])

    assert (overview.status_code, page.status_code, again.status_code) == (200, 200, 304)
    assert len(page.content) < 100_000


def test_the_page_changes_with_the_guidance_it_names(edition: InstrumentEdition) -> None:
    first = read(f"{ALL}IS/")["ETag"]
    assert read(f"{ALL}IS/")["ETag"] == first

    Publication.objects.update(page_version="2")

    assert read(f"{ALL}IS/")["ETag"] != first
    assert read(f"{ALL}IS/", if_none_match=first).status_code == 200


def test_a_signed_in_reader_gets_a_page_of_their_own(edition: InstrumentEdition) -> None:
    client = Client()
    client.force_login(MembershipFactory().user)

    response = client.get(f"{ALL}IS/")

    assert "My assessments" in response.content.decode()
    assert response["Cache-Control"] == "private, no-cache"
    assert "My assessments" not in read(f"{ALL}IS/").content.decode()


# Loading


def test_loading_the_shipped_editions_twice_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for _ in range(2):
        call_command("load_instrument")

    edition = InstrumentEdition.objects.get()
    assert edition.sha256 == shipped_instrument().sha256
    assert (
        capsys.readouterr().out.splitlines() == ["Loaded: cmi-maturity 1.0.0 with 110 items."] * 2
    )


def test_the_same_version_with_other_content_is_refused(
    edition: InstrumentEdition, tmp_path: Path
) -> None:
    (directory,) = instrument.shipped().values()
    for file in directory.iterdir():
        text = file.read_text(encoding="utf-8")
        changed = text.replace("title: Information security", "title: Security of information")
        (tmp_path / file.name).write_text(changed, encoding="utf-8")

    with pytest.raises(CommandError, match=r"cmi-maturity 1\.0\.0 is loaded with other content"):
        call_command("load_instrument", str(tmp_path))

    assert InstrumentEdition.objects.get().sha256 == edition.sha256
    assert Assessment.objects.count() == 0


def test_respondent_types_the_vocabulary_does_not_have_are_refused(tmp_path: Path) -> None:
    (directory,) = instrument.shipped().values()
    for file in directory.iterdir():
        changed = file.read_text(encoding="utf-8").replace("code: NR-A", "code: NR-B")
        (tmp_path / file.name).write_text(changed, encoding="utf-8")

    with pytest.raises(CommandError, match=r"Respondent type NR is not one that this portal knows"):
        call_command("load_instrument", str(tmp_path))

    assert InstrumentEdition.objects.count() == 0


def test_a_broken_edition_is_refused_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"instrument\.yaml: cannot be read"):
        call_command("load_instrument", str(tmp_path))

    assert InstrumentEdition.objects.count() == 0
