"""A request whose user is known."""

from __future__ import annotations

from django.http import HttpRequest

from portal.accounts.models import User


class SignedInRequest(HttpRequest):
    """What a view behind `login_required` receives."""

    user: User
