"""Every page in every state a reader may set: no axe violation, nothing wider than the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import Site
from tests.journeys.test_loop import sign_in

pytestmark = pytest.mark.browser

PUBLIC = [
    "/",
    "/publications/",
    "/publications/?q=registry",
    "/publications/companion-information-security/",
    "/publications/note-2-transaction-integrity/",
    "/roadmap/?actor=RG",
    "/members/",
    "/glossary/",
    "/method/",
    "/benchmarks/?type=RG&place=region:south-asia",
    "/benchmarks/method/",
    "/questionnaires/",
    "/questionnaires/DM/",
    "/verify/",
    "/api/docs/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/no-such-page/",
]
# What depends on the state; the rest depends on the markup, which is the same in all of them.
OF_STYLE = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
OF_THE_ASSESSMENT = ["", "items/TI5.4/", "items/IS3.1/", "check/"]


@pytest.fixture(scope="module")
def reader(browser: Browser, site: Site) -> Iterator[Page]:
    """Yield a page of the demonstration registry's owner."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, site, "owner@demo.example")
    yield page
    context.close()


def test_public_pages(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    page = context.new_page()

    faults = [fault for path in PUBLIC for fault in faults_of(page, site.address + path)]

    context.close()
    assert not faults, "\n".join(faults)


def test_pages_behind_the_sign_in(reader: Page, site: Site) -> None:
    reader.goto(f"{site.address}/assessments/")
    addresses = reader.locator("main a").evaluate_all("all => all.map(each => each.href)")
    own = next(
        re.findall(r"^.*/assessments/[0-9a-f-]{36}/", each)[0]
        for each in addresses
        if re.search(r"/assessments/[0-9a-f-]{36}/", each)
    )
    paths = [own + path for path in OF_THE_ASSESSMENT]
    paths += [
        f"{site.address}{path}" for path in ("/assessments/", "/assessments/start/", "/account/")
    ]

    faults = [fault for path in paths for fault in faults_of(reader, path)]

    assert not faults, "\n".join(faults)


def faults_of(page: Page, address: str) -> list[str]:
    """Return what is wrong with a page in any state, as "address, state: fault"."""
    faults = []
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light", forced_colors="none")
    page.goto(address)
    for state, change in STATES.items():
        change(page)
        options = {} if state == "light" else {"runOnly": {"type": "rule", "values": OF_STYLE}}
        violations = Axe().run(page, options=options).response["violations"]
        found = [f"{each['id']} {each['nodes'][0]['target']}" for each in violations]
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        found += ["wider than the screen"] if wide else []
        faults += [f"{address}, {state}: {fault}" for fault in found]
    return faults


def _light(page: Page) -> Any:
    return None


def _dark(page: Page) -> Any:
    page.emulate_media(color_scheme="dark")


def _narrow(page: Page) -> Any:
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 700})


def _right_to_left(page: Page) -> Any:
    page.evaluate("document.documentElement.dir = 'rtl'")


def _large_text(page: Page) -> Any:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate(
        "document.documentElement.dir = 'ltr'; document.documentElement.style.fontSize = '200%'"
    )


def _forced_colours(page: Page) -> Any:
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.emulate_media(forced_colors="active")


STATES = {
    "light": _light,
    "dark": _dark,
    "320 px": _narrow,
    "320 px, right to left": _right_to_left,
    "200 % text": _large_text,
    "forced colours": _forced_colours,
}
