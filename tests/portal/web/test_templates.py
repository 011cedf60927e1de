"""The templates as text: what a reader of the files can rely on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.test import override_settings

LONGEST_LINE = 160
TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.*"))


def test_no_line_of_a_template_is_longer_than_a_screen() -> None:
    assert len(TEMPLATES) > 150
    too_long = [
        f"{path.relative_to(settings.BASE_DIR)}:{number} has {len(line)} characters"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > LONGEST_LINE
    ]

    assert too_long == []


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("page.html", "<ul>\n  <li>One</li>\n\t<li>Two words</li>\n</ul>\n",
         "<ul>\n<li>One</li>\n<li>Two words</li>\n</ul>\n"),
        ("body.txt", "Dear reader,\n  indented\n", "Dear reader,\n  indented\n"),
    ],
)  # fmt: skip
def test_a_page_goes_without_the_indentation_of_its_template(
    tmp_path: Path, name: str, source: str, expected: str
) -> None:
    (tmp_path / name).write_text(source)
    configured = settings.TEMPLATES[0]

    with override_settings(TEMPLATES=[configured | {"DIRS": [tmp_path]}]):
        assert engines["django"].get_template(name).render() == expected


def test_every_script_is_a_module_but_the_theme_that_runs_before_the_first_paint() -> None:
    scripts = [
        tag
        for path in TEMPLATES
        for tag in re.findall(r'<script (?:type="module" )?src="[^>]+>', path.read_text())
    ]
    classic = [tag for tag in scripts if 'type="module"' not in tag]

    assert len(scripts) > 4
    assert classic == ['<script src="{% static "portal/js/theme.js" %}">']
