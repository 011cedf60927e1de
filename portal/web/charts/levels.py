"""Scores against the levels: bars of dimensions, tinted cells, organisations per level, shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from assessments.core import rounding
from portal.web.charts.scale import (
    BAND,
    LEVEL_NAMES,
    LEVELS,
    Label,
    band_of,
    label,
    one_decimal,
    percent,
    width,
    x,
)

ICON_STANDS_FOR: Final = 5
MOST_FOR_ICONS: Final = 100  # beyond this squares no longer fit a phone, so bars take over


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
        gate_label=label(limit, gap=6) if held else None,
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
            length=None if as_icons else percent(100 * count / most if most else 0),
            own=own == level,
        )
        for level, count in reversed(list(enumerate(counts)))
    ]


def fits_icons(counts: Sequence[int]) -> bool:
    return sum(counts) <= MOST_FOR_ICONS


def _squares(count: int, *, side: int = 10, pitch: int = 13) -> str:
    number = rounding.half_up(count, ICON_STANDS_FOR)
    return "".join(f"M{pitch * i} 3h{side}v{side}h-{side}z" for i in range(number))


def share(value: float) -> str:
    """Return a share of a whole as the length of its bar."""
    return percent(100 * min(max(value, 0.0), 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Skyline:
    """A line per score, grouped, as high as the score: path data and the groups' labels."""

    width: float
    height: float
    lines: str
    levels: str
    base: str
    labels: list[tuple[float, str]]


def skyline(groups: Sequence[tuple[str, Sequence[float | None]]]) -> Skyline:
    """Draw the groups side by side, each under its label; what is not rated has no height."""
    base, gap, step = 51.0, 7.0, 5.2
    lines: list[str] = []
    labels: list[tuple[float, str]] = []
    place = 1.0
    for name, scores in groups:
        labels.append((round(place, 2), name))
        for score in scores:
            lines.append(f"M{place:.2f} {base:g}V{base - (score or 0) / 2:.2f}")
            place += step
        place += gap
    across = round(max(place - gap - step + 1, 10.0), 2)
    return Skyline(
        width=across,
        height=58.5,
        lines="".join(lines),
        levels="".join(f"M0 {base - 10 * level:g}H{across:g}" for level in range(1, LEVELS + 1)),
        base=f"M0 {base:g}H{across:g}",
        labels=labels,
    )
