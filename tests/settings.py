"""The site's own settings, made fast: nothing behaves differently here."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("PORTAL_VAR", tempfile.mkdtemp(prefix="portal-tests-"))

from portal.settings import *  # noqa: F403
from portal.settings import CACHES, DATABASES, REDIS_URL, STORAGES, VAR_DIR

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
if not REDIS_URL:
    # Each test process counts its own rate limits.
    CACHES = CACHES | {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, so that threads and processes of a test meet in one database.
    DATABASES["default"].setdefault("TEST", {})["NAME"] = str(Path(VAR_DIR) / "test.sqlite3")
