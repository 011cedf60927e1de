"""Access checks of organisations, memberships, invitations and the working group's roles.

Functions that return a row are for pages and the API; `belongs` and `only_of` are for actions,
which ask again under the lock of what they change. All of them answer a person without the right
as though nothing were there.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Exists, Model, OuterRef, QuerySet
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

Row = TypeVar("Row", bound=Model)


class NotAllowed(Http404):
    """The person may not do this, or it does not exist: the two are answered alike.

    Pages and the API turn it into 404 by its base class; commands and file imports catch it.
    """


def belongs(user: User, *, roles: tuple[Role, ...], organisation: str) -> Exists:
    """Return the condition that `user` has one of `roles`, for a queryset of any rows.

    `organisation` is the path from such a row to its organisation. A subquery, not a join, so
    that the row alone is locked by `select_for_update`. Nobody answers with a closed account.
    """
    memberships = Membership.objects.filter(
        organisation=OuterRef(organisation), user=user, user__is_active=True, role__in=roles
    )
    return Exists(memberships)


def only_of(rows: QuerySet[Row], pk: Any) -> Row:
    """Return one of `rows`, which are those that a person may use, or raise `NotAllowed`."""
    try:
        return rows.get(pk=pk)
    except ObjectDoesNotExist:
        raise NotAllowed(f"{rows.model.__name__} {pk} is not there for this person.") from None


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
    """Return the role of `user`, or None for a stranger and for a closed account."""
    own = organisation.memberships.filter(user=user, user__is_active=True)
    held = own.values_list("role", flat=True).first()
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
        raise NotAllowed("The person has no such role in the working group.")
    assert isinstance(user, User), "only a user has a role"
    return user
