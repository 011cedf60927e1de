"""The operator's site: accounts and settings, never answers.

An operator may close an account and let another operator in. Nothing here gives a role in an
organisation, a password or a verified address, since each would open somebody's answers. The
working group's roles, which open none, are given here by whoever holds all rights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from allauth.account import admin as allauth_admin
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import Model
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import (
    Invitation,
    Membership,
    Organisation,
    User,
    WorkingGroupRole,
)

if TYPE_CHECKING:  # the stubs' classes are generic, Django's are not
    MembershipTable = admin.TabularInline[Membership, Organisation]
    AddressTable = admin.TabularInline[EmailAddress, User]
    RoleTable = admin.TabularInline[WorkingGroupRole, User]
    RoleRows = BaseModelFormSet[WorkingGroupRole, ModelForm[WorkingGroupRole]]
    UserForm = ModelForm[User]
    UserPages = admin.ModelAdmin[User]
    OrganisationPages = admin.ModelAdmin[Organisation]
    InvitationPages = admin.ModelAdmin[Invitation]
else:
    MembershipTable = AddressTable = RoleTable = admin.TabularInline
    RoleRows = BaseModelFormSet
    UserForm = ModelForm
    UserPages = OrganisationPages = InvitationPages = admin.ModelAdmin

admin.site.site_title = admin.site.site_header = _("Operators of the portal")
admin.site.index_title = _("Accounts and settings")
# The admin's own sign-in knows neither verified addresses nor limits on guessing.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister(allauth_admin.EmailAddress)


class _NoAdd:
    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class _NoDelete:
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class _ReadOnly(_NoAdd, _NoDelete):
    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class MembershipInline(_ReadOnly, MembershipTable):
    model = Membership
    fields = ("user", "role", "created_at")
    readonly_fields = ("user", "role", "created_at")


class EmailAddressInline(_ReadOnly, AddressTable):
    model = EmailAddress
    fields = ("email", "verified", "primary")
    readonly_fields = ("email", "verified", "primary")


class WorkingGroupRoleInline(RoleTable):
    model = WorkingGroupRole
    fk_name = "user"
    fields = ("role", "granted_by", "granted_at")
    readonly_fields = ("granted_by", "granted_at")
    extra = 0

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # a role is given or taken, with its date

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # whoever sees the person sees what the person does


@admin.register(User)
class UserAdmin(_NoAdd, _NoDelete, UserPages):
    list_display = ["email", "name", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    fields = ["email", "name", "is_active", "is_staff", "is_superuser", "groups", "date_joined"]
    filter_horizontal = ["groups"]
    inlines = [EmailAddressInline, WorkingGroupRoleInline]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        always = ["email", "name", "date_joined"]
        # Rights are given by those who hold them all.
        guarded = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups"]
        return always + guarded

    def save_formset(
        self, request: HttpRequest, form: UserForm, formset: RoleRows, change: bool
    ) -> None:
        for row in formset.save(commit=False):
            if isinstance(row, WorkingGroupRole):
                row.granted_by = cast(User, request.user)
        super().save_formset(request, form, formset, change)


@admin.register(Organisation)
class OrganisationAdmin(_ReadOnly, OrganisationPages):
    list_display = ["name", "country", "verified_at", "is_demonstration", "created_at"]
    list_filter = ["is_demonstration"]
    search_fields = ["name", "lei"]
    fields = [
        "name",
        "country",
        "registration_number",
        "lei",
        "ultimate_owner",
        "adviser",
        "verified_at",
        "is_demonstration",
        "created_at",
    ]
    inlines = [MembershipInline]


@admin.register(Invitation)
class InvitationAdmin(_ReadOnly, InvitationPages):
    list_display = ["organisation", "role", "created_at", "expires_at", "accepted_at", "revoked_at"]
    fields = [
        "organisation",
        "email",
        "role",
        "created_by",
        "created_at",
        "expires_at",
        "accepted_at",
        "accepted_by",
        "revoked_at",
    ]
