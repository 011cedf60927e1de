from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Invitation, Membership, Organisation, User
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def test_the_admin_is_entered_through_the_sites_own_sign_in() -> None:
    asked = Client().get(reverse("admin:index"), follow=True)
    assert asked.redirect_chain[-1][0].startswith(reverse("account_login"))

    client = Client()
    client.force_login(UserFactory())
    assert client.get(reverse("admin:login")).status_code == 403


def test_the_operator_reads_accounts(operator: Client) -> None:
    membership = MembershipFactory()

    for model, row in ((User, membership.user), (Organisation, membership.organisation)):
        name = f"admin:accounts_{model._meta.model_name}"
        assert str(row) in operator.get(reverse(f"{name}_changelist")).content.decode()
        assert operator.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("model", [User, Organisation, Invitation])
def test_nothing_is_added_or_deleted(operator: Client, model: Any, rf: Any) -> None:
    request = rf.get("/")
    request.user = User.objects.get()
    pages = admin.site._registry[model]

    assert pages.has_add_permission(request) is False
    assert pages.has_delete_permission(request) is False


def test_no_page_gives_a_role_a_password_or_an_address(operator: Client) -> None:
    """Each of them would open somebody's answers."""
    membership = MembershipFactory()
    user = membership.user
    before = User.objects.values_list("email", "password").get(pk=user.pk)

    operator.post(
        reverse("admin:accounts_user_change", args=[user.pk]),
        {
            "email": "operator@example.org",
            "password": "operator",
            "name": "Operator",
            "is_active": "",
            "emailaddress_set-TOTAL_FORMS": "1",
            "emailaddress_set-INITIAL_FORMS": "0",
            "emailaddress_set-0-email": "operator@example.org",
            "emailaddress_set-0-verified": "on",
            "working_group_roles-TOTAL_FORMS": "0",
            "working_group_roles-INITIAL_FORMS": "0",
        },
    )

    user.refresh_from_db()
    assert (user.email, user.password) == before
    assert user.is_active is False  # this an operator may do: close an account
    assert EmailAddress.objects.filter(email="operator@example.org").count() == 0
    assert Membership not in admin.site._registry
    assert EmailAddress not in admin.site._registry


def test_staff_do_not_raise_themselves(client: Client) -> None:
    staff = UserFactory(is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="change_user"))
    client.force_login(staff)

    client.post(
        reverse("admin:accounts_user_change", args=[staff.pk]),
        {"is_active": "on", "is_staff": "on", "is_superuser": "on"},
    )

    staff.refresh_from_db()
    assert staff.is_superuser is False


def grant(client: Client, user: User, role: str) -> None:
    client.post(
        reverse("admin:accounts_user_change", args=[user.pk]),
        {
            "is_active": "on",
            "is_staff": "on" if user.is_staff else "",
            "working_group_roles-TOTAL_FORMS": "1",
            "working_group_roles-INITIAL_FORMS": "0",
            "working_group_roles-0-role": role,
            "emailaddress_set-TOTAL_FORMS": "0",
            "emailaddress_set-INITIAL_FORMS": "0",
        },
    )


def test_working_group_roles_are_granted_by_whoever_holds_all_rights(operator: Client) -> None:
    user = UserFactory()

    grant(operator, user, "STEWARD")

    [role] = user.working_group_roles.all()
    assert role.role == "STEWARD"
    assert role.granted_by == User.objects.get(is_superuser=True)


def test_an_operator_with_lesser_rights_grants_no_role_to_anyone() -> None:
    lesser = UserFactory(is_staff=True)
    rights = Permission.objects.filter(content_type__app_label="accounts")
    lesser.user_permissions.set(rights)
    client = Client()
    client.force_login(lesser)

    for user in (lesser, UserFactory()):
        grant(client, user, "STEWARD")

        assert not user.working_group_roles.exists()
