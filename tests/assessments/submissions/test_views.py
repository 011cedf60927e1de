"""Checking and submitting, through the client."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from assessments.answering.models import Assessment, Response, Result
from assessments.reports.models import Report
from portal.accounts.models import Membership
from tests.assessments.pages import REASON, SUBMITTER, check_url, signed_in, text_of
from tests.factories import AssessmentFactory, WaveFactory, answer

pytestmark = pytest.mark.django_db

# Check and submit


def test_the_check_page_lists_what_is_missing_first(
    owner: Membership, assessment: Assessment
) -> None:
    answer(assessment, leaving=["EG1.1", "TI5.5"])
    client = signed_in(owner.user)

    page = text_of(client.get(check_url(assessment)))
    assert "2 questions are not answered: EG1.1" in page
    assert "Submit the assessment" not in page

    refused = client.post(check_url(assessment), SUBMITTER)
    assert refused.status_code == 200
    assert "2 questions are not answered. They are listed first on this page." in text_of(refused)
    assert 'value="Ada Mwangi"' in refused.content.decode()
    assessment.refresh_from_db()
    assert assessment.submitted_at is None


def test_the_check_page_says_first_when_all_is_answered(
    owner: Membership, assessment: Assessment
) -> None:
    answer(assessment)

    page = signed_in(owner.user).get(check_url(assessment))

    assert "All 92 questions are answered. Read through what you said" in text_of(page)
    assert '<a href="#submit">' in page.content.decode()


def test_the_check_page_warns_of_thin_grounds(owner: Membership) -> None:
    assessment = AssessmentFactory(
        organisation=owner.organisation,
        modules=["EG", "DM"],
        wave=WaveFactory(closes_date=now().date() - timedelta(days=1)),
    )
    answer(assessment, leaving=["DM2.3", "DM5.3", "EG1.1"], note="See the register.")
    by = {"assessment": assessment, "updated_by": owner.user}
    Response.objects.create(item="EG1.1", dont_know=True, **by)
    for code in ("DM2.3", "DM5.3"):
        Response.objects.create(
            item=code, not_applicable=True, reason_kind="OTHER", reason=REASON, **by
        )

    page = text_of(signed_in(owner.user).get(check_url(assessment)))

    assert "the period has closed" in page
    assert "rated 3 while EG1.1 is rated 0" in page
    assert "Note: See the register." in page
    assert "does not take all questionnaires" in page
    assert REASON in page
    assert "Submit the assessment" in page


@pytest.mark.parametrize("field", ["name", "position", "statement"])
def test_submitting_needs_a_named_person_and_the_statement(
    owner: Membership, assessment: Assessment, field: str
) -> None:
    answer(assessment)
    said = {name: value for name, value in SUBMITTER.items() if name != field}

    page = signed_in(owner.user).post(check_url(assessment), said)

    assert list(page.context["form"].errors) == [field]
    assessment.refresh_from_db()
    assert assessment.submitted_at is None


def test_submitting_twice_has_the_same_outcome(owner: Membership, assessment: Assessment) -> None:
    answer(assessment)
    client = signed_in(owner.user)

    first, second = (client.post(check_url(assessment), SUBMITTER) for _ in range(2))

    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert (Result.objects.count(), Report.objects.count()) == (1, 1)
