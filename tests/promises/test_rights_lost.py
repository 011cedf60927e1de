"""I4: whoever loses the right between the request and the rendering gets no report."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from assessments.reports import actions
from assessments.reports import actions as answering
from assessments.reports.models import Report
from portal.accounts.models import Membership, Role, User
from tests.assessments.reports.test_actions import submitted
from tests.factories import MembershipFactory, UserFactory
from tests.promises.conftest import Figure
from tests.promises.counts import count

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

LOSSES = count(20, 100)
REASON = (
    "The person who asked for this report no longer belongs to the organisation. Ask for it again."
)


def is_removed(membership: Membership, owner: Client) -> None:
    path = "accounts:member_remove"
    address = reverse(path, args=[membership.organisation_id, membership.pk])
    assert owner.post(address).status_code == 302


def leaves(membership: Membership, owner: Client) -> None:
    client = Client()
    client.force_login(membership.user)
    address = reverse("accounts:leave", args=[membership.organisation_id])
    assert client.post(address).status_code == 302


def goes_elsewhere(membership: Membership, owner: Client) -> None:
    is_removed(membership, owner)
    MembershipFactory(user=membership.user, role=Role.OWNER)


def is_switched_off(membership: Membership, owner: Client) -> None:
    User.objects.filter(pk=membership.user_id).update(is_active=False)


WAYS: tuple[Callable[[Membership, Client], None], ...] = (
    is_removed,
    leaves,
    goes_elsewhere,
    is_switched_off,
)


@pytest.fixture
def first() -> Report:
    """The report of a submission, whose owner stays."""
    return submitted()


def asked_by_a_colleague(first: Report) -> tuple[Report, Membership]:
    organisation = first.assessment.organisation
    membership = MembershipFactory(
        user=UserFactory(), organisation=organisation, role=Role.CONTRIBUTOR
    )
    report = answering.queue_report(
        result=first.result, names_organisation=False, requested_by=membership.user, at=now()
    )
    return report, membership


def owner_of(report: Report) -> Client:
    client = Client()
    client.force_login(report.requested_by)
    return client


def build(report: Report, *, losing: Callable[[], None]) -> None:
    """Build a report and lose the right as late as can be: when a worker has claimed it."""
    is_claimed = False

    def clock() -> datetime:
        nonlocal is_claimed
        if not is_claimed:
            losing()
        is_claimed = True
        return now()

    actions.build_report(report_id=report.pk, clock=clock)
    report.refresh_from_db()


def files_of(report: Report) -> list[Path]:
    """Return what workers have stored of a report; each names its file by its own claim."""
    return list((Path(settings.MEDIA_ROOT) / "reports").glob(f"{report.pk}*"))


def test_a_right_lost_before_rendering_is_a_report_refused(first: Report, figure: Figure) -> None:
    dice, owner, done = random.Random(4), owner_of(first), Counter[str]()
    for _ in range(LOSSES):
        report, membership = asked_by_a_colleague(first)
        lose = dice.choice(WAYS)
        build(report, losing=lambda lose=lose, who=membership: lose(who, owner))  # type: ignore[misc]  # bound now
        is_refused = (report.state, report.reason) == (Report.State.FAILED, REASON)
        done[lose.__name__] += is_refused and files_of(report) == []

    figure(f"I4: {sum(done.values())} of {LOSSES} reports refused, whose asker {dict(done)}")
    assert sum(done.values()) == LOSSES
    assert set(done) == {way.__name__ for way in WAYS}


def test_a_worker_that_does_not_ask_again_would_be_noticed(
    first: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red first: with its own rights a worker builds the report for whoever has left."""
    monkeypatch.setattr(actions, "_still_allowed", lambda pk: Report.objects.get(pk=pk))
    report, membership = asked_by_a_colleague(first)
    owner = owner_of(first)

    build(report, losing=lambda: is_removed(membership, owner))

    assert report.state == Report.State.READY
    assert len(files_of(report)) == 1
