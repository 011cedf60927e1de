"""The way of a job, whatever it is: shown with mail, which has the columns and nothing more."""

from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta

import pytest

from portal.jobs import leases
from portal.mail.models import OutgoingMail

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEASE = OutgoingMail.kind.lease


def queued(at: datetime = AT) -> OutgoingMail:
    return OutgoingMail.objects.create(
        template="x", to="kofi@example.org", not_before=at, expires_at=at + timedelta(days=1)
    )


def claimed(job: OutgoingMail, at: datetime = AT) -> leases.Hold[OutgoingMail]:
    hold = leases.claim(OutgoingMail, job.pk, clock=lambda: at)
    assert hold is not None
    return hold


def test_a_job_is_not_claimed_before_its_time() -> None:
    job = queued(AT + timedelta(seconds=1))

    assert leases.claim(OutgoingMail, job.pk, clock=lambda: AT) is None
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("QUEUED", 0)


def test_a_heartbeat_renews_the_lease_only_after_a_while() -> None:
    job = queued()
    hold = claimed(job)

    hold.clock = lambda: AT + timedelta(seconds=5)
    hold.heartbeat()
    job.refresh_from_db()
    assert job.lease_until == AT + LEASE
    hold.clock = lambda: AT + timedelta(seconds=6)
    hold.heartbeat()
    job.refresh_from_db()
    assert job.lease_until == AT + timedelta(seconds=6) + LEASE


def test_a_heartbeat_finds_out_that_the_claim_is_lost() -> None:
    job = queued()
    first = claimed(job)
    claimed(job, AT + LEASE + timedelta(seconds=1))

    first.clock = lambda: AT + LEASE + timedelta(seconds=2)
    with pytest.raises(leases.ClaimLost):
        first.heartbeat()


def test_a_passing_fault_costs_no_attempt_however_often_it_comes() -> None:
    job, at = queued(), AT
    for _time in range(20):
        claimed(job, at).postpone("There is no room.")
        at += leases.PASSING_PAUSE

    job.refresh_from_db()
    assert (job.state, job.attempts, job.reason) == ("QUEUED", 0, "There is no room.")
    assert job.not_before == at


@pytest.mark.parametrize(
    ("exc", "passing"),
    [
        (OSError(errno.ENOSPC, "full"), True),
        (OSError(errno.EDQUOT, "full"), True),
        (OSError(errno.EMFILE, "too many"), True),
        (OSError(errno.EACCES, "no"), False),
        (FileNotFoundError(errno.ENOENT, "gone"), False),
        (ValueError("no room"), False),
    ],
)
def test_which_faults_pass(exc: Exception, passing: bool) -> None:
    assert leases.is_passing(exc) is passing


def test_only_a_failed_job_is_queued_again_and_with_all_its_attempts() -> None:
    job = queued()
    assert leases.queue_again(OutgoingMail, job.pk, at=AT) is False
    claimed(job).fail("No.")
    later = AT + timedelta(hours=1)

    assert leases.queue_again(OutgoingMail, job.pk, at=later) is True

    job.refresh_from_db()
    assert (job.state, job.attempts, job.reason, job.not_before) == ("QUEUED", 0, "", later)
