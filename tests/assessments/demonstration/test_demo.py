"""`manage.py demo`: everything a visitor needs, synthetic everywhere, and repeatable."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils.timezone import now

from assessments.answering.models import Assessment, Response, ResponseEvent, Result, Wave
from assessments.benchmarks.models import BenchmarkRelease
from assessments.demonstration import actions as demonstration
from assessments.disclosure import peers
from assessments.disclosure.codes import TYPES
from assessments.disclosure.document import SCHEMA
from portal.accounts.access import has_working_group_role
from portal.accounts.models import Membership, Organisation, User, WorkingGroupRole
from tests.factories import EditionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def counts() -> list[int]:
    kinds = (Organisation, User, Membership, Wave, Assessment, Response, ResponseEvent, Result)
    return [kind._default_manager.count() for kind in kinds]


def test_demo_needs_the_questionnaires(var: Path) -> None:
    with pytest.raises(CommandError, match=r"Run manage.py load_instrument first"):
        call_command("demo")


@pytest.mark.slow
def test_demo_creates_a_market_its_release_and_a_registry_to_sign_in_as(
    var: Path, capsys: pytest.CaptureFixture[str], client: Any
) -> None:
    EditionFactory()
    call_command("demo")
    printed = capsys.readouterr().out

    year = now().year
    release, earlier = BenchmarkRelease.objects.of_series("demo")
    document = json.loads(release.document)
    jsonschema.validate(document, json.loads(SCHEMA.read_bytes()))
    assert release.code == f"demo-{year - 1}-W1"
    assert earlier.code == f"demo-{year - 2}-W1"
    changes = peers.changes(json.loads(earlier.document), document, cohort="all")
    assert {each.measure: each.direction for each in changes}["EG"] == "unclear"
    assert {each.measure: each.direction for each in changes}["DM"] == "up"
    assert release.series == "demo"
    assert document["synthetic"] is True
    assert document["cohorts"][0]["n"] == 345
    published = {row["id"] for row in document["cohorts"] if row["status"] == "published"}
    assert {f"type:{code}" for code in TYPES} <= published
    assert f"344 synthetic organisations are released as {release.code}" in printed

    assert not Organisation.objects.filter(is_demonstration=False).exists()
    assert not Wave.objects.filter(is_demonstration=False).exists()
    submitted = Assessment.objects.submitted()
    assert submitted.filter(wave=release.wave).count() == 362
    assert submitted.count() == Result.objects.count() == 668
    assert Response.objects.count() == ResponseEvent.objects.count()
    assert not User.objects.get(email=demonstration.SYNTHETIC_RESPONDENT).has_usable_password()

    registry = Organisation.objects.get(name="Demonstration Registry")
    roles = {each.user.email: each.role for each in registry.memberships.select_related("user")}
    assert roles == {
        "owner@demo.example": "OWNER",
        "contributor@demo.example": "CONTRIBUTOR",
        "viewer@demo.example": "VIEWER",
    }
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 5
    stewards = WorkingGroupRole.objects.filter(role="STEWARD")
    assert [each.user.email for each in stewards.order_by("user__email")] == [
        "steward-1@demo.example",
        "steward-2@demo.example",
    ]
    [assessment] = registry.assessments.all()
    assert not assessment.is_submitted
    assert assessment.wave.opens_date <= now().date() <= assessment.wave.closes_date
    assert assessment.responses.count() == 46

    signs_in(client, var, printed)
    before, text = counts(), (var / "demo-signins.txt").read_text()
    call_command("demo")
    assert counts() == before
    assert (var / "demo-signins.txt").read_text() == text
    assert BenchmarkRelease.objects.of_series("demo").first().sha256 == release.sha256  # type: ignore[union-attr]


def signs_in(client: Any, var: Path, printed: str) -> None:
    """The printed passwords are those of the file, which only its owner reads, and they work."""
    file = var / "demo-signins.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = [line.split() for line in file.read_text().splitlines() if "@" in line]
    assert [email for email, _password in lines] == demonstration.sign_ins()
    for email, password in lines:
        assert password in printed
        client.logout()
        answer = client.post(reverse("account_login"), {"login": email, "password": password})
        assert answer.status_code == 302
        assert client.get(reverse("assessments:home")).status_code == 200


def test_a_demonstrations_stewards_are_none_in_production(settings: Any) -> None:
    passwords = dict.fromkeys(demonstration.sign_ins(), "a long password 1")
    demonstration._stewards(passwords)
    left_over = User.objects.get(email="steward-1@demo.example")
    assert has_working_group_role(left_over, WorkingGroupRole.Role.STEWARD)

    settings.PRODUCTION = True

    assert not has_working_group_role(left_over, WorkingGroupRole.Role.STEWARD)
    assert demonstration.sign_ins() == list(demonstration.SIGN_INS)
    User.objects.filter(email__in=demonstration.STEWARDS).delete()
    demonstration._stewards(passwords)
    assert not WorkingGroupRole.objects.exists()


def test_a_lost_file_of_sign_ins_gets_new_passwords(var: Path, client: Any) -> None:
    passwords = dict.fromkeys(demonstration.SIGN_INS, "an old password 1")
    demonstration._registry(passwords)
    again = dict.fromkeys(demonstration.SIGN_INS, "a new password 2")

    demonstration._registry(again)

    owner = User.objects.get(email="owner@demo.example")
    assert owner.check_password("a new password 2")
    assert Membership.objects.count() == 3
