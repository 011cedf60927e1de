"""What can happen to organisations, memberships, invitations and verifications.

Whatever touches who belongs to an organisation locks its row first, so that two owners who act
at once cannot leave it without one.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.accounts import queries
from portal.accounts.access import (
    NotAllowed,
    WorkingGroup,
    has_working_group_role,
    only_of,
    role_in,
    token_digest,
)
from portal.accounts.identifiers import parse_lei
from portal.accounts.models import Invitation, Membership, Organisation, Role, User, Verification
from portal.mail.actions import queue_mail
from portal.vocabulary.countries import country as country_of

TOKEN_BYTES = 32
MAX_INVITATIONS_A_DAY = 50  # per person: enough for a large team, too few for a spammer


class NotAnOwner(NotAllowed):
    """The person has lost, or never had, the right to do this."""


class NotAMember(Exception):
    """The membership has ended in the meantime."""


class LastOwner(Exception):
    """The change would leave the organisation without an owner."""


class AlreadyMember(Exception):
    """The invited address belongs to a colleague."""


class TooManyInvitations(Exception):
    """The person has sent as many invitations as a day allows."""


class InvitationClosed(Exception):
    """The invitation has been used or withdrawn, or has expired."""


class InvitationForAnotherAddress(Exception):
    """The person has no verified address equal to the invited one."""


class OrganisationVerified(Exception):
    """The details have been verified, so they no longer change without the working group."""


class VerificationRefused(Exception):
    """The organisation cannot be verified, or stay so, as asked; the text says why."""


@transaction.atomic
def create_organisation(
    *,
    by: User,
    name: str,
    country: str,
    registration_number: str = "",
    lei: str = "",
    ultimate_owner: str = "",
    adviser: str = "",
    is_demonstration: bool = False,
) -> Organisation:
    """Create an organisation, whose first owner is its creator: anybody with an open account.

    Raises `countries.UnknownCountry` and `identifiers.InvalidLei`.
    """
    _refuse_closed_account(by)
    organisation = Organisation.objects.create(
        name=name,
        country=country_of(country).iso2,
        registration_number=registration_number,
        lei=parse_lei(lei),
        ultimate_owner=ultimate_owner,
        adviser=adviser,
        is_demonstration=is_demonstration,
    )
    Membership.objects.create(organisation=organisation, user=by, role=Role.OWNER)
    return organisation


@transaction.atomic
def update_organisation(
    *,
    organisation: Organisation,
    by: User,
    name: str,
    country: str,
    registration_number: str,
    lei: str,
    ultimate_owner: str,
    adviser: str,
) -> Organisation:
    """Change the details of an organisation that has not been verified yet."""
    locked = _locked_for_owner(organisation, by)
    if locked.verified_at:
        raise OrganisationVerified(f"Organisation {locked.pk} is verified.")
    locked.name = name
    locked.country = country_of(country).iso2
    locked.registration_number = registration_number
    locked.lei = parse_lei(lei)
    locked.ultimate_owner = ultimate_owner
    locked.adviser = adviser
    locked.save()
    return locked


def invite(
    *, organisation: Organisation, by: User, email: str, role: Role, at: datetime
) -> Invitation:
    """Offer a role to an address and mail it the link, which nobody else ever sees.

    An earlier invitation of the same address ends.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        invitation = _store_invitation(organisation, by, email.strip().lower(), role, token, at)
        _mail_invitation(invitation, token, at)
    return invitation


@transaction.atomic
def accept_invitation(*, invitation: Invitation, by: User, at: datetime) -> Membership:
    """Make `by` a member, once. Whoever is a member already keeps the role held."""
    organisation = _locked(invitation.organisation_id)
    _refuse_closed_account(by)
    usable = Invitation.objects.open(at).filter(pk=invitation.pk).first()
    if usable is None:
        raise InvitationClosed(f"Invitation {invitation.pk} cannot be used any more.")
    if not queries.has_verified_address(by, usable.email):
        raise InvitationForAnotherAddress(f"Invitation {usable.pk} is for another address.")
    membership, _created = Membership.objects.get_or_create(
        organisation=organisation, user=by, defaults={"role": usable.role}
    )
    usable.accepted_at, usable.accepted_by = at, by
    usable.save(update_fields=["accepted_at", "accepted_by"])
    return membership


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User, at: datetime) -> None:
    """Withdraw an invitation: its link stops working now. Withdrawing it twice changes nothing."""
    organisation = _locked_for_owner(invitation.organisation, by)
    current = only_of(organisation.invitations.all(), invitation.pk)
    if current.accepted_at:
        raise InvitationClosed(f"Invitation {current.pk} is accepted.")
    if current.revoked_at is None:
        current.revoked_at = at
        current.save(update_fields=["revoked_at"])


@transaction.atomic
def change_role(*, membership: Membership, by: User, role: Role, at: datetime) -> Membership:
    """Give a member another role; the last owner keeps theirs.

    What an owner has offered to others ends with the right to offer it.
    """
    _locked_for_owner(membership.organisation, by)
    current = _current(organisation=membership.organisation, user=membership.user)
    if role != Role.OWNER:
        _refuse_without_owner(current)
        _withdraw_offers(current, at)
    current.role = role
    current.save(update_fields=["role"])
    return current


@transaction.atomic
def remove_member(*, membership: Membership, by: User, at: datetime) -> None:
    """End a colleague's membership; the last owner stays."""
    _locked_for_owner(membership.organisation, by)
    _end(_current(organisation=membership.organisation, user=membership.user), at)


@transaction.atomic
def leave(*, organisation: Organisation, by: User, at: datetime) -> None:
    """End one's own membership; the last owner stays."""
    locked = _locked(organisation.pk)
    _refuse_closed_account(by)
    _end(_current(organisation=locked, user=by), at)


def verify_organisation(
    *,
    organisation: Organisation,
    by: User,
    at: datetime,
    name: str,
    country: str,
    registration_number: str,
    lei: str,
    ultimate_owner: str,
    adviser: str,
    evidence: str,
) -> Verification:
    """Confirm the legal entity, its ultimate owner and its adviser, corrected where needed.

    `evidence` says what the confirmation rests on. Raises `VerificationRefused`, also for a
    steward who belongs to the organisation and for a demonstration, which is never verified.
    """
    confirmed = {
        "name": name,
        "country": country_of(country).iso2,
        "registration_number": registration_number,
        "lei": parse_lei(lei),
        "ultimate_owner": ultimate_owner,
        "adviser": adviser,
    }
    try:
        with transaction.atomic():
            locked = _locked_for_steward(organisation, by)
            if locked.is_demonstration:
                raise VerificationRefused(
                    _("This organisation is synthetic. Only real ones are verified.")
                )
            for field, value in confirmed.items():
                setattr(locked, field, value)
            locked.verified_at = at
            locked.save()
            return Verification.objects.create(
                organisation=locked, is_confirmed=True, evidence=evidence, by=by, at=at, **confirmed
            )
    except IntegrityError as exc:
        raise VerificationRefused(
            _("Another verified organisation has this legal entity identifier.")
        ) from exc


@transaction.atomic
def revoke_verification(
    *, organisation: Organisation, by: User, at: datetime, reason: str
) -> Verification:
    """Take a verification back: later releases leave the organisation out, earlier ones stand."""
    locked = _locked_for_steward(organisation, by)
    if locked.verified_at is None:
        raise VerificationRefused(_("This organisation is not verified."))
    locked.verified_at = None
    locked.save(update_fields=["verified_at"])
    return Verification.objects.create(
        organisation=locked,
        is_confirmed=False,
        name=locked.name,
        country=locked.country,
        registration_number=locked.registration_number,
        lei=locked.lei,
        ultimate_owner=locked.ultimate_owner,
        adviser=locked.adviser,
        evidence=reason,
        by=by,
        at=at,
    )


def _store_invitation(
    organisation: Organisation, by: User, email: str, role: Role, token: str, at: datetime
) -> Invitation:
    locked = _locked_for_owner(organisation, by)
    if locked.memberships.filter(user__email__iexact=email).exists():
        raise AlreadyMember(f"The address belongs to a member of organisation {locked.pk}.")
    today = Invitation.objects.filter(created_by=by, created_at__gt=at - timedelta(days=1))
    if today.count() >= MAX_INVITATIONS_A_DAY:
        raise TooManyInvitations(f"{MAX_INVITATIONS_A_DAY} invitations in a day are allowed.")
    earlier = locked.invitations.filter(email__iexact=email, accepted_at=None, revoked_at=None)
    earlier.update(revoked_at=at)
    return Invitation.objects.create(
        organisation=locked,
        email=email,
        role=role,
        token_sha256=token_digest(token),
        created_by=by,
        created_at=at,
        expires_at=at + timedelta(days=settings.INVITATION_DAYS),
    )


def _mail_invitation(invitation: Invitation, token: str, at: datetime) -> None:
    context = {
        "invitation": invitation,
        "token": token,
        "role": invitation.get_role_display(),
        "days": settings.INVITATION_DAYS,
    }
    lasts = invitation.expires_at - at
    queue_mail("invitation", to=invitation.email, context=context, lasts=lasts, at=at)


def _current(*, organisation: Organisation, user: User) -> Membership:
    membership = Membership.objects.filter(organisation=organisation, user=user).first()
    if membership is None:
        raise NotAMember(f"User {user.pk} is no member of organisation {organisation.pk}.")
    return membership


def _end(membership: Membership, at: datetime) -> None:
    _refuse_without_owner(membership)
    _withdraw_offers(membership, at)
    membership.delete()


def _withdraw_offers(membership: Membership, at: datetime) -> None:
    """Revoke the open invitations that a member has sent."""
    offers = Invitation.objects.open(at).filter(
        organisation_id=membership.organisation_id, created_by_id=membership.user_id
    )
    offers.update(revoked_at=at)


def _refuse_without_owner(membership: Membership) -> None:
    """Raise `LastOwner` if nobody else owns the organisation, whose row is locked."""
    others = Membership.objects.filter(
        organisation_id=membership.organisation_id, role=Role.OWNER
    ).exclude(pk=membership.pk)
    if membership.role == Role.OWNER and not others.exists():
        raise LastOwner(f"Organisation {membership.organisation_id} would have no owner.")


def _refuse_closed_account(by: User) -> None:
    only_of(User.objects.filter(is_active=True), by.pk)


def _locked(organisation_id: UUID) -> Organisation:
    return Organisation.objects.select_for_update().get(pk=organisation_id)


def _locked_for_steward(organisation: Organisation, by: User) -> Organisation:
    """Lock the organisation, and ask again under the lock whether `by` may verify it."""
    locked = _locked(organisation.pk)
    if not has_working_group_role(by, WorkingGroup.STEWARD):
        raise VerificationRefused(_("Only stewards verify organisations."))
    if role_in(by, locked) is not None:
        raise VerificationRefused(
            _("You belong to this organisation. Ask another steward to verify it.")
        )
    return locked


def _locked_for_owner(organisation: Organisation, by: User) -> Organisation:
    """Lock the organisation, and ask again under the lock whether `by` owns it."""
    locked = _locked(organisation.pk)
    if role_in(by, locked) != Role.OWNER:
        raise NotAnOwner(f"User {by.pk} does not own organisation {locked.pk}.")
    return locked
