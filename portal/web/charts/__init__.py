"""Geometry of the charts, in words and numbers, for screen and print: no markup, no database.

Across, places are shares of the drawing's width, and heights are units: pixels on a page, where a
chart fills 320 px without shrinking its text, and parts of the drawing in the report. A row keeps
its label in HTML and draws only its band. Every row carries `words`, the sentence that replaces
the picture. The drawings stand in `templates/charts/`, one for both.
"""

from portal.web.charts.changes import (
    Gap,
    Range,
    Slope,
    gaps,
    ranges,
    slope_grounds,
    slopes,
)
from portal.web.charts.levels import (
    HeatCell,
    HeatRow,
    ProfileBar,
    fits_icons,
    level_counts,
    profile,
    share,
    skyline,
)
from portal.web.charts.positions import (
    Position,
    QuartileBand,
    position,
    positions,
    quartile_bands,
)
from portal.web.charts.scale import (
    LEVEL_NAMES,
    Label,
    axis,
    band_of,
    level_steps,
    one_decimal,
    width,
    x,
)

__all__ = [
    "LEVEL_NAMES",
    "Gap",
    "HeatCell",
    "HeatRow",
    "Label",
    "Position",
    "ProfileBar",
    "QuartileBand",
    "Range",
    "Slope",
    "axis",
    "band_of",
    "fits_icons",
    "gaps",
    "level_counts",
    "level_steps",
    "one_decimal",
    "position",
    "positions",
    "profile",
    "quartile_bands",
    "ranges",
    "share",
    "skyline",
    "slope_grounds",
    "slopes",
    "width",
    "x",
]
