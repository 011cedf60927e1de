"""How fast a public page is served warm, beside a bare view that returns the same bytes (P1)."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path

from tests.benchmarks.test_api_speed import asked, at, timed

pytestmark = pytest.mark.bench

PATHS = ("/roadmap/", "/glossary/", "/publications/companion-information-security/")
bodies: dict[str, bytes] = {}


def bare(request: HttpRequest, rest: str) -> HttpResponse:
    return HttpResponse(bodies[f"/{rest}"])


urlpatterns = [path("bare/<path:rest>", bare), path("", include("portal.urls"))]


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("address", PATHS)
def test_a_warm_page_beside_a_bare_view(address: str) -> None:
    call_command("load_content", verbosity=0)
    with override_settings(ROOT_URLCONF=__name__):
        bodies[address] = asked(address)().body
        ours, other = asked(address), asked(f"/bare{address}")
        assert ours().body == other().body == bodies[address]
        taken, bare_taken = timed(ours, other)
    rate = at(bare_taken.processor, 50) / at(taken.processor, 50)
    print(f"\n{address}: {at(taken.processor, 50):.3f} ms, {rate:.2f} of a bare view's rate")
