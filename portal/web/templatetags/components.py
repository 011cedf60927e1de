"""Every component and its props.

A component is a template tag whose keyword-only signature is its list of props, so a misspelt
one stops the template. Tags with a body end in `end…`. The markup stands in
`templates/components/`, the styles in `static/portal/portal.css`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.web import charts

register = template.Library()

Props = dict[str, object]

TASK_STATUS: Final = {
    "not-started": gettext_lazy("Not started"),
    "in-progress": gettext_lazy("In progress"),
    "done": gettext_lazy("Done"),
    "cannot-start": gettext_lazy("Cannot start yet"),
}
NOTICE_WORD: Final = {
    "information": gettext_lazy("Note"),
    "warning": gettext_lazy("Warning"),
    "success": gettext_lazy("Done"),
    "error": gettext_lazy("Error"),
}


class UnknownChoice(template.TemplateSyntaxError):
    """A prop was given a value that its component does not know."""


def _one_of(value: str, known: Iterable[str], prop: str) -> str:
    known = tuple(known)
    if value not in known:
        raise UnknownChoice(f"{prop} is {value!r}; it must be one of {', '.join(known)}.")
    return value


# The site ----------------------------------------------------------------------------------------


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


# The page ----------------------------------------------------------------------------------------


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
            "kind": _one_of(kind, ("plain", "inset"), "kind"),
        },
    )


@register.simple_block_tag
def notice(content: str, *, kind: str = "information", heading: str = "") -> str:
    """A paragraph that must not be overlooked. kind: information, warning, success or error."""
    return render_to_string(
        "components/notice.html",
        {
            "content": content,
            "kind": _one_of(kind, NOTICE_WORD, "kind"),
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


# Forms -------------------------------------------------------------------------------------------


@register.inclusion_tag("components/error_summary.html")
def error_summary(*, form: BaseForm) -> Props:
    """All errors of a form at its head, each linked to its field. Nothing when there are none."""
    linked = [
        (form[name], message)
        for name, messages in form.errors.items()
        if name in form.fields
        for message in messages
    ]
    return {"linked": linked, "general": form.non_field_errors()}


def _described(field: BoundField, hint: object) -> str:
    """Return the ids of the texts that explain the input, as `aria-describedby` names them."""
    texts = ((f"{field.auto_id}_hint", hint), (f"{field.auto_id}_error", field.errors))
    return " ".join(name for name, text in texts if text)


@register.inclusion_tag("components/field.html")
def field(*, field: BoundField, label: str = "", hint: str = "", optional: bool = False) -> Props:
    """A label, a hint, the errors and the input, tied together for screen readers.

    Radio buttons and checkbox lists become a fieldset with a legend.
    """
    hint_text = hint or field.help_text
    described = _described(field, hint_text)
    grouped = isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)
    # A placeholder says again what the label says, and is gone when it is needed.
    attrs: dict[str, str | bool] = {
        "aria-describedby": described or False,
        "placeholder": False,
    }
    return {
        "field": field,
        "label": label or field.label,
        "hint": hint_text,
        "optional": optional,
        "described": described,
        "grouped": grouped,
        "options": [(option, "") for option in field] if grouped else [],
        "single_box": isinstance(field.field.widget, CheckboxInput),
        "widget": "" if grouped else field.as_widget(attrs=attrs),
    }


@register.inclusion_tag("components/field.html")
def radios(
    *,
    field: BoundField,
    legend: str = "",
    hint: str = "",
    descriptions: Mapping[str, str] | None = None,
    heading: bool = False,
) -> Props:
    """A radio group whose options may carry a description, keyed by their value.

    `heading` makes the legend the h1 of a page that asks one question.
    """
    texts = descriptions or {}
    hint_text = hint or field.help_text
    described = _described(field, hint_text)
    return {
        "field": field,
        "label": legend or field.label,
        "hint": hint_text,
        "described": described,
        "grouped": True,
        "heading": heading,
        "options": [(option, texts.get(str(option.data["value"]), "")) for option in field],
    }


@register.inclusion_tag("components/button.html")
def button(
    *,
    text: str,
    href: str = "",
    kind: str = "primary",
    name: str = "",
    value: str = "",
    form: str = "",
    note: str = "",
) -> Props:
    """A button, or a link that looks like one. `note` is read after the text, unseen."""
    return {
        "text": text,
        "href": href,
        "kind": _one_of(kind, ("primary", "secondary", "quiet", "warning"), "kind"),
        "name": name,
        "value": value,
        "form": form,
        "note": note,
    }


# Lists of things to do and to check --------------------------------------------------------------


@register.simple_block_tag
def task_list(content: str, *, heading: str = "", note: str = "") -> str:
    return render_to_string(
        "components/task_list.html", {"content": content, "heading": heading, "note": note}
    )


@register.inclusion_tag("components/task.html")
def task(*, title: str, status: str, url: str = "", hint: str = "", code: str = "") -> Props:
    """One row of a task list. status: not-started, in-progress, done or cannot-start."""
    return {
        "title": title,
        "status": _one_of(status, TASK_STATUS, "status"),
        "word": TASK_STATUS[status],
        "url": url,
        "hint": hint,
        "code": code,
    }


@register.simple_block_tag
def summary_list(content: str) -> str:
    """Hold `summary_row` tags: what was said, each with a way to change it."""
    return format_html('<dl class="summary-list">{}</dl>', content)


@register.inclusion_tag("components/summary_row.html")
def summary_row(*, key: str, value: object, change_url: str = "", note: str = "") -> Props:
    return {"key": key, "value": value, "change_url": change_url, "note": note}


@register.simple_block_tag
def definitions(content: str, *, kind: str = "facts") -> str:
    """Hold `definition` tags. kind: facts (two columns) or glossary."""
    return format_html(
        '<dl class="definitions definitions-{}">{}</dl>',
        _one_of(kind, ("facts", "glossary"), "kind"),
        content,
    )


@register.inclusion_tag("components/definition.html")
def definition(*, term: str, text: object, anchor: str = "", url: str = "") -> Props:
    """One term; nothing at all when its text is empty, so unknown fields leave no gap."""
    return {"term": term, "text": text, "anchor": anchor, "url": url}


# Marks, figures and tables -----------------------------------------------------------------------


@register.inclusion_tag("components/tag.html")
def tag(*, text: str, kind: str = "neutral") -> Props:
    """A word in a box. kind: neutral, accent, warning, official or companion."""
    known = ("neutral", "accent", "warning", "official", "companion")
    return {"text": text, "kind": _one_of(kind, known, "kind")}


@register.inclusion_tag("components/dimension_mark.html")
def dimension_mark(*, code: str, name: str = "") -> Props:
    """The code of a dimension on its colour, which stands for identity and nothing else."""
    return {"code": code, "name": name}


@register.inclusion_tag("components/level_badge.html")
def level_badge(*, level: int | None, name: str = "", upper: int | None = None) -> Props:
    """A level as steps, number and word. `upper` prints a sensitive one as "between 2 and 3"."""
    return {
        "level": level,
        "upper": upper,
        "name": name or (charts.LEVEL_NAMES[level] if level is not None else _("Not rated")),
        "steps": charts.level_steps(level),
    }


@register.inclusion_tag("components/score_figure.html")
def score_figure(
    *, label: str, score: float | None, level: int | None = None, name: str = "", note: str = ""
) -> Props:
    """One large figure with its level and the sentence that explains it."""
    return {
        "label": label,
        "score": charts.one_decimal(score),
        "level": level,
        "name": name,
        "note": note,
    }


@register.simple_block_tag
def key_figures(content: str) -> str:
    return format_html('<dl class="key-figures">{}</dl>', content)


@register.inclusion_tag("components/key_figure.html")
def key_figure(*, value: object, label: str, note: str = "") -> Props:
    return {"value": value, "label": label, "note": note}


@register.simple_block_tag
def data_table(content: str, *, caption: str, note: str = "", hide_caption: bool = False) -> str:
    """A captioned table that scrolls sideways on its own; the body holds thead and tbody.

    Cells with figures carry the class `figure`.
    """
    return render_to_string(
        "components/data_table.html",
        {"content": content, "caption": caption, "note": note, "hide_caption": hide_caption},
    )


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


# Progress ----------------------------------------------------------------------------------------


@register.inclusion_tag("components/progress_bar.html")
def progress_bar(*, label: str, value: int, maximum: int = 100, note: str = "") -> Props:
    return {"label": label, "value": value, "maximum": maximum, "note": note}


@register.inclusion_tag("components/report_progress.html")
def report_progress(*, state_url: str, progress: int, stage: str, report_url: str = "") -> Props:
    """A bar that follows a job; the page needs `portal/progress.js`, or reloads without scripts.

    `state_url` answers {"state", "progress", "stage", "finished", "url"}; once finished, the
    reader is taken to `url`. With `report_url` the page stays, for it is being read, and says
    where the report is.
    """
    return {
        "state_url": state_url,
        "progress": progress,
        "stage": stage,
        "report_url": report_url,
    }


# Charts ------------------------------------------------------------------------------------------


def _chart(
    *, title: str, rows: Sequence[object], note: str, source: str, table: str, subject: str = ""
) -> Props:
    return {
        "title": title,
        "rows": rows,
        "axis": charts.axis(),
        "note": note,
        "source": source,
        "table": _one_of(table, ("details", "plain", "none"), "table"),
        "subject": subject,
    }


@register.inclusion_tag("components/chart_positions.html")
def chart_positions(
    *,
    title: str,
    rows: Sequence[charts.Position],
    note: str = "",
    source: str = "",
    table: str = "details",
    subject: str = "",
) -> Props:
    """A dot on the peers' quartile band per row. table: details, plain or none."""
    drawn = charts.positions(rows)
    return _chart(title=title, rows=drawn, note=note, source=source, table=table, subject=subject)


@register.inclusion_tag("components/chart_quartiles.html")
def chart_quartiles(
    *,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    note: str = "",
    source: str = "",
    table: str = "details",
) -> Props:
    """The middle half of a group per row, without anybody's own score.

    `rows` are the props of `charts.QuartileBand`.
    """
    drawn = charts.quartile_bands([charts.QuartileBand(**row) for row in rows])
    return _chart(title=title, rows=drawn, note=note, source=source, table=table)


@register.inclusion_tag("components/chart_profile.html")
def chart_profile(
    *,
    title: str,
    rows: Sequence[charts.ProfileBar],
    note: str = "",
    source: str = "",
    table: str = "details",
) -> Props:
    """A bar per dimension across the five levels, with a mark where a gate holds the level."""
    drawn = charts.profile(rows)
    return _chart(title=title, rows=drawn, note=note, source=source, table=table)


@register.inclusion_tag("components/chart_counts.html")
def chart_counts(
    *,
    title: str,
    counts: Sequence[int],
    own: int | None = None,
    note: str = "",
    source: str = "",
    table: str = "details",
) -> Props:
    """How many organisations stand at each level: squares of five, bars from 100 upwards."""
    drawn = charts.level_counts(counts, own=own)
    chart = _chart(title=title, rows=drawn, note=note, source=source, table=table)
    return chart | {"as_icons": charts.fits_icons(counts)}


@register.inclusion_tag("components/chart_ranges.html")
def chart_ranges(
    *,
    title: str,
    rows: Sequence[charts.Range],
    note: str = "",
    source: str = "",
    table: str = "details",
) -> Props:
    """A dot and the range it could have taken, per row."""
    drawn = charts.ranges(rows)
    return _chart(title=title, rows=drawn, note=note, source=source, table=table)


@register.inclusion_tag("components/chart_gaps.html")
def chart_gaps(
    *,
    title: str,
    rows: Sequence[charts.Gap],
    reach: int,
    note: str = "",
    source: str = "",
    table: str = "none",
) -> Props:
    """A bar to the left or right of the peers' median per row, grey where it could be none.

    The median is drawn `reach` points from both ends.
    """
    drawn = charts.gaps(rows, reach=reach)
    chart = _chart(title=title, rows=drawn, note=note, source=source, table=table)
    return chart | {"reach": reach}


@register.inclusion_tag("components/chart_slopes.html")
def chart_slopes(
    *,
    title: str,
    rows: Sequence[charts.Slope | Mapping[str, Any]],
    earlier: str,
    later: str,
    note: str = "",
    source: str = "",
    table: str = "details",
) -> Props:
    """Medians of two waves with their intervals, grey where these overlap.

    `rows` may be the props of `charts.Slope`.
    """
    drawn = charts.slopes(
        [charts.Slope(**row) if isinstance(row, Mapping) else row for row in rows]
    )
    chart = _chart(title=title, rows=drawn, note=note, source=source, table=table)
    return chart | {"earlier": earlier, "later": later, "grounds": charts.slope_grounds()}


@register.inclusion_tag("components/heat_map.html")
def heat_map(
    *,
    caption: str,
    columns: Sequence[str],
    rows: Sequence[charts.HeatRow | Mapping[str, Any]],
    note: str = "",
    source: str = "",
) -> Props:
    """A table of numbers on the tints of their levels. `columns` head the cells of each row.

    `rows` may be the props of `charts.HeatRow`, with plain numbers as cells.
    """
    drawn = [_heat_row(**row) if isinstance(row, Mapping) else row for row in rows]
    return {"caption": caption, "columns": columns, "rows": drawn, "note": note, "source": source}


def _heat_row(*, cells: Sequence[float | None], **props: Any) -> charts.HeatRow:
    return charts.HeatRow(cells=[charts.HeatCell(value=value) for value in cells], **props)
