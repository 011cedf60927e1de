from __future__ import annotations

import copy
import io
import logging
import logging.config
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.logs import HideTokens


@pytest.mark.parametrize(
    ("message", "args", "written"),
    [
        ("Not Found: %s", ("/invitations/s3cret-_x/",), "Not Found: /invitations/…/"),
        (
            "Forbidden: %s",
            ("/accounts/password/reset/key/3-abc-def/",),
            "Forbidden: /accounts/password/reset/key/…/",
        ),
        (
            "%s at /accounts/login/?next=%%2Finvitations%%2Fs3cret%%2F",
            ("GET",),
            "GET at /accounts/login/?next=%2Finvitations%2F…%2F",
        ),
        ("%d%% of %s", (5, "/invitations"), "5% of /invitations"),
    ],
)
def test_tokens_are_hidden(message: str, args: Any, written: str) -> None:
    record = logging.LogRecord("portal", logging.WARNING, __file__, 1, message, args, None)

    assert HideTokens().filter(record) is True
    assert record.getMessage() == written


@pytest.mark.django_db
def test_what_the_site_writes_has_no_token(settings: Any) -> None:
    stream = io.StringIO()
    configured = copy.deepcopy(settings.LOGGING)
    configured["handlers"]["console"]["stream"] = stream
    configurator = logging.config.DictConfigurator(configured)
    try:
        configurator.configure()
        Client().get(reverse("accounts:invitation", args=["s3cret-token"]))
    finally:
        logging.config.dictConfig(settings.LOGGING)

    assert "Not Found: /invitations/…/" in stream.getvalue()
    assert "s3cret" not in stream.getvalue()
