"""Settings of every environment: the embedded default, and production by variables alone.

A fresh clone runs on SQLite, Celery over files and a local cache, all under `var/`.
`DATABASE_URL` and `REDIS_URL` change the shape; `PORTAL_ENV=production` refuses to start
without its secrets.

Over 400 lines, because settings are one list to look through.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from portal.env import env_bool, env_int, env_list, env_str

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_str("PORTAL_VAR", "") or BASE_DIR / "var")
for folder in ("media", "broker/in", "broker/processed", "mail", "static"):
    (VAR_DIR / folder).mkdir(parents=True, exist_ok=True)

PRODUCTION = env_str("PORTAL_ENV", "local") == "production"
DEBUG = env_bool("PORTAL_DEBUG", default=False)

SITE_URL = env_str("SITE_URL", "http://127.0.0.1:8000")
LOCAL_SECRET = "local-only-secret-never-used-in-production-0123456789abcdef"  # noqa: S105
SECRET_KEY = env_str("SECRET_KEY", "" if PRODUCTION else LOCAL_SECRET)
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Give production a long random one.")
ALLOWED_HOSTS = env_list(
    "ALLOWED_HOSTS", [] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [SITE_URL] if PRODUCTION else [])

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "portal.web.apps.WebConfig",
    "portal.mail.apps.MailConfig",
    "portal.accounts.apps.AccountsConfig",
    "publications.apps.PublicationsConfig",
    "assessments.apps.AssessmentsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.web.middleware.CompressPages",
    "portal.web.middleware.keep_private",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.web.middleware.ReadersLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "portal.web.loaders.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.web.context.site",
            ],
            "builtins": [
                "portal.web.components.page",
                "portal.web.components.forms",
                "portal.web.components.lists",
                "portal.web.components.figures",
                "django.templatetags.i18n",
            ],
        },
    }
]

# Data ------------------------------------------------------------------------------------------

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        env_str("DATABASE_URL", f"sqlite:///{VAR_DIR / 'portal.sqlite3'}"),
        conn_max_age=env_int("DATABASE_CONN_MAX_AGE", 60),
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Readers never wait for a writer (WAL), a writer takes its turn at the start (IMMEDIATE) and
    # waits for it, and an answer said to be saved survives a power cut (synchronous FULL).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 5

# On PostgreSQL the code of reports takes on this role, which sees one assessment at a time. Two
# portals on one server need one each; it is settled when the database is made.
REPORT_DATABASE_ROLE = env_str("REPORT_DATABASE_ROLE", "portal_report")

REDIS_URL = env_str("REDIS_URL", "")
CACHES: dict[str, Any] = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
        if REDIS_URL
        else {
            "BACKEND": "portal.web.file_cache.SharedFileCache",
            "LOCATION": VAR_DIR / "cache",
            # Counts of requests and of guesses stand here: with Django's 300 entries a few
            # hundred addresses would make the site forget them.
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    ),
    # Rendered public pages, in each process: they are asked for far more often than they change.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 384},  # three for a page: its tag, and it with and without gzip
    },
}

MEDIA_ROOT = VAR_DIR / "media"  # private: only views behind an access function read it
STATIC_ROOT = VAR_DIR / "static"
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31_536_000

# Jobs ------------------------------------------------------------------------------------------

REPORT_SOFT_LIMIT_SECONDS = 40
REPORT_HARD_LIMIT_SECONDS = 45
REPORT_MEMORY_LIMIT_MB = 1024
REPORT_LEASE_SECONDS = 15  # renewed every second or so while a build lives; then it is abandoned
REPORT_MAX_ATTEMPTS = 3
AUDIT_HARD_LIMIT_SECONDS = 4 * 3600
AUDIT_LEASE_SECONDS = 180  # renewed with every sign of progress; then the audit is abandoned
AUDIT_MAX_ATTEMPTS = 3
MAIL_LEASE_SECONDS = 120  # longer than a server that answers each step late may take
MAIL_MAX_ATTEMPTS = 8
WEBHOOK_LEASE_SECONDS = 60
WEBHOOK_MAX_ATTEMPTS = 8
WEBHOOK_ALLOW_LOOPBACK = False  # tests alone listen to themselves
SWEEP_SECONDS = env_int("SWEEP_SECONDS", 5)

CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"  # the host means nothing here
CELERY_BROKER_TRANSPORT = None if REDIS_URL else "portal.jobs.transport:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {
        "visibility_timeout": 5 * REPORT_HARD_LIMIT_SECONDS,
        "unacked_restore_interval": 10,
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "max_retries": 0,
        "retry_on_timeout": False,
    }
    if REDIS_URL
    else {
        "data_folder_in": str(VAR_DIR / "broker/in"),
        "data_folder_out": str(VAR_DIR / "broker/in"),
        "processed_folder": str(VAR_DIR / "broker/processed"),
        "control_folder": str(VAR_DIR / "broker/control"),
        "polling_interval": 0.2,
    }
)
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
# An audit takes up to hours, a report seconds: each has its own queue, and so its own worker. A
# worker that is started without names of queues serves them all.
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = [
    Queue(name, routing_key=name) for name in ("default", "reports", "audits", "mail", "webhooks")
]
CELERY_TASK_ROUTES = {
    "build_report": {"queue": "reports"},
    "audit_release": {"queue": "audits"},
    "send_mail": {"queue": "mail"},
    "deliver_webhook": {"queue": "webhooks"},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # the sweeper re-drives what a killed worker left
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = REPORT_HARD_LIMIT_SECONDS + 15
CELERY_TASK_TIME_LIMIT = REPORT_HARD_LIMIT_SECONDS + 25
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Over files the pool's processes share one lock, and one that is killed while it waits takes the
# lock with it: the worker would live on and do nothing. So a worker over files is one process,
# started again when it ends; what may die lives in the renderer's own child.
CELERY_WORKER_POOL = "prefork" if REDIS_URL else "solo"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    **{
        f"sweep-{jobs}": {
            "task": f"sweep_{jobs}",
            "schedule": SWEEP_SECONDS,
            # What waits while no worker runs is thrown away, for the next sweep does its work. The
            # time is compared on two clocks, so it is far longer than they may differ.
            "options": {"expires": 600},
        }
        for jobs in ("reports", "audits", "mail", "webhooks")
    },
    "open-wave": {"task": "open_wave", "schedule": timedelta(hours=1)},
    "publish-benchmarks": {"task": "publish_benchmarks", "schedule": timedelta(hours=1)},
}

# People ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "assessments:home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "portal.accounts.sign_in.LoginForm",
    "signup": "portal.accounts.sign_in.SignupForm",
    "add_email": "portal.accounts.sign_in.AddEmailForm",
    "change_password": "portal.accounts.sign_in.ChangePasswordForm",
    "reset_password": "portal.accounts.sign_in.ResetPasswordForm",
    "reset_password_from_key": "portal.accounts.sign_in.NewPasswordForm",
    "confirm_email_verification_code": "portal.accounts.sign_in.CodeForm",
}
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# A code goes back into the page that asked for it, so whoever signs up goes on from there; and
# nobody can get another person to confirm an account whose password they do not know.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.partition(":")[0]
INVITATION_DAYS = 14

EMAIL_URL_HOST = env_str("EMAIL_HOST", "")
if EMAIL_URL_HOST:
    EMAIL_HOST = EMAIL_URL_HOST
    EMAIL_PORT = env_int("EMAIL_PORT", 587)
    EMAIL_HOST_USER = env_str("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=True)
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", "portal@localhost")

# Language --------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
LOCALE_PATHS = [BASE_DIR / "portal/locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Protection ------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
# How many proxies stand before the site: only what they add to X-Forwarded-For is believed.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
if PRODUCTION:
    SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"

# API -------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.api.problems.handle",
    "DEFAULT_THROTTLE_CLASSES": ["portal.api.throttling.ApiThrottle"],
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_THROTTLE_RATES": {"anon": env_str("API_ANON_RATE", "600/min")},
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Carbon Markets Infrastructure portal API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# Logs ------------------------------------------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"hide_tokens": {"()": "portal.accounts.logs.HideTokens"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["hide_tokens"],
        }
    },
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Query strings and bodies may hold personal data; the web server's own log has the path.
        "django.server": {"handlers": [], "propagate": False},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
