from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from portal.accounts import access
from portal.accounts.models import Role, User, WorkingGroupRole
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "owns", "answers", "submits"),
    [
        (Role.OWNER, True, True, True),
        (Role.CONTRIBUTOR, False, True, False),
        (Role.VIEWER, False, False, False),
    ],
)
def test_what_a_role_may_do(role: Role, owns: bool, answers: bool, submits: bool) -> None:
    membership = MembershipFactory(role=role)
    user, organisation = membership.user, membership.organisation

    assert access.organisation_for(user, organisation.pk) == organisation
    assert access.role_in(user, organisation) == role
    assert access.can_answer(user, organisation) is answers
    assert access.can_submit(user, organisation) is submits
    if owns:
        assert access.organisation_of_owner(user, organisation.pk) == organisation
    else:
        with pytest.raises(Http404):
            access.organisation_of_owner(user, organisation.pk)


def test_a_stranger_and_a_visitor_find_nothing() -> None:
    organisation = MembershipFactory().organisation
    stranger = MembershipFactory().user  # owns another organisation

    for user in (stranger, AnonymousUser()):
        with pytest.raises(Http404) as existing:
            access.organisation_for(user, organisation.pk)
        with pytest.raises(Http404) as absent:
            access.organisation_for(user, uuid.uuid4())
        assert str(existing.value) == str(absent.value)
    assert access.role_in(stranger, organisation) is None
    assert access.can_answer(stranger, organisation) is False
    assert access.can_submit(stranger, organisation) is False


def test_a_role_in_one_organisation_is_none_in_another() -> None:
    here = MembershipFactory(role=Role.VIEWER)
    MembershipFactory(user=here.user, role=Role.OWNER)

    with pytest.raises(Http404):
        access.organisation_of_owner(here.user, here.organisation.pk)


def test_a_membership_is_reached_through_its_own_organisation_only() -> None:
    mine = MembershipFactory()
    foreign = MembershipFactory()

    assert access.membership_of_owner(mine.user, mine.organisation.pk, mine.pk) == mine
    with pytest.raises(Http404):
        access.membership_of_owner(mine.user, mine.organisation.pk, foreign.pk)
    with pytest.raises(Http404):
        access.membership_of_owner(UserFactory(), mine.organisation.pk, mine.pk)


@pytest.mark.parametrize(
    ("role", "checks"),
    [
        ("EDITOR", {"editor"}),
        ("REVIEWER", {"reviewer"}),
        ("PUBLISHER", {"reviewer", "publisher"}),
        ("STEWARD", {"steward"}),
    ],
)
def test_each_role_of_the_working_group_opens_its_own_doors(role: str, checks: set[str]) -> None:
    user: User = UserFactory()
    user.working_group_roles.create(role=role)

    assert {check for check in CHECKS if passes(check, user)} == checks
    assert access.role_in(user, MembershipFactory().organisation) is None


def test_nobody_else_passes_the_doors_of_the_working_group() -> None:
    former: User = UserFactory(is_active=False)
    for role in WorkingGroupRole.Role:
        former.working_group_roles.create(role=role)
    owner, operator = MembershipFactory().user, UserFactory(is_staff=True, is_superuser=True)

    for user in (owner, operator, former, AnonymousUser()):
        assert not [check for check in CHECKS if passes(check, user)]


CHECKS = ("editor", "reviewer", "publisher", "steward")


def passes(check: str, user: User | AnonymousUser) -> bool:
    try:
        return bool(getattr(access, check)(user) == user)
    except Http404:
        return False
