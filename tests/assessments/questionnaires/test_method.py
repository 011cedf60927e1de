"""The method in words: every number of it comes from the scale of the edition."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessments.core import loading
from assessments.core.instrument import Instrument
from assessments.questionnaires.actions import load_edition
from assessments.questionnaires.method import Method
from assessments.reports import html as report_html
from portal.web import pages
from tests.assessments.reports import samples
from tests.factories import shipped_instrument

OTHER_SCORING: dict[str, Any] = {
    "name": "cmi-score 1.0",
    "values": [0, 10, 40, 70, 100],
    "weights": {"M": 5, "A": 2},
    "bands": [0, 12, 44, 66, 88],
    "gates": [
        {"gate": "failed", "up_to": 0, "caps": {"capability": 0, "dimension": 1, "overall": 1}},
        {"gate": "partial", "up_to": 1, "caps": {"capability": 1, "dimension": 2, "overall": 2}},
        {"gate": "met", "up_to": 4, "caps": {"capability": 4, "dimension": 4, "overall": 4}},
    ],
    "declared_ceiling": 2,
    "weakest_plus": 2,
    "rated": {"items": 3, "weight_share": 65, "capabilities": 4, "capability_share": 75},
    "not_applicable_share": 27,
    "dont_know_share": 13,
    "confidence": {"high": 85, "medium": 55},
    "reason_length": 45,
    "thin_below": 6,
    "sensitivity": {
        "values": [0, 5, 45, 80, 100],
        "weights": [{"M": 2, "A": 2}, {"M": 7, "A": 2}],
    },
}


def other() -> Instrument:
    document = {**shipped_instrument().document, "version": "9.0.0", "scoring": OTHER_SCORING}
    return loading.parse(document, checked=True)


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("shipped", "changed"),
    [
        (
            "A rating of 0, 1, 2, 3 or 4 is worth 0, 25, 50, 75 or 100 points.",
            "A rating of 0, 1, 2, 3 or 4 is worth 0, 10, 40, 70 or 100 points.",
        ),
        ("40 to under 60", "44 to under 66"),
        ("levels stop at 3 here", "levels stop at 2 here"),
        ("high from 90 %, medium from 70 %", "high from 85 %, medium from 55 %"),
        (
            "Claiming 3 everywhere with evidence of grade E1 gives 66.7 %: low.",
            "Claiming 2 everywhere with evidence of grade E1 gives 100.0 %: high.",
        ),
        ("weighs 2, good practice weighs 1", "weighs 5, good practice weighs 2"),
        (
            "(2 × 75 + 2 × 75 + 2 × 75 + 1 × 25) ÷ 7 = 475 ÷ 7 = 67.9.",
            "(5 × 70 + 5 × 70 + 5 × 70 + 2 × 10) ÷ 17 = 1070 ÷ 17 = 62.9.",
        ),
        (
            "at least 2 of its practices are, with at least 50 % of the weight",
            "at least 3 of its practices are, with at least 65 % of the weight",
        ),
        ("needs 2 rated capabilities and 60 %", "needs 4 rated capabilities and 75 %"),
        ("Fewer than 8 rated practices", "Fewer than 6 rated practices"),
        ("0 or 1 failed 1 2 2", "0 failed 0 1 1"),
        ("2 partial 2 3 3", "1 partial 1 2 2"),
        (
            "M 1, M 4, A 4, A 4, A 4 78.6 failed 1, though the score would be 3",
            "M 1, M 4, A 4, A 4, A 4 71.9 partial 1, though the score would be 3",
        ),
        ("weakest dimension's level plus 1", "weakest dimension's level plus 2"),
        ("a reason of 30 characters", "a reason of 45 characters"),
        ("more than 20 % of its weight", "more than 27 % of its weight"),
        ("more than 10 % don't know", "more than 13 % don't know"),
        ("points of 0, 15, 50, 85 and 100", "points of 0, 5, 45, 80 and 100"),
        ("weighing 1:1 or 3:1", "weighing 2:2 or 7:2"),
    ],
)
def test_the_method_page_follows_the_scale(shipped: str, changed: str) -> None:
    load_edition(content=shipped_instrument())
    before = text_of(Client().get(reverse("assessments:method")).content.decode())
    load_edition(content=other())
    pages.forget()
    after = text_of(Client().get(reverse("assessments:method")).content.decode())

    assert (shipped in before, changed in before) == (True, False)
    assert (shipped in after, changed in after) == (False, True)


@pytest.mark.django_db
def test_ratings_are_called_levels_only_where_they_are() -> None:
    load_edition(content=other())
    pages.forget()

    page = text_of(Client().get(reverse("assessments:method")).content.decode())

    assert Method(shipped_instrument()).keeps_levels is True
    assert Method(other()).keeps_levels is False  # a 1 everywhere scores 10, which is band 0
    assert "ratings and levels mean the same thing" not in page


@pytest.mark.parametrize(
    ("shipped", "changed"),
    [
        (
            "Levels 0 to 4 count 0, 25, 50, 75 and 100.",
            "Levels 0 to 4 count 0, 10, 40, 70 and 100.",
        ),
        ("weighs 2 and any other practice 1.", "weighs 5 and any other practice 2."),
        (
            "at least 2 practices are, and they carry 50 %",
            "at least 3 practices are, and they carry 65 %",
        ),
        ("at least 2 of them, and 60 %, are.", "at least 4 of them, and 75 %, are."),
        ("A score from 20, 40, 60 and 80 on", "A score from 12, 44, 66 and 88 on"),
        ("adds a ceiling of 3.", "adds a ceiling of 2."),
        ("level plus 1; declared, it is 3 at most.", "level plus 2; declared, it is 2 at most."),
        ("From 90 % it is high, from 70 % medium", "From 85 % it is high, from 55 % medium"),
        (
            "More than 20 % not applicable, or more than 10 %",
            "More than 27 % not applicable, or more than 13 %",
        ),
        (
            "One at level 0 or 1 holds its capability at level 1, its dimension at level 2 and the "
            "whole at level 2.",
            "One at level 0 holds its capability at level 0, its dimension at level 1 and the "
            "whole at level 1.",
        ),
    ],
)
def test_the_report_follows_the_scale(shipped: str, changed: str) -> None:
    before = text_of(report_html.render(samples.profile(), samples.IMPRINT))
    after = text_of(report_html.render(samples.profile(instrument=other()), samples.IMPRINT))

    assert (shipped in before, changed in before) == (True, False)
    assert (shipped in after, changed in after) == (False, True)


def test_a_worked_index_has_as_many_scores_as_there_are_dimensions() -> None:
    worked = Method(shipped_instrument()).worked_index

    assert (worked.scores, worked.arithmetic, worked.index) == (
        "95, 95, 95, 95 and 35",
        "83.0",
        "77.9",
    )
