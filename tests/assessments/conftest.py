"""Fixtures of the tests about assessments."""

from __future__ import annotations

import pytest

from assessments.answering.models import Assessment
from portal.accounts.models import Membership
from tests.factories import AssessmentFactory, MembershipFactory, UserFactory


@pytest.fixture
def owner() -> Membership:
    return MembershipFactory(user=UserFactory(name="Ada Mwangi"))


@pytest.fixture
def assessment(owner: Membership) -> Assessment:
    return AssessmentFactory(organisation=owner.organisation, created_by=owner.user)
