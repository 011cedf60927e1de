"""Pages about one's account, one's organisations and who belongs to them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import access, actions, queries
from portal.accounts.forms import (
    ROLE_DESCRIPTIONS,
    InvitationForm,
    NameForm,
    OrganisationForm,
    RoleForm,
)
from portal.accounts.http import SignedInRequest
from portal.accounts.models import Invitation, Organisation, Role, User
from portal.vocabulary.countries import country

form_page = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@form_page
def account(request: SignedInRequest) -> HttpResponse:
    form = NameForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your name is saved."))
        return redirect("accounts:account")
    context = {
        "form": form,
        "memberships": queries.memberships_of(request.user),
        "is_steward": access.has_working_group_role(request.user, access.WorkingGroup.STEWARD),
    }
    return render(request, "accounts/account.html", context)


@login_required
@form_page
def organisation_new(request: SignedInRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None)
    if form.is_valid():
        organisation = actions.create_organisation(by=request.user, **form.cleaned_data)
        messages.success(request, _("The organisation is set up. Now invite your colleagues."))
        return redirect("accounts:organisation", organisation.pk)
    return render(request, "accounts/organisation_new.html", {"form": form})


@login_required
@require_safe
def organisation(request: SignedInRequest, organisation_id: uuid.UUID) -> HttpResponse:
    organisation = access.organisation_for(request.user, organisation_id)
    members = queries.members_of(organisation)
    is_owner = any(m.user_id == request.user.pk and m.role == Role.OWNER for m in members)
    context = {
        "organisation": organisation,
        "country": country(organisation.country),
        "members": members,
        "is_owner": is_owner,
        "invitations": queries.open_invitations(organisation, at=now()) if is_owner else [],
    }
    return render(request, "accounts/organisation.html", context)


@login_required
@form_page
def organisation_edit(request: SignedInRequest, organisation_id: uuid.UUID) -> HttpResponse:
    organisation = access.organisation_of_owner(request.user, organisation_id)
    form = OrganisationForm(request.POST or None, instance=organisation)
    if form.is_valid():
        try:
            actions.update_organisation(
                organisation=organisation, by=request.user, **form.cleaned_data
            )
        except actions.OrganisationVerified:
            form.add_error(None, _("These details have been verified and no longer change here."))
        except actions.NotAnOwner as exc:
            raise Http404 from exc
        else:
            messages.success(request, _("The details are saved."))
            return redirect("accounts:organisation", organisation_id)
    context = {"organisation": organisation, "form": form}
    return render(request, "accounts/organisation_edit.html", context)


@login_required
@form_page
def invite(request: SignedInRequest, organisation_id: uuid.UUID) -> HttpResponse:
    organisation = access.organisation_of_owner(request.user, organisation_id)
    form = InvitationForm(request.POST or None)
    if form.is_valid() and _invited(request, organisation, form):
        return redirect("accounts:organisation", organisation_id)
    context = {
        "organisation": organisation,
        "form": form,
        "descriptions": ROLE_DESCRIPTIONS,
        "days": settings.INVITATION_DAYS,
    }
    return render(request, "accounts/invite.html", context)


@login_required
@require_POST
def revoke(
    request: SignedInRequest, organisation_id: uuid.UUID, invitation_id: uuid.UUID
) -> HttpResponse:
    invitation = access.invitation_of_owner(request.user, organisation_id, invitation_id)
    try:
        actions.revoke_invitation(invitation=invitation, by=request.user, at=now())
    except actions.NotAnOwner as exc:
        raise Http404 from exc
    except actions.InvitationClosed:
        messages.error(request, _("The invitation has been accepted in the meantime."))
    else:
        messages.success(request, _("The invitation is withdrawn; its link works no more."))
    return redirect("accounts:organisation", organisation_id)


@login_required
@form_page
def member(
    request: SignedInRequest, organisation_id: uuid.UUID, membership_id: int
) -> HttpResponse:
    """Change the role of a member; the page also holds the button that removes them."""
    membership = access.membership_of_owner(request.user, organisation_id, membership_id)
    form = RoleForm(request.POST or None, initial={"role": membership.role})
    if form.is_valid():
        role = form.cleaned_data["role"]
        try:
            actions.change_role(membership=membership, by=request.user, role=role, at=now())
        except actions.LastOwner:
            form.add_error("role", _("Make somebody else an owner first: one is needed."))
        except (actions.NotAnOwner, actions.NotAMember) as exc:
            raise Http404 from exc
        else:
            messages.success(request, _("The role is changed."))
            return redirect("accounts:organisation", organisation_id)
    context = {
        "organisation": membership.organisation,
        "membership": membership,
        "form": form,
        "descriptions": ROLE_DESCRIPTIONS,
    }
    return render(request, "accounts/member.html", context)


@login_required
@require_POST
def member_remove(
    request: SignedInRequest, organisation_id: uuid.UUID, membership_id: int
) -> HttpResponse:
    membership = access.membership_of_owner(request.user, organisation_id, membership_id)
    try:
        actions.remove_member(membership=membership, by=request.user, at=now())
    except actions.LastOwner:
        messages.error(request, _("Make somebody else an owner first: one is needed."))
        return redirect("accounts:member", organisation_id, membership_id)
    except (actions.NotAnOwner, actions.NotAMember) as exc:
        raise Http404 from exc
    messages.success(request, _("The person is no longer a member."))
    if membership.user_id == request.user.pk:
        return redirect("accounts:account")
    return redirect("accounts:organisation", organisation_id)


@login_required
@form_page
def leave(request: SignedInRequest, organisation_id: uuid.UUID) -> HttpResponse:
    organisation = access.organisation_for(request.user, organisation_id)
    refusal = ""
    if request.method == "POST":
        try:
            actions.leave(organisation=organisation, by=request.user, at=now())
        except actions.LastOwner:
            refusal = _("You are the only owner. Make somebody else an owner before you leave.")
        except actions.NotAMember as exc:
            raise Http404 from exc
        else:
            messages.success(request, _("You have left the organisation."))
            return redirect("accounts:account")
    context = {"organisation": organisation, "refusal": refusal}
    return render(request, "accounts/leave.html", context)


@never_cache
@form_page
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is offered and accept it; whoever has no account is led through sign-up.

    A link that does not work says so in one way, whatever the reason.
    """
    try:
        invitation = access.invitation_with(token)
    except Http404:
        return render(request, "accounts/invitation_gone.html", status=404)
    user = request.user
    fits = isinstance(user, User) and queries.has_verified_address(user, invitation.email)
    if request.method == "POST" and isinstance(user, User) and fits:
        return _accepted(request, invitation, user)
    context = {
        "invitation": invitation,
        "organisation": invitation.organisation,
        "role": invitation.get_role_display(),
        "role_means": ROLE_DESCRIPTIONS[invitation.role],
        "fits": fits,
    }
    return render(request, "accounts/invitation.html", context)


def _accepted(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    try:
        actions.accept_invitation(invitation=invitation, by=user, at=now())
    except (actions.InvitationClosed, actions.InvitationForAnotherAddress):
        return render(request, "accounts/invitation_gone.html", status=404)
    messages.success(request, _("Welcome. You are now a member."))
    return redirect("accounts:organisation", invitation.organisation_id)


def _invited(request: SignedInRequest, organisation: Organisation, form: InvitationForm) -> bool:
    """Invite, and return whether it is done; otherwise the form says why not."""
    try:
        actions.invite(
            organisation=organisation,
            by=request.user,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            at=now(),
        )
    except actions.NotAnOwner as exc:
        raise Http404 from exc
    except actions.AlreadyMember:
        form.add_error("email", _("A member already uses this address."))
    except actions.TooManyInvitations:
        form.add_error(None, _("You have sent many invitations today. Send the rest tomorrow."))
    else:
        messages.success(request, _("The invitation is on its way."))
        return True
    return False
