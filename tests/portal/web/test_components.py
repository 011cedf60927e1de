"""The components' markup, the pages made of them alone, and the gallery in a browser."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.db import IntegrityError, OperationalError
from django.template import TemplateSyntaxError, engines
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from portal import views
from portal.web.components import figures, lists, page
from portal.web.components import forms as forms_
from publications.models import Origin, Publication

pytestmark = pytest.mark.urls("tests.portal.web.gallery_urls")


@pytest.fixture
def in_development(settings: Any) -> None:
    """The gallery is there in development alone."""
    settings.DEBUG = True


def render(text: str, **context: Any) -> str:
    return engines["django"].from_string(text).render(context)


class NameForm(forms.Form):
    name = forms.CharField(label="Name", help_text="In full")
    level = forms.ChoiceField(choices=[("0", "Absent"), ("1", "Initial")], widget=forms.RadioSelect)


@pytest.mark.parametrize(
    "text",
    [
        '{% page_header titel="A" %}',  # a misspelt prop
        "{% page_header %}",  # a missing one
        '{% tag text="A" kind="loud" %}',  # a choice nobody declared
        '{% task title="A" status="finished" %}',
        '{% notice kind="loud" %}A{% endnotice %}',
    ],
)
def test_a_wrong_prop_stops_the_template(text: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(text)


def test_text_is_escaped() -> None:
    html = render(
        "{% page_header title=evil lead=evil %}{% definition term=evil text=evil %}"
        "{% summary_row key=evil value=evil %}{% panel heading=evil %}{{ evil }}{% endpanel %}"
        "{% recommendation label=evil title=evil companion=True %}"
        "{{ evil }}{% endrecommendation %}",
        evil='"><script>alert(1)</script>',
    )

    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 8


def test_a_wrong_field_is_tied_to_its_label_hint_and_error() -> None:
    form = NameForm({"name": "", "level": "1"})

    html = render("{% field field=form.name %}", form=form)

    assert '<label for="id_name">Name</label>' in html
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'id="id_name_hint">In full<' in html
    assert 'aria-invalid="true"' in html


def test_a_field_never_leans_on_its_placeholder() -> None:
    form = NameForm()
    form.fields["name"].widget.attrs["placeholder"] = "Your name"

    assert "placeholder" not in render("{% field field=form.name %}", form=form)


def test_a_right_field_has_no_error() -> None:
    html = render("{% field field=form.name %}", form=NameForm())

    assert "field-error" not in html
    assert 'aria-describedby="id_name_hint"' in html


def test_the_error_summary_links_to_the_field_and_to_the_first_radio() -> None:
    html = render("{% error_summary form=form %}", form=NameForm({}))

    assert '<a href="#id_name">This field is required.</a>' in html
    assert '<a href="#id_level_0">This field is required.</a>' in html


def test_no_error_summary_without_errors() -> None:
    assert render("{% error_summary form=form %}", form=NameForm()).strip() == ""


def test_radios_carry_the_anchor_of_each_level() -> None:
    html = render(
        "{% radios field=form.level legend='Where?' descriptions=texts heading=True %}",
        form=NameForm(),
        texts={"1": "By individuals"},
    )

    assert "<legend><h1>Where?</h1>" in html
    assert html.count("option-text") == 1
    assert 'for="id_level_1"><span class="option-label">Initial</span>' in html


def test_official_and_companion_recommendations_share_no_mark() -> None:
    text = (
        "{% recommendation label='X-R1' title='T' companion=flag %}<p>x</p>{% endrecommendation %}"
    )
    official, companion = render(text, flag=False), render(text, flag=True)

    assert "recommendation-official" in official
    assert "Official recommendation" in official
    assert "ompanion" not in official
    assert "recommendation-companion" in companion
    assert "Companion recommendation" in companion
    assert "fficial" not in companion


def test_notices_say_what_kind_of_content_this_is() -> None:
    assert (
        "Companion guidance drafted by this portal from public standards. Not a publication of "
        "the Carbon Markets Infrastructure Working Group."
    ) in render("{% companion_notice %}")
    assert "Demonstration: computed from synthetic organisations." in render(
        "{% demonstration_notice release='demo-2026-W1' %}"
    )


def test_a_task_that_cannot_start_is_no_link() -> None:
    assert "<a" not in render("{% task title='Submit' status='cannot-start' url='/x' %}")
    assert '<a href="/x"' in render("{% task title='Submit' status='done' url='/x' %}")


def test_an_unknown_fact_leaves_no_gap() -> None:
    assert render("{% definition term='Pages' text='' %}").strip() == ""
    assert "<dd>0</dd>" in render("{% definition term='Pages' text=0 %}")


def test_pagination_keeps_the_filter() -> None:
    html = render(
        "{% pagination page=page query='type=RG' %}", page=Paginator(range(30), 10).page(2)
    )

    assert 'rel="prev" href="?type=RG&amp;page=1"' in html
    assert 'aria-current="page"' in html


def test_a_sensitive_level_is_printed_as_a_range() -> None:
    html = render("{% level_badge level=2 upper=3 %}")

    assert "Between level 2 and 3" in html


def test_the_navigation_marks_where_the_reader_is(client: Client, db: None) -> None:
    html = client.get("/accounts/login/").content.decode()

    assert re.findall(r'<a href="([^"]+)" aria-current="page">', html) == ["/accounts/login/"]


def test_home_lists_both_kinds_apart(client: Client, db: None) -> None:
    Publication.objects.create(
        slug="roadmap", kind="ROADMAP", origin=Origin.OFFICIAL, position=1, title="The <Roadmap>",
        issued="2024",
    )  # fmt: skip
    Publication.objects.create(
        slug="is", kind="NOTE", origin=Origin.COMPANION, position=2, title="Keys", dimension="IS"
    )

    html = client.get("/").content.decode()

    official, companion = html.index('id="official"'), html.index('id="companion"')
    assert official < html.index("The &lt;Roadmap&gt;") < companion < html.index(">Keys<")
    assert html.index("Companion guidance drafted by this portal") > companion


def test_home_costs_one_query(client: Client, django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(1):
        client.get("/")


def test_health_answers(client: Client, db: None) -> None:
    response = client.get("/health/")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_a_stale_form_is_refused_in_words(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/gallery/", {"name": "x"})

    assert response.status_code == 403
    assert "This form is out of date" in response.content.decode()


def test_an_unknown_address_is_refused_in_words(client: Client, db: None) -> None:
    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert "Nothing is at this address" in response.content.decode()


@pytest.mark.parametrize(
    ("response", "status", "words"),
    [
        (lambda r: views.bad_request(r, ValueError()), 400, "We could not read that request"),
        (lambda r: views.permission_denied(r, ValueError()), 403, "This is not open to you"),
        (views.server_error, 500, "Something went wrong here"),
    ],
)
def test_error_pages_need_no_database(response: Any, status: int, words: str) -> None:
    answer = response(RequestFactory().get("/"))

    assert answer.status_code == status
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    ("mistake", "status"),
    [
        (OperationalError("the connection is lost"), 503),
        (OSError(errno.ENOSPC, "No space left on device"), 503),
        (OSError(errno.EACCES, "Permission denied"), 500),
        (IntegrityError("a rule is broken"), 500),
    ],
)
def test_what_passes_is_told_from_a_fault_of_ours(mistake: Exception, status: int) -> None:
    try:
        raise mistake
    except type(mistake):
        answer = views.server_error(RequestFactory().get("/"))

    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("30" if status == 503 else None)
    cannot_reach = "The site cannot reach what it stores" in answer.content.decode()
    assert cannot_reach == (status == 503)


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("login/", "Sign in"),
        ("signup/", "Create an account"),
        ("password/reset/", "Reset your password"),
        ("password/reset/done/", "Look in your mail"),
        ("password/reset/key/x-y/", "This link no longer works"),
        ("inactive/", "This account is closed"),
    ],
)
def test_account_pages_wear_our_style(client: Client, db: None, path: str, heading: str) -> None:
    html = client.get(f"/accounts/{path}", follow=True).content.decode()

    assert f"<h1>{heading}</h1>" in html
    assert 'class="masthead"' in html


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("email/", "E-mail addresses"),
        ("logout/", "Sign out"),
        ("password/change/", "Change your password"),
        ("reauthenticate/", "Confirm it is you"),
    ],
)
def test_account_pages_of_somebody_signed_in(
    client: Client, django_user_model: Any, db: None, path: str, heading: str
) -> None:
    user = django_user_model.objects.create_user("ada@example.org", "correct horse battery")
    client.force_login(user)

    html = client.get(f"/accounts/{path}").content.decode()

    assert f"<h1>{heading}</h1>" in html


TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))


def test_no_page_needs_inline_styles_or_scripts() -> None:
    ours = [path for path in TEMPLATES if path.parts[-2] not in {"pdf", "emails"}]

    for path in ours:
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", text), path
        assert not re.search(r"<script(?![^>]*\b(src=|type=\"application/))", text), path


def test_first_visit_stays_within_its_weight(client: Client, db: None) -> None:
    page = client.get("/").content
    linked = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', page.decode())
    scripts = ["portal/js/progress.js"]
    faces = ["serif-400", "serif-600", "serif-400-italic", "sans-400", "sans-600", "mono-400"]
    fonts = [f"portal/fonts/{face}.woff2" for face in faces]
    files = {*linked, *scripts, *fonts}

    assert len(page) < 30_000
    assert len(page) + sum(Path(str(finders.find(name))).stat().st_size for name in files) < 150_000


def test_a_page_asks_for_few_styles_and_each_is_short(client: Client, db: None) -> None:
    page = client.get("/").content.decode()
    linked = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', page)
    styles = sorted(Path(str(finders.find("portal/css/base.css"))).parent.glob("*.css"))

    assert linked == [
        f"portal/css/{name}.css"
        for name in ("tokens", "base", "layout", "components", "forms", "charts", "print", "home")
    ]
    assert len(styles) == 13
    assert [path.name for path in styles if len(path.read_text().splitlines()) > 400] == []


@pytest.mark.parametrize("path", ["/gallery/", "/gallery/state/"])
def test_the_gallery_is_in_development_alone(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_sites_own_map_has_no_gallery() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("gallery", urlconf="portal.urls")


def test_the_gallery_shows_every_component(client: Client, db: None, in_development: None) -> None:
    """A component that the gallery lacks is one that no accessibility test has seen."""
    source = Path(settings.BASE_DIR, "templates/gallery/gallery.html").read_text()
    shown = set(re.findall(r"\{% (\w+)", source))
    tags = {name for each in (page, forms_, lists, figures) for name in each.register.tags}

    assert client.get("/gallery/").status_code == 200
    # One stands in every chart, the others in the frame of each page.
    assert sorted(tags - shown) == ["chart_table", "message_list", "nav_link"]


# In a browser ------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", {"color_scheme": "light"}),
        ("?errors=1", {"color_scheme": "dark"}),
        ("", {"forced_colors": "active"}),
        ("?direction=rtl", {"viewport": {"width": 320, "height": 700}}),
        ("?errors=1", {"viewport": {"width": 320, "height": 700}}),
    ],
    ids=["light", "dark with errors", "forced colours", "right to left at 320", "320 with errors"],
)
def test_the_gallery_has_no_axe_violation(
    browser: Any, in_development: None, live_server: Any, query: str, options: dict[str, Any]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(**options)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    # The report of the gallery would finish at once and leave the page.
    page.route("**/gallery/state/", lambda route: route.abort())
    page.goto(f"{live_server.url}/gallery/{query}")

    results = Axe().run(page)

    assert results.response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert not [text for text in complaints if "Content Security Policy" in text]
    page.close()


@pytest.mark.browser
def test_the_theme_is_kept(browser: Any, live_server: Any) -> None:
    page = browser.new_page(color_scheme="light")
    page.goto(f"{live_server.url}/")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    page.get_by_role("button", name="Dark").click()
    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != light
    page.close()


@pytest.mark.browser
def test_a_report_is_followed_to_its_end(
    browser: Any, in_development: None, live_server: Any
) -> None:
    page = browser.new_page()
    page.goto(f"{live_server.url}/gallery/")

    page.wait_for_url("**/?ready")

    page.close()


@pytest.mark.browser
def test_a_lost_connection_is_said(browser: Any, in_development: None, live_server: Any) -> None:
    page = browser.new_page()
    page.route("**/gallery/state/", lambda route: route.abort())
    page.goto(f"{live_server.url}/gallery/")

    page.get_by_text("The connection is lost.").wait_for(state="visible")

    page.close()
