"""The scale from 0 to 100 in five levels, and places on it as shares of a drawing's width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
LABEL_TURNS_AT: Final = 55.0  # a label left of this starts at its mark, right of it ends there


def x(value: float) -> str:
    """Return the place of a 0-100 score as a percentage of the drawing's width."""
    return percent(MARGIN + min(max(value, 0.0), 100.0) * (100 - 2 * MARGIN) / 100)


def width(low: float, high: float) -> str:
    return percent(max(high - low, 0.0) * (100 - 2 * MARGIN) / 100)


def percent(value: float) -> str:
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


def label(value: float, *, gap: int = 0) -> Label:
    """Return where a direct label at the score starts or ends."""
    if value > LABEL_TURNS_AT:
        return Label(x=x(value), anchor="end", dx=-gap)
    return Label(x=x(value), anchor="start", dx=gap)
