"""Wrong configuration, found at start."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.urls)
def site_url(**_: Any) -> list[CheckMessage]:
    address = urlsplit(settings.SITE_URL)
    if address.scheme not in {"http", "https"} or not address.netloc:
        return [
            Error(
                f"SITE_URL {settings.SITE_URL!r} is not an address.",
                hint="Start it with https:// and give the host, as in https://portal.example.org.",
                id="portal.E001",
            )
        ]
    if settings.SITE_URL.endswith("/"):
        return [Error("SITE_URL ends with a slash.", hint="Leave it off.", id="portal.E002")]
    return []


@register(Tags.files)
def writable_var(**_: Any) -> list[CheckMessage]:
    if os.access(settings.VAR_DIR, os.W_OK):
        return []
    return [
        Error(
            f"{settings.VAR_DIR} cannot be written to.",
            hint="Give the portal's user write access, or name another folder with PORTAL_VAR.",
            id="portal.E003",
        )
    ]


@register(Tags.security, deploy=True)
def production_shape(**_: Any) -> list[CheckMessage]:
    """Refuse, with --deploy, what is right on a laptop and wrong for the public."""
    found: list[CheckMessage] = []
    if not settings.SITE_URL.startswith("https://"):
        found.append(
            Error("SITE_URL is not https.", hint="Set it to the public address.", id="portal.E101")
        )
    if settings.SECRET_KEY == settings.LOCAL_SECRET:
        found.append(
            Error(
                "SECRET_KEY is the one every clone has.",
                hint="Set PORTAL_ENV=production and SECRET_KEY to a long random value.",
                id="portal.E102",
            )
        )
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        found.append(
            checks.Warning(
                "The database is SQLite, which serves one machine.",
                hint="Set DATABASE_URL to a PostgreSQL database.",
                id="portal.W103",
            )
        )
    if not settings.REDIS_URL:
        found.append(
            checks.Warning(
                "Jobs travel through files, which serves one machine.",
                hint="Set REDIS_URL to a Redis server.",
                id="portal.W104",
            )
        )
    if not settings.EMAIL_URL_HOST:
        found.append(
            Error(
                "No mail server is named, so codes and links are written to a folder.",
                hint="Set EMAIL_HOST, and EMAIL_PORT, EMAIL_HOST_USER and EMAIL_HOST_PASSWORD.",
                id="portal.E105",
            )
        )
    return found
