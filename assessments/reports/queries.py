"""What a verification code tells whoever holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assessments.reports.models import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedReport:
    """A genuine report. `organisation` is empty unless it agreed to be named."""

    code: str
    created_at: datetime
    sha256: str
    size: int
    pages: int
    organisation: str
    is_replaced: bool
    is_demonstration: bool


def report_by_code(code: str) -> VerifiedReport | None:
    """Return the finished report of a code, in its printed form; None tells nothing more."""
    report = (
        Report.objects.filter(verification_code=code, state=Report.State.READY)
        .select_related("assessment__organisation")
        .first()
    )
    if report is None:
        return None
    later = Report.objects.filter(
        assessment=report.assessment_id,
        state=Report.State.READY,
        created_at__gt=report.created_at,
    )
    organisation = report.assessment.organisation
    return VerifiedReport(
        code=report.verification_code,
        created_at=report.created_at,
        sha256=report.sha256,
        size=report.size,
        pages=report.pages,
        organisation=organisation.name if report.names_organisation else "",
        is_replaced=later.exists(),
        is_demonstration=organisation.is_demonstration,
    )
