"""The working group's pages about benchmarks: for stewards, and absent for everyone else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.answering.models import Wave
from assessments.benchmarks.actions import audits, computing, decisions, notes
from assessments.benchmarks.models import ReleaseCandidate, ReleaseNote
from assessments.disclosure.document import parse_candidate
from assessments.stewardship import queries
from assessments.stewardship.forms import (
    NoteForm,
    PublishForm,
    RevisionForm,
    RevocationForm,
    VerificationForm,
    WebhookForm,
)
from assessments.webhooks import actions as webhooks
from assessments.webhooks import client as webhook_client
from assessments.webhooks.models import WebhookSubscription
from portal.accounts import actions as accounts
from portal.accounts.access import role_in, steward
from portal.accounts.http import SignedInRequest
from portal.accounts.models import Organisation, User

ROWS_A_PAGE = 50
form_page = require_http_methods(["GET", "HEAD", "POST"])
View = Callable[..., HttpResponse]


def for_stewards(view: View) -> View:
    """Let stewards in and answer everyone else, visitors included, as though nothing were here."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        steward(request.user)
        return view(request, *args, **kwargs)

    return guarded


@for_stewards
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    context = {
        "waves": queries.waves_for_stewards(on=now().date()),
        "releases": queries.releases_for_stewards(),
        "to_verify": queries.organisations_to_verify().count(),
        "listeners": WebhookSubscription.objects.filter(is_active=True).count(),
    }
    return render(request, "stewardship/home.html", context)


# Candidates


@for_stewards
@require_POST
def audit(request: SignedInRequest, wave_id: int) -> HttpResponse:
    """Ask for the audit of a closed wave, or for another one."""
    wave = get_object_or_404(Wave, pk=wave_id, is_demonstration=False)
    try:
        made = audits.queue_candidate(wave=wave, by=request.user, at=now())
    except (computing.ReleaseRefused, decisions.DecisionRefused) as exc:
        messages.error(request, str(exc))
        return redirect("assessments:stewardship")
    messages.success(request, _("The audit is queued. You can leave this page."))
    return redirect("assessments:candidate", made.pk)


@for_stewards
@form_page
def candidate(request: SignedInRequest, candidate_id: int) -> HttpResponse:
    """Show a candidate and its audit; a post approves it, sends it back or has it published."""
    row = _candidate(candidate_id)
    earliest = max(computing.due_date(row.wave), now().date())
    decision = request.POST.get("decision", "")
    data = request.POST if decision == "publish" else None
    form = PublishForm(data, earliest=earliest, due=computing.due_date(row.wave))
    if request.method == "POST":
        try:
            message = _decide(request, row, decision, form)
        except decisions.DecisionRefused as exc:
            messages.error(request, str(exc))
            return redirect("assessments:candidate", row.pk)
        if message:
            messages.success(request, message)
            return redirect("assessments:candidate", row.pk)
    document = parse_candidate(row.document) if row.document else None
    context = {
        "candidate": row,
        "next_step": _next_step(row, by=request.user),
        "form": form,
        "findings": row.findings,
        **queries.audit_in_words(row.findings),
        "cohorts": queries.cohort_counts(document) if document else None,
        "rules": document["rules"] if document else [],
        "due": computing.due_date(row.wave),
        "is_being_published": row.is_being_published(on=now().date()),
        "may_publish": row.approved_by_id not in (None, request.user.pk),
    }
    return render(request, "stewardship/candidate.html", context)


def _next_step(candidate: ReleaseCandidate, *, by: User) -> str:
    """Return what there is to do about a candidate, and for whom."""
    if candidate.is_waiting:
        return _(
            "The audit attacks the figures as somebody with inside knowledge would. It may take a "
            "while; you can leave this page."
        )
    if candidate.state == ReleaseCandidate.State.FAILED:
        return _("Read why, then ask for the audit again.")
    if candidate.state == ReleaseCandidate.State.PUBLISHED:
        return _("It is a release now and never changes.")
    if candidate.approved_by_id is None:
        return _("Read the audit, then approve the candidate below.")
    if candidate.is_being_published(on=now().date()):
        return _("Two stewards have seen it. It is being published now.")
    if candidate.publish_date is not None:
        return _("Two stewards have seen it. It is published on its day.")
    if candidate.approved_by_id == by.pk:
        return _("You approved it. Now another steward has it published.")
    return _("One steward approved it. Read the audit, then choose the day of publication below.")


def _candidate(candidate_id: int) -> ReleaseCandidate:
    rows = ReleaseCandidate.objects.select_related(
        "wave", "requested_by", "approved_by", "published_by", "release"
    )
    return get_object_or_404(rows.defer("release__document"), pk=candidate_id)


def _decide(
    request: SignedInRequest, candidate: ReleaseCandidate, decision: str, form: PublishForm
) -> str:
    """Do what was decided and return its message; empty for a form that has errors."""
    by, at = request.user, now()
    if decision == "approve":
        decisions.approve_candidate(candidate=candidate, by=by, at=at)
        return _("The candidate is approved. Another steward has it published.")
    if decision == "send-back":
        decisions.send_back(candidate=candidate, by=by)
        return _("The approval is taken back.")
    if decision != "publish":
        raise decisions.DecisionRefused(_("Choose what to do with this candidate."))
    if not form.is_valid():
        return ""
    on = form.cleaned_data["on"]
    decisions.schedule_candidate(candidate=candidate, by=by, on=on, at=at)
    if on <= at.date():
        return _("The release is being published.")
    return _("The release will be published on {day}.").format(day=on.isoformat())


@for_stewards
@require_safe
def candidate_state(request: SignedInRequest, candidate_id: int) -> JsonResponse:
    """Answer what a page that follows the audit asks."""
    rows = ReleaseCandidate.objects.defer("document", "audit")
    row = get_object_or_404(rows, pk=candidate_id)
    is_publishing = row.is_being_published(on=now().date())
    return JsonResponse(
        {
            "state": row.state,
            "progress": None if is_publishing else row.progress,
            "stage": _("Being published") if is_publishing else row.stage_words,
            "finished": not (row.is_waiting or is_publishing),
            "url": reverse("assessments:candidate", args=[row.pk]),
        }
    )


# Releases


@for_stewards
@form_page
def release(request: SignedInRequest, code: str) -> HttpResponse:
    """Say something of a release: an erratum, its withdrawal, or that it is to be revised."""
    row = get_object_or_404(queries.releases_for_stewards(), code=code)
    form = request.POST.get("form", "")
    note = NoteForm(request.POST if form == "note" else None)
    may_revise = not row.is_demonstration  # nobody is known to have been counted in it
    revision = RevisionForm(request.POST if form == "revision" and may_revise else None)
    try:
        if note.is_valid():
            notes.propose_note(release=row, by=request.user, at=now(), **note.cleaned_data)
            messages.success(request, _("Proposed. Another steward confirms it."))
            return redirect("assessments:steward_release", code)
        if revision.is_valid():
            made = audits.queue_candidate(
                wave=row.wave, by=request.user, at=now(), change=revision.cleaned_data["change"]
            )
            messages.success(request, _("The audit of the revision is queued."))
            return redirect("assessments:candidate", made.pk)
    except (decisions.DecisionRefused, computing.ReleaseRefused) as exc:
        (revision if form == "revision" else note).add_error(None, str(exc))
    context = {
        "release": row,
        "notes": row.notes.all(),
        "note_form": note,
        "revision_form": revision,
    }
    return render(request, "stewardship/release.html", context)


@for_stewards
@require_POST
def note(request: SignedInRequest, note_id: int) -> HttpResponse:
    """Confirm or drop what was proposed to be said of a release."""
    found = get_object_or_404(ReleaseNote.objects.select_related("release"), pk=note_id)
    try:
        if request.POST.get("decision") == "confirm":
            notes.confirm_note(note=found, by=request.user, at=now())
            messages.success(request, _("Confirmed: everybody reads it now."))
        else:
            notes.drop_note(note=found, by=request.user)
            messages.success(request, _("The proposal is dropped."))
    except decisions.DecisionRefused as exc:
        messages.error(request, str(exc))
    return redirect("assessments:steward_release", found.release.code)


# Organisations


@for_stewards
@require_safe
def organisations(request: SignedInRequest) -> HttpResponse:
    verified = request.GET.get("state") == "verified"
    rows = queries.verified_organisations() if verified else queries.organisations_to_verify()
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "verified": verified, "query": "state=verified" if verified else ""}
    return render(request, "stewardship/organisations.html", context)


@for_stewards
@form_page
def organisation(request: SignedInRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """Verify an organisation; a verified one is shown with its record and may be unverified."""
    found = get_object_or_404(Organisation, pk=organisation_id, is_demonstration=False)
    was_verified = found.verified_at is not None
    form: RevocationForm | VerificationForm
    if was_verified:
        form = RevocationForm(request.POST or None)
    else:
        form = VerificationForm(request.POST or None, instance=found)
    if form.is_valid():
        at, by = now(), request.user
        try:
            if was_verified:
                accounts.revoke_verification(organisation=found, by=by, at=at, **form.cleaned_data)
                said = _("The verification has ended.")
            else:
                accounts.verify_organisation(organisation=found, by=by, at=at, **form.cleaned_data)
                said = _("{name} is verified.").format(name=form.cleaned_data["name"])
        except accounts.VerificationRefused as exc:
            form.add_error(None, str(exc))
        else:
            messages.success(request, said)
            return redirect("assessments:steward_organisation", found.pk)
    context = {
        # As stored: the form may have changed the instance it was given.
        "organisation": Organisation.objects.get(pk=found.pk),
        "form": form,
        "is_own": role_in(request.user, found) is not None,
        "record": found.verifications.select_related("by"),
    }
    return render(request, "stewardship/organisation.html", context)


# Webhooks


@for_stewards
@form_page
def hooks(request: SignedInRequest) -> HttpResponse:
    """List the listeners and set one up, whose secret is shown this once."""
    form, made = WebhookForm(request.POST or None), None
    if form.is_valid():
        try:
            made = webhooks.create_subscription(by=request.user, at=now(), **form.cleaned_data)
        except webhook_client.AddressRefused as exc:
            form.add_error("url", str(exc))
        else:
            form = WebhookForm()
    context = {"form": form, "made": made, "subscriptions": queries.subscriptions()}
    return render(request, "stewardship/webhooks.html", context)


@for_stewards
@require_POST
def hook_end(request: SignedInRequest, subscription_id: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(WebhookSubscription, pk=subscription_id)
    webhooks.end_subscription(subscription=found, by=request.user)
    messages.success(request, _("Nothing is sent there any more."))
    return redirect("assessments:webhooks")
