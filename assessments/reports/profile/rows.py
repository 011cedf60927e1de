"""Rows of a profile's charts, each with the sentence that replaces its picture."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """How far one capability is from its peers' median, as a row of a chart."""

    code: str
    label: str
    points: int
    uncertain: bool

    @property
    def url(self) -> str:
        return f"#{self.code}"

    @property
    def shown(self) -> str:
        return f"+{self.points}" if self.points > 0 else str(self.points).replace("-", "−")

    @property
    def picture(self) -> str:
        """The sentence that replaces the picture of this row."""
        if self.points == 0:
            return _("{code}: at the median.").format(code=self.code)
        words = (
            _("{code}: {points} points above the median.")
            if self.points > 0
            else _("{code}: {points} points below the median.")
        ).format(code=self.code, points=abs(self.points))
        return words + " " + _("It could be none.") if self.uncertain else words


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """A score on the tint of its band; both None where there is none."""

    label: str
    shown: str
    band: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    code: str
    label: str
    cells: tuple[HeatCell, ...]

    @property
    def url(self) -> str:
        return f"#{self.code}"
