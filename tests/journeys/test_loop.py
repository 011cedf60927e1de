"""The loop once, end to end: guidance, assessment, report, verification, aggregate."""

from __future__ import annotations

import hashlib
import io
import json
import re

import pikepdf
import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.journeys.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.journey]


def test_from_guidance_to_a_benchmarked_report(page: Page, site: Site) -> None:
    read_the_guidance(page, site)
    sign_in(page, site, "owner@demo.example")
    start_assessment(page, site)
    answer_everything(page, site)
    submit(page)
    report = download_the_report(page)

    with pikepdf.open(io.BytesIO(report)) as pdf:
        attached = json.loads(next(iter(pdf.attachments.values())).get_file().read_bytes())
        assert 10 < len(pdf.pages) < 60
    assert attached["views"]["declared"]["dimensions"]["DM"]["score"] == 75
    verify(page, site, report)
    read_the_aggregate(page, site)


def read_the_guidance(page: Page, site: Site) -> None:
    page.goto(site.address)
    page.get_by_role("link", name="Roadmap", exact=True).first.click()
    page.get_by_role("link", name=re.compile(r"^[A-Z]{2}-R\d\d")).first.click()
    label = page.url.rpartition("#")[2]
    expect(page.locator(f'[id="{label}"]')).to_contain_text("Companion recommendation")
    page.locator(f'[id="{label}"]').get_by_role(
        "link", name=re.compile(r"^[A-Z]{2}\d\.\d")
    ).first.click()
    expect(page).to_have_url(re.compile(r"/questionnaires/[A-Z]{2}/#[A-Z]{2}\d\.\d"))


def sign_in(page: Page, site: Site, email: str) -> None:
    page.goto(f"{site.address}/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(site.passwords[email])
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.address}/assessments/")


def start_assessment(page: Page, site: Site) -> None:
    """Take one questionnaire as a data provider, a role nobody of the demonstration has open."""
    page.goto(f"{site.address}/assessments/start/")
    page.get_by_label("Data or digital MRV provider").check()
    page.get_by_label("Voluntary").check()
    page.get_by_label("10 to 49 staff").check()
    for name in (
        "Ecosystem governance",
        "Transaction integrity",
        "Information security",
        "Data and systems interoperability",
    ):
        page.get_by_label(name).uncheck()
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile(r"/assessments/[0-9a-f-]{36}/$"))


def answer_everything(page: Page, site: Site) -> None:
    page.get_by_role("link", name="Answer the first question").or_(
        page.get_by_role("link", name="Continue with the next question")
    ).click()
    for number in range(30):
        if "/items/" not in page.url:
            break
        page.get_by_label("3 Established").check()
        page.get_by_label("E2 Artefact supplied").check()
        if not number and has_scripts(page):
            leaving_asks_first(page)
            a_session_that_ends_loses_nothing(page, site)
        page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("link", name="Check and submit").click()
    expect(page).to_have_url(re.compile(r"/check/$"))


def has_scripts(page: Page) -> bool:
    return page.locator("[data-theme-switch]").is_visible()


def leaving_asks_first(page: Page) -> None:
    """Leave a question with an answer that is not saved; the browser asks, and the page stays."""
    address, asked = page.url, list[str]()

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="Next question").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert (asked, page.url) == (["beforeunload"], address)
    expect(page.get_by_label("3 Established")).to_be_checked()


def a_session_that_ends_loses_nothing(page: Page, site: Site) -> None:
    """Save after the session has ended: the answer is back in the form after signing in again."""
    address = page.url
    page.locator("textarea[name=note]").fill("Written for half an hour.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save and continue").click()
    page.locator("input[name=login]").fill("owner@demo.example")
    page.locator("input[name=password]").fill(site.passwords["owner@demo.example"])
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(address)
    expect(page.locator("[data-guard-restored]")).to_be_visible()
    expect(page.locator("textarea[name=note]")).to_have_value("Written for half an hour.")
    expect(page.get_by_label("3 Established")).to_be_checked()
    expect(page.get_by_label("E2 Artefact supplied")).to_be_checked()


def submit(page: Page) -> None:
    page.locator("input[name=name]").fill("Ada Example")
    page.locator("input[name=position]").fill("Head of assurance")
    page.locator("input[name=statement]").check()
    page.get_by_role("button", name="Submit the assessment").click()
    expect(page.locator("main")).to_contain_text("Digital MRV")
    if has_scripts(page):  # whoever reads the result is told of the report, and left to read
        result = page.url
        expect(page.get_by_text("The report is ready.")).to_be_visible(timeout=60_000)
        assert page.url == result


def download_the_report(page: Page) -> bytes:
    """Follow the report page until the file is there, reloading as a reader without scripts."""
    address = re.sub(r"/(result|check)/.*$", "/report/", page.url)
    page.goto(address)
    link = page.get_by_role("link", name=re.compile("Download the report"))
    for _ in range(60):
        if link.count():
            break
        page.wait_for_timeout(500)
        page.goto(address)
    with page.expect_download() as download:
        link.first.click()
    return download.value.path().read_bytes()


def verify(page: Page, site: Site, report: bytes) -> None:
    text = _text_of(report)
    code = re.search(r"[2-9A-Z]{5}(?:-[2-9A-Z]{5}){4}-[2-9A-Z]", text)
    assert code is not None
    page.goto(f"{site.address}/verify/")
    page.locator("main input[name=code]").fill(code.group())
    page.locator("main").get_by_role("button").first.click()
    expect(page.locator("main")).to_contain_text(hashlib.sha256(report).hexdigest())
    expect(page.locator("main")).not_to_contain_text("Demonstration Registry")


def _text_of(report: bytes) -> str:
    import subprocess

    return subprocess.run(
        ["pdftotext", "-", "-"], input=report, capture_output=True, check=True
    ).stdout.decode()


def read_the_aggregate(page: Page, site: Site) -> None:
    """A second person, without an account, reads the cohort the report compared with."""
    page.context.clear_cookies()
    answer = page.request.get(f"{site.address}/api/v1/releases/latest?series=demo")
    assert answer.ok
    assert answer.json()["id"].startswith("demo-")


def test_the_terminal_says_where_the_portal_is_and_warns_of_nothing(site: Site) -> None:
    said = (site.var / "serve.log").read_text()

    assert f"The portal is at {site.address}" in said
    assert "superuser privileges" not in said
