from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from portal.accounts.models import Invitation, Membership, Organisation, Role, User
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.mail import outbox

pytestmark = pytest.mark.django_db

DETAILS = {
    "name": "Kenya Carbon Registry",
    "country": "KE",
    "registration_number": "CPR/2020/1",
    "lei": "5493001KJTIIGC8Y1R12",
    "ultimate_owner": "Republic of Kenya",
    "adviser": "",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def invite(membership: Membership, email: str, role: Role = Role.VIEWER) -> str:
    """Invite through the page; return the address of the page in the message."""
    response = signed_in(membership.user).post(
        reverse("accounts:invite", args=[membership.organisation.pk]),
        {"email": email, "role": role},
    )
    assert response.status_code == 302
    found = re.search(r"/invitations/[\w-]+/", str(outbox()[-1].body))
    assert found
    return found[0]


def test_setting_up_an_organisation() -> None:
    user = UserFactory()

    response = signed_in(user).post(reverse("accounts:organisation_new"), DETAILS)

    organisation = Organisation.objects.get()
    assert response["Location"] == reverse("accounts:organisation", args=[organisation.pk])
    assert {name: getattr(organisation, name) for name in DETAILS} == DETAILS
    assert organisation.memberships.get().role == Role.OWNER


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Enter the name of the organisation."),
        ({"country": ""}, "Choose a country."),
        ({"name": "Registry\nBcc: all@example.org"}, "Write the name on one line."),
        ({"name": "Win at https://example.org"}, "A name cannot contain a web address."),
        ({"country": "XX"}, "Select a valid choice. XX is not one of the available choices."),
        (
            {"lei": "5493001KJTIIGC8Y1R13"},
            "The check digits of this LEI do not agree with the rest of it. Check it, or leave it"
            " empty.",
        ),
    ],
)
def test_setting_up_refuses(change: dict[str, str], sentence: str) -> None:
    response = signed_in(UserFactory()).post(reverse("accounts:organisation_new"), DETAILS | change)

    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert Organisation.objects.count() == 0


@pytest.mark.parametrize("colleagues", [0, 2], ids=["one member", "three members"])
def test_the_organisation_page_costs_five_queries(
    colleagues: int, django_assert_num_queries: Any
) -> None:
    owner = MembershipFactory()
    MembershipFactory.create_batch(colleagues, organisation=owner.organisation, role=Role.VIEWER)
    for number in range(colleagues):
        invite(owner, f"{number}@example.org")
    client = signed_in(owner.user)

    with django_assert_num_queries(5):  # session, user, organisation, members, invitations
        response = client.get(reverse("accounts:organisation", args=[owner.organisation.pk]))

    page = response.content.decode()
    assert response.status_code == 200
    assert (
        page.count("@example.org") == 1 + colleagues * 3
    )  # each invitation twice, once for the ear


def test_a_viewer_sees_colleagues_and_nothing_to_change() -> None:
    owner = MembershipFactory(user__name="Ada Okoye")
    viewer = MembershipFactory(organisation=owner.organisation, role=Role.VIEWER)
    invite(owner, "kofi@example.org")

    page = (
        signed_in(viewer.user)
        .get(reverse("accounts:organisation", args=[owner.organisation.pk]))
        .content.decode()
    )

    assert "Ada Okoye" in page
    assert "kofi@example.org" not in page
    assert reverse("accounts:invite", args=[owner.organisation.pk]) not in page
    assert reverse("accounts:member", args=[owner.organisation.pk, owner.pk]) not in page


def addresses(owner: Membership, invitation: Invitation) -> dict[str, str]:
    organisation = owner.organisation.pk
    return {
        "organisation": reverse("accounts:organisation", args=[organisation]),
        "organisation_edit": reverse("accounts:organisation_edit", args=[organisation]),
        "invite": reverse("accounts:invite", args=[organisation]),
        "revoke": reverse("accounts:revoke", args=[organisation, invitation.pk]),
        "member": reverse("accounts:member", args=[organisation, owner.pk]),
        "member_remove": reverse("accounts:member_remove", args=[organisation, owner.pk]),
        "leave": reverse("accounts:leave", args=[organisation]),
    }


@pytest.mark.parametrize("who", ["stranger", Role.VIEWER, Role.CONTRIBUTOR])
def test_what_is_not_allowed_is_answered_as_absent(who: str) -> None:
    owner = MembershipFactory(organisation__name="Secret Registry")
    MembershipFactory(organisation=owner.organisation)
    invite(owner, "kofi@example.org")
    invitation = Invitation.objects.get()
    open_to_members = {"organisation", "leave"}
    if who == "stranger":
        user = MembershipFactory().user
    else:
        user = MembershipFactory(organisation=owner.organisation, role=who).user
    client = signed_in(user)

    for name, address in addresses(owner, invitation).items():
        if who != "stranger" and name in open_to_members:
            continue
        if name not in {"revoke", "member_remove"}:
            response = client.get(address)
            assert response.status_code == 404, name
            assert "Secret Registry" not in response.content.decode(), name
        if name != "organisation":
            data = {"email": "eve@example.org", "role": Role.OWNER, **DETAILS}
            response = client.post(address, data)
            assert response.status_code == 404, name

    owner.refresh_from_db()
    invitation.refresh_from_db()
    assert (owner.role, owner.organisation.name) == (Role.OWNER, "Secret Registry")
    assert invitation.revoked_at is None
    assert Invitation.objects.count() == 1


def test_a_visitor_is_asked_to_sign_in_whether_or_not_it_exists() -> None:
    owner = MembershipFactory()
    invite(owner, "kofi@example.org")

    for address in addresses(owner, Invitation.objects.get()).values():
        for response in (Client().get(address), Client().post(address)):
            assert response["Location"] == f"{reverse('account_login')}?next={address}"


@pytest.mark.parametrize("name", ["revoke", "member_remove"])
def test_what_changes_something_refuses_get(name: str) -> None:
    owner = MembershipFactory()
    invite(owner, "kofi@example.org")
    address = addresses(owner, Invitation.objects.get())[name]

    assert signed_in(owner.user).get(address).status_code == 405


def test_every_form_refuses_a_post_without_its_token() -> None:
    owner = MembershipFactory()
    page = invite(owner, owner.user.email.replace("person", "other"))
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner.user)
    posts = addresses(owner, Invitation.objects.get()) | {
        "account": reverse("accounts:account"),
        "organisation_new": reverse("accounts:organisation_new"),
        "invitation": page,
    }
    del posts["organisation"]

    assert {name: client.post(address).status_code for name, address in posts.items()} == (
        dict.fromkeys(posts, 403)
    )


def test_inviting_says_the_same_of_known_and_unknown_addresses() -> None:
    owner = MembershipFactory()
    UserFactory(email="known@example.org")
    client = signed_in(owner.user)
    address = reverse("accounts:invite", args=[owner.organisation.pk])

    pages = []
    for email in ("known@example.org", "unknown@example.org"):
        response = client.post(address, {"email": email, "role": Role.VIEWER}, follow=True)
        pages.append((response.status_code, [str(m) for m in response.context["messages"]]))

    assert pages == [(200, ["The invitation is on its way."])] * 2
    assert [message.to for message in outbox()] == [
        ["known@example.org"],
        ["unknown@example.org"],
    ]


def test_inviting_a_colleague_is_refused_with_a_sentence() -> None:
    owner = MembershipFactory()

    response = signed_in(owner.user).post(
        reverse("accounts:invite", args=[owner.organisation.pk]),
        {"email": owner.user.email, "role": Role.VIEWER},
    )

    assert "A member already uses this address." in response.content.decode()
    assert outbox() == []


def test_accepting_an_invitation() -> None:
    owner = MembershipFactory()
    kofi = UserFactory(email="kofi@example.org")
    page = invite(owner, "kofi@example.org", Role.CONTRIBUTOR)
    client = signed_in(kofi)

    assert f"Join {owner.organisation}" in client.get(page).content.decode()
    assert Membership.objects.filter(user=kofi).count() == 0  # looking accepts nothing
    response = client.post(page)

    assert response["Location"] == reverse("accounts:organisation", args=[owner.organisation.pk])
    assert Membership.objects.get(user=kofi).role == Role.CONTRIBUTOR
    assert client.get(response["Location"]).status_code == 200
    assert client.post(page).status_code == 404


def test_links_that_do_not_work_are_answered_alike() -> None:
    owner = MembershipFactory()
    kofi = UserFactory(email="kofi@example.org")
    used = invite(owner, "kofi@example.org")
    signed_in(kofi).post(used)
    revoked = invite(owner, "b@example.org")
    expired = invite(owner, "c@example.org")
    Invitation.objects.filter(email="b@example.org").update(revoked_at=now())
    Invitation.objects.filter(email="c@example.org").update(expires_at=now() - timedelta(days=1))
    never = reverse("accounts:invitation", args=["A" * 43])

    for client in (Client(), signed_in(UserFactory())):
        answers = [client.get(page) for page in (used, revoked, expired, never)]
        assert [answer.status_code for answer in answers] == [404] * 4
        assert len({answer.content for answer in answers}) == 1
        assert "This invitation does not work" in answers[0].content.decode()


def test_an_invitation_for_another_address_says_so_and_is_not_accepted() -> None:
    owner = MembershipFactory()
    page = invite(owner, "kofi@example.org")
    eve = UserFactory(email="eve@example.org")
    client = signed_in(eve)

    for response in (client.get(page), client.post(page)):
        words = response.content.decode()
        assert "This invitation is for another address" in words
        assert "You are signed in as eve@example.org" in words
        assert "kofi@example.org" not in words
    assert Membership.objects.filter(user=eve).count() == 0


def test_withdrawing_an_invitation_ends_its_link() -> None:
    owner = MembershipFactory()
    page = invite(owner, "kofi@example.org")
    invitation = Invitation.objects.get()
    address = reverse("accounts:revoke", args=[owner.organisation.pk, invitation.pk])

    signed_in(owner.user).post(address)

    assert signed_in(UserFactory(email="kofi@example.org")).post(page).status_code == 404


def test_changing_a_role_and_removing_a_member() -> None:
    owner = MembershipFactory()
    colleague = MembershipFactory(organisation=owner.organisation, role=Role.VIEWER)
    client = signed_in(owner.user)
    address = reverse("accounts:member", args=[owner.organisation.pk, colleague.pk])

    client.post(address, {"role": Role.CONTRIBUTOR})
    colleague.refresh_from_db()
    assert colleague.role == Role.CONTRIBUTOR

    assert client.post(address, {"role": "KING"}).status_code == 200
    colleague.refresh_from_db()
    assert colleague.role == Role.CONTRIBUTOR

    client.post(reverse("accounts:member_remove", args=[owner.organisation.pk, colleague.pk]))
    assert [m.user for m in owner.organisation.memberships.all()] == [owner.user]
    page = reverse("accounts:organisation", args=[owner.organisation.pk])
    assert signed_in(colleague.user).get(page).status_code == 404


def test_the_last_owner_is_told_why_nothing_changes() -> None:
    owner = MembershipFactory()
    client = signed_in(owner.user)
    organisation = owner.organisation.pk

    demoted = client.post(
        reverse("accounts:member", args=[organisation, owner.pk]), {"role": Role.VIEWER}
    )
    removed = client.post(
        reverse("accounts:member_remove", args=[organisation, owner.pk]), follow=True
    )
    left = client.post(reverse("accounts:leave", args=[organisation]))

    sentence = "Make somebody else an owner first: one is needed."
    assert sentence in demoted.content.decode()
    assert sentence in removed.content.decode()
    assert "You are the only owner." in left.content.decode()
    assert owner.organisation.memberships.get().role == Role.OWNER


def test_leaving() -> None:
    owner = MembershipFactory()
    viewer = MembershipFactory(organisation=owner.organisation, role=Role.VIEWER)

    client = signed_in(viewer.user)
    response = client.post(reverse("accounts:leave", args=[owner.organisation.pk]))

    assert response["Location"] == reverse("accounts:account")
    assert Membership.objects.filter(user=viewer.user).count() == 0


def test_editing_details() -> None:
    owner = MembershipFactory()
    client = signed_in(owner.user)
    address = reverse("accounts:organisation_edit", args=[owner.organisation.pk])

    client.post(address, DETAILS)
    owner.organisation.refresh_from_db()
    assert owner.organisation.name == "Kenya Carbon Registry"

    Organisation.objects.update(verified_at=now())
    assert "no longer change here" in client.get(address).content.decode()
    client.post(address, DETAILS | {"name": "Another"})
    owner.organisation.refresh_from_db()
    assert owner.organisation.name == "Kenya Carbon Registry"


def test_a_claimed_lei_does_not_tell_who_is_registered() -> None:
    OrganisationFactory(lei=DETAILS["lei"])

    response = signed_in(UserFactory()).post(reverse("accounts:organisation_new"), DETAILS)

    assert response.status_code == 302
    assert Organisation.objects.filter(lei=DETAILS["lei"]).count() == 2


def test_the_account_page_lists_ones_organisations_and_saves_the_name(
    django_assert_num_queries: Any,
) -> None:
    first = MembershipFactory(role=Role.VIEWER, organisation__name="A Registry")
    client = signed_in(first.user)
    address = reverse("accounts:account")
    MembershipFactory(organisation__name="Foreign")

    with django_assert_num_queries(4):
        page = client.get(address).content.decode()
    assert "A Registry" in page
    assert "Foreign" not in page

    MembershipFactory.create_batch(2, user=first.user)
    with django_assert_num_queries(4):
        client.get(address)

    client.post(address, {"name": "Ada Okoye"})
    first.user.refresh_from_db()
    assert first.user.name == "Ada Okoye"


def test_a_number_too_large_for_the_database_is_absent() -> None:
    owner = MembershipFactory()
    address = reverse("accounts:member", args=[owner.organisation.pk, 10**30])

    assert signed_in(owner.user).get(address).status_code == 404
