"""Marks, figures, tables and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _

from portal.web import charts, tokens
from portal.web.components.props import Props, one_of

TABLES: Final = ("details", "plain", "none")

register = template.Library()
register.filter("colour", tokens.value)


@register.inclusion_tag("components/tag.html")
def tag(*, text: str, kind: str = "neutral") -> Props:
    """A word in a box. kind: neutral, accent, warning, official or companion."""
    known = ("neutral", "accent", "warning", "official", "companion")
    return {"text": text, "kind": one_of(kind, known, "kind")}


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


def _chart(
    *, title: str, rows: Sequence[object], note: str, source: str, table: str, subject: str = ""
) -> Props:
    return {
        "title": title,
        "rows": rows,
        "axis": charts.axis(),
        "note": note,
        "source": source,
        "table": one_of(table, TABLES, "table"),
        "subject": subject,
    }


@register.simple_block_tag
def chart_table(content: str, *, title: str, table: str) -> str:
    """The figures of a chart as a table, which the body fills. table: details, plain or none."""
    return render_to_string(
        "components/chart_table.html",
        {"content": content, "title": title, "table": one_of(table, TABLES, "table")},
    )


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
