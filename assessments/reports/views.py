"""The result page, its report from request to file, and the verification of a report."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assessments.answering import access as answering_access
from assessments.answering import queries
from assessments.answering.models import Assessment, Result
from assessments.benchmarks import queries as benchmarks_queries
from assessments.reports import access, actions
from assessments.reports import loading as reports
from assessments.reports.models import CODE_ALPHABET, Report
from assessments.reports.queries import report_by_code
from portal.accounts.access import role_in
from portal.accounts.http import SignedInRequest
from portal.accounts.models import MAY_ANSWER, MAY_SUBMIT


@never_cache
@login_required
@require_safe
def result(request: SignedInRequest, assessment_id: uuid.UUID) -> HttpResponse:
    assessment = answering_access.assessment_for(request.user, assessment_id)
    found = queries.result_of(assessment)
    if found is None:
        gone = assessment.is_submitted  # its answers are deleted: its page says so
        return redirect("assessments:withdraw" if gone else "assessments:tasks", assessment.pk)
    report = _report_of(assessment)
    role = role_in(request.user, assessment.organisation)
    # The page and the file show the same: a report keeps the release it was asked for with.
    release = report.release if report else benchmarks_queries.release_for(assessment)
    return render(
        request,
        "reports/result.html",
        {
            "assessment": assessment,
            "profile": reports.profile_of(found, release),
            "report": report,
            "may_retry": role in MAY_ANSWER,
            "may_withdraw": role in MAY_SUBMIT,
        },
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: SignedInRequest, assessment_id: uuid.UUID) -> HttpResponse:
    """Show how far the report is; a post asks again for one that failed."""
    assessment = answering_access.assessment_for(request.user, assessment_id)
    found = _report_of(assessment)
    if found is None:
        return redirect("assessments:tasks", assessment.pk)
    may_retry = answering_access.may_answer(request.user, assessment)
    if request.method == "POST":
        if not may_retry:
            raise Http404
        try:
            actions.retry_report(report=found, by=request.user, at=now())
        except actions.NotRetryable as exc:
            messages.info(request, str(exc))
        else:
            messages.success(request, _("The report is being built again."))
        return redirect("assessments:report", assessment.pk)
    return render(
        request,
        "reports/report.html",
        {"assessment": assessment, "report": found, "may_retry": may_retry},
    )


@never_cache
@require_safe
def report_state(request: HttpRequest, report_id: uuid.UUID) -> JsonResponse:
    """Answer what a page that follows the report asks."""
    found = access.report_for(request.user, report_id)
    return JsonResponse(
        {
            "state": found.state,
            "progress": found.progress,
            "stage": found.stage_words,
            "finished": found.is_finished,
            "url": reverse("assessments:report", args=[found.assessment_id]),
        }
    )


@never_cache
@login_required
@require_safe
def report_file(
    request: SignedInRequest, report_id: uuid.UUID
) -> FileResponse | HttpResponseRedirect:
    """Send the file; one that is lost is built again, and the report's page says so."""
    found = access.report_for(request.user, report_id)
    if found.state != Report.State.READY:
        raise Http404
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        actions.replace_report(report=found, by=request.user, at=now())
        messages.info(
            request, _("The file of this report is not where it was stored. It is built again.")
        )
        return redirect("assessments:report", found.assessment_id)
    response = FileResponse(
        content,
        as_attachment=True,
        filename=f"{_file_name(found.assessment)}.pdf",
        content_type="application/pdf",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@never_cache
@login_required
@require_safe
def result_json(request: SignedInRequest, assessment_id: uuid.UUID) -> HttpResponse:
    """Send the result document: the bytes its hash is of."""
    assessment = answering_access.assessment_for(request.user, assessment_id)
    found: Result | None = queries.result_of(assessment)
    if found is None:
        raise Http404
    name = f"{_file_name(assessment)}.json"
    return HttpResponse(
        found.document.encode(),
        status=HTTPStatus.OK,
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _report_of(assessment: Assessment) -> Report | None:
    reports = assessment.reports.select_related("release__wave", "release__edition", "result")
    unread = "release__document", "release__edition__document"
    return reports.defer(*unread).order_by("-created_at").first()


def _file_name(assessment: Assessment) -> str:
    organisation = slugify(assessment.organisation.name)[:60] or "organisation"
    return f"maturity-{organisation}-{slugify(assessment.wave.code)}"


LENGTH, GROUP = 26, 5


@never_cache
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Take a typed code to its page; without one, say what this is for."""
    typed = request.GET.get("code", "")
    if not typed.strip():
        return render(request, "reports/verify.html", {"missing": "code" in request.GET})
    code = _normal(typed)
    if code is None:
        return _unknown(request, typed)
    return redirect("verify_code", code)


@never_cache
@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """Confirm a report by its code: date, state and hash, and its name only if it consents.

    A code nobody has and one of a report without a file are answered alike.
    """
    normal = _normal(code)
    found = report_by_code(normal) if normal else None
    if found is None:
        return _unknown(request, code)
    if normal != code:
        return redirect("verify_code", normal)
    response = render(request, "reports/verify_code.html", {"report": found})
    response["X-Robots-Tag"] = "noindex"
    return response


def _unknown(request: HttpRequest, typed: str) -> HttpResponse:
    return render(
        request,
        "reports/verify.html",
        {"unknown": True, "typed": typed[:60]},
        status=HTTPStatus.NOT_FOUND,
    )


def _normal(typed: str) -> str | None:
    """Return a code as it is printed, whatever spaces, dashes and case it was typed with."""
    letters = [letter for letter in typed.upper() if letter in CODE_ALPHABET]
    others = {letter for letter in typed.upper() if letter not in CODE_ALPHABET}
    if len(letters) != LENGTH or others - set(" -\t–—"):
        return None
    text = "".join(letters)
    return "-".join(text[i : i + GROUP] for i in range(0, LENGTH, GROUP))
