"""The forms of sign-in and sign-up: allauth's own, in the words and manner of this site.

They stand apart from `forms` because allauth's forms can be imported only once apps are ready.
"""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from django.contrib.auth.password_validation import get_default_password_validators
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.accounts.forms import NameForm
from portal.accounts.models import User

PASSWORD_HINT = _(
    "At least %(length)s characters. Four unrelated words are easy to keep in mind and hard to"
    " guess."
)

LABELS = {
    "email": _("E-mail address"),
    "login": _("E-mail address"),
    "oldpassword": _("Current password"),
    "password2": _("The same password again"),
}
MISSING = {
    "email": _("Enter your e-mail address."),
    "login": _("Enter your e-mail address."),
    "password": _("Enter your password."),
    "oldpassword": _("Enter your current password."),
    "password1": _("Choose a password."),
    "password2": _("Enter the same password again."),
    "code": _("Enter the code from the e-mail."),
}
NO_ADDRESS = _("Enter an e-mail address such as name@example.org.")


def _shortest_password() -> int:
    validators = get_default_password_validators()
    return max(getattr(validator, "min_length", 0) for validator in validators)


class _Plain:
    """Labels say what a field is for; what stands inside a field is what was typed."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        for name in LABELS.keys() & self.fields.keys():
            self.fields[name].label = LABELS[name]
        for name in MISSING.keys() & self.fields.keys():
            self.fields[name].error_messages["required"] = MISSING[name]
        for name in {"email", "login"} & self.fields.keys():
            # The field's own check and its validator's say the same.
            self.fields[name].error_messages["invalid"] = NO_ADDRESS
        for name in {"password1"} & self.fields.keys():
            self.fields[name].help_text = PASSWORD_HINT % {"length": _shortest_password()}


class LoginForm(_Plain, allauth_forms.LoginForm):  # type: ignore[misc]  # allauth has no types
    pass


class SignupForm(_Plain, allauth_forms.SignupForm):  # type: ignore[misc]  # as above
    name = NameForm.base_fields["name"]
    field_order = ("name", "email", "password1", "password2")

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])


class AddEmailForm(_Plain, allauth_forms.AddEmailForm):  # type: ignore[misc]  # as above
    pass


class ChangePasswordForm(_Plain, allauth_forms.ChangePasswordForm):  # type: ignore[misc]  # as above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")


class ResetPasswordForm(_Plain, allauth_forms.ResetPasswordForm):  # type: ignore[misc]  # as above
    pass


class NewPasswordForm(_Plain, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]  # as above
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")


class CodeForm(_Plain, allauth_forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # as above
    pass
