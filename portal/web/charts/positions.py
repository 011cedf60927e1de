"""One score among its peers, and a group's quartiles alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from portal.web.charts.scale import LABEL_TURNS_AT, Label, label, one_decimal, width, x

SHORTEST_TAIL: Final = 2.0  # points; a shorter one would hide behind its dot


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
    tail: str | None
    band_start: str | None
    band_width: str | None
    median: str | None
    band_label: Label | None
    own_label: Label | None
    # Drawn where a group stands alone; here a hollow dot says as much.
    reach_start: None = None


def positions(rows: Sequence[Position]) -> list[DrawnPosition]:
    """Draw the rows; the first one with a band and a dot carries the words that name the marks."""
    drawn = []
    named = False
    for row in rows:
        banded = row.q1 is not None and row.q3 is not None
        names_marks = banded and row.score is not None and not named
        named = named or names_marks
        drawn.append(position(row, names_marks=names_marks))
    return drawn


def position(
    row: Position, *, carried: float | None = None, names_marks: bool = False
) -> DrawnPosition:
    """Draw one row, by itself without the words that name the marks.

    `carried` is the score that evidence carries: a tail leads from the dot down to it.
    """
    band = (row.q1, row.q3) if row.q1 is not None and row.q3 is not None else None
    return DrawnPosition(
        row=row,
        words=_position_words(row),
        score=one_decimal(row.score),
        dot=None if row.score is None else x(row.score),
        tail=_tail(row.score, carried),
        band_start=None if band is None else x(band[0]),
        band_width=None if band is None else width(*band),
        median=None if row.median is None else x(row.median),
        own_label=label(row.score) if names_marks and row.score is not None else None,
        band_label=_band_label(*band) if names_marks and band else None,
    )


def _tail(score: float | None, carried: float | None) -> str | None:
    if score is None or carried is None or score - carried < SHORTEST_TAIL:
        return None
    return x(carried)


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
    tail: None = None


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
