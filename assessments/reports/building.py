"""Result document to view model to HTML to PDF.

`profile_of` is what the result page shows; `build` makes the file. Nothing here writes a row.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from assessments.reports import html, pdf, sandbox
from assessments.reports.loading import profile_of_report
from assessments.reports.models import Report
from portal.db import row_security as queries

USUAL_PAGES: Final = 40  # of a full questionnaire; only the progress bar depends on it
NOTICE_SECONDS: Final = 1.0  # between two signs of life
RESULT_FILE: Final = "result.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    content: bytes
    sha256: str
    pages: int
    seconds: float


def build(report: Report, *, on_progress: Callable[[int, str], None]) -> Built:
    """Return the PDF of a report: the same bytes for the same rows.

    `on_progress` gets a percentage and a stage, at least every other second while the pages
    are laid out; it may raise to give the build up. Raises RenderFailed with a reason for the
    reader.
    """
    started = time.monotonic()
    with translation.override(settings.LANGUAGE_CODE):
        on_progress(10, _("Reading the answers and comparing them with peers"))
        with queries.only(report.assessment_id):
            profile = profile_of_report(report)
        on_progress(20, _("Setting the text"))
        document = html.render(profile, _imprint(report))
        rendered = pdf.render(
            document,
            attached=pdf.Attached(
                name=RESULT_FILE,
                description=_("The result document, from which every figure here is taken"),
                content=report.result.document.encode(),
            ),
            identifier=hashlib.sha256(document.encode()).digest()[:16],
            created=report.created_at,
            limits=sandbox.Limits(
                seconds=settings.REPORT_HARD_LIMIT_SECONDS,
                cpu_seconds=settings.REPORT_SOFT_LIMIT_SECONDS,
                memory_mb=settings.REPORT_MEMORY_LIMIT_MB,
            ),
            on_progress=_while_rendering(on_progress),
        )
    return Built(
        content=rendered.content,
        sha256=hashlib.sha256(rendered.content).hexdigest(),
        pages=rendered.pages,
        seconds=time.monotonic() - started,
    )


def _imprint(report: Report) -> html.Imprint:
    path = reverse("verify_code", args=[report.verification_code])
    return html.Imprint(
        report_id=str(report.pk),
        created_at=report.created_at,
        verification_code=report.verification_code,
        verification_url=settings.SITE_URL + path,
        site_url=settings.SITE_URL,
    )


def _while_rendering(on_progress: Callable[[int, str], None]) -> Callable[[str, int], None]:
    last, is_writing = 0.0, False

    def tell(stage: str, page: int) -> None:
        nonlocal last, is_writing
        now = time.monotonic()
        if now - last < NOTICE_SECONDS and stage != "writing":
            return
        last, is_writing = now, is_writing or stage == "writing"
        if is_writing:
            on_progress(85, _("Writing the PDF"))
        elif page:
            share = min(page / USUAL_PAGES, 1.0)
            on_progress(30 + int(50 * share), _("Laying out page {page}").format(page=page))
        else:
            on_progress(30, _("Laying out the pages"))

    return tell
