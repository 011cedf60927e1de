"""The release document: the published figures of one closed wave, as codes and numbers.

The published schema is `schemas/release.schema.json`. What is published is the canonical JSON of
a document, known by its SHA-256; `release.build_release` makes one. Views, measures, cohorts and
bands of n are codes of the edition and the vocabulary, and so text here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypedDict

from assessments.core.result import EditionRef

SCHEMA: Final = Path(__file__).resolve().parent / "schemas" / "release.schema.json"


class Rule(TypedDict):
    """A rule of disclosure control that the release follows, R1 to R13."""

    rule: str
    text: str


class CohortEntry(TypedDict):
    """One cohort of the catalogue. `n_band` is None where it is withheld, `n` below 100 too."""

    id: str
    kind: str
    parent: str | None
    parts: dict[str, str]
    covers: list[str]
    mixed_types: bool
    status: Literal["published", "withheld"]
    n_band: str | None
    n: int | None


# Observations


class FigureKey(TypedDict):
    """What a figure set is of, unique in a release."""

    cohort: str
    measure: str
    view: str


class _Published(TypedDict):
    """`n` is to the nearest 5, None below 100; `step` is what the figures are rounded to."""

    n_band: str
    n: int | None
    step: int
    obs_status: Literal["A"]
    conf_status: Literal["F"]


class _NoQuartiles(TypedDict):
    q1: None
    median: None
    q3: None
    half_width: None
    levels: None
    deciles: None


class _NoShare(TypedDict):
    met: None
    of: None
    share: None
    share_low: None
    share_high: None


class Quartiles(FigureKey, _Published, _NoShare):
    """The figures of a measure in points 0 to 100.

    `levels` counts the organisations at levels 0 to 4, `deciles` are nine; each is None where
    there are too few organisations for it (R7).
    """

    q1: int
    median: int
    q3: int
    half_width: int
    levels: list[int] | None
    deciles: list[int] | None


class Share(FigureKey, _Published, _NoQuartiles):
    """Organisations that meet all minimum standards, as counts and in per cent."""

    met: int
    of: int
    share: int
    share_low: int
    share_high: int


class NoFigures(FigureKey, _NoQuartiles, _NoShare):
    """A figure set that is not published: withheld and empty are the same."""

    n_band: None
    n: None
    step: None
    obs_status: Literal["Q"]
    conf_status: Literal["C"]


Observation: TypeAlias = Quartiles | Share | NoFigures


# The whole


class AuditSummary(TypedDict):
    """What the release audit found; figures are counted in figure sets."""

    rules: list[str]
    insiders: list[int]
    figures_checked: int
    figures_coarsened: int
    figures_withheld: int
    no_material_change: list[FigureKey]


class CandidateDocument(TypedDict):
    """A release document but for its day of publication, which is known on the day.

    `audit` is None where none was run.
    """

    id: str
    series: str
    synthetic: bool
    wave: str
    revision: str
    closed_date: str
    instrument: EditionRef
    scoring: str
    engine: str
    licence: str
    views: list[str]
    measures: list[str]
    measures_across_types: list[str]
    families: dict[str, list[str]]
    region_groups: dict[str, list[str]]
    rules: list[Rule]
    audit: AuditSummary | None
    cohorts: list[CohortEntry]
    observations: list[Observation]


class ReleaseDocument(CandidateDocument):
    """Everything that is published of one wave."""

    published_date: str


def parse(text: str) -> ReleaseDocument:
    """Return a document from its canonical JSON.

    Nothing is checked again: the text is what `build_release` made, and stored under its hash.
    """
    document: ReleaseDocument = json.loads(text)
    return document


def parse_candidate(text: str) -> CandidateDocument:
    """Return the document of a candidate from its canonical JSON; nothing is checked again."""
    document: CandidateDocument = json.loads(text)
    return document
