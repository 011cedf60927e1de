"""The site in production settings, asked for one of everything: run by `test_headers` as a process.

Prints the headers of every class of response as JSON. Its map of the site has two more addresses,
which break, because a healthy site has no error page to look at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings

if __name__ == "__main__":
    django.setup()

from django.urls import path, reverse

from portal import urls

HOST = "portal.example.org"
SCRIPT = re.compile(r"<script\b([^>]*)>")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("This address is broken on purpose.")


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("The database is away on purpose.")


urlpatterns = [path("broken/", broken), path("away/", away), *urls.urlpatterns]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def main() -> None:
    # After the set-up above: models exist only then.
    from portal.accounts.models import Role
    from tests.promises import world as worlds

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    world = worlds.build()
    with override_settings(ROOT_URLCONF=__name__):
        visitor, owner = (Client(raise_request_exception=False) for _ in range(2))
        owner.force_login(world.here.people[Role.OWNER])
        operator = Client(raise_request_exception=False)
        operator.force_login(world.superuser)
        found = {f"public {name}": _get(visitor, path) for name, path in public(world).items()}
        found |= {f"private {name}": _get(owner, path) for name, path in private(world).items()}
        found["private operators"] = _get(operator, reverse("admin:index"))
        found |= {f"error {name}": each for name, each in errors(visitor, owner).items()}
        found |= {f"form {name}": _get(Client(), path) for name, path in forms().items()}
        plain = visitor.get("/", headers={"host": HOST})
        found["error http"] = _shown(plain, b"")
    print(json.dumps(found))


def public(world: Any) -> dict[str, str]:
    edition = world.edition.version
    css = next((settings.STATIC_ROOT / "portal/css").glob("base.*.css")).name
    font = next((settings.STATIC_ROOT / "portal/fonts").glob("sans-400.*.woff2")).name
    names = {
        "home": [],
        "verify": [],
        "publications:library": [],
        "publications:roadmap": [],
        "publications:members": [],
        "publications:glossary": [],
        "assessments:method": [],
        "assessments:benchmarks": [],
        "assessments:questionnaires": [],
        "health": [],
        "publications:publication": ["companion-information-security"],
        "publications:provision": ["IS-R01"],
        "publications:cite_provision": ["IS-R01", "bib"],
        "assessments:questionnaire": ["IS"],
        "assessments:edition_json": [f"cmi-maturity-{edition}"],
        "assessments:instrument_schema": [],
        "assessments:result_schema": [],
        "assessments:release_schema": [],
        "verify_code": [world.here.report.verification_code],
        "api:docs": [],
        "api:schema": [],
        "api:index": [],
        "api:releases": [],
        "api:release-data": [world.release],
        "api:provisions": [],
    }
    return {
        **{name: reverse(name, args=arguments) for name, arguments in names.items()},
        "csv": reverse("api:provisions") + "?format=csv",
        "style": f"/static/portal/css/{css}",
        "font": f"/static/portal/fonts/{font}",
    }


def private(world: Any) -> dict[str, str]:
    here = world.here
    return {
        "account": reverse("accounts:account"),
        "password": reverse("account_change_password"),
        "addresses": reverse("account_email"),
        "organisation": reverse("accounts:organisation", args=[here.organisation.pk]),
        "edit": reverse("accounts:organisation_edit", args=[here.organisation.pk]),
        "invite": reverse("accounts:invite", args=[here.organisation.pk]),
        "member": reverse("accounts:member", args=[here.organisation.pk, here.membership_id]),
        "new": reverse("accounts:organisation_new"),
        "leave": reverse("accounts:leave", args=[here.organisation.pk]),
        "invitation": reverse("accounts:invitation", args=[here.token]),
        "home": reverse("assessments:home"),
        "start": reverse("assessments:start"),
        "tasks": reverse("assessments:tasks", args=[here.open.pk]),
        "item": reverse("assessments:item", args=[here.open.pk, world.items[0]]),
        "check": reverse("assessments:check", args=[here.open.pk]),
        "result": reverse("assessments:result", args=[here.done.pk]),
        "json": reverse("assessments:result_json", args=[here.done.pk]),
        "report": reverse("assessments:report", args=[here.done.pk]),
        "state": reverse("assessments:report_state", args=[here.report.pk]),
        "pdf": reverse("assessments:report_file", args=[here.report.pk]),
        "public page": reverse("publications:library"),
        "public home": reverse("home"),
    }


def forms() -> dict[str, str]:
    names = ("account_login", "account_signup", "account_reset_password")
    return {name: reverse(name) for name in names}


def errors(visitor: Client, owner: Client) -> dict[str, Any]:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return {
        "404": _get(visitor, "/nothing/here/"),
        "404 private": _get(owner, reverse("assessments:item", args=[HOSTILE_ID, "X"])),
        "404 api": _get(visitor, "/api/v1/nothing"),
        "404 static": _get(visitor, "/static/nothing.css"),
        "400 api": _get(visitor, "/api/v1/releases?nothing=1"),
        "400 host": _shown(visitor.get("/", secure=True, headers={"host": "evil.example"})),
        "403 token": _shown(
            strict.post(reverse("account_login"), secure=True, headers={"host": HOST})
        ),
        "405": _shown(visitor.post("/", secure=True, headers={"host": HOST})),
        "405 api": _shown(visitor.post("/api/v1/codes", secure=True, headers={"host": HOST})),
        "500": _get(visitor, "/broken/"),
        "503": _get(visitor, "/away/"),
        "to sign-in": _get(visitor, reverse("assessments:home")),
    }


HOSTILE_ID = "00000000-0000-4000-8000-000000000000"


def _get(client: Client, path: str) -> dict[str, Any]:
    return _shown(client.get(path, secure=True, headers={"host": HOST}))


def _shown(response: Any, body: bytes | None = None) -> dict[str, Any]:
    if body is None:
        body = b"".join(response.streaming_content) if response.streaming else response.content
    headers: Mapping[str, str] = response.headers
    text = body.decode(errors="replace") if "html" in headers.get("Content-Type", "") else ""
    return {
        "status": response.status_code,
        "headers": {name.lower(): value for name, value in headers.items()},
        "cookies": [each.OutputString() for each in response.cookies.values()],
        "scripts": SCRIPT.findall(text),
        "inline": len(re.findall(r"<style\b|\sstyle=|\son[a-z]+=", text)),
    }


if __name__ == "__main__":
    main()
