"""Users, organisations, memberships and invitations, and the working group's roles."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, who signs in by e-mail."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_user_per_email_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def of(self, user: User) -> OrganisationQuerySet:
        """Return the organisations in which `user` has any role."""
        return self.filter(memberships__user=user)


class Organisation(models.Model):
    """A legal entity that answers for itself.

    `verified_at` says the working group has confirmed the entity, its ultimate owner and who
    advises it; only verified organisations enter a market release. `is_demonstration` marks a
    synthetic organisation, which enters demonstration releases alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(_("country"), max_length=2)
    registration_number = models.CharField(_("registration number"), max_length=60, blank=True)
    lei = models.CharField(_("legal entity identifier"), max_length=20, blank=True)
    ultimate_owner = models.CharField(_("ultimate owner"), max_length=200, blank=True)
    adviser = models.CharField(_("adviser who fills in answers"), max_length=200, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    is_demonstration = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="organisations"
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            # Identifiers are public: until the entity is verified, a stranger's claim to one
            # must neither block the entity itself nor tell who is registered here.
            models.UniqueConstraint(
                fields=["lei"],
                condition=~Q(lei="") & Q(verified_at__isnull=False, is_demonstration=False),
                name="one_verified_organisation_per_lei",
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="organisation_country_is_iso_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "OWNER", _("Owner")
    CONTRIBUTOR = "CONTRIBUTOR", _("Contributor")
    VIEWER = "VIEWER", _("Viewer")


MAY_ANSWER = (Role.OWNER, Role.CONTRIBUTOR)
MAY_SUBMIT = (Role.OWNER,)


class Membership(models.Model):
    """One person's role in one organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=12, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["organisation", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"], name="one_role_per_person_and_organisation"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.organisation}"


class Verification(models.Model):
    """One decision of a steward about an organisation, kept for ever; the last one stands.

    A confirmation holds what was confirmed and what it rests on; a revocation holds its reason.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="verifications"
    )
    is_confirmed = models.BooleanField()
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    registration_number = models.CharField(max_length=60, blank=True)
    lei = models.CharField(max_length=20, blank=True)
    ultimate_owner = models.CharField(max_length=200, blank=True)
    adviser = models.CharField(max_length=200, blank=True)
    evidence = models.TextField(_("evidence"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["organisation", "-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(evidence=""), name="verification_gives_evidence"),
        ]

    def __str__(self) -> str:
        what = "confirmed" if self.is_confirmed else "revoked"
        return f"{self.organisation_id} {what} {self.at:%Y-%m-%d}"


class WorkingGroupRole(models.Model):
    """What a person does for the working group. Granted by those who run the portal, nobody else.

    None of these roles opens an organisation's answers.
    """

    class Role(models.TextChoices):
        EDITOR = "EDITOR", _("Editor")
        REVIEWER = "REVIEWER", _("Reviewer")
        PUBLISHER = "PUBLISHER", _("Publisher")
        STEWARD = "STEWARD", _("Steward of the benchmarks")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="working_group_roles")
    role = models.CharField(_("role"), max_length=9, choices=Role.choices)
    granted_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    granted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["role", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"], name="one_row_per_person_and_working_group_role"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["EDITOR", "REVIEWER", "PUBLISHER", "STEWARD"]),
                name="working_group_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, at: datetime) -> InvitationQuerySet:
        """Return the invitations that can still be accepted at a moment."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)


class Invitation(models.Model):
    """A role offered to an e-mail address. The token is stored hashed and works once.

    One that has expired still counts as open to the constraint below: `actions.invite` revokes
    it when it makes the next.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Lower("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_per_address",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at=None),
                name="invitation_accepted_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.organisation}, until {self.expires_at:%Y-%m-%d}"
