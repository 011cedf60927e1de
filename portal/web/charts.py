"""Geometry of the charts, in words and numbers: no markup, no database.

Widths are percentages of the drawing and heights are pixels, so a chart fills 320 px and a
printed page alike without shrinking its text. A row keeps its label in HTML and draws only its
band. Every row carries `words`, the sentence that replaces the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.core import rounding

LEVEL_NAMES: Final = (
    gettext_lazy("Absent"),
    gettext_lazy("Initial"),
    gettext_lazy("Defined"),
    gettext_lazy("Established"),
    gettext_lazy("Assured"),
)
LEVELS: Final = len(LEVEL_NAMES)
BAND: Final = 100 / LEVELS
MARGIN: Final = 2.0  # per cent at each end, so that a dot at 0 or 100 is not cut
ICON_STANDS_FOR: Final = 5
MOST_FOR_ICONS: Final = 100  # beyond this squares no longer fit a phone, so bars take over
SLOPE_HEIGHT: Final = 96.0
LABEL_TURNS_AT: Final = 55.0  # a label left of this starts at its mark, right of it ends there


def x(value: float) -> str:
    """Return the place of a 0-100 score as a percentage of the drawing's width."""
    return _percent(MARGIN + min(max(value, 0.0), 100.0) * (100 - 2 * MARGIN) / 100)


def width(low: float, high: float) -> str:
    return _percent(max(high - low, 0.0) * (100 - 2 * MARGIN) / 100)


def _percent(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


def one_decimal(value: float | None) -> str | None:
    """Round half up to one decimal, as the instrument shows scores."""
    if value is None:
        return None
    return rounding.one_decimal(value)


def band_of(score: float) -> int:
    """Return the level whose band holds the score; its lower limit is included."""
    return min(int(round(score, 6) // BAND), LEVELS - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisBand:
    level: int
    name: str
    start: str
    middle: str
    width: str


def axis() -> list[AxisBand]:
    """Return the five bands of the scale."""
    return [
        AxisBand(
            level=level,
            name=str(LEVEL_NAMES[level]),
            start=x(level * BAND),
            middle=x((level + 0.5) * BAND),
            width=width(0, BAND),
        )
        for level in range(LEVELS)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    x: int
    y: int
    height: int
    filled: bool


def level_steps(level: int | None) -> list[Step]:
    """Return four rising steps, as many filled as the level: its shape in black and white."""
    return [
        Step(
            x=7 * i, y=12 - 3 * (i + 1), height=3 * (i + 1), filled=level is not None and i < level
        )
        for i in range(LEVELS - 1)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    x: str
    anchor: str  # start, middle or end
    dx: int = 0


# Dot on the peers' quartile band -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One own score among its peers. Without quartiles only the dot is drawn."""

    label: str
    score: float | None
    q1: float | None = None
    median: float | None = None
    q3: float | None = None
    n_band: str = ""
    uncertain: bool = False  # within the figures' own margin of a quartile: drawn hollow
    code: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnPosition:
    row: Position
    words: str
    score: str | None
    dot: str | None
    band_start: str | None
    band_width: str | None
    median: str | None
    band_label: Label | None
    own_label: Label | None
    # Drawn where a group stands alone; here a hollow dot says as much.
    reach_start: None = None


def _label(value: float, *, gap: int = 0) -> Label:
    if value > LABEL_TURNS_AT:
        return Label(x=x(value), anchor="end", dx=-gap)
    return Label(x=x(value), anchor="start", dx=gap)


def positions(rows: Sequence[Position]) -> list[DrawnPosition]:
    """Draw the rows; the first one with a band and a dot carries the words that name the marks."""
    drawn = []
    named = False
    for row in rows:
        banded = row.q1 is not None and row.q3 is not None
        names_marks = banded and row.score is not None and not named
        named = named or names_marks
        drawn.append(_position(row, names_marks=names_marks))
    return drawn


def _position(row: Position, *, names_marks: bool) -> DrawnPosition:
    band = (row.q1, row.q3) if row.q1 is not None and row.q3 is not None else None
    return DrawnPosition(
        row=row,
        words=_position_words(row),
        score=one_decimal(row.score),
        dot=None if row.score is None else x(row.score),
        band_start=None if band is None else x(band[0]),
        band_width=None if band is None else width(*band),
        median=None if row.median is None else x(row.median),
        own_label=_label(row.score) if names_marks and row.score is not None else None,
        band_label=_band_label(*band) if names_marks and band else None,
    )


def _band_label(q1: float, q3: float) -> Label:
    if q1 > LABEL_TURNS_AT:
        return Label(x=x(q3), anchor="end")
    return Label(x=x(q1), anchor="start")


def _position_words(row: Position) -> str:
    if row.score is None:
        own = _("%(label)s: not rated.") % {"label": row.label}
    else:
        own = _("%(label)s: your score is %(score)s.") % {
            "label": row.label,
            "score": one_decimal(row.score),
        }
    if row.q1 is None or row.q3 is None or row.median is None:
        return f"{own} " + _("No figures of peers are published.")
    peers = _("The middle half of %(n)s peers lies between %(q1)g and %(q3)g, the median at %(m)g.")
    words = f"{own} " + peers % {
        "n": row.n_band or _("the"),
        "q1": row.q1,
        "q3": row.q3,
        "m": row.median,
    }
    if row.uncertain:
        words += " " + _("Too close to a quartile to say on which side it is.")
    return words


# Quartile bands on their own ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class QuartileBand:
    """The middle half of a group in one measure. Without quartiles nothing is published."""

    label: str
    q1: int | None
    median: int | None
    q3: int | None
    n: str = ""  # how many organisations, in words
    half_width: int | None = None  # how far the quartiles could be from where they are
    code: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnQuartileBand:
    row: QuartileBand
    words: str
    band_start: str | None
    band_width: str | None
    median: str | None
    reach_start: str | None  # the band and how far its ends could move
    reach_width: str | None
    band_label: Label | None
    # What the marks of a dot need, which there is none of here.
    dot: None = None


def quartile_bands(rows: Sequence[QuartileBand]) -> list[DrawnQuartileBand]:
    """Draw the rows; the first one with a band carries the words that name the marks."""
    named = next((row for row in rows if row.q1 is not None), None)
    return [_quartile_band(row, names_marks=row is named) for row in rows]


def _quartile_band(row: QuartileBand, *, names_marks: bool) -> DrawnQuartileBand:
    band = (row.q1, row.q3) if row.q1 is not None and row.q3 is not None else None
    half = row.half_width or 0
    reach = (max(band[0] - half, 0), min(band[1] + half, 100)) if band and half else None
    return DrawnQuartileBand(
        row=row,
        words=_quartile_words(row),
        reach_start=None if reach is None else x(reach[0]),
        reach_width=None if reach is None else width(*reach),
        band_start=None if band is None else x(band[0]),
        band_width=None if band is None else width(*band),
        median=None if row.median is None else x(row.median),
        band_label=_band_label(*band) if names_marks and band else None,
    )


def _quartile_words(row: QuartileBand) -> str:
    if row.median is None:
        return _("%(label)s: nothing is published.") % {"label": row.label}
    words = _(
        "%(label)s: the middle half of %(n)s organisations lies between %(q1)s and %(q3)s, the "
        "median at %(median)s."
    ) % {
        "label": row.label,
        "n": row.n,
        "q1": row.q1,
        "q3": row.q3,
        "median": row.median,
    }
    if row.half_width is not None:
        words += " " + _("Give or take %(half)s.") % {"half": row.half_width}
    return words


# Gaps to the median ------------------------------------------------------------------------------


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
            length=None if row.points is None else _percent(50 * abs(row.points) / reach),
        )
        for row in rows
    ]


def _from_middle(points: float, reach: int) -> str:
    return _percent(50 + 50 * points / reach)


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


# Two waves side by side --------------------------------------------------------------------------


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


# A table whose cells are tinted by level ---------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """A number from 0 to 100 on the tint of its band; nothing where there is none."""

    value: float | None
    label: str = ""  # what it is of, in small print

    @property
    def band(self) -> int | None:
        return None if self.value is None else band_of(self.value)

    @property
    def shown(self) -> str:
        if self.value is None:
            return "–"
        return str(self.value) if isinstance(self.value, int) else one_decimal(self.value) or "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    label: str
    cells: Sequence[HeatCell]
    code: str = ""
    note: str = ""
    url: str = ""
    is_current: bool = False


# Profile of the dimensions -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileBar:
    """One dimension. `cap` is the highest level its minimum standards allow, 4 when all are met."""

    label: str
    code: str
    score: float | None
    level: int | None
    level_name: str = ""
    cap: int = LEVELS - 1
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBar:
    row: ProfileBar
    words: str
    score: str | None
    start: str
    length: str | None
    gate: str | None
    gate_label: Label | None


def profile(rows: Sequence[ProfileBar]) -> list[DrawnBar]:
    """Draw the bars; a gate is marked where it, and not the score, sets the level."""
    return [_bar(row) for row in rows]


def _bar(row: ProfileBar) -> DrawnBar:
    held = row.score is not None and band_of(row.score) > row.cap
    limit = (row.cap + 1) * BAND
    return DrawnBar(
        row=row,
        words=_bar_words(row, held=held),
        score=one_decimal(row.score),
        start=x(0),
        length=None if row.score is None else width(0, row.score),
        gate=x(limit) if held else None,
        gate_label=_label(limit, gap=6) if held else None,
    )


def _bar_words(row: ProfileBar, *, held: bool) -> str:
    if row.score is None or row.level is None:
        return _("%(label)s: not rated.") % {"label": row.label}
    words = _("%(label)s: score %(score)s, level %(level)s %(name)s.") % {
        "label": row.label,
        "score": one_decimal(row.score),
        "level": row.level,
        "name": row.level_name,
    }
    if held:
        words += " " + _("Minimum standards hold it at level %(cap)s.") % {"cap": row.cap}
    return words


# Organisations per level -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnCount:
    level: int
    name: str
    count: int
    words: str
    squares: str  # path data, one square per five organisations; empty when bars are drawn
    length: str | None  # of the bar, when squares would be too many
    own: bool


def level_counts(counts: Sequence[int], *, own: int | None = None) -> list[DrawnCount]:
    """Draw the number of organisations at each level 0 to 4, highest level first.

    Counts are published to the nearest five, so one square stands for exactly five.
    """
    as_icons = fits_icons(counts)
    most = max(counts, default=0)
    return [
        DrawnCount(
            level=level,
            name=str(LEVEL_NAMES[level]),
            count=count,
            words=_("Level %(level)s: about %(count)s organisations.")
            % {"level": level, "count": count},
            squares=_squares(count) if as_icons else "",
            length=None if as_icons else _percent(100 * count / most if most else 0),
            own=own == level,
        )
        for level, count in reversed(list(enumerate(counts)))
    ]


def fits_icons(counts: Sequence[int]) -> bool:
    return sum(counts) <= MOST_FOR_ICONS


def _squares(count: int, *, side: int = 10, pitch: int = 13) -> str:
    number = rounding.half_up(count, ICON_STANDS_FOR)
    return "".join(f"M{pitch * i} 3h{side}v{side}h-{side}z" for i in range(number))


# Range -------------------------------------------------------------------------------------------


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
