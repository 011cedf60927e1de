"""What a profile is made of, beside the result document: the respondent and the texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assessments.disclosure.document import ReleaseDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a result is about and when it was submitted, in words."""

    organisation: str
    country: str
    region: str
    market_words: str
    size: str
    period: str
    submitted_at: datetime
    submitted_as: str
    is_demonstration: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A recommendation of the guidance: its label, title, first words and address."""

    label: str
    title: str
    text: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    code: str
    sha256: str
    document: ReleaseDocument
    is_demonstration: bool
