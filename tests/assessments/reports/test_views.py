"""The result page, the report from request to file, and its verification."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from assessments.answering import actions as answering
from assessments.answering.answers import GivenAnswer
from assessments.reports import actions
from assessments.reports import actions as reports_actions
from assessments.reports.building import Built
from assessments.reports.models import Report
from assessments.submissions import actions as submissions_actions
from portal.accounts.models import Role, User
from tests.assessments.market import market_of, released, wave
from tests.assessments.reports.test_actions import claimed
from tests.factories import AssessmentFactory, MembershipFactory, UserFactory, answer

CONTENT = b"%PDF-1.7 the file"
BUILT = Built(content=CONTENT, sha256="ab" * 32, pages=33, seconds=1.5)

pytestmark = pytest.mark.django_db


@pytest.fixture
def report() -> Report:
    """A queued report of a submitted assessment, every practice at 3 with an artefact."""
    assessment = AssessmentFactory(organisation__name="Savanna Registry")
    MembershipFactory(user=assessment.created_by, organisation=assessment.organisation)
    answer(assessment, leaving=["TI2.2"])
    answer_one = GivenAnswer(rating=1, note="Only by hand.")
    answering.save_response(
        assessment=assessment,
        item="TI2.2",
        answer=answer_one,
        by=assessment.created_by,
        at=now(),
        base_version=0,
    )
    return submissions_actions.submit_assessment(
        assessment=assessment,
        submitted_as="Amina Otieno, Head of Compliance",
        names_organisation=False,
        by=assessment.created_by,
        at=now(),
    )


def make_ready(report: Report) -> Report:
    actions.finish_report(hold=claimed(report, at=now() + timedelta(seconds=1)), built=BUILT)
    report.refresh_from_db()
    return report


def make_failed(report: Report) -> Report:
    claimed(report, at=now() + timedelta(seconds=1)).fail("It took too long.")
    report.refresh_from_db()
    return report


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def address(name: str, report: Report) -> str:
    of = report.pk if name.startswith("report_") else report.assessment_id
    return reverse(f"assessments:{name}", args=[of])


def test_result_page_shows_scores_gates_and_plan(client: Client, report: Report) -> None:
    page = signed_in(client, report.requested_by).get(address("result", report))

    text = page.content.decode()
    assert page.status_code == 200
    assert "Minimum standard TI2.2 is rated 1" in text
    assert "(2×75 + 2×25 + 2×75 + 1×75) ÷ 7 = 60.7" in text
    assert "No benchmark release has been published yet." in text
    assert "Minimum standard failed" in text


def test_result_page_costs_the_same_for_every_number_of_reports(
    client: Client, report: Report, django_assert_num_queries: Any
) -> None:
    signed_in(client, report.requested_by).get(address("result", report))  # reads the edition
    for _again in range(2):
        with django_assert_num_queries(8):
            assert client.get(address("result", report)).status_code == 200
        reports_actions.queue_report(
            result=report.result,
            names_organisation=False,
            requested_by=report.requested_by,
            at=now(),
        )


def test_a_result_without_an_index_has_no_place_among_peers(client: Client) -> None:
    period = wave(demonstration=True)
    market_of(12, period, is_demonstration=True)
    released(period)
    assessment = AssessmentFactory(
        modules=["DM"], organisation__is_demonstration=True, wave__is_demonstration=True
    )
    MembershipFactory(user=assessment.created_by, organisation=assessment.organisation)
    answer(assessment)
    report = submissions_actions.submit_assessment(
        assessment=assessment,
        submitted_as="Amina Otieno, Head of Compliance",
        names_organisation=False,
        by=assessment.created_by,
        at=now(),
    )

    page = signed_in(client, assessment.created_by).get(address("result", report))

    assert "in benchmark release demo-2025-W1." in page.content.decode()
    assert "Place of your declared index" not in page.content.decode()


def test_the_result_leads_to_each_of_its_parts_and_stays_when_the_report_is_ready(
    client: Client, report: Report
) -> None:
    html = signed_in(client, report.requested_by).get(address("result", report)).content.decode()

    contents = html[
        html.index('class="result-contents"') : html.index("</nav>", html.index("result-contents"))
    ]
    parts = re.findall(r'href="#([a-z]+)"', contents)
    assert parts[:3] == ["report", "dimensions", "peers"]
    assert [part for part in parts if f'id="{part}"' not in html] == []
    ready = f'READY" hidden>The report is ready. <a href="{address("report", report)}"'
    assert ready in html


def test_an_open_assessment_has_no_result_yet(client: Client) -> None:
    membership = MembershipFactory()
    assessment = AssessmentFactory(organisation=membership.organisation)
    signed_in(client, membership.user)

    for name in ("result", "report"):
        page = client.get(reverse(f"assessments:{name}", args=[assessment.pk]))
        assert page.status_code == 302
        assert page["Location"] == reverse("assessments:tasks", args=[assessment.pk])


@pytest.mark.parametrize("name", ["result", "report", "result_json", "report_state", "report_file"])
def test_strangers_find_nothing(client: Client, report: Report, name: str) -> None:
    make_ready(report)

    assert signed_in(client, UserFactory()).get(address(name, report)).status_code == 404


def test_the_result_document_is_sent_as_it_is_hashed(client: Client, report: Report) -> None:
    answered = signed_in(client, report.requested_by).get(address("result_json", report))

    assert answered.content.decode() == report.result.document
    assert answered["Content-Disposition"].startswith('attachment; filename="maturity-savanna-')
    assert answered["X-Content-Type-Options"] == "nosniff"


def test_report_page_follows_the_work(client: Client, report: Report) -> None:
    page = signed_in(client, report.requested_by).get(address("report", report))

    text = page.content.decode()
    assert "The report is being built" in text
    assert f'data-progress-url="{address("report_state", report)}"' in text
    assert '<noscript><meta http-equiv="refresh"' in text


def test_report_state_for_a_page_that_follows(client: Client, report: Report) -> None:
    signed_in(client, report.requested_by)

    assert client.get(address("report_state", report)).json() == {
        "state": "QUEUED",
        "progress": 0,
        "stage": "Waiting to be built",
        "finished": False,
        "url": address("report", report),
    }
    make_ready(report)
    answered = client.get(address("report_state", report))
    assert answered.json()["finished"] is True
    assert "no-store" in answered["Cache-Control"]


def test_a_ready_report_is_downloaded_whole(client: Client, report: Report) -> None:
    make_ready(report)
    signed_in(client, report.requested_by)

    page = client.get(address("report", report)).content.decode()
    file = client.get(address("report_file", report))

    assert "33 pages" in page
    assert "ab" * 32 in page
    assert file.getvalue() == CONTENT
    assert file["Content-Type"] == "application/pdf"
    assert file["Content-Disposition"].startswith("attachment; ")
    assert file["X-Content-Type-Options"] == "nosniff"
    file.close()


def test_a_lost_file_is_built_again_once(client: Client, report: Report) -> None:
    lost = make_ready(report)
    lost.file.storage.delete(str(lost.file.name))
    signed_in(client, report.requested_by)

    response = client.get(address("report_file", report), follow=True)
    client.get(address("report_file", report))

    page = response.content.decode()
    assert response.redirect_chain == [(address("report", report), 302)]
    assert "The file of this report is not where it was stored. It is built again." in page
    assert "The report is being built" in page
    new = Report.objects.exclude(pk=lost.pk).get()
    assert (new.state, new.result, new.release) == ("QUEUED", lost.result, lost.release)
    assert new.requested_by == report.requested_by
    lost.refresh_from_db()
    assert (lost.state, lost.sha256) == ("READY", BUILT.sha256)  # what its code stands for


def test_a_lost_file_is_nothing_to_a_stranger(client: Client, report: Report) -> None:
    lost = make_ready(report)
    lost.file.storage.delete(str(lost.file.name))
    client.force_login(UserFactory())

    assert client.get(address("report_file", report)).status_code == 404
    assert Report.objects.count() == 1


def test_an_unfinished_report_has_no_file(client: Client, report: Report) -> None:
    signed_in(client, report.requested_by)

    assert client.get(address("report_file", report)).status_code == 404


def test_a_failed_report_says_why_and_is_tried_again(client: Client, report: Report) -> None:
    make_failed(report)
    signed_in(client, report.requested_by)
    page = client.get(address("report", report)).content.decode()

    again = client.post(address("report", report))

    assert "It took too long." in page
    assert "Build the report again" in page
    assert again["Location"] == address("report", report)
    report.refresh_from_db()
    assert report.state == Report.State.QUEUED


def test_a_viewer_sees_the_failure_and_may_not_try_again(client: Client, report: Report) -> None:
    make_failed(report)
    viewer = MembershipFactory(organisation=report.assessment.organisation, role=Role.VIEWER).user
    signed_in(client, viewer)

    page = client.get(address("report", report)).content.decode()
    again = client.post(address("report", report))

    assert "It took too long." in page
    assert "Build the report again" not in page
    assert again.status_code == 404
    report.refresh_from_db()
    assert report.state == Report.State.FAILED


def test_a_retry_that_comes_too_late_says_so(client: Client, report: Report) -> None:
    make_ready(report)

    page = signed_in(client, report.requested_by).post(address("report", report), follow=True)

    assert "there is nothing to try again" in page.content.decode()


# Verification


def verification(code: str) -> str:
    return reverse("verify_code", args=[code])


def test_verification_confirms_the_file_and_nothing_else(client: Client, report: Report) -> None:
    make_ready(report)

    page = client.get(verification(report.verification_code))

    text = page.content.decode()
    assert page.status_code == 200
    assert "ab" * 32 in text
    assert "Current" in text
    assert "Savanna" not in text
    assert "Amina" not in text
    assert page["X-Robots-Tag"] == "noindex"


def test_verification_names_an_organisation_that_agreed(client: Client, report: Report) -> None:
    Report.objects.filter(pk=report.pk).update(names_organisation=True)
    make_ready(report)

    assert "Savanna Registry" in client.get(verification(report.verification_code)).content.decode()


def test_verification_says_when_a_later_report_stands(client: Client, report: Report) -> None:
    make_ready(report)
    later = reports_actions.queue_report(
        result=report.result,
        names_organisation=False,
        requested_by=report.requested_by,
        at=report.created_at + timedelta(days=1),
    )
    Report.objects.filter(pk=later.pk).update(not_before=now())
    make_ready(later)

    first = client.get(verification(report.verification_code)).content.decode()
    second = client.get(verification(later.verification_code)).content.decode()

    assert "Replaced by a later report" in first
    assert "Current" in second


def test_a_code_nobody_has_and_one_without_a_file_look_alike(
    client: Client, report: Report
) -> None:
    unknown = client.get(verification("ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2-3"))
    unready = client.get(verification(report.verification_code))

    assert unknown.status_code == unready.status_code == 404
    assert "No report has this code." in unknown.content.decode()
    masked = unready.content.decode().replace(
        report.verification_code, "ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2-3"
    )
    assert masked == unknown.content.decode()


@pytest.mark.parametrize("typed", ["x", "A" * 26 + "!", "A" * 27, "%00", "<script>", "I" * 26])
def test_nonsense_is_no_code(client: Client, typed: str) -> None:
    page = client.get(reverse("verify"), {"code": typed})

    assert page.status_code == 404
    assert "No report has this code." in page.content.decode()
    assert "<script>" not in page.content.decode().replace('<script src="', "")


def test_a_code_is_read_as_people_type_it(client: Client, report: Report) -> None:
    make_ready(report)
    typed = " " + report.verification_code.lower().replace("-", " ")

    page = client.get(reverse("verify"), {"code": typed})

    assert page["Location"] == verification(report.verification_code)


def test_the_form_asks_for_a_code(client: Client) -> None:
    assert "Enter the code that is printed" not in client.get(reverse("verify")).content.decode()
    html = client.get(reverse("verify"), {"code": " "}).content.decode()
    assert '<a href="#code">Enter the code that is printed on the cover.</a>' in html
    assert "<title>Error: Verify a report" in html
    assert 'aria-invalid="true"' in html
