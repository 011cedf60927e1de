from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from portal.accounts import actions
from portal.accounts.identifiers import InvalidLei
from portal.accounts.models import Invitation, Membership, Organisation, Role, User
from portal.vocabulary.countries import UnknownCountry
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.mail import outbox

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN = re.compile(r"/invitations/([\w-]+)/")


def invited(
    capture: Any, organisation: Organisation, by: User, email: str, role: Role = Role.VIEWER
) -> tuple[Invitation, str]:
    """Invite for real, and read the token from the message."""
    with capture(execute=True):
        invitation = actions.invite(
            organisation=organisation, by=by, email=email, role=role, at=NOW
        )
    found = TOKEN.search(str(outbox()[-1].body))
    assert found
    return invitation, found[1]


@pytest.mark.django_db
def test_create_organisation_makes_its_creator_the_owner() -> None:
    user = UserFactory()

    organisation = actions.create_organisation(
        by=user, name="Registry of Kenya", country="ke", lei="5493 001K JTII GC8Y 1R12"
    )

    assert (organisation.country, organisation.lei) == ("KE", "5493001KJTIIGC8Y1R12")
    assert organisation.verified_at is None
    assert [(m.user, m.role) for m in organisation.memberships.all()] == [(user, Role.OWNER)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("details", "error"),
    [({"country": "XX"}, UnknownCountry), ({"country": "KE", "lei": "123"}, InvalidLei)],
)
def test_create_organisation_refuses(details: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        actions.create_organisation(by=UserFactory(), name="Registry", **details)

    assert Organisation.objects.count() == 0


@pytest.mark.django_db
def test_an_lei_is_one_organisations_once_it_is_verified() -> None:
    lei = "5493001KJTIIGC8Y1R12"
    OrganisationFactory(lei=lei, verified_at=NOW)
    claimant = OrganisationFactory(lei=lei)  # a claim blocks nobody and tells nothing

    claimant.verified_at = NOW
    with pytest.raises(IntegrityError), transaction.atomic():
        claimant.save()


@pytest.mark.django_db
def test_update_organisation_stops_once_it_is_verified() -> None:
    membership = MembershipFactory(organisation__name="Before")
    details = {
        "name": "After",
        "country": "UG",
        "registration_number": "",
        "lei": "",
        "ultimate_owner": "",
        "adviser": "",
    }

    changed = actions.update_organisation(
        organisation=membership.organisation, by=membership.user, **details
    )
    assert (changed.name, changed.country) == ("After", "UG")

    Organisation.objects.update(verified_at=NOW)
    with pytest.raises(actions.OrganisationVerified):
        actions.update_organisation(
            organisation=membership.organisation, by=membership.user, **details | {"name": "Third"}
        )
    assert Organisation.objects.get().name == "After"


@pytest.mark.django_db
def test_invite_stores_a_hash_and_sends_the_link(
    django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.SITE_URL = "https://portal.example"
    membership = MembershipFactory(organisation__name="O'Brien & Co", user__name="Ada Okoye")

    invitation, token = invited(
        django_capture_on_commit_callbacks,
        membership.organisation,
        membership.user,
        " Kofi@Example.org ",
        Role.CONTRIBUTOR,
    )

    assert invitation.email == "kofi@example.org"
    assert invitation.expires_at == NOW + timedelta(days=14)
    assert invitation.token_sha256 == sha256(token.encode()).hexdigest()
    assert len(token) == 43  # 32 random bytes
    message = outbox()[0]
    assert message.to == ["kofi@example.org"]
    assert message.subject == "Join O'Brien & Co on the Carbon Markets Infrastructure portal"
    assert "Ada Okoye invites you to join O'Brien & Co as Contributor." in str(message.body)
    assert f"https://portal.example/invitations/{token}/" in str(message.body)
    html = str(message.alternatives[0][0])
    assert f'<a href="https://portal.example/invitations/{token}/">' in html
    assert "O&#x27;Brien &amp; Co" in html


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.VIEWER])
def test_only_owners_invite(role: Role) -> None:
    membership = MembershipFactory(role=role)

    with pytest.raises(actions.NotAnOwner):
        actions.invite(
            organisation=membership.organisation,
            by=membership.user,
            email="kofi@example.org",
            role=Role.VIEWER,
            at=NOW,
        )
    assert Invitation.objects.count() == 0


@pytest.mark.django_db
def test_a_second_invitation_ends_the_first(django_capture_on_commit_callbacks: Any) -> None:
    membership = MembershipFactory()
    kofi = UserFactory(email="kofi@example.org")
    first, _ = invited(
        django_capture_on_commit_callbacks, membership.organisation, membership.user, kofi.email
    )
    second, _ = invited(
        django_capture_on_commit_callbacks, membership.organisation, membership.user, kofi.email
    )

    with pytest.raises(actions.InvitationClosed):
        actions.accept_invitation(invitation=first, by=kofi, at=NOW)
    assert actions.accept_invitation(invitation=second, by=kofi, at=NOW).role == Role.VIEWER


@pytest.mark.django_db
def test_invite_refuses_a_colleague_and_a_flood() -> None:
    membership = MembershipFactory(user__email="ada@example.org")
    invite = {"organisation": membership.organisation, "by": membership.user, "role": Role.VIEWER}

    with pytest.raises(actions.AlreadyMember):
        actions.invite(email="ADA@example.org", at=NOW, **invite)
    for number in range(actions.MAX_INVITATIONS_A_DAY):
        actions.invite(email=f"{number}@example.org", at=NOW, **invite)
    with pytest.raises(actions.TooManyInvitations):
        actions.invite(email="one-more@example.org", at=NOW + timedelta(hours=23), **invite)
    actions.invite(email="one-more@example.org", at=NOW + timedelta(hours=25), **invite)

    assert Invitation.objects.count() == 51


@pytest.mark.django_db
def test_accept_works_once(django_capture_on_commit_callbacks: Any) -> None:
    membership = MembershipFactory()
    kofi = UserFactory(email="kofi@example.org")
    invitation, _ = invited(
        django_capture_on_commit_callbacks,
        membership.organisation,
        membership.user,
        "Kofi@example.org",
        Role.CONTRIBUTOR,
    )

    joined = actions.accept_invitation(invitation=invitation, by=kofi, at=NOW)

    assert (joined.organisation, joined.user) == (membership.organisation, kofi)
    assert joined.role == Role.CONTRIBUTOR
    invitation.refresh_from_db()
    assert (invitation.accepted_at, invitation.accepted_by) == (NOW, kofi)
    actions.remove_member(membership=joined, by=membership.user, at=NOW)
    with pytest.raises(actions.InvitationClosed):  # the link does not bring a removed member back
        actions.accept_invitation(invitation=invitation, by=kofi, at=NOW)


@pytest.mark.django_db
def test_accept_refuses_an_expired_and_a_revoked_invitation(
    django_capture_on_commit_callbacks: Any,
) -> None:
    membership = MembershipFactory()
    kofi = UserFactory(email="kofi@example.org")
    invitation, _ = invited(
        django_capture_on_commit_callbacks, membership.organisation, membership.user, kofi.email
    )

    with pytest.raises(actions.InvitationClosed):
        actions.accept_invitation(invitation=invitation, by=kofi, at=NOW + timedelta(days=14))
    actions.revoke_invitation(invitation=invitation, by=membership.user, at=NOW)
    with pytest.raises(actions.InvitationClosed):
        actions.accept_invitation(invitation=invitation, by=kofi, at=NOW)

    assert Membership.objects.filter(user=kofi).count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "stranger",
    [{"email": "eve@example.org"}, {"email": "kofi@example.org", "verified": False}],
    ids=["another address", "not verified"],
)
def test_accept_refuses_whoever_has_not_proved_the_address(
    django_capture_on_commit_callbacks: Any, stranger: dict[str, Any]
) -> None:
    membership = MembershipFactory()
    user = UserFactory(**stranger)
    invitation, _ = invited(
        django_capture_on_commit_callbacks,
        membership.organisation,
        membership.user,
        "kofi@example.org",
    )

    with pytest.raises(actions.InvitationForAnotherAddress):
        actions.accept_invitation(invitation=invitation, by=user, at=NOW)

    assert Membership.objects.filter(user=user).count() == 0


@pytest.mark.django_db
def test_accept_leaves_a_member_the_role_held(django_capture_on_commit_callbacks: Any) -> None:
    membership = MembershipFactory()
    kofi = UserFactory(email="kofi@example.org")
    invitation, _ = invited(
        django_capture_on_commit_callbacks, membership.organisation, membership.user, kofi.email
    )
    MembershipFactory(organisation=membership.organisation, user=kofi, role=Role.OWNER)

    assert actions.accept_invitation(invitation=invitation, by=kofi, at=NOW).role == Role.OWNER


@pytest.mark.django_db
def test_the_last_owner_stays() -> None:
    owner = MembershipFactory()
    MembershipFactory(organisation=owner.organisation, role=Role.CONTRIBUTOR)

    with pytest.raises(actions.LastOwner):
        actions.leave(organisation=owner.organisation, by=owner.user, at=NOW)
    with pytest.raises(actions.LastOwner):
        actions.remove_member(membership=owner, by=owner.user, at=NOW)
    with pytest.raises(actions.LastOwner):
        actions.change_role(membership=owner, by=owner.user, role=Role.VIEWER, at=NOW)

    owner.refresh_from_db()
    assert owner.role == Role.OWNER


@pytest.mark.django_db
def test_an_owner_leaves_when_another_remains() -> None:
    owner = MembershipFactory()
    other = MembershipFactory(organisation=owner.organisation, role=Role.VIEWER)

    actions.change_role(membership=other, by=owner.user, role=Role.OWNER, at=NOW)
    actions.leave(organisation=owner.organisation, by=owner.user, at=NOW)

    assert [m.user for m in owner.organisation.memberships.all()] == [other.user]
    with pytest.raises(actions.NotAMember):
        actions.leave(organisation=owner.organisation, by=owner.user, at=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["demoted", "removed", "left"])
def test_what_an_owner_offered_ends_with_the_right_to_offer_it(
    django_capture_on_commit_callbacks: Any, end: str
) -> None:
    owner = MembershipFactory()
    leaving = MembershipFactory(organisation=owner.organisation)
    kofi = UserFactory(email="kofi@example.org")
    invitation, _ = invited(
        django_capture_on_commit_callbacks,
        owner.organisation,
        leaving.user,
        kofi.email,
        Role.OWNER,
    )

    match end:
        case "demoted":
            actions.change_role(membership=leaving, by=owner.user, role=Role.VIEWER, at=NOW)
        case "removed":
            actions.remove_member(membership=leaving, by=owner.user, at=NOW)
        case "left":
            actions.leave(organisation=owner.organisation, by=leaving.user, at=NOW)

    with pytest.raises(actions.InvitationClosed):
        actions.accept_invitation(invitation=invitation, by=kofi, at=NOW)


@pytest.mark.django_db
def test_a_contributor_changes_nobody() -> None:
    owner = MembershipFactory()
    contributor = MembershipFactory(organisation=owner.organisation, role=Role.CONTRIBUTOR)

    with pytest.raises(actions.NotAnOwner):
        actions.change_role(membership=contributor, by=contributor.user, role=Role.OWNER, at=NOW)
    with pytest.raises(actions.NotAnOwner):
        actions.remove_member(membership=owner, by=contributor.user, at=NOW)

    contributor.refresh_from_db()
    assert contributor.role == Role.CONTRIBUTOR


def together(*calls: Callable[[], object]) -> list[str]:
    """Run the calls at the same moment, each on its own connection; return how each ended."""
    barrier = threading.Barrier(len(calls))
    ends = [""] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            call()
            ends[place] = "done"
        except Exception as exc:
            ends[place] = type(exc).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


@pytest.mark.django_db(transaction=True)
def test_an_invitation_accepted_twice_at_once_is_accepted_once() -> None:
    membership = MembershipFactory()
    kofi = UserFactory(email="kofi@example.org")
    invitation = actions.invite(
        organisation=membership.organisation,
        by=membership.user,
        email=kofi.email,
        role=Role.VIEWER,
        at=NOW,
    )

    ends = together(
        *[lambda: actions.accept_invitation(invitation=invitation, by=kofi, at=NOW)] * 4
    )

    assert ends == ["InvitationClosed"] * 3 + ["done"]
    assert Membership.objects.filter(user=kofi).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_do_not_both() -> None:
    one = MembershipFactory()
    two = MembershipFactory(organisation=one.organisation)

    ends = together(
        lambda: actions.leave(organisation=one.organisation, by=one.user, at=NOW),
        lambda: actions.leave(organisation=one.organisation, by=two.user, at=NOW),
    )

    assert ends == ["LastOwner", "done"]
    assert one.organisation.memberships.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_at_once_leave_one() -> None:
    one = MembershipFactory()
    two = MembershipFactory(organisation=one.organisation)

    def demote(membership: Membership, by: User) -> Callable[[], object]:
        return lambda: actions.change_role(membership=membership, by=by, role=Role.VIEWER, at=NOW)

    assert together(demote(two, one.user), demote(one, two.user)) == ["NotAnOwner", "done"]
