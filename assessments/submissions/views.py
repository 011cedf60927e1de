"""Checking all answers, submitting them, and taking the submission back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assessments.answering import access, answers, queries
from assessments.answering import actions as answering_actions
from assessments.answering.models import Assessment
from assessments.answering.views import CHECK, form_page, item_url
from assessments.questionnaires.method import Method
from assessments.submissions import actions
from assessments.submissions.forms import SubmitForm, WithdrawForm
from portal.accounts.access import role_in
from portal.accounts.http import SignedInRequest
from portal.accounts.models import MAY_ANSWER, MAY_SUBMIT
from portal.accounts.queries import members_of


@login_required
@never_cache
@form_page
def check(request: SignedInRequest, assessment_id: uuid.UUID) -> HttpResponse:
    """Check all answers; an owner submits them, and submitting again changes nothing."""
    if request.method == "POST":
        assessment = access.assessment_to_submit(request.user, assessment_id)
    else:
        assessment = access.assessment_for(request.user, assessment_id)
    if assessment.is_submitted:
        return redirect("assessments:result", assessment.pk)
    form = SubmitForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid():
        try:
            actions.submit_assessment(
                assessment=assessment,
                submitted_as=form.submitted_as,
                names_organisation=form.cleaned_data["names_organisation"],
                by=request.user,
                at=now(),
            )
        except answering_actions.AlreadySubmitted:
            return redirect("assessments:result", assessment.pk)
        except actions.Unfinished as exc:
            form.add_error(None, _unfinished(exc))
        else:
            return redirect("assessments:result", assessment.pk)
    role = role_in(request.user, assessment.organisation)
    page = _check_page(assessment, may_answer=role in MAY_ANSWER)
    page |= {"form": form, "may_submit": role in MAY_SUBMIT}
    if not page["may_submit"]:
        members = members_of(assessment.organisation)
        page["owners"] = [each.user for each in members if each.role in MAY_SUBMIT]
    return render(request, "submissions/check.html", page)


def _unfinished(exc: actions.Unfinished) -> str:
    parts = []
    if number := len(exc.unanswered):
        parts.append(
            ngettext(
                "%(number)d question is not answered.",
                "%(number)d questions are not answered.",
                number,
            )
            % {"number": number}
        )
    if number := len(exc.unexplained):
        parts.append(
            ngettext("%(number)d answer needs a note.", "%(number)d answers need a note.", number)
            % {"number": number}
        )
    return " ".join([*parts, _("They are listed first on this page.")])


def _check_page(assessment: Assessment, *, may_answer: bool) -> dict[str, Any]:
    instrument, asked = assessment.edition.content, queries.items_of(assessment)
    responses = queries.responses_of(assessment)
    outlook = queries.outlook_of(assessment, responses)
    unexplained = queries.unexplained(assessment, responses)
    back = f"?from={CHECK}"

    def row(code: str) -> dict[str, Any]:
        response = responses.get(code)
        return {
            "code": code,
            "title": asked[code].title,
            "url": item_url(assessment, code) + back,
            "given": answers.short(instrument, response),
            "grade": instrument.evidence_grades[response.evidence].code
            if response and response.rating is not None
            else "",
            "reason": response.reason if response and response.not_applicable else "",
        }

    unanswered = queries.unanswered(assessment, responses)
    return {
        "assessment": assessment,
        "method": Method(instrument),
        "may_answer": may_answer,
        "is_ready": not unanswered and not unexplained,
        "asked": len(asked),
        "unanswered": [row(code) for code in unanswered],
        "unexplained": [row(code) for code in unexplained],
        "warnings": [
            {**row(each["item"]), "note": responses[each["item"]].note, **each}
            for each in outlook["warnings"]
            if each["kind"] == "prerequisite" and each["item"] not in unexplained
        ],
        "coverage": [
            (dimension, outlook["coverage"][dimension.code])
            for dimension in queries.scope_of(assessment)
            if outlook["coverage"][dimension.code]["low_coverage"]
            or outlook["coverage"][dimension.code]["many_dont_know"]
        ],
        "groups": [
            (dimension, [(part, [row(each.code) for each in part.items]) for part in parts])
            for dimension in queries.scope_of(assessment)
            for parts in [dimension.capabilities]
        ],
        "all_modules": len(assessment.modules) == len(instrument.dimensions),
        "is_wave_over": now().date() > assessment.wave.closes_date,
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedInRequest, assessment_id: uuid.UUID) -> HttpResponse:
    """Show what taking a submission back means, do it, and say afterwards that it was done."""
    if request.method == "POST":
        assessment = access.assessment_to_submit(request.user, assessment_id)
    else:
        assessment = access.assessment_for(request.user, assessment_id)
    if not assessment.is_submitted:
        return redirect("assessments:tasks", assessment.pk)
    record = list(assessment.withdrawals.select_related("by"))
    is_over = actions.is_over(assessment.wave, at=now())
    deletes = is_over or bool(record)  # what was taken back before can only be deleted still
    form = WithdrawForm(request.POST or None, deletes=deletes)
    if form.is_valid():
        try:
            actions.withdraw_submission(
                assessment=assessment, by=request.user, at=now(), erase=form.erases
            )
        except actions.WithdrawalRefused as exc:
            form.add_error(None, str(exc))
        else:
            messages.success(request, _("The submission is taken back."))
            return redirect("assessments:withdraw", assessment.pk)
    context = {
        "assessment": assessment,
        "form": form,
        "is_over": is_over,
        "deletes": deletes,
        "may_withdraw": access.may_submit(request.user, assessment),
        "record": record,
        "is_erased": any(each.is_erased for each in record),
    }
    return render(request, "submissions/withdraw.html", context)
