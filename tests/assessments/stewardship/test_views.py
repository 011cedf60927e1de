"""The stewards' pages: absent for everyone else, and without anybody's answers."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from assessments.benchmarks.actions import computing, notes, publishing
from assessments.benchmarks.models import BenchmarkRelease, ReleaseCandidate, ReleaseNote
from assessments.webhooks.models import WebhookSubscription
from portal.accounts.models import Organisation, User
from tests.assessments.market import (
    AFTER,
    audited,
    market_of,
    organisations,
    released,
    submitted,
    wave,
)
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    WaveFactory,
    steward,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def person() -> User:
    return steward()


@pytest.fixture
def client_of_steward(person: User) -> Client:
    return signed_in(person)


def page(client: Client, view: str, /, *args: object, status: int = 200, **data: Any) -> str:
    response = client.get(reverse(f"assessments:{view}", args=args), data)
    assert response.status_code == status
    text: str = response.content.decode()
    return text


def post(client: Client, view: str, /, *args: object, **data: Any) -> str:
    """Send a form and return the page it leads to."""
    response = client.post(reverse(f"assessments:{view}", args=args), data, follow=True)
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


def test_everyone_else_finds_nothing() -> None:
    period = wave()
    market_of(12, period)
    release = released(period)
    candidate = release.candidate
    note = notes.propose_note(release=release, kind="ERRATUM", text="x", by=steward(), at=AFTER)
    entity = OrganisationFactory()
    addresses: list[tuple[str, list[Any]]] = [
        ("stewardship", []),
        ("audit", [period.pk]),
        ("candidate", [candidate.pk]),
        ("candidate_state", [candidate.pk]),
        ("steward_release", [release.code]),
        ("note", [note.pk]),
        ("steward_organisations", []),
        ("steward_organisation", [entity.pk]),
        ("webhooks", []),
        ("webhook_end", [uuid.uuid4()]),
    ]
    editor: User = UserFactory()
    for role in ("EDITOR", "REVIEWER", "PUBLISHER"):
        editor.working_group_roles.create(role=role)
    others = [MembershipFactory().user, UserFactory(is_staff=True, is_superuser=True), editor]
    clients = [Client(), *map(signed_in, others)]

    for name, args in addresses:
        address = reverse(f"assessments:{name}", args=args)
        for client in clients:
            assert client.get(address).status_code == 404, name
            assert client.post(address, {"decision": "confirm"}).status_code == 404, name
    note.refresh_from_db()
    assert note.confirmed_at is None


# Waves


def test_an_open_wave_shows_two_numbers_rounded_down_to_ten(client_of_steward: Client) -> None:
    period = WaveFactory(code="open-period", title="The open period")
    user = UserFactory()
    for entity in organisations(19):
        submitted(entity, period, at=now(), created_by=user)
    for entity in organisations(14):
        submitted(entity, period, at=None, submitted_at=None, created_by=user)

    shown = page(client_of_steward, "stewardship")

    assert re.findall(r'<td class="figure">(.+?)</td>', shown) == ["30+", "10+"]
    assert "33" not in shown.split("The open period")[1].split("</tr>")[0]
    assert not [
        name for name in Organisation.objects.values_list("name", flat=True) if name in shown
    ]


def test_under_ten_is_said_alike_for_none_and_nine(client_of_steward: Client) -> None:
    empty, nine = WaveFactory(), WaveFactory()
    market_of(9, nine, at=now())

    shown = page(client_of_steward, "stewardship")

    rows = [shown.split(each.title)[1].split("<td>")[0] for each in (empty, nine)]
    figures = [row[row.index("<td") :].strip() for row in rows]
    assert figures[0] == figures[1]
    assert figures[0].count("under 10") == 2


@pytest.mark.parametrize("number", [1, 3])
def test_the_home_page_costs_the_same_for_every_number_of_waves(
    client_of_steward: Client, django_assert_num_queries: Any, number: int
) -> None:
    for year in range(2023, 2023 + number):
        period = wave(year)
        market_of(10, period)
        released(period, at=AFTER + timedelta(days=year))

    with django_assert_num_queries(10):
        page(client_of_steward, "stewardship")


def test_a_closed_wave_is_audited_from_the_page(client_of_steward: Client, person: User) -> None:
    period = wave()
    market_of(12, period)

    shown = post(client_of_steward, "audit", period.pk)

    made = ReleaseCandidate.objects.get()
    assert (made.state, made.requested_by) == ("QUEUED", person)
    assert "The audit is queued." in shown
    state_url = reverse("assessments:candidate_state", args=[made.pk])
    assert f'data-progress-url="{state_url}"' in shown
    assert client_of_steward.get(state_url).json() == {
        "state": "QUEUED",
        "progress": 0,
        "stage": "Waiting to be audited",
        "finished": False,
        "url": reverse("assessments:candidate", args=[made.pk]),
    }


def test_an_open_wave_is_not_audited(client_of_steward: Client) -> None:
    assert "is open until" in post(client_of_steward, "audit", WaveFactory().pk)
    assert not ReleaseCandidate.objects.exists()


# From the audit to the release


def test_one_steward_reads_the_audit_and_approves_and_another_publishes(
    client_of_steward: Client, django_capture_on_commit_callbacks: Any
) -> None:
    period = wave()
    market_of(12, period)
    candidate = audited(period)
    other = signed_in(steward())

    shown = page(client_of_steward, "candidate", candidate.pk)
    assert "<dt>R10</dt>" in shown
    assert "Every organisation keeps" in shown
    assert "Figures of capabilities are what is attacked, and this candidate has none." in shown
    assert "2025-W1: audited</h1>" in shown
    assert "Read the audit, then approve the candidate below." in shown
    mine = post(client_of_steward, "candidate", candidate.pk, decision="approve")
    assert "You approved this candidate. Another steward has it published." in mine
    refused = post(
        client_of_steward, "candidate", candidate.pk, decision="publish", on="2026-03-01"
    )
    assert "four eyes see it" in refused
    wrong = post(other, "candidate", candidate.pk, decision="publish", on="soon")
    assert "Write the day as 2026-01-30." in wrong
    early = post(other, "candidate", candidate.pk, decision="publish", on="2026-01-01")
    assert "<title>Error: 2025-W1" in early
    assert '<a href="#id_on">Choose 30 January 2026 or a later day.</a>' in early
    assert 'value="2026-01-01"' in early
    assert "choose the day of publication below." in early
    done = post(other, "candidate", candidate.pk, decision="publish", on="2026-03-01")
    assert "The release is being published." in done
    assert "Publishing the release" in done
    assert "Publish on this day" not in done
    assert "Take the approval back" in done
    state_url = reverse("assessments:candidate_state", args=[candidate.pk])
    followed = other.get(state_url).json()
    assert (followed["stage"], followed["progress"], followed["finished"]) == (
        "Being published",
        None,
        False,
    )

    publishing.publish_due_releases(at=now())

    release = BenchmarkRelease.objects.get()
    assert "Published as 2025-W1." in page(client_of_steward, "candidate", candidate.pk)
    assert other.get(state_url).json()["finished"] is True
    assert release.candidate.pk == candidate.pk


def test_a_failed_audit_says_why_and_can_be_asked_for_again(client_of_steward: Client) -> None:
    period = wave()
    market_of(9, period)
    with pytest.raises(computing.ReleaseRefused):
        audited(period)
    failed = ReleaseCandidate.objects.get()

    assert "fewer than 10 organisations" in page(client_of_steward, "candidate", failed.pk)
    market_of(3, period)
    post(client_of_steward, "audit", period.pk)

    failed.refresh_from_db()
    assert (failed.state, failed.reason) == ("QUEUED", "")


def test_an_unknown_decision_changes_nothing(client_of_steward: Client) -> None:
    period = wave()
    market_of(12, period)
    candidate = audited(period)

    assert "Choose what to do" in post(client_of_steward, "candidate", candidate.pk, decision="x")

    candidate.refresh_from_db()
    assert (candidate.state, candidate.approved_by) == ("AUDITED", None)


# Notes and revisions


def test_a_note_is_proposed_by_one_and_confirmed_by_another(client_of_steward: Client) -> None:
    period = wave()
    market_of(12, period)
    release = released(period)
    other = signed_in(steward())

    shown = post(
        client_of_steward,
        "steward_release",
        release.code,
        form="note",
        kind="ERRATUM",
        text="A label was wrong.",
    )
    note = ReleaseNote.objects.get()
    assert "Proposed. Another steward confirms it." in shown
    assert "You proposed this note." in post(client_of_steward, "note", note.pk, decision="confirm")
    assert "everybody reads it now" in post(other, "note", note.pk, decision="confirm")

    note.refresh_from_db()
    assert note.confirmed_at is not None


def test_four_eyes_can_be_tried_on_the_demonstration(client_of_steward: Client) -> None:
    period = wave(demonstration=True)
    market_of(12, period, is_demonstration=True)
    release = released(period)
    other = signed_in(steward())

    home = page(client_of_steward, "stewardship")
    assert home.count(">Demonstration</span>") == 2  # its period and its release
    assert "Audit now" not in home
    shown = page(client_of_steward, "steward_release", release.code)
    assert "Demonstration: computed from synthetic organisations." in shown
    assert "Audit a revision" not in shown
    said = {"form": "note", "kind": "ERRATUM", "text": "A label was wrong."}
    post(client_of_steward, "steward_release", release.code, **said)
    post(other, "note", ReleaseNote.objects.get().pk, decision="confirm")
    assert ReleaseNote.objects.get().confirmed_at is not None

    post(other, "steward_release", release.code, form="revision", change="Not for synthetic ones.")
    client_of_steward.post(reverse("assessments:audit", args=[period.pk]))
    assert not ReleaseCandidate.objects.unpublished().exists()


def test_a_note_without_words_and_a_late_revision_are_refused(client_of_steward: Client) -> None:
    period = wave()
    market_of(12, period)
    release = released(period)

    empty = post(client_of_steward, "steward_release", release.code, form="note", kind="ERRATUM")
    late = post(
        client_of_steward, "steward_release", release.code, form="revision", change="Too late."
    )

    assert "Write what is wrong and what follows from it." in empty
    assert "could be revised until" in late
    assert not ReleaseNote.objects.exists()


# Organisations


def test_a_steward_verifies_an_organisation_and_reads_none_of_its_answers(
    client_of_steward: Client, person: User
) -> None:
    entity = OrganisationFactory(name="Entity under test", ultimate_owner="Holding")
    demo = OrganisationFactory(name="Synthetic thing", is_demonstration=True)
    listed = page(client_of_steward, "steward_organisations")
    assert "Entity under test" in listed
    assert "Synthetic thing" not in listed
    page(client_of_steward, "steward_organisation", demo.pk, status=404)
    details = {"name": "Entity under test", "country": "KE", "ultimate_owner": "Other Holding"}

    bare = post(client_of_steward, "steward_organisation", entity.pk, **details)
    done = post(
        client_of_steward, "steward_organisation", entity.pk, evidence="Register no. 7", **details
    )

    assert "Say what the confirmation rests on." in bare
    assert "Entity under test is verified." in done
    assert "Register no. 7" in done
    entity.refresh_from_db()
    assert entity.verified_at is not None
    assert entity.ultimate_owner == "Other Holding"
    assert entity.verifications.get().by == person
    post(client_of_steward, "steward_organisation", entity.pk, reason="Dissolved")
    entity.refresh_from_db()
    assert entity.verified_at is None


def test_a_steward_does_not_verify_their_own_organisation(
    client_of_steward: Client, person: User
) -> None:
    entity = MembershipFactory(user=person).organisation

    shown = post(
        client_of_steward,
        "steward_organisation",
        entity.pk,
        name="x",
        country="KE",
        evidence="Mine",
    )

    assert "another steward decides" in shown
    entity.refresh_from_db()
    assert entity.verified_at is None


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_organisations_costs_the_same(
    client_of_steward: Client, django_assert_num_queries: Any, number: int
) -> None:
    organisations(number, verified_at=None)

    with django_assert_num_queries(5):
        page(client_of_steward, "steward_organisations")


# Webhooks


def test_a_secret_is_shown_once(client_of_steward: Client, person: User) -> None:
    refused = post(client_of_steward, "webhooks", label="Me", url="https://10.0.0.1/hook")
    assert "private network" in refused

    shown = post(client_of_steward, "webhooks", label="Data", url="https://data.example.org/hook")

    made = WebhookSubscription.objects.get()
    assert made.created_by == person
    assert made.secret in shown
    assert made.secret not in page(client_of_steward, "webhooks")
    post(client_of_steward, "webhook_end", made.pk)
    made.refresh_from_db()
    assert made.is_active is False
