from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.template import engines

from assessments.answering.answers import GivenAnswer
from assessments.reports import html
from portal.web import charts
from tests.assessments.reports import samples


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Łódź – 95 % ≥ 3", "Łódź – 95 % ≥ 3"),
        ("cafe\u0301", "café"),  # composed, so that the font has the letter
        ("الرقابة", "الرقابة"),
        ("中\U0001f600", "[U+4E2D][U+1F600]"),  # no shape in the fonts: named, not lost
        ("a\u200bb\x07c\ufe0f", "abc"),  # nothing to see
        ("a\ud800b", "ab"),
    ],
)
def test_every_character_has_a_shape_or_a_name(text: str, printed: str) -> None:
    assert html.printable(text) == printed


def test_long_texts_say_what_is_left_out() -> None:
    assert html.shortened("a" * 4000) == "a" * 4000
    assert html.shortened("a" * 4001) == "a" * 4000 + "… (1 more character in the portal)"


@pytest.mark.parametrize(("text", "way"), [("(abc", "ltr"), ("1. رقابة", "rtl"), ("", "ltr")])
def test_direction_is_that_of_the_first_letter(text: str, way: str) -> None:
    assert html.direction(text) == way


def test_what_a_respondent_types_stays_text() -> None:
    hostile = '<img src="http://evil.example/x">"\'&<script>'
    answers = samples.answers_in(samples.worked_example())
    answers["EG1.1"] = replace(answers["EG1.1"], note=hostile, evidence_reference=hostile)
    answers["TI5.5"] = GivenAnswer(rating=None, not_applicable=True, reason=hostile)

    text = html.render(
        samples.profile(answers=answers, organisation=hostile, submitted_as=hostile),
        samples.IMPRINT,
    )

    assert "<img" not in text
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 4


def test_a_demonstration_is_marked_on_every_page() -> None:
    text = html.render(samples.profile(compared_with=samples.release()), samples.IMPRINT)

    # The style sheet repeats the words of this element at the head of every page.
    assert '<p class="status">Demonstration</p>' in text
    assert "The peers are synthetic organisations." in text


def test_without_a_release_the_report_says_so() -> None:
    text = html.render(samples.profile(), samples.IMPRINT)

    assert "No benchmark release has been published yet." in text
    assert "Demonstration" not in text


def test_every_picture_has_words() -> None:
    text = html.render(samples.profile(compared_with=samples.release()), samples.IMPRINT)

    assert text.count("<svg") > 30
    assert text.count("<svg") == len(re.findall(r"<svg [^>]+>\s*<title>[^<]+</title>", text))
    assert "<title></title>" not in text


def test_the_same_arguments_give_the_same_text() -> None:
    first = html.render(samples.profile(compared_with=samples.release()), samples.IMPRINT)
    second = html.render(samples.profile(compared_with=samples.release()), samples.IMPRINT)

    assert first == second


def test_gaps_levels_and_waves_are_drawn_from_the_release() -> None:
    now = samples.release(registries=90, others=40, mean=70)
    before = samples.release(registries=90, others=40, year=2024, mean=40)
    text = html.render(
        samples.profile(compared_with=now, before=before, region="North America"), samples.IMPRINT
    )

    assert "Gaps to the peers’ median" in text
    assert "points below the median." in text
    assert "A square for every five" in text
    words = "Overall index: median 40, give or take 10, then 70, give or take 11: higher."
    assert f"<title>{words}</title>" in text
    assert text.count('<svg class="slope"') == 6
    assert "Since the wave before" in text
    alone = html.render(samples.profile(compared_with=now), samples.IMPRINT)
    assert "Since the wave before" not in alone


def test_no_block_of_a_report_ends_in_a_blank() -> None:
    """Before one the layout engine breaks the last lines too early."""
    text = html.render(samples.profile(compared_with=samples.release()), samples.IMPRINT)

    assert text.count("</p>") > 100
    assert re.findall(r"\s</(?:p|td|th|li|dt|dd|h[1-6]|caption)>", text) == []


def test_print_and_screen_draw_the_same_row() -> None:
    """The dot at 75 on peers from 45 to 70, as the page of components draws it."""
    row = charts.Position(label="Legal basis", code="EG1", score=75.0, q1=45, median=60, q3=70)
    on_screen = engines["django"].from_string(
        '{% chart_positions title="Where?" rows=rows table="none" %}'
    )
    in_print = engines["django"].get_template("charts/row.html")

    shapes = drawn(in_print.render({"mark": charts.position(row), "axis": charts.axis()}))
    assert [name for name, _attributes in shapes] == [*["rect"] * 6, "line", "circle"]
    assert ("circle", 'cx="74%"') in [(name, at.split(" ")[1]) for name, at in shapes[-1:]]
    assert set(shapes[5:]) <= set(drawn(on_screen.render({"rows": [row]})))


def drawn(text: str) -> list[tuple[str, str]]:
    found = re.findall(r"<(rect|line|circle) ([^>]*?)\s*/>", text)
    return [(name, " ".join(attributes.split())) for name, attributes in found]


def test_a_tail_leads_down_to_what_the_evidence_carries() -> None:
    row = charts.Position(label="Legal basis", score=75.0)

    assert charts.position(row, carried=50.0).tail == "50%"
    assert charts.position(row, carried=74.0).tail is None  # it would hide behind the dot
    assert charts.position(row).tail is None
