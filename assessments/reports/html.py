"""Profile to the HTML of the PDF: one document, every picture inside it, nothing to fetch."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from django.template.loader import render_to_string
from django.utils.translation import ngettext

from assessments.benchmarks.precision import THRESHOLDS
from assessments.reports import pdf, pictures
from assessments.reports.profile import Profile

LONGEST_TEXT: Final = 4000  # characters of one note or reference; more would fill pages
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
            "qr": pictures.qr_code(imprint.verification_url),
            "skyline": pictures.skyline(profile),
            "scale": pictures.scale(),
            "key": pictures.key(),
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
