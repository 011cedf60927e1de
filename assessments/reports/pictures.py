"""The report's pictures: the site's charts in the frame of print, and a QR code.

Each is one SVG with a title, which becomes the alternative text of a figure in the PDF. Geometry
and drawings are those of the pages (`portal.web.charts`, `templates/charts/`); print gives them a
fixed size, and the colours are the tokens' light ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Final

import segno
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from assessments.reports.profile import Comparison, GapRow, Profile, Unit
from portal.web import charts

ROW: Final = (260, 26)  # width and height of a row's drawing, in its units; print: 50 by 5 mm
MIDDLE: Final = "50%"


def _printed(
    drawing: str, *, kind: str, size: tuple[float, float], words: str, **context: object
) -> SafeString:
    width, height = (f"{value:g}" for value in size)
    return render_to_string(
        "charts/printed.html",
        {
            "drawing": f"charts/{drawing}.html",
            "kind": kind,
            "width": width,
            "height": height,
            "words": words,
            **context,
        },
    )


def mark(unit: Unit) -> SafeString:
    """Draw one row: dot on the peers' quartile band, its tail down to what evidence carries."""
    peers = unit.peers
    drawn = charts.position(
        charts.Position(
            label=unit.title,
            score=unit.declared.score,
            q1=peers.q1 if peers else None,
            median=peers.median if peers else None,
            q3=peers.q3 if peers else None,
            uncertain=unit.uncertain,
        ),
        carried=unit.supported.score,
    )
    return _printed(
        "row", kind="mark", size=ROW, words=unit.picture, mark=drawn, axis=charts.axis()
    )


def scale() -> SafeString:
    """Draw the head of a column of marks: the five levels by their numbers."""
    return _printed(
        "ticks",
        kind="mark-scale",
        size=(ROW[0], 18),
        words=_("Scale from 0 to 100, in five levels of 20 points: 0, 1, 2, 3 and 4."),
        axis=charts.axis(),
        brief=True,
    )


def key() -> Sequence[tuple[SafeString, str]]:
    """Return the signs used in marks, each with its meaning."""

    def sign(words: str, *, uncertain: bool = False, **mark: str) -> SafeString:
        drawn = {"row": {"uncertain": uncertain}, **mark}
        return _printed("position", kind="key-sign", size=(52, 26), words=words, mark=drawn)

    return (
        (sign(_("A filled dot"), dot=MIDDLE), _("your declared score")),
        (
            sign(_("A dot with a line to its left"), dot="75%", tail="12.5%"),
            _("line: down to what your evidence carries"),
        ),
        (
            sign(_("A grey band"), band_start="8%", band_width="84%", median=MIDDLE),
            _("middle half of peers, with the median"),
        ),
        (
            sign(_("A hollow dot"), dot=MIDDLE, uncertain=True),
            _("too close to a quartile to say on which side"),
        ),
    )


def gap_mark(row: GapRow, reach: int) -> SafeString:
    """Draw a bar from the peers' median to the own score; grey where it could be none."""
    gap = charts.Gap(label=row.label, points=row.points, shown=row.shown, uncertain=row.uncertain)
    (drawn,) = charts.gaps([gap], reach=reach)
    return _printed("gap", kind="mark", size=(ROW[0], 18), words=row.picture, mark=drawn)


def slopes(comparison: Comparison) -> SafeString:
    """Draw the peers' medians in two waves, a panel each: grey lines where intervals overlap."""
    panels = [
        _printed(
            "slope",
            kind="slope",
            size=(136, 132),
            words=panel.words,
            mark=panel,
            grounds=charts.slope_grounds(),
            earlier=comparison.earlier,
            later=comparison.later,
            caption=panel.row.code or _("Index"),
        )
        for panel in charts.slopes(comparison.changes)
    ]
    return mark_safe("".join(panels))  # noqa: S308 — templates escape what they are given


def squares(counts: Sequence[tuple[int, int]], level: int, own: int | None) -> SafeString:
    """Draw the organisations at the level, a square for every five, or a bar where they are many.

    `counts` are pairs of a level and its organisations.
    """
    by_level = dict(counts)
    numbers = [by_level.get(each, 0) for each in range(len(charts.LEVEL_NAMES))]
    drawn = next(row for row in charts.level_counts(numbers, own=own) if row.level == level)
    words = _("About {count} organisations").format(count=drawn.count)
    return _printed("count", kind="squares", size=(390, 16), words=words, mark=drawn)


def bar(share: float, words: str) -> SafeString:
    """Draw a share of a whole."""
    return _printed("share", kind="bar", size=(ROW[0], 16), words=words, mark=charts.share(share))


def skyline(profile: Profile) -> SafeString:
    """Draw the cover's picture: a line per capability, as high as its declared score."""
    drawn = charts.skyline(
        [
            (dimension.code, [unit.score for unit in dimension.capabilities])
            for dimension in profile.dimensions
        ]
    )
    words = _("The declared scores of the capabilities, one line each: {scores}.").format(
        scores=", ".join(f"{unit.code} {unit.declared.shown}" for unit in profile.capabilities)
    )
    return _printed(
        "skyline", kind="skyline", size=(drawn.width, drawn.height), words=words, mark=drawn
    )


def qr_code(url: str) -> SafeString:
    """Draw the verification address for a camera: black on white with its quiet zone."""
    output = BytesIO()
    segno.make(url, error="m", micro=False).save(
        output,
        kind="svg",
        xmldecl=False,
        svgns=True,
        omitsize=True,
        border=4,
        light="#fff",
        title=_("QR code of the verification address"),
        svgclass="qr",
        lineclass=None,
        nl=False,
    )
    return mark_safe(output.getvalue().decode())  # noqa: S308 — segno escapes what it writes
