"""Differences: gaps to a median, two waves side by side, ranges of other choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from portal.web.charts.scale import LEVELS, one_decimal, percent, x

SLOPE_HEIGHT: Final = 96.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far an own score lies above or below the peers' median, in whole points.

    `uncertain` where another, similar set of peers could have moved the median that far.
    """

    label: str
    points: int | None
    shown: str  # with its sign
    uncertain: bool = False
    code: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnGap:
    row: Gap
    words: str
    start: str | None
    length: str | None


def gaps(rows: Sequence[Gap], *, reach: int) -> list[DrawnGap]:
    """Draw bars to the left and right of the median, which lies `reach` points from both ends."""
    return [
        DrawnGap(
            row=row,
            words=_gap_words(row),
            start=None if row.points is None else _from_middle(min(row.points, 0), reach),
            length=None if row.points is None else percent(50 * abs(row.points) / reach),
        )
        for row in rows
    ]


def _from_middle(points: float, reach: int) -> str:
    return percent(50 + 50 * points / reach)


def _gap_words(row: Gap) -> str:
    if row.points is None:
        return _("%(label)s: no gap, because nothing is published.") % {"label": row.label}
    if row.points == 0:
        return _("%(label)s: at the median.") % {"label": row.label}
    words = (
        _("%(label)s: %(points)s points above the median.")
        if row.points > 0
        else _("%(label)s: %(points)s points below the median.")
    ) % {"label": row.label, "points": abs(row.points)}
    if row.uncertain:
        words += " " + _("With another, similar set of peers it could be none.")
    return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """A published median in two waves, each with its half-width.

    `words` say what the two tell of the time between them, and `is_clear` whether that is a
    difference. Without `after` the later wave publishes no figure, only the words.
    """

    label: str
    before: int
    before_half: int
    after: int | None
    after_half: int | None
    words: str
    is_clear: bool
    code: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlopeEnd:
    """One end: its height, and the top and bottom of its interval, in pixels from the top."""

    value: int
    y: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSlope:
    row: Slope
    words: str
    start: SlopeEnd
    end: SlopeEnd | None


def slopes(rows: Sequence[Slope], *, height: float = SLOPE_HEIGHT) -> list[DrawnSlope]:
    """Draw a line from the earlier wave to the later one for each row, from 0 to 100 upwards."""
    return [
        DrawnSlope(
            row=row,
            words=_slope_words(row),
            start=slope_end(row.before, row.before_half, height),
            end=None if row.after is None else slope_end(row.after, row.after_half or 0, height),
        )
        for row in rows
    ]


def slope_grounds(height: float = SLOPE_HEIGHT) -> list[tuple[float, float]]:
    """Return the top and depth of each level's ground, from level 0 at the bottom upwards."""
    depth = height / LEVELS
    return [(round(height - depth * (level + 1), 2), round(depth, 2)) for level in range(LEVELS)]


def slope_end(value: int, half_width: int, height: float) -> SlopeEnd:
    def y(score: float) -> float:
        return round(height * (100 - min(max(score, 0), 100)) / 100, 2)

    return SlopeEnd(
        value=value, y=y(value), top=y(value + half_width), bottom=y(value - half_width)
    )


def _slope_words(row: Slope) -> str:
    if row.after is None:
        return _("%(label)s: %(before)s before, and %(words)s since.") % {
            "label": row.label,
            "before": row.before,
            "words": row.words,
        }
    return _(
        "%(label)s: median %(before)s, give or take %(before_half)s, then %(after)s, give or take "
        "%(after_half)s: %(words)s."
    ) % {
        "label": row.label,
        "before": row.before,
        "before_half": row.before_half,
        "after": row.after,
        "after_half": row.after_half,
        "words": row.words,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A figure and how far another choice would have moved it."""

    label: str
    value: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRange:
    row: Range
    words: str
    value: str | None
    low: str | None
    high: str | None
    dot: str
    start: str
    end: str


def ranges(rows: Sequence[Range]) -> list[DrawnRange]:
    return [
        DrawnRange(
            row=row,
            words=_("%(label)s: %(value)s, between %(low)s and %(high)s.")
            % {
                "label": row.label,
                "value": one_decimal(row.value),
                "low": one_decimal(row.low),
                "high": one_decimal(row.high),
            },
            value=one_decimal(row.value),
            low=one_decimal(row.low),
            high=one_decimal(row.high),
            dot=x(row.value),
            start=x(row.low),
            end=x(row.high),
        )
        for row in rows
    ]
