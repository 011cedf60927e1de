"""Access checks of an assessment: who may see and change it."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404

from assessments.answering.models import Assessment, AssessmentQuerySet
from portal.accounts.access import belongs
from portal.accounts.models import MAY_ANSWER, MAY_SUBMIT, Role, User


def assessments_for(user: User, *, roles: tuple[Role, ...] = tuple(Role)) -> AssessmentQuerySet:
    """Return the assessments of the organisations in which `user` has one of `roles`."""
    return Assessment.objects.filter(belongs(user, roles=roles, organisation="organisation"))


def assessment_for(
    user: User | AnonymousUser, assessment_id: uuid.UUID, *, roles: tuple[Role, ...] = tuple(Role)
) -> Assessment:
    """Return the assessment if `user` belongs to its organisation (in one of `roles`), else 404.

    The text of its edition is left in the database: `edition.content` has it parsed.
    """
    if not isinstance(user, User):
        raise Http404
    mine = assessments_for(user, roles=roles)
    return get_object_or_404(
        mine.select_related("organisation", "edition", "wave").defer("edition__document"),
        pk=assessment_id,
    )


def assessment_to_answer(user: User | AnonymousUser, assessment_id: uuid.UUID) -> Assessment:
    return assessment_for(user, assessment_id, roles=MAY_ANSWER)


def assessment_to_submit(user: User | AnonymousUser, assessment_id: uuid.UUID) -> Assessment:
    return assessment_for(user, assessment_id, roles=MAY_SUBMIT)


def may_answer(user: User, assessment: Assessment) -> bool:
    return assessments_for(user, roles=MAY_ANSWER).filter(pk=assessment.pk).exists()


def may_submit(user: User, assessment: Assessment) -> bool:
    return assessments_for(user, roles=MAY_SUBMIT).filter(pk=assessment.pk).exists()
