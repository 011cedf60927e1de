"""Markdown to safe HTML."""

from __future__ import annotations

import pytest

from publications.markdown import Glossary, Term, is_restricted, to_html

ITMO = Term(
    label="GL-itmo",
    forms=("ITMO", "mitigation outcome"),
    definition="ITMO: a transferred outcome.",
    href="/glossary/#GL-itmo",
)
OUTCOME = Term(
    label="GL-outcome", forms=("outcome",), definition="Outcome: a result.", href="/glossary/#o"
)
GLOSSARY = Glossary([OUTCOME, ITMO])
ITMO_LINK = '<a href="/glossary/#GL-itmo" class="term" title="ITMO: a transferred outcome.">{}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Bold** and *soft*.", "<p><strong>Bold</strong> and <em>soft</em>.</p>"),
        ("# Not a heading", "<p># Not a heading</p>"),
        ('"Quoted"', "<p>“Quoted”</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](http://example.org)", "<p><a>x</a></p>"),
        ("![x](https://example.org/a.png)", None),
        ('[x](https://example.org "a\\" onclick=\\"alert(1)")', None),
    ],
)
def test_to_html_lets_nothing_active_through(text: str, html: str | None) -> None:
    made = to_html(text, scope="IS-R01")

    if html is None:
        assert "<img" not in made
        assert ' onclick="' not in made
    else:
        assert made == html


def test_footnote_ids_carry_the_provisions_label() -> None:
    text = "A claim.[^a]\n\n[^a]: Its ground."

    first, second = to_html(text, scope="IS-R01"), to_html(text, scope="IS-R02")

    assert 'href="#fn-IS-R01-1" id="fnref-IS-R01-1"' in first
    assert '<li id="fn-IS-R01-1" class="footnote-item">' in first
    assert 'aria-label="Back to the text"' in first
    assert "IS-R01" not in second


def test_a_table_can_be_reached_by_keyboard_and_names_its_columns() -> None:
    html = to_html("| a | b |\n|:--|--:|\n| 1 | 2 |", scope="IS-R01")

    assert html.startswith(
        '<div class="table-scroll" tabindex="0" role="group" aria-label="Table">'
    )
    assert '<th scope="col">a</th>' in html
    assert "style" not in html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("An ITMO is an ITMO.", f"An {ITMO_LINK.format('ITMO')} is an ITMO."),
        ("An itmo is no word.", "An itmo is no word."),
        ("A Mitigation outcome moves.", f"A {ITMO_LINK.format('Mitigation outcome')} moves."),
        ("ITMO-like and XITMO.", "ITMO-like and XITMO."),
        ("`ITMO` and [ITMO](https://example.org/).", None),
        (
            "See IS-R02 and IS2.1.",
            'See <a href="/r/IS-R02" class="provision-label">IS-R02</a> and '
            '<a href="/i/IS2.1" class="item-code">IS2.1</a>.',
        ),
        ("Here is IS-R01, and IS-R99 is unknown.", "Here is IS-R01, and IS-R99 is unknown."),
        (  # of a capability and a position that no edition has yet
            "See IS12.11.",
            'See <a href="/i/IS12.11" class="item-code">IS12.11</a>.',
        ),
        (
            "Clause A.5.1 and IS2.1.3 and XIS2.1 are none.",
            "Clause A.5.1 and IS2.1.3 and XIS2.1 are none.",
        ),
    ],
)
def test_terms_labels_and_items_become_links(text: str, html: str | None) -> None:
    made = to_html(text, scope="IS-R01", glossary=GLOSSARY, labels=["IS-R01", "IS-R02"])

    if html is None:
        assert "term" not in made
    else:
        assert made == f"<p>{html}</p>"


def test_a_term_before_a_reference_is_linked_at_its_first_use() -> None:
    html = to_html("After IS2.1 comes an ITMO, an ITMO.", scope="x", glossary=GLOSSARY)

    assert html.count('class="term"') == 1
    assert html.index("/i/IS2.1") < html.index('class="term"')


@pytest.mark.parametrize(
    "text",
    ["# Heading", "Title\n=====", "![a](b)", "<b>x</b>", "see https://example.org", "a\n---"],
)
def test_is_restricted_refuses(text: str) -> None:
    assert not is_restricted(text)


def test_is_restricted_allows_tables_lists_and_comparisons() -> None:
    assert is_restricted("| a | b |\n|---|---|\n| 1 < 2 | 3 |\n\n1. one\n\n[^1]: foot")
