"""Taking a submission back."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assessments import access
from assessments.actions import waves as actions
from assessments.forms import WithdrawForm
from portal.accounts.http import SignedInRequest


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
    return render(request, "assessments/withdraw.html", context)
