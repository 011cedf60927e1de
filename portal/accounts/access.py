"""Who may see and change what: the one door to organisations, memberships and invitations.

The working group's pages have theirs here too: `editor`, `reviewer`, `publisher`, `steward`.

Whoever may not pass is answered as though nothing were there.
"""

from __future__ import annotations

import hashlib
import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.timezone import now

from portal.accounts.models import (
    MAY_ANSWER,
    MAY_SUBMIT,
    Invitation,
    Membership,
    Organisation,
    Role,
    User,
    WorkingGroupRole,
)

WorkingGroup = WorkingGroupRole.Role
DEMONSTRATION_ADDRESSES = "@demo.example"  # a domain nobody can own


def organisation_for(
    user: User | AnonymousUser,
    organisation_id: uuid.UUID,
    *,
    roles: tuple[Role, ...] = tuple(Role),
) -> Organisation:
    """Return the organisation if `user` has one of `roles` in it, else 404."""
    if not isinstance(user, User):
        raise Http404
    mine = Organisation.objects.filter(memberships__user=user, memberships__role__in=roles)
    return get_object_or_404(mine, pk=organisation_id)


def organisation_of_owner(user: User | AnonymousUser, organisation_id: uuid.UUID) -> Organisation:
    return organisation_for(user, organisation_id, roles=(Role.OWNER,))


def membership_of_owner(user: User, organisation_id: uuid.UUID, membership_id: int) -> Membership:
    """Return a colleague's membership if `user` owns the organisation, else 404."""
    organisation = organisation_of_owner(user, organisation_id)
    members = Membership.objects.filter(organisation=organisation)
    return get_object_or_404(members.select_related("organisation", "user"), pk=membership_id)


def invitation_of_owner(
    user: User, organisation_id: uuid.UUID, invitation_id: uuid.UUID
) -> Invitation:
    """Return an invitation if `user` owns the organisation it is to, else 404."""
    organisation = organisation_of_owner(user, organisation_id)
    return get_object_or_404(Invitation, organisation=organisation, pk=invitation_id)


def invitation_with(token: str) -> Invitation:
    """Return the invitation that still can be accepted with this token, else 404.

    A token that never was, was used, was withdrawn or has expired is answered alike.
    """
    usable = Invitation.objects.open(now()).select_related("organisation", "created_by")
    return get_object_or_404(usable, token_sha256=token_digest(token))


def token_digest(token: str) -> str:
    """Return the form in which a token is stored; tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def role_in(user: User, organisation: Organisation) -> Role | None:
    """Return the role of `user`, or None for a stranger."""
    held = organisation.memberships.filter(user=user).values_list("role", flat=True).first()
    return Role(held) if held else None


def can_answer(user: User, organisation: Organisation) -> bool:
    return role_in(user, organisation) in MAY_ANSWER


def can_submit(user: User, organisation: Organisation) -> bool:
    """Answer for all that owners alone do: submit, reopen, share, invite, delete."""
    return role_in(user, organisation) in MAY_SUBMIT


# The working group


def editor(user: User | AnonymousUser) -> User:
    return _of_working_group(user, WorkingGroup.EDITOR)


def reviewer(user: User | AnonymousUser) -> User:
    """Return a user who may review and approve drafts, else 404; publishers may, too."""
    return _of_working_group(user, WorkingGroup.REVIEWER, WorkingGroup.PUBLISHER)


def publisher(user: User | AnonymousUser) -> User:
    return _of_working_group(user, WorkingGroup.PUBLISHER)


def steward(user: User | AnonymousUser) -> User:
    """Return a user who verifies organisations and looks after releases, else 404."""
    return _of_working_group(user, WorkingGroup.STEWARD)


def has_working_group_role(user: User | AnonymousUser, *roles: WorkingGroupRole.Role) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    if settings.PRODUCTION and user.email.endswith(DEMONSTRATION_ADDRESSES):
        return False  # left over from trying the portal: it never decides about real data
    return user.working_group_roles.filter(role__in=roles).exists()


def _of_working_group(user: User | AnonymousUser, *roles: WorkingGroupRole.Role) -> User:
    if not has_working_group_role(user, *roles):
        raise Http404
    assert isinstance(user, User), "only a user has a role"
    return user
