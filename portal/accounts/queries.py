"""Reads about people and their organisations."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db.models import Case, IntegerField, Value, When

from portal.accounts.models import Invitation, Membership, Organisation, Role, User


def members_of(organisation: Organisation) -> list[Membership]:
    """Return the memberships with their people: owners first, then by name."""
    rank = Case(
        *(When(role=role, then=Value(place)) for place, role in enumerate(Role)),
        output_field=IntegerField(),
    )
    members = organisation.memberships.select_related("user")
    return list(members.order_by(rank, "user__name", "user__email"))


def memberships_of(user: User) -> list[Membership]:
    """Return the organisations of a person, with the role in each, by name."""
    memberships = user.memberships.select_related("organisation")
    return list(memberships.order_by("organisation__name", "organisation_id"))


def open_invitations(organisation: Organisation, *, at: datetime) -> list[Invitation]:
    return list(organisation.invitations.open(at).order_by("email"))


def has_verified_address(user: User, email: str) -> bool:
    """Return whether `user` has proved to read the post of an address."""
    mine = EmailAddress.objects.filter(user=user, verified=True)
    return bool(mine.filter(email__iexact=email).exists())
