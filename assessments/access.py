"""Who may see and change what: the one door to assessments, reports and releases.

Whoever may not pass is answered as though nothing were there.
"""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404

from assessments.models import Assessment, BenchmarkRelease, InstrumentEdition, Report
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


def report_for(user: User | AnonymousUser, report_id: uuid.UUID) -> Report:
    """Return the report if `user` belongs to the organisation it is about, else 404."""
    if not isinstance(user, User):
        raise Http404
    mine = Report.objects.filter(assessment__organisation__memberships__user=user)
    return get_object_or_404(
        mine.select_related(
            "assessment__organisation", "assessment__wave", "result", "release"
        ).defer("result__document", "release__document"),
        pk=report_id,
    )


def release_named(code: str) -> BenchmarkRelease:
    """Return a published release by its code; releases are public, and all of them published.

    This is all that most answers of the API ask of the database. The query is written out because
    composing it took longer than running it and than the rest of the view.
    """
    for release in BenchmarkRelease.objects.raw(_RELEASE_NAMED, [code]):
        return release
    raise Http404


# Without the document, which is large and kept by its hash.
_RELEASE_NAMED = (
    "SELECT id, code, series, wave_id, revision, sha256 "
    "FROM assessments_benchmarkrelease WHERE code = %s"
)


def edition_named(code: str, version: str) -> InstrumentEdition:
    """Return an edition of the questionnaires; they are public, and all of them published."""
    editions = InstrumentEdition.objects.select_related("instrument")
    return get_object_or_404(editions, instrument__code=code, version=version)


def _has_role(user: User, assessment: Assessment, roles: tuple[Role, ...]) -> bool:
    return assessment.organisation.memberships.filter(user=user, role__in=roles).exists()
