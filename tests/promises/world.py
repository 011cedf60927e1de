"""Two organisations that must never meet, and everything each of them owns.

Every word that one of them typed holds its canary, so that a page, a file or a log that shows a
canary says whose secret it gave away. Everything is made by the product's own actions.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils.timezone import now

from assessments.answering import actions as answering
from assessments.answering import queries
from assessments.answering.answers import GivenAnswer
from assessments.answering.models import Assessment, Result, Wave
from assessments.benchmarks.actions import computing, publishing
from assessments.questionnaires import queries as questionnaires_queries
from assessments.questionnaires.models import InstrumentEdition
from assessments.reports.models import Report
from assessments.submissions import actions as submissions_actions
from portal.accounts.access import token_digest
from portal.accounts.models import Invitation, Organisation, Role, User
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory

MODULE = "IS"
OPEN_WAVE, PAST_WAVE = "2026-W9", "demo-2024-W9"
PEERS = 12  # enough for a release


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """One organisation, the people in it by role, and what it owns."""

    canary: str  # in its name and the names of its people: operators see those
    secret: str  # in its answers and files: nobody outside ever sees those
    organisation: Organisation
    people: dict[Role, User]
    membership_id: int  # of its viewer
    invitation_id: UUID
    token: str
    open: Assessment  # answered, not submitted
    done: Assessment  # submitted, its report ready
    failed: Assessment  # submitted, its report failed
    report: Report
    failed_report: Report

    @property
    def ids(self) -> list[str]:
        """Everything by which something of this organisation is found."""
        rows = (self.organisation, self.open, self.done, self.failed)
        reports = (self.report, self.failed_report)
        return [str(row.pk) for row in (*rows, *reports)] + [str(self.invitation_id), self.token]


@dataclass(slots=True, kw_only=True)
class World:
    edition: InstrumentEdition
    release: str
    here: Owned
    there: Owned
    stranger: User
    operator: User
    superuser: User
    items: list[str] = field(default_factory=list)

    def owned(self, owner: str) -> Owned:
        return {"here": self.here, "there": self.there}[owner]


def build() -> World:
    """Fill an empty database."""
    call_command("load_instrument", verbosity=0)
    call_command("load_content", verbosity=0)
    edition = questionnaires_queries.current_edition()
    assert edition is not None
    today = now().date()
    wave = Wave.objects.create(
        code=OPEN_WAVE,
        title="The open period",
        opens_date=today - timedelta(days=30),
        closes_date=today + timedelta(days=30),
    )
    here, there = (_owned(name, edition, wave) for name in ("here", "there"))
    operator = UserFactory(email="operator@example.org", is_staff=True)
    superuser = UserFactory(email="super@example.org", is_staff=True, is_superuser=True)
    return World(
        edition=edition,
        release=_release(here.done, edition),
        here=here,
        there=there,
        stranger=UserFactory(email="stranger@example.org"),
        operator=operator,
        superuser=superuser,
        items=list(queries.items_of(here.open)),
    )


def rated(rating: int, words: str = "") -> GivenAnswer:
    return GivenAnswer(rating=rating, evidence_reference=words, note=words)


def _owned(name: str, edition: InstrumentEdition, wave: Wave) -> Owned:
    canary, secret = (f"{kind}{name}{secrets.token_hex(6)}" for kind in ("canary", "secret"))
    organisation = OrganisationFactory(
        name=f"Organisation {canary}", adviser=f"Adviser {canary}", ultimate_owner=f"Owner {canary}"
    )
    people: dict[Role, User] = {}
    memberships = {}
    for role in Role:
        user = UserFactory(email=f"{role.value.lower()}.{canary}@example.org", name=f"P {canary}")
        people[role] = user
        memberships[role] = MembershipFactory(user=user, organisation=organisation, role=role)
    owner, token = people[Role.OWNER], secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=f"invited.{canary}@example.org",
        role=Role.VIEWER,
        token_sha256=token_digest(token),
        created_by=owner,
        expires_at=now() + timedelta(days=9),
    )
    still_open, done, failed = (
        _assessment(organisation, kind, edition, wave, owner, secret) for kind in ("RG", "SB", "EX")
    )
    report, failed_report = (_submitted(each, owner, canary) for each in (done, failed))
    report.file.save(f"reports/{report.pk}.pdf", ContentFile(b"%PDF-1.7 " + secret.encode()))
    Report.objects.filter(pk=report.pk).update(
        state="READY", sha256="0" * 64, ready_at=now(), file=report.file.name, size=30, pages=1
    )
    Report.objects.filter(pk=failed_report.pk).update(state="FAILED", reason=f"Because {secret}")
    report.refresh_from_db()
    return Owned(
        canary=canary,
        secret=secret,
        organisation=organisation,
        people=people,
        membership_id=memberships[Role.VIEWER].pk,
        invitation_id=invitation.pk,
        token=token,
        open=still_open,
        done=done,
        failed=failed,
        report=report,
        failed_report=failed_report,
    )


def _assessment(
    organisation: Organisation,
    kind: str,
    edition: InstrumentEdition,
    wave: Wave,
    by: User,
    secret: str,
) -> Assessment:
    assessment = start(organisation, kind, edition, wave, by)
    asked = queries.items_of(assessment)
    for item in asked:
        answering.save_response(
            assessment=assessment,
            item=item,
            answer=rated(3, f"Words {secret}"),
            by=by,
            at=now(),
            base_version=0,
        )
    return assessment


def start(
    organisation: Organisation, kind: str, edition: InstrumentEdition, wave: Wave, by: User
) -> Assessment:
    return answering.start_assessment(
        organisation=organisation,
        edition=edition,
        wave=wave,
        respondent_type=kind,
        operates_registry=None,
        modules=[MODULE],
        market="both",
        country_code="KE",
        size_band="10-49",
        consents_to_benchmark=False,
        is_main_role=True,
        by=by,
        at=now(),
    )


def _submitted(assessment: Assessment, by: User, canary: str) -> Report:
    report = submissions_actions.submit_assessment(
        assessment=assessment,
        submitted_as=f"Person {canary}, Director",
        names_organisation=False,
        by=by,
        at=now(),
    )
    assessment.refresh_from_db()
    return report


def _release(like: Assessment, edition: InstrumentEdition) -> str:
    """Publish a small demonstration release of organisations that all scored alike."""
    wave = Wave.objects.create(
        code=PAST_WAVE,
        title="A closed period",
        opens_date=date(2024, 1, 1),
        closes_date=date(2024, 12, 31),
        is_demonstration=True,
    )
    result = Result.objects.get(assessment=like)
    at = datetime(2024, 6, 1, tzinfo=UTC)
    for number in range(PEERS):
        peer = OrganisationFactory(
            name=f"Synthetic {number}", ultimate_owner=f"Owner {number}", is_demonstration=True
        )
        values: dict[str, Any] = {
            each.attname: getattr(like, each.attname)
            for each in Assessment._meta.concrete_fields
            if each.name
            not in {"id", "organisation", "wave", "submitted_at", "submitted_by", "submitted_as"}
        }
        values |= {"consents_to_benchmark": True, "created_at": at}
        made = Assessment.objects.create(organisation=peer, wave=wave, **values)
        Result.objects.create(
            assessment=made, document=result.document, engine=result.engine, sha256=result.sha256
        )
        made.submitted_at, made.submitted_by_id = at, like.submitted_by_id
        made.save(update_fields=["submitted_at", "submitted_by"])
    series = computing.series_of(wave)
    return publishing.publish_release(wave=wave, series=series, at=now()).code
