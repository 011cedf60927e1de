"""Stewards confirm who an organisation is, and say on what that rests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.accounts import actions
from portal.accounts.models import Organisation, User, Verification
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, steward

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEI = "529900T8BM49AURSDO55"


def verify(organisation: Organisation, by: User, **fields: Any) -> Verification:
    values = {
        "name": organisation.name,
        "country": organisation.country,
        "registration_number": "",
        "lei": "",
        "ultimate_owner": "",
        "adviser": "",
        "evidence": "Extract of the company register, 20 November 2026",
    }
    return actions.verify_organisation(
        organisation=organisation, by=by, at=AT, **{**values, **fields}
    )


def test_a_confirmation_corrects_the_details_and_says_who_when_and_why() -> None:
    organisation, person = OrganisationFactory(), steward()

    made = verify(organisation, person, name="Its Legal Name Ltd", ultimate_owner="Holding")

    organisation.refresh_from_db()
    assert organisation.verified_at == AT
    assert (organisation.name, organisation.ultimate_owner) == ("Its Legal Name Ltd", "Holding")
    assert (made.by, made.at, made.is_confirmed) == (person, AT, True)
    assert made.evidence.startswith("Extract of the company register")


def test_a_revocation_is_a_row_beside_the_confirmation() -> None:
    organisation, person = OrganisationFactory(), steward()
    verify(organisation, person)

    actions.revoke_verification(organisation=organisation, by=person, at=AT, reason="Dissolved")

    organisation.refresh_from_db()
    assert organisation.verified_at is None
    assert list(organisation.verifications.values_list("is_confirmed", flat=True)) == [False, True]
    with pytest.raises(actions.VerificationRefused, match="not verified"):
        actions.revoke_verification(organisation=organisation, by=person, at=AT, reason="Twice")


def test_whoever_is_no_steward_or_belongs_to_the_organisation_verifies_nothing() -> None:
    organisation = OrganisationFactory()
    member = steward()
    MembershipFactory(user=member, organisation=organisation, role="VIEWER")

    for by, words in ((UserFactory(), "Only stewards"), (member, "another steward")):
        with pytest.raises(actions.VerificationRefused, match=words):
            verify(organisation, by)

    organisation.refresh_from_db()
    assert organisation.verified_at is None
    assert not Verification.objects.exists()


def test_a_demonstration_is_never_verified() -> None:
    with pytest.raises(actions.VerificationRefused, match="synthetic"):
        verify(OrganisationFactory(is_demonstration=True), steward())


def test_one_identifier_is_one_organisation() -> None:
    person = steward()
    verify(OrganisationFactory(), person, lei=LEI)
    other = OrganisationFactory()

    with pytest.raises(actions.VerificationRefused, match="Another verified organisation"):
        verify(other, person, lei=LEI)

    other.refresh_from_db()
    assert (other.verified_at, other.lei) == (None, "")
