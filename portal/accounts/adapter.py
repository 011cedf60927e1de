"""How allauth speaks and where its links lead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from portal.mail.actions import queue_mail

TEMPLATES = {
    "email_confirmation_signup": "email_confirmation",
    "email_confirmation": "email_confirmation",
    "password_reset_key": "password_reset",
    "account_already_exists": "account_already_exists",
    "unknown_account": "unknown_account",
}
A_DAY = timedelta(days=1)
LASTS = {
    "email_confirmation": timedelta(seconds=settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT),
    "password_reset": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
}
# What happened to an account, told to its address so that a theft does not go unnoticed.
NOTICES = {
    "password_changed": _("The password of your account was changed."),
    "password_reset": _("The password of your account was reset."),
    "password_set": _("A password was set for your account."),
    "email_changed": _("The e-mail address of your account was changed."),
    "email_confirm": _("An e-mail address was confirmed for your account."),
    "email_deleted": _("An e-mail address was removed from your account."),
}


# Whatever else can go wrong keeps the library's words.
REFUSALS = {
    "email_password_mismatch": _("The address or the password is wrong. Check both."),
    "enter_current_password": _("The current password is wrong."),
    "incorrect_password": _("The password is wrong."),
    "incorrect_code": _("This is not the code we sent. Check it, or ask for another one."),
    "too_many_login_attempts": _(
        "Too many attempts with a wrong password. Wait some minutes, then try again."
    ),
    "rate_limited": _("Too many attempts. Wait some minutes, then try again."),
    "duplicate_email": _("This address belongs to your account already."),
    "cannot_remove_primary_email": _(
        "The main address cannot be removed. Make another one the main address first."
    ),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = {**DefaultAccountAdapter.error_messages, **REFUSALS}

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        name = template_prefix.rpartition("/")[2]
        if name in NOTICES:
            template = "account_notice"
            context = {**context, "happened": NOTICES[name]}
        else:
            template = TEMPLATES[name]
        queue_mail(template, to=email, context=context, lasts=LASTS.get(template, A_DAY), at=now())

    def send_account_already_exists_mail(self, email: str) -> None:
        # A new account costs the hashing of its password. Pay it here too, or the time a
        # sign-up takes tells whether the address is registered.
        make_password(get_random_string(24))
        super().send_account_already_exists_mail(email)

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _dash, temporary_key = key.partition("-")
        path = reverse("account_reset_password_from_key", args=[uid, temporary_key])
        return f"{settings.SITE_URL}{path}"
