"""The frame of a page: its head, notices, sections, contents, navigation and citations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django import template
from django.core.paginator import Page
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.web.components.props import Props, one_of

register = template.Library()

NOTICE_WORD: Final = {
    "information": gettext_lazy("Note"),
    "warning": gettext_lazy("Warning"),
    "success": gettext_lazy("Done"),
    "error": gettext_lazy("Error"),
}


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(context: template.Context, *, view: str, text: str) -> Props:
    """A link of the navigation, marked where the reader is.

    A view that no address serves leaves its link out, so error pages never fail on a name.
    """
    try:
        url = reverse(view)
    except NoReverseMatch:
        return {"url": ""}
    here = getattr(context.get("request"), "path", "")
    return {"url": url, "text": text, "current": here.startswith(url), "exact": here == url}


@register.inclusion_tag("components/page_header.html")
def page_header(
    *, title: str, kicker: str = "", lead: str = "", dimension: str = "", back_url: str = ""
) -> Props:
    """The head of a page: its only h1. `dimension` (EG, TI, IS, IN, DM) adds its mark."""
    return {
        "title": title,
        "kicker": kicker,
        "lead": lead,
        "dimension": dimension,
        "back_url": back_url,
    }


@register.inclusion_tag("components/companion_notice.html")
def companion_notice() -> Props:
    return {}


@register.inclusion_tag("components/official_notice.html")
def official_notice(*, record_url: str = "", retrieved: object = None) -> Props:
    return {"record_url": record_url, "retrieved": retrieved}


@register.inclusion_tag("components/demonstration_notice.html")
def demonstration_notice(*, release: str = "", organisation: bool = False) -> Props:
    """Say that figures are synthetic or, with `organisation`, that who answers is."""
    return {"release": release, "organisation": organisation}


@register.simple_block_tag
def breadcrumbs(content: str) -> str:
    """Hold `crumb` tags, from the top of the site down to the parent of this page."""
    return render_to_string("components/breadcrumbs.html", {"content": content})


@register.simple_tag
def crumb(*, text: str, url: str) -> SafeString:
    return format_html('<li><a href="{}">{}</a></li>', url, text)


@register.simple_block_tag
def panel(
    content: str, *, heading: str = "", level: int = 2, anchor: str = "", kind: str = "plain"
) -> str:
    """A section with a hairline above. kind: plain or inset."""
    return render_to_string(
        "components/panel.html",
        {
            "content": content,
            "heading": heading,
            "level": level,
            "anchor": anchor,
            "kind": one_of(kind, ("plain", "inset"), "kind"),
        },
    )


@register.simple_block_tag
def notice(content: str, *, kind: str = "information", heading: str = "") -> str:
    """A paragraph that must not be overlooked. kind: information, warning, success or error."""
    return render_to_string(
        "components/notice.html",
        {
            "content": content,
            "kind": one_of(kind, NOTICE_WORD, "kind"),
            "word": NOTICE_WORD[kind],
            "heading": heading,
        },
    )


@register.simple_block_tag
def prose(content: str, *, lang: str = "", direction: str = "") -> str:
    """Running text set to be read: rendered Markdown, footnotes and tables included."""
    return render_to_string(
        "components/prose.html", {"content": content, "lang": lang, "direction": direction}
    )


@register.simple_block_tag
def disclosure(content: str, *, summary: str, opened: bool = False) -> str:
    return render_to_string(
        "components/disclosure.html", {"content": content, "summary": summary, "opened": opened}
    )


@register.inclusion_tag("components/message_list.html")
def message_list(*, messages: Iterable[Any]) -> Props:
    return {"messages": messages}


@register.inclusion_tag("components/contents_list.html")
def contents_list(*, items: Sequence[Mapping[str, Any]], heading: str = "") -> Props:
    """The contents of a long page; each item has `anchor`, `title` and perhaps `label`, `depth`."""
    return {"items": items, "heading": heading or _("Contents")}


@register.inclusion_tag("components/pagination.html")
def pagination(*, page: Page[Any], query: str = "") -> Props:
    """Links to the neighbouring pages; `query` is what else the address keeps, encoded."""
    return {
        "page": page,
        "prefix": f"?{query}&page=" if query else "?page=",
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "ellipsis": page.paginator.ELLIPSIS,
    }


@register.inclusion_tag("components/citation.html")
def citation(*, text: str, formats: Sequence[tuple[str, str]] = (), address: str = "") -> Props:
    """How to cite this. `formats` are pairs of a name (BibTeX) and its address."""
    return {"text": text, "formats": formats, "address": address}


@register.simple_block_tag
def recommendation(
    content: str,
    *,
    label: str,
    title: str,
    companion: bool,
    url: str = "",
    level: int = 3,
    dimension: str = "",
    source_page: str = "",
    kind: str = "RECOMMENDATION",
) -> str:
    """One numbered recommendation, official or companion: never to be mistaken for the other.

    `kind` is that of the provision: the companion's actions and terms stand in the same frame.
    """
    return render_to_string(
        "components/recommendation.html",
        {
            "content": content,
            "label": label,
            "title": title,
            "companion": companion,
            "url": url,
            "level": level,
            "dimension": dimension,
            "source_page": source_page,
            "kind": kind,
        },
    )


@register.simple_tag
def codes(*, items: Iterable[tuple[str, str]]) -> SafeString:
    """Codes as links, separated by commas: pairs of code and address."""
    return format_html_join(", ", '<a class="code" href="{1}">{0}</a>', items)
