"""What every class of response says to a browser, in production settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # starts whole sites of both kinds

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "a-long-secret-of-a-test-that-no-site-has-0123456789-abcdefghij",
    "ALLOWED_HOSTS": "portal.example.org",
    "SITE_URL": "https://portal.example.org",
    "EMAIL_HOST": "mail.example.org",
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "LOG_LEVEL": "CRITICAL",
}
BAR = 115  # of the Observatory's points, of which 100 are an A+

Shown = dict[str, Any]


@pytest.fixture(scope="module")
def responses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    """One response of every class. The shape of the services changes none of their headers."""
    folder = str(tmp_path_factory.mktemp("production"))
    variables = {"DATABASE_URL": f"sqlite:///{folder}/site.sqlite3", "REDIS_URL": ""}
    done = subprocess.run(
        [sys.executable, "-m", "tests.portal.production"],
        env={**os.environ, **PRODUCTION, **variables, "PORTAL_VAR": folder},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Shown] = json.loads(done.stdout.splitlines()[-1])
    return found


def html(responses: dict[str, Shown]) -> dict[str, Shown]:
    return {
        name: each
        for name, each in responses.items()
        if each["headers"].get("content-type", "").startswith("text/html")
        and not (name == "error http" or each["status"] in {301, 302})
    }


def policy(each: Shown) -> dict[str, list[str]]:
    text = each["headers"].get("content-security-policy", "")
    parts = [part.split() for part in text.split(";") if part.strip()]
    return {name: values for name, *values in parts}


def observatory_score(each: Shown) -> int:
    """Return what the HTTP Observatory of 2024 would give one page, as far as it can be local.

    Not counted: whether browsers preload the host's HSTS, which the host's name decides.
    """
    headers, csp, score = each["headers"], policy(each), 100
    if not csp:
        score -= 25
    elif any("unsafe" in value for values in csp.values() for value in values):
        score -= 20
    else:
        score += 10 if csp.get("default-src") == ["'none'"] else 5
    score += 5 if csp.get("frame-ancestors") == ["'none'"] else -20
    score += 0 if headers.get("x-content-type-options") == "nosniff" else -5
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    score += 5 if headers.get("referrer-policy") in private else -5
    score += 0 if _hsts_seconds(headers) >= 15_768_000 else -20
    score += 0 if headers.get("access-control-allow-credentials") is None else -50
    for cookie in each["cookies"]:
        score -= 0 if "Secure" in cookie else 20
        score -= 0 if "HttpOnly" in cookie else 30
    score -= 50 * sum("//" in attributes for attributes in each["scripts"])
    return score


def _hsts_seconds(headers: Mapping[str, str]) -> int:
    text = headers.get("strict-transport-security", "")
    return next(
        (int(part.partition("=")[2]) for part in text.split(";") if part.startswith("max-age=")), 0
    )


def test_every_page_scores_more_than_an_a_plus(responses: dict[str, Shown]) -> None:
    scores = {name: observatory_score(each) for name, each in html(responses).items()}

    print(f"A9: {len(scores)} pages, the lowest Observatory score {min(scores.values())}")
    assert {name: score for name, score in scores.items() if score < BAR} == {}
    assert len(scores) > 40


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("content-security-policy", ""),
        ("content-security-policy", "default-src 'none'; script-src 'unsafe-inline'"),
        ("strict-transport-security", ""),
        ("referrer-policy", "unsafe-url"),
    ],
)
def test_the_score_falls_without_a_header(
    responses: dict[str, Shown], header: str, value: str
) -> None:
    page = responses["public home"]

    broken = {**page, "headers": {**page["headers"], header: value}}

    assert observatory_score(broken) < BAR


def test_every_response_is_hardened(responses: dict[str, Shown]) -> None:
    for name, each in responses.items():
        headers = each["headers"]
        assert headers.get("x-content-type-options") == "nosniff", name
        assert headers.get("referrer-policy") == "strict-origin-when-cross-origin", name
        assert headers.get("cross-origin-opener-policy") == "same-origin", name
        if name != "error http":  # browsers heed it over https alone
            assert "max-age=31536000" in headers.get("strict-transport-security", ""), name


def test_every_response_has_a_strict_policy(responses: dict[str, Shown]) -> None:
    for name, each in responses.items():
        if name == "error http":  # a redirect, answered before the policy is made
            continue
        csp = policy(each)
        assert csp.get("default-src") == ["'none'"], name
        assert csp.get("frame-ancestors") == ["'none'"], name
        assert csp.get("base-uri") == ["'none'"], name
        assert csp.get("object-src") == ["'none'"], name
        assert not any("unsafe" in value for values in csp.values() for value in values), name
        assert each["headers"].get("x-frame-options", "DENY") == "DENY", name


def test_pages_have_no_inline_code(responses: dict[str, Shown]) -> None:
    for name, each in html(responses).items():
        if name == "private operators":  # Django's own pages, under the same policy
            continue
        assert each["inline"] == 0, name
        for attributes in each["scripts"]:
            assert "src=" in attributes or 'type="application/json"' in attributes, name


def test_cookies_cannot_be_read_or_sent_across_sites(responses: dict[str, Shown]) -> None:
    cookies = [(name, cookie) for name, each in responses.items() for cookie in each["cookies"]]

    assert cookies != []
    for name, cookie in cookies:
        assert cookie.startswith("__Host-"), (name, cookie)
        for mark in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
            assert mark in cookie, (name, cookie)
        assert "Domain" not in cookie, (name, cookie)


def test_public_pages_set_no_cookies(responses: dict[str, Shown]) -> None:
    public = {name: each for name, each in responses.items() if name.startswith("public ")}

    assert len(public) > 20
    assert {name: each["cookies"] for name, each in public.items() if each["cookies"]} == {}


def test_private_responses_are_kept_by_nobody_else(responses: dict[str, Shown]) -> None:
    kept = {
        name: each["headers"].get("cache-control", "")
        for name, each in responses.items()
        if name.startswith("private ")
        and not {"private", "no-store"}
        & {part.strip() for part in each["headers"].get("cache-control", "").split(",")}
    }

    assert kept == {}


def test_files_are_downloaded_with_their_own_type(responses: dict[str, Shown]) -> None:
    pdf, document = responses["private pdf"]["headers"], responses["private json"]["headers"]

    assert pdf["content-type"] == "application/pdf"
    assert pdf["content-disposition"].startswith("attachment; ")
    assert document["content-type"] == "application/json"
    assert document["content-disposition"].startswith("attachment; ")


def test_errors_are_pages_of_the_site_with_their_status(responses: dict[str, Shown]) -> None:
    statuses = {
        name: each["status"] for name, each in responses.items() if name.startswith("error ")
    }

    assert statuses == {
        "error 404": 404,
        "error 404 private": 404,
        "error 404 api": 404,
        "error 404 static": 404,
        "error 400 api": 400,
        "error 400 host": 400,
        "error 403 token": 403,
        "error 405": 405,
        "error 405 api": 405,
        "error 500": 500,
        "error 503": 503,
        "error to sign-in": 302,
        "error http": 301,
    }


def test_the_deployment_check_is_silent(tmp_path: Path) -> None:
    """With every variable of production set; it needs none of the services they name."""
    services = {
        "DATABASE_URL": "postgres://portal@db.example.org/portal",
        "REDIS_URL": "redis://redis.example.org/0",
        "PORTAL_VAR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={**os.environ, **PRODUCTION, **services},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "System check identified no issues (0 silenced).\n"


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        ("SITE_URL", "http://portal.example.org", "portal.E101"),
        ("REDIS_URL", "", "portal.W104"),
        ("EMAIL_HOST", "", "portal.E105"),
        ("DATABASE_URL", "sqlite:///:memory:", "portal.W103"),
    ],
)
def test_the_deployment_check_names_what_is_wrong(
    tmp_path: Path, variable: str, value: str, word: str
) -> None:
    services = {
        "DATABASE_URL": "postgres://portal@db.example.org/portal",
        "REDIS_URL": "redis://redis.example.org/0",
        "PORTAL_VAR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={**os.environ, **PRODUCTION, **services, variable: value},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert word in done.stderr
