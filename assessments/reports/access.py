"""Who may see a report: the only way to one."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404

from assessments.reports.models import Report
from portal.accounts.models import User


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
