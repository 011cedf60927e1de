"""Markdown to safe HTML, here only.

The dialect is CommonMark without HTML, images, headings and code blocks, with tables and
footnotes. Inside a text, a term of the glossary becomes a link to its definition where it first
occurs, and labels of provisions and codes of questionnaire items become links wherever they occur.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from portal.vocabulary.codes import DIMENSIONS, codes_of

DIMENSION = "|".join(codes_of(DIMENSIONS))
ITEM = rf"(?:{DIMENSION})[1-9]\d*\.[1-9]\d*"
LABEL = rf"(?:{DIMENSION}|RM)-[ARS]\d\d"
REFERENCE = re.compile(rf"(?<![\w-])(?:(?P<label>{LABEL})|(?P<item>{ITEM}))(?![\w-]|\.\d)")

TAGS = {
    *("a", "blockquote", "br", "code", "div", "em", "hr", "li", "ol", "p", "s", "section"),
    *("strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
OUTSIDE_THE_DIALECT = re.compile(
    r"^ {0,3}#{1,6} |^[^|\n]+\n(?:=+|-+) *$|!\[|</?[a-z]+|https?://", re.M
)
TABLE_FRAME = '<div class="table-scroll" tabindex="0" role="group" aria-label="Table">'
ATTRIBUTES = {
    "a": {"href", "class", "id", "title", "aria-label"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "section": {"class"},
    "li": {"id", "class"},
    "ol": {"class", "start"},
    "sup": {"class"},
    "th": {"scope"},
}


@dataclass(frozen=True, slots=True)
class Term:
    """A glossary term, the forms a text may use for it, and where it is defined."""

    label: str
    forms: tuple[str, ...]
    definition: str
    href: str


@dataclass(frozen=True)
class Glossary:
    """Finds terms in running text, the longest first. Acronyms match in their own case only."""

    terms: Sequence[Term] = ()

    @cached_property
    def by_form(self) -> dict[str, Term]:
        return {_key(form): term for term in self.terms for form in term.forms}

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        forms = sorted({form for term in self.terms for form in term.forms}, key=len, reverse=True)
        words = (re.escape(f) if _is_acronym(f) else f"(?i:{re.escape(f)})" for f in forms)
        return re.compile(rf"(?<![\w-])(?:{'|'.join(words)})(?![\w-])") if forms else None

    def term(self, words: str) -> Term:
        return self.by_form[_key(words)]


def to_html(
    text: str, *, scope: str, glossary: Glossary | None = None, labels: Collection[str] = ()
) -> str:
    """Return the safe HTML of one provision.

    `scope` is the provision's label: it makes the ids of footnotes unique on a page of many
    provisions. `labels` are the provisions that exist and may be linked to.
    """
    parser = _parser()
    env = {"docId": scope}
    tokens = parser.parse(text, env)
    linker = _Linker(scope=scope, glossary=glossary or Glossary(), labels=frozenset(labels))
    for token in tokens:
        if token.type == "inline" and token.children:
            token.children = list(linker.linked(token.children))
        elif token.type == "th_open":
            token.attrs = {"scope": "col"}
        elif token.type == "td_open":
            token.attrs = {}
    html = parser.renderer.render(tokens, parser.options, env)
    # A wide table scrolls in its own frame, which a keyboard must be able to reach.
    html = html.replace("<table>", f"{TABLE_FRAME}<table>").replace("</table>", "</table></div>")
    html = re.sub(r'<hr class="footnotes-sep" ?/?>\n', "", html)
    html = html.replace(
        'class="footnote-backref"', 'class="footnote-backref" aria-label="Back to the text"'
    )
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"https", "mailto"},
        link_rel=None,
    ).strip()


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True})
    parser.enable(["table", "strikethrough", "smartquotes"])
    parser.disable(["heading", "lheading", "image", "html_block", "html_inline", "code", "fence"])
    parser.use(footnote_plugin, inline=False)
    return parser


def is_restricted(text: str) -> bool:
    """Return whether a text keeps to the dialect: no HTML, headings, images or web links."""
    return not OUTSIDE_THE_DIALECT.search(text)


def first_sentence(text: str) -> str:
    """Return the first sentence of a text without its marks, for a place that takes no HTML."""
    plain = " ".join(re.sub(r"[*_`]|\[\^\w+\]", "", text).split())
    return re.split(r"(?<=[.?!]) (?=[A-Z])", plain, maxsplit=1)[0]


@dataclass
class _Linker:
    scope: str
    glossary: Glossary
    labels: frozenset[str]

    def __post_init__(self) -> None:
        self.seen = {self.scope}

    def linked(self, children: Sequence[Token]) -> Iterator[Token]:
        inside_link = 0
        for child in children:
            inside_link += (child.type == "link_open") - (child.type == "link_close")
            if child.type == "text" and not inside_link:
                yield from self._split(child.content)
            else:
                yield child

    def _split(self, text: str) -> Iterator[Token]:
        at = 0
        while found := min(self._candidates(text, at), key=lambda link: link.start, default=None):
            self.seen.add(found.term)
            yield _text(text[at : found.start])
            yield Token("link_open", "a", 1, attrs=dict(found.attrs))
            yield _text(text[found.start : found.end])
            yield Token("link_close", "a", -1)
            at = found.end
        yield _text(text[at:])

    def _candidates(self, text: str, at: int) -> Iterator[_Found]:
        for match in REFERENCE.finditer(text, at):
            label, item = match["label"], match["item"]
            if item:
                yield _Found(*match.span(), {"href": f"/i/{item}", "class": "item-code"})
                break
            if label in self.labels and label != self.scope:
                yield _Found(*match.span(), {"href": f"/r/{label}", "class": "provision-label"})
                break
        if self.glossary.pattern is None:
            return
        for match in self.glossary.pattern.finditer(text, at):
            term = self.glossary.term(match[0])
            if term.label not in self.seen:
                attrs = {"href": term.href, "class": "term", "title": term.definition}
                yield _Found(*match.span(), attrs, term.label)
                break


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    attrs: dict[str, str]
    term: str = ""


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _is_acronym(form: str) -> bool:
    return sum(letter.isupper() for letter in form) > 1


def _key(form: str) -> str:
    return form if _is_acronym(form) else form.lower()
