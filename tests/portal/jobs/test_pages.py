"""The operators' page of jobs: what it shows, to whom, and what it never shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from assessments.reports.models import Report
from portal.accounts.models import Role, User
from portal.jobs import actions, queries
from portal.jobs.queries import tag_of
from portal.mail.actions import queue_mail
from portal.mail.models import OutgoingMail
from tests.assessments.reports.test_actions import submitted
from tests.factories import MembershipFactory, UserFactory, steward

pytestmark = pytest.mark.django_db

ADDRESS = "kofi@example.org"


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    return client


def failed_mail() -> OutgoingMail:
    row = queue_mail(
        "email_confirmation",
        to=ADDRESS,
        context={"code": "ABCD-2345"},
        lasts=timedelta(days=1),
        at=now(),
    )
    OutgoingMail.objects.filter(pk=row.pk).update(
        state="FAILED", attempts=8, reason="The mail server refused it (550)."
    )
    return row


def failed_report() -> Report:
    report = submitted()
    Report.objects.filter(pk=report.pk).update(
        state="FAILED", attempts=3, reason="The pages could not be laid out (my words)."
    )
    return report


def test_each_kind_of_job_has_its_table(operator: Client) -> None:
    submitted()
    failed_mail()

    tables = operator.get(reverse("admin_jobs")).context["tables"]

    assert [table.name for table in tables] == ["audits", "mail", "reports", "webhooks"]
    assert [list(table.counts) for table in tables] == [
        [],
        [("Failed", 1)],
        [("Waiting to be built", 1)],
        [],
    ]
    [mail], [report] = tables[1].rows, tables[2].rows
    assert (mail.state, mail.attempts, mail.next_try_at, mail.reason, mail.may_be_queued) == (
        *("Failed", 8, None),
        *("The mail server refused it (550).", True),
    )
    assert (report.state, report.attempts, report.may_be_queued) == (
        "Waiting to be built",
        0,
        False,
    )
    assert report.next_try_at is not None


def test_the_page_names_nobody(operator: Client) -> None:
    report = failed_report()
    failed_mail()

    page = operator.get(reverse("admin_jobs")).content.decode()

    assert "The pages could not be laid out …" in page
    for private in (
        ADDRESS,
        "ABCD-2345",
        report.requested_by.email,
        report.assessment.organisation.name,
        "my words",
        report.verification_code,
        str(report.pk),
        str(report.assessment_id),
    ):
        assert private not in page


def test_a_reason_nobody_knows_is_not_shown() -> None:
    report = failed_report()
    Report.objects.filter(pk=report.pk).update(reason="Something my answer says.")

    [row] = queries.job_tables()[2].rows

    assert row.reason == "Whoever owns the job sees why."


@pytest.mark.parametrize(
    "reason",
    [
        "Building this report stopped its worker 3 times. Ask for it again; if it fails again, …",
        "The process that lays out the pages ended unexpectedly.",
        "There is no room to store the report now. It is tried again soon.",
        "The portal made a mistake while it built this report (ValueError). Try again; if it …",
    ],
)
def test_the_portals_own_reasons_are_shown(reason: str) -> None:
    report = failed_report()
    Report.objects.filter(pk=report.pk).update(reason=reason)

    [row] = queries.job_tables()[2].rows

    assert reason.startswith(row.reason.removesuffix(" …"))
    assert len(row.reason) > 30


def test_a_failed_job_is_queued_again(
    operator: Client, django_capture_on_commit_callbacks: Any
) -> None:
    report = failed_report()

    with django_capture_on_commit_callbacks() as callbacks:
        response = operator.post(
            reverse("admin_jobs"), {"kind": "reports", "job": tag_of(Report, report.pk)}
        )

    assert response["Location"] == reverse("admin_jobs")
    report.refresh_from_db()
    assert (report.state, report.attempts, report.reason) == ("QUEUED", 0, "")
    assert len(callbacks) == 1  # a worker is notified


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"kind": "reports"},
        {"kind": "reports", "job": "0" * 16},
        {"kind": "audits", "job": "0" * 16},
        {"kind": "users", "job": "1"},
    ],
)
def test_nonsense_is_answered_in_a_sentence(operator: Client, form: dict[str, str]) -> None:
    response = operator.post(reverse("admin_jobs"), form, follow=True)

    assert response.status_code == 200
    assert "This job has not failed, or is gone." in response.content.decode()


def test_what_waits_or_has_expired_is_not_queued_again(operator: Client) -> None:
    report, mail = submitted(), failed_mail()
    OutgoingMail.objects.filter(pk=mail.pk).update(to="", subject="", text="", html="")

    operator.post(reverse("admin_jobs"), {"kind": "reports", "job": tag_of(Report, report.pk)})
    operator.post(reverse("admin_jobs"), {"kind": "mail", "job": tag_of(OutgoingMail, mail.pk)})

    report.refresh_from_db()
    mail.refresh_from_db()
    assert (report.state, report.not_before) == ("QUEUED", report.created_at)
    assert mail.state == "FAILED"
    [row] = queries.job_tables()[1].rows
    assert row.may_be_queued is False


@pytest.mark.parametrize("who", ["visitor", "person", "owner", "steward", "closed operator"])
def test_nobody_else_sees_or_queues_a_job(who: str) -> None:
    report, client = failed_report(), Client()
    people: dict[str, Callable[[], User]] = {
        "person": UserFactory,
        "owner": lambda: (
            MembershipFactory(organisation=report.assessment.organisation, role=Role.OWNER).user
        ),
        "steward": steward,
        "closed operator": lambda: UserFactory(is_staff=True, is_active=False),
    }
    if who in people:
        client.force_login(people[who]())

    read = client.get(reverse("admin_jobs"))
    written = client.post(
        reverse("admin_jobs"), {"kind": "reports", "job": tag_of(Report, report.pk)}
    )

    assert (read.status_code, written.status_code) == (302, 302)  # to sign in
    report.refresh_from_db()
    assert report.state == "FAILED"


def test_the_action_refuses_whoever_is_no_operator() -> None:
    report = failed_report()

    with pytest.raises(actions.NotAnOperator):
        actions.queue_again(
            kind="reports", tag=tag_of(Report, report.pk), by=report.requested_by, at=now()
        )

    report.refresh_from_db()
    assert report.state == "FAILED"


def test_the_page_costs_the_same_for_every_number_of_jobs(operator: Client) -> None:
    counts = []
    for number in (1, 3):
        for _row in range(number):
            failed_mail()
            failed_report()
        with CaptureQueriesContext(
            connection,
        ) as found:
            operator.get(reverse("admin_jobs"))
        counts.append(len(found))

    assert counts == [10, 10]  # the session, the person, and two for each of four kinds


def test_the_operators_site_leads_there(operator: Client) -> None:
    assert (
        f'href="{reverse("admin_jobs")}"' in operator.get(reverse("admin:index")).content.decode()
    )
