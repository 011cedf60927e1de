"""Units of a profile, each with its figures, its peers and the answers below it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from assessments.reports.numbers import percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level; `upper` is another one that a different, equally fair, choice would give."""

    number: int | None
    name: str
    upper: int | None = None

    @property
    def words(self) -> str:
        if self.number is None:
            return _("not rated")
        if self.upper is not None:
            return _("between {low} and {high}").format(low=self.number, high=self.upper)
        return f"{self.number} {self.name}"

    @property
    def short(self) -> str:
        if self.number is None:
            return "–"
        return str(self.number) if self.upper is None else self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A score in one view, with its level and how both came about."""

    score: float | None
    shown: str
    level: Level
    gate: str  # failed, partial or met
    gate_words: str
    gate_reason: str
    gate_items: tuple[str, ...]
    cap: int
    met: int
    of: int
    how: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """Published figures of the cohort a score is compared with, and the place among them."""

    cohort: str
    n: str
    q1: int
    median: int
    q3: int
    half_width: int
    place: str  # among them, in words; empty without a score
    near_edge: bool
    gap: int | None  # points from the median
    gap_is_uncertain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """One item as it was asked and answered."""

    code: str
    title: str
    question: str
    is_minimum_standard: bool
    kind: str  # rated, dont_know, not_applicable or unanswered
    declared: int | None
    supported: int | None
    verified: int | None
    status: str  # of a minimum standard: failed, partial or met; empty where it is not rated
    supported_status: str
    answer: str  # the words of the anchor chosen, or why there is none
    evidence: str  # E0 to E3, empty where nothing is rated
    evidence_name: str
    reference: str
    note: str

    @property
    def is_carried(self) -> bool:
        """Whether the evidence carries the whole rating."""
        return self.declared is None or self.declared == self.supported


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A capability, a dimension or the whole."""

    code: str
    title: str
    summary: str
    declared: Figure
    supported: Figure
    verified: Figure | None
    peers: Peers | None

    # The names a chart's row goes by.

    @property
    def label(self) -> str:
        return self.title

    @property
    def score(self) -> float | None:
        return self.declared.score

    @property
    def q1(self) -> int | None:
        return self.peers.q1 if self.peers else None

    @property
    def median(self) -> int | None:
        return self.peers.median if self.peers else None

    @property
    def q3(self) -> int | None:
        return self.peers.q3 if self.peers else None

    @property
    def n_band(self) -> str:
        return self.peers.n if self.peers else ""

    @property
    def uncertain(self) -> bool:
        return bool(self.peers and self.peers.near_edge)

    @property
    def level(self) -> int | None:
        return self.declared.level.number

    @property
    def level_name(self) -> str:
        return self.declared.level.name

    @property
    def cap(self) -> int:
        return self.declared.cap

    @property
    def url(self) -> str:
        return f"#{self.code}" if self.code else ""

    @property
    def picture(self) -> str:
        """The sentence that replaces the picture of this row."""
        if self.score is None:
            return _("{code}: not rated.").format(code=self.code or self.title)
        text = _(
            "{code}: declared score {declared}, of which the evidence carries {supported}."
        ).format(
            code=self.code or self.title,
            declared=self.declared.shown,
            supported=self.supported.shown,
        )
        if self.peers is None:
            return text + " " + _("No figures of peers are published.")
        peers = _("The middle half of peers lies between {q1} and {q3}, the median at {median}.")
        return (
            text + " " + peers.format(q1=self.peers.q1, q3=self.peers.q3, median=self.peers.median)
        )


@dataclass(frozen=True, kw_only=True)
class CapabilityUnit(Unit):
    dimension: str
    answers: tuple[AnswerView, ...]


@dataclass(frozen=True, kw_only=True)
class DimensionUnit(Unit):
    capabilities: tuple[CapabilityUnit, ...]
    confidence: float | None
    not_applicable_share: float
    dont_know_share: float
    low_coverage: bool
    many_dont_know: bool
    evidence_counts: tuple[int, ...]  # rated answers by evidence grade
    not_carried: tuple[AnswerView, ...]

    @property
    def answers(self) -> tuple[AnswerView, ...]:
        return tuple(answer for unit in self.capabilities for answer in unit.answers)

    @property
    def confidence_shown(self) -> str:
        return percent(self.confidence)

    @property
    def not_applicable_shown(self) -> str:
        return percent(self.not_applicable_share)

    @property
    def dont_know_shown(self) -> str:
        return percent(self.dont_know_share)
