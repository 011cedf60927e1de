"""Who may see and change an assessment: the only way to one."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404

from assessments.answering.models import Assessment
from portal.accounts.models import MAY_ANSWER, MAY_SUBMIT, Role, User


def assessment_for(
    user: User | AnonymousUser, assessment_id: uuid.UUID, *, roles: tuple[Role, ...] = tuple(Role)
) -> Assessment:
    """Return the assessment if `user` belongs to its organisation (in one of `roles`), else 404.

    The text of its edition is left in the database: `edition.content` has it parsed.
    """
    if not isinstance(user, User):
        raise Http404
    # One filter call, so that it is the user's own membership that has the role.
    mine = Assessment.objects.filter(
        organisation__memberships__user=user, organisation__memberships__role__in=roles
    )
    return get_object_or_404(
        mine.select_related("organisation", "edition", "wave").defer("edition__document"),
        pk=assessment_id,
    )


def assessment_to_answer(user: User | AnonymousUser, assessment_id: uuid.UUID) -> Assessment:
    return assessment_for(user, assessment_id, roles=MAY_ANSWER)


def assessment_to_submit(user: User | AnonymousUser, assessment_id: uuid.UUID) -> Assessment:
    return assessment_for(user, assessment_id, roles=MAY_SUBMIT)


def may_answer(user: User, assessment: Assessment) -> bool:
    return _has_role(user, assessment, MAY_ANSWER)


def may_submit(user: User, assessment: Assessment) -> bool:
    return _has_role(user, assessment, MAY_SUBMIT)


def _has_role(user: User, assessment: Assessment, roles: tuple[Role, ...]) -> bool:
    return assessment.organisation.memberships.filter(user=user, role__in=roles).exists()
