"""Profile to the HTML of the PDF: one document, every picture inside it, nothing to fetch."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Final

import segno
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.benchmarks.precision import THRESHOLDS
from assessments.reports import pdf
from assessments.reports.profile import GapRow, Profile, Unit
from portal.web.charts import Slope

LONGEST_TEXT: Final = 4000  # characters of one note or reference; more would fill pages
MARK_WIDTH, MARK_HEIGHT = 60.0, 6.0  # of one row's picture, in the units of its drawing
PANEL, PANEL_HEIGHT = 27.0, 34.0  # of one measure in the picture of two waves
# Format and control characters, variation selectors and lone surrogates have no shape.
SHAPELESS: Final = {"Cc", "Cf", "Cs", "Co", "Cn"}
# A blank at the very end of a block makes the layout engine break its lines too early.
LAST_BLANK: Final = re.compile(r"\s+(?=</(?:p|td|th|li|dt|dd|h[1-6]|caption)>)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What a report says of itself."""

    report_id: str
    created_at: datetime
    verification_code: str
    verification_url: str
    site_url: str

    @property
    def links(self) -> bool:
        """Whether addresses are links: only those that a reader's program opens safely are."""
        return self.site_url.startswith("https://")


def render(profile: Profile, imprint: Imprint) -> str:
    """Return the HTML of the report: the same text for the same arguments."""
    document = render_to_string(
        "reports/pdf/report.html",
        {
            "profile": profile,
            "imprint": imprint,
            "qr": qr_code(imprint.verification_url),
            "skyline": skyline(profile),
            "scale": scale(),
            "key": key(),
            "thresholds": THRESHOLDS,
        },
    )
    return printable(LAST_BLANK.sub("", document))


# Text --------------------------------------------------------------------------------------------


def printable(text: str) -> str:
    """Return text in which every character has a shape in the report's fonts.

    Others are written as their code point, so that nothing is lost without a trace.
    """
    composed = unicodedata.normalize("NFC", text)
    return _unprintable().sub(_named, composed)


@cache
def _unprintable() -> re.Pattern[str]:
    covered = "".join(map(chr, sorted(pdf.coverage() | {0x09, 0x0A})))
    return re.compile(f"[^{re.escape(covered)}]+")


def _named(match: re.Match[str]) -> str:
    return "".join(
        f"[U+{ord(each):04X}]"
        for each in match.group()
        if unicodedata.category(each) not in SHAPELESS and not 0xFE00 <= ord(each) <= 0xFE0F
    )


def shortened(text: str) -> str:
    """Return a respondent's text, cut where it would fill pages; the cut is said."""
    if len(text) <= LONGEST_TEXT:
        return text
    left = len(text) - LONGEST_TEXT
    more = ngettext(
        "… ({left} more character in the portal)", "… ({left} more characters in the portal)", left
    )
    return text[:LONGEST_TEXT].rstrip() + more.format(left=left)


def direction(text: str) -> str:
    """Return rtl or ltr, by the first letter that has a direction."""
    for each in text:
        match unicodedata.bidirectional(each):
            case "R" | "AL":
                return "rtl"
            case "L":
                return "ltr"
    return "ltr"


# Pictures ----------------------------------------------------------------------------------------
# Each is one SVG with a title, which becomes the alternative text of a figure in the PDF.


def _svg(width: float, height: float, title: str, content: SafeString, kind: str) -> SafeString:
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" xmlns="http://www.w3.org/2000/svg">'
        "<title>{}</title>{}</svg>",
        kind,
        _n(width),
        _n(height),
        title,
        content,
    )


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _x(score: float) -> float:
    return 1.6 + score * (MARK_WIDTH - 3.2) / 100


_INK, _ACCENT, _PEERS, _PAPER = "#17211f", "#0b5c66", "#c3d0cd", "#ffffff"
_GREY, _UNCLEAR, _SQUARE = "#7c8784", "#b9bfba", "#6ba6a5"
_BANDS = ("#efefe9", "#f8f8f4")


def _ground(top: float, height: float) -> SafeString:
    """Return the five levels as alternating tints."""
    return format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>',
        (
            (_n(_x(20 * level)), _n(top), _n(_x(20) - _x(0)), _n(height), _BANDS[level % 2])
            for level in range(5)
        ),
    )


def mark(unit: Unit) -> SafeString:
    """Draw one row: dot on the peers' quartile band, its tail down to what evidence carries."""
    middle = MARK_HEIGHT / 2
    parts = [_ground(0.3, MARK_HEIGHT - 0.6)]
    peers = unit.peers
    if peers:
        parts.append(_band(peers.q1, peers.median, peers.q3))
    if unit.declared.score is not None:
        dot = _x(unit.declared.score)
        if unit.supported.score is not None:
            parts.append(_tail(_x(unit.supported.score), dot))
        parts.append(_dot(dot, middle, hollow=unit.uncertain))
    return _svg(MARK_WIDTH, MARK_HEIGHT, unit.picture, mark_safe("".join(parts)), "mark")  # noqa: S308 — each part is escaped


def _band(q1: float, median: float, q3: float) -> SafeString:
    return format_html(
        '<rect x="{}" y="1.4" width="{}" height="3.2" fill="{}"/>'
        '<path d="M{} .7V5.3" stroke="{}" stroke-width=".55" fill="none"/>',
        _n(_x(q1)),
        _n(max(_x(q3) - _x(q1), 0.3)),
        _PEERS,
        _n(_x(median)),
        _INK,
    )


def _tail(start: float, end: float) -> SafeString:
    if end - start < 1:
        return mark_safe("")
    return format_html(
        '<path d="M{0} 1.9V4.1M{0} 3H{1}" stroke="{2}" stroke-width=".5" fill="none"/>',
        _n(start),
        _n(end),
        _ACCENT,
    )


def _dot(x: float, y: float, *, hollow: bool) -> SafeString:
    return format_html(
        '<circle cx="{}" cy="{}" r="1.25" fill="{}" stroke="{}" stroke-width=".55"/>',
        _n(x),
        _n(y),
        _PAPER if hollow else _ACCENT,
        _ACCENT,
    )


def scale() -> SafeString:
    """Draw the head of a column of marks: the five levels by their numbers."""
    content = format_html_join(
        "",
        '<text x="{}" y="3.1" font-size="2.5" text-anchor="middle" fill="#45514f" '
        'font-family="Portal Sans">{}</text>',
        ((_n(_x(20 * level + 10)), level) for level in range(5)),
    )
    title = _("Scale from 0 to 100, in five levels of 20 points: 0, 1, 2, 3 and 4.")
    return _svg(MARK_WIDTH, 3.8, title, content, "mark-scale")


def key() -> Sequence[tuple[SafeString, str]]:
    """Return the signs used in marks, each with its meaning."""

    def sign(title: str, *content: SafeString) -> SafeString:
        return _svg(12, 6, title, mark_safe("".join(content)), "key-sign")  # noqa: S308 — escaped

    tail = format_html(
        '<path d="M1.5 1.9V4.1M1.5 3H9" stroke="{}" stroke-width=".5" fill="none"/>', _ACCENT
    )
    box = format_html(
        '<rect x="1" y="1.4" width="10" height="3.2" fill="{}"/>'
        '<path d="M6 .7V5.3" stroke="{}" stroke-width=".55"/>',
        _PEERS,
        _INK,
    )
    return (
        (sign(_("A filled dot"), _dot(6, 3, hollow=False)), _("your declared score")),
        (
            sign(_("A dot with a line to its left"), tail, _dot(9, 3, hollow=False)),
            _("line: down to what your evidence carries"),
        ),
        (sign(_("A grey band"), box), _("middle half of peers, with the median")),
        (
            sign(_("A hollow dot"), _dot(6, 3, hollow=True)),
            _("too close to a quartile to say on which side"),
        ),
    )


def gap_mark(row: GapRow, reach: int) -> SafeString:
    """Draw a bar from the peers' median to the own score; grey where it could be none."""
    middle, scale_ = MARK_WIDTH / 2, (MARK_WIDTH - 2) / 2 / reach
    length = abs(row.points) * scale_
    start = middle - length if row.points < 0 else middle
    content = format_html(
        '<rect x="{}" y="1.6" width="{}" height="2.8" fill="{}"/>'
        '<path d="M{} .5V5.5" stroke="{}" stroke-width=".4" fill="none"/>',
        _n(start),
        _n(length),
        _UNCLEAR if row.uncertain else _ACCENT,
        _n(middle),
        _INK,
    )
    return _svg(MARK_WIDTH, MARK_HEIGHT, row.picture, content, "mark")


def slopes(rows: Sequence[Slope]) -> SafeString:
    """Draw the peers' medians in two waves, a panel each: grey lines where intervals overlap."""
    width = PANEL * len(rows)
    parts = [_panel(row, PANEL * number) for number, row in enumerate(rows)]
    title = _("The peers’ medians in two waves: {rows}.").format(
        rows="; ".join(_slope_words(row) for row in rows)
    )
    return _svg(width, PANEL_HEIGHT + 4, title, mark_safe("".join(parts)), "slopes")  # noqa: S308 — each part is escaped


def _panel(row: Slope, left: float) -> SafeString:
    depth = PANEL_HEIGHT / 5
    ground = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>',
        (
            (_n(left + 1), _n(depth * (4 - level)), _n(PANEL - 2), _n(depth), _BANDS[level % 2])
            for level in range(5)
        ),
    )
    colour = _ACCENT if row.is_clear else _GREY
    ends = [(left + 9, row.before, row.before_half)]
    if row.after is not None:
        ends.append((left + PANEL - 9, row.after, row.after_half or 0))
    line = "M" + "L".join(f"{_n(x)} {_n(_height(value))}" for x, value, _half in ends)
    whiskers = "".join(
        f"M{_n(x)} {_n(_height(value + half))}V{_n(_height(value - half))}"
        for x, value, half in ends
    )
    return format_html(
        '{}<path d="{}" stroke="{}" stroke-width=".7" fill="none"/>'
        '<path d="{}" stroke="{}" stroke-width=".35" fill="none"/>{}{}',
        ground,
        line,
        colour,
        whiskers,
        colour,
        format_html_join(
            "",
            '<circle cx="{}" cy="{}" r="1" fill="{}"/>',
            ((_n(x), _n(_height(value)), colour) for x, value, _half in ends),
        ),
        format_html(
            '<text x="{}" y="{}" font-size="3" text-anchor="middle" fill="{}" '
            'font-family="Portal Sans">{}</text>',
            _n(left + PANEL / 2),
            _n(PANEL_HEIGHT + 3.4),
            _INK,
            row.code or _("Index"),
        ),
    )


def _height(score: float) -> float:
    return PANEL_HEIGHT * (100 - min(max(score, 0), 100)) / 100


def _slope_words(row: Slope) -> str:
    after = "–" if row.after is None else row.after
    return f"{row.code or row.label} {row.before} → {after}, {row.words}"


def squares(count: int, *, own: bool) -> SafeString:
    """Draw a square for every five organisations."""
    number = count // 5
    path = "".join(f"M{_n(3.2 * place)} .6h2.6v2.6h-2.6z" for place in range(number))
    content = format_html('<path d="{}" fill="{}"/>', path, _ACCENT if own else _SQUARE)
    title = _("About {count} organisations").format(count=count)
    return _svg(96, 3.8, title, content, "squares")


def bar(share: float, title: str) -> SafeString:
    """Draw a share of a whole."""
    content = format_html(
        '<rect x="0" y=".6" width="60" height="2.4" fill="{}"/>'
        '<rect x="0" y=".6" width="{}" height="2.4" fill="{}"/>',
        _BANDS[0],
        _n(60 * share),
        _ACCENT,
    )
    return _svg(60, 3.6, title, content, "bar")


def skyline(profile: Profile) -> SafeString:
    """Draw the cover's picture: a line per capability, as high as its declared score."""
    height, gap, step = 51.0, 7.0, 5.2
    lines: list[str] = []
    labels: list[tuple[str, str]] = []
    x = 1.0
    for dimension in profile.dimensions:
        labels.append((_n(x), dimension.code))
        for unit in dimension.capabilities:
            top = height - (unit.score or 0) * 50 / 100
            lines.append(f"M{_n(x)} {_n(height)}V{_n(top)}")
            x += step
        x += gap
    width = max(x - gap - step + 1, 10.0)
    levels = "".join(f"M0 {_n(height - 10 * level)}H{_n(width)}" for level in range(1, 6))
    content = format_html(
        '<path d="{6}" stroke="#d8d9d2" stroke-width=".18" fill="none"/>'
        '<path d="M0 {0}H{1}" stroke="{2}" stroke-width=".25" fill="none"/>'
        '<path d="{3}" stroke="{4}" stroke-width="1.7" fill="none"/>{5}',
        _n(height),
        _n(width),
        _INK,
        "".join(lines),
        _ACCENT,
        format_html_join(
            "",
            '<text x="{}" y="57" font-size="3.1" fill="#45514f" '
            'font-family="Portal Sans">{}</text>',
            labels,
        ),
        levels,
    )
    title = _("The declared scores of the capabilities, one line each: {scores}.").format(
        scores=", ".join(f"{unit.code} {unit.declared.shown}" for unit in profile.capabilities)
    )
    return _svg(width, 58.5, title, content, "skyline")


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
