"""Who may reach the pages of an assessment, and what they cost."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessments.answering import access, queries
from assessments.answering.models import Assessment, Response, ResponseEvent
from assessments.questionnaires.actions import load_edition
from portal.accounts.models import Membership, Role
from tests.assessments.answering.test_views import large_instrument
from tests.assessments.pages import (
    HOME,
    START,
    SUBMITTER,
    check_url,
    colleague,
    item_url,
    signed_in,
    tasks_url,
    text_of,
)
from tests.factories import AssessmentFactory, MembershipFactory, OrganisationFactory, answer

pytestmark = pytest.mark.django_db

# Who may


def addresses(assessment: Assessment) -> list[str]:
    return [
        tasks_url(assessment),
        item_url(assessment),
        item_url(assessment, "XX9.9"),
        check_url(assessment),
    ]


METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


@pytest.mark.parametrize("method", METHODS)
def test_strangers_find_nothing(assessment: Assessment, method: str) -> None:
    stranger = signed_in(MembershipFactory().user)
    nothing = AssessmentFactory.build(pk=uuid.uuid4())

    said = {"answer": "3", "version": "0"} | SUBMITTER
    for there, absent in zip(addresses(assessment), addresses(nothing), strict=True):
        can_post = there != tasks_url(assessment)
        is_offered = method in ("get", "head") or (method == "post" and can_post)
        for address in (there, absent):
            response = getattr(stranger, method)(address, said)
            assert response.status_code == (404 if is_offered else 405), address
    assert Response.objects.count() == 0
    assert Assessment.objects.submitted().count() == 0


@pytest.mark.parametrize("method", METHODS)
def test_visitors_are_asked_to_sign_in(assessment: Assessment, method: str) -> None:
    for address in [HOME, START, *addresses(assessment)]:
        response = getattr(Client(), method)(address)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))


def test_a_viewer_reads_and_does_not_answer(assessment: Assessment) -> None:
    MembershipFactory(organisation=assessment.organisation)  # its owner's rights are not theirs
    answer(assessment, note="As the board decided.")
    client = colleague(assessment, Role.VIEWER)

    page = client.get(item_url(assessment))
    assert b"<form" not in page.content
    assert "As the board decided." in text_of(page)
    assert "Owners and contributors answer it." in text_of(client.get(tasks_url(assessment)))
    assert "Only an owner" in text_of(client.get(check_url(assessment)))
    assert client.post(item_url(assessment), {"answer": "1", "version": "1"}).status_code == 404
    assert client.post(check_url(assessment), SUBMITTER).status_code == 404
    assert Response.objects.get(item="EG1.1").rating == 3


def test_a_contributor_answers_and_does_not_submit(
    owner: Membership, assessment: Assessment
) -> None:
    answer(assessment)
    client = colleague(assessment, Role.CONTRIBUTOR)

    saved = client.post(item_url(assessment), {"answer": "2", "version": "1"})
    assert saved.status_code == 302
    page = text_of(client.get(check_url(assessment)))
    assert "Ask Ada Mwangi to check this page and submit." in page
    assert "Submit the assessment" not in page
    assert client.post(check_url(assessment), SUBMITTER).status_code == 404
    assessment.refresh_from_db()
    assert assessment.submitted_at is None


def test_the_door_asks_for_the_role_of_the_person_not_of_a_colleague(
    assessment: Assessment,
) -> None:
    viewer = MembershipFactory(organisation=assessment.organisation, role=Role.VIEWER).user
    MembershipFactory(user=viewer)  # an owner elsewhere

    assert access.assessment_for(viewer, assessment.pk) == assessment
    for check in (access.assessment_to_answer, access.assessment_to_submit):
        with pytest.raises(Exception, match="No Assessment matches"):
            check(viewer, assessment.pk)


def test_the_list_holds_ones_own_assessments_only(assessment: Assessment) -> None:
    AssessmentFactory(organisation=OrganisationFactory(name="Somebody else"))
    MembershipFactory(organisation=assessment.organisation)  # a colleague makes no second row

    rows = queries.assessments_of(assessment.created_by)

    assert [row.assessment for row in rows] == [assessment]
    assert (rows[0].role, rows[0].answered, rows[0].asked, rows[0].step) == (
        Role.OWNER,
        0,
        92,
        "START",
    )


def test_a_post_without_its_token_is_refused(owner: Membership, assessment: Assessment) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner.user)

    for address in (START, item_url(assessment), check_url(assessment)):
        assert client.post(address, {"answer": "3"}).status_code == 403


# What it costs


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_for_any_number(
    owner: Membership, django_assert_num_queries: Any, number: int
) -> None:
    for _ in range(number):
        answer(AssessmentFactory(organisation=owner.organisation), leaving=["EG1.1"])
        MembershipFactory(organisation=owner.organisation)
    client = signed_in(owner.user)

    with django_assert_num_queries(5):  # session, person, memberships, assessments, steward
        page = client.get(HOME)

    assert text_of(page).count("91 of 92 questions answered") == number


@pytest.mark.parametrize("number", [1, 3])
def test_pages_of_an_assessment_cost_the_same_for_any_number_of_answers(
    owner: Membership, assessment: Assessment, django_assert_num_queries: Any, number: int
) -> None:
    asked = list(queries.items_of(assessment))
    answer(assessment, leaving=asked[number:])
    client = signed_in(owner.user)

    with django_assert_num_queries(5):  # session, person, assessment, role, answered items
        client.get(tasks_url(assessment))
    with django_assert_num_queries(7):  # and responses around it, count, recommendations
        client.get(item_url(assessment, "EG1.2"))
    with django_assert_num_queries(5):
        client.get(check_url(assessment))


@pytest.mark.parametrize("version", [0, 1])
def test_saving_costs_eight_queries_with_its_transaction(
    owner: Membership, assessment: Assessment, django_assert_num_queries: Any, version: int
) -> None:
    answer(assessment, leaving=["EG1.2"] if version == 0 else [])
    client = signed_in(owner.user)

    with django_assert_num_queries(
        8
    ):  # session, person, assessment; begin, lock, write, event, end
        saved = client.post(item_url(assessment, "EG1.2"), {"answer": "4", "version": version})

    assert saved.status_code == 302
    assert ResponseEvent.objects.get().version == version + 1


def test_the_item_page_stays_as_light_with_1800_items(
    owner: Membership, django_assert_num_queries: Any
) -> None:
    edition = load_edition(content=large_instrument())
    assessment = AssessmentFactory(organisation=owner.organisation, edition=edition)
    answer(assessment, leaving=["EG108.2"])
    assert len(queries.items_of(assessment)) == 1564
    client = signed_in(owner.user)

    with django_assert_num_queries(7):
        page = client.get(item_url(assessment, "EG108.2"))
    with django_assert_num_queries(8):
        saved = client.post(item_url(assessment, "EG108.2"), {"answer": "3", "version": "0"})

    assert len(page.content) < 30_000
    assert saved.status_code == 302
