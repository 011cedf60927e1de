"""Access checks of a report: who may see it and ask for it again."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from assessments.reports.models import Report
from portal.accounts.access import belongs
from portal.accounts.models import Role, User


def reports_for(user: User, *, roles: tuple[Role, ...] = tuple(Role)) -> QuerySet[Report]:
    """Return the reports about the organisations in which `user` has one of `roles`."""
    return Report.objects.filter(
        belongs(user, roles=roles, organisation="assessment__organisation")
    )


def report_for(user: User | AnonymousUser, report_id: uuid.UUID) -> Report:
    """Return the report if `user` belongs to the organisation it is about, else 404."""
    if not isinstance(user, User):
        raise Http404
    return get_object_or_404(
        reports_for(user)
        .select_related(
            "assessment__organisation", "assessment__wave", "result", "release__edition"
        )
        .defer("result__document", "release__document", "release__edition__document"),
        pk=report_id,
    )
