"""The profile: one view model of a result, which the result page and the PDF both show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from assessments.questionnaires.method import Method
from assessments.reports.numbers import percent, shown
from assessments.reports.profile.inputs import Advice, Subject
from assessments.reports.profile.rows import GapRow, HeatRow
from assessments.reports.profile.units import AnswerView, CapabilityUnit, DimensionUnit, Unit
from portal.web.charts import Slope

FIRST_STEPS: Final = 3
LEAST_REACH: Final = 20  # points on either side of a median, so that small gaps look small


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the plan."""

    number: int
    item: str
    title: str
    reason: str
    reason_words: str
    rating: int
    target: int
    target_words: str
    evidence: tuple[str, ...]
    effort: int
    effort_per_level: int
    gain: float | None
    gain_shown: str
    recommendations: tuple[Advice, ...]
    advice: tuple[Advice, ...]  # those of them that no earlier step names
    advice_before: tuple[tuple[str, int], ...]  # recommendations printed at an earlier step
    peers: str  # how many peers have got there, where that is published


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the sensitivity analysis."""

    name: str
    what: str
    index: float | None
    shown: str
    band: int | None
    is_other_band: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    sensitive: bool
    lowest: float
    highest: float
    runs: tuple[Run, ...]
    words: str

    @property
    def lowest_shown(self) -> str:
        return shown(self.lowest)

    @property
    def highest_shown(self) -> str:
        return shown(self.highest)


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortStep:
    cohort: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the result is compared with, in words."""

    release: str
    sha256: str
    is_demonstration: bool
    wave: str
    closed_date: str
    published_date: str
    requested: str  # the group it would be compared with first
    cohort: str  # the id of the one used, empty where none is
    used: str  # empty where nothing fitting is published
    used_n: str
    reason: str
    steps: tuple[CohortStep, ...]
    others: tuple[tuple[str, tuple[str, ...]], ...]  # cohorts of single measures, with their codes
    rules: tuple[tuple[str, str], ...]
    levels: tuple[int, ...]  # how many peers have each overall level, empty where not published
    before: str  # the release of the wave before, empty where there is none
    before_wave: str
    changes: tuple[Slope, ...]  # of the peers' medians since the wave before

    @property
    def level_counts(self) -> tuple[tuple[int, int], ...]:
        return tuple(enumerate(self.levels))

    @property
    def earlier(self) -> str:
        """The wave before, as short as a chart names it."""
        return self.before_wave.removeprefix("demo-")

    @property
    def later(self) -> str:
        return self.wave.removeprefix("demo-")

    @property
    def source(self) -> str:
        words = _("benchmark release {code} (SHA-256 {sha256}…)").format(
            code=self.release, sha256=self.sha256[:12]
        )
        return words + " · " + _("demonstration") if self.is_demonstration else words


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelText:
    number: int
    name: str
    anchor: str
    descriptor: str
    band: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeText:
    code: str
    name: str
    description: str
    ceiling: int


@dataclass(frozen=True, kw_only=True)
class Profile:
    subject: Subject
    type_label: str
    instrument: str
    instrument_title: str
    instrument_version: str
    instrument_sha256: str
    companion: str
    engine: str
    method: Method  # in numbers, for whatever explains it
    result_sha256: str
    is_complete: bool  # all questionnaires were taken, so there is an index
    overall: Unit
    balance_gap: str
    dimensions: tuple[DimensionUnit, ...]
    difference: tuple[str, ...]  # why the supported view differs from the declared one
    confidence: float | None
    confidence_band: str
    strongest: tuple[CapabilityUnit, ...]
    weakest: tuple[CapabilityUnit, ...]
    minimum_standards: tuple[AnswerView, ...]  # those that fail first, then partial, then met
    heat: tuple[HeatRow, ...]
    plan: tuple[Step, ...]
    sensitivity: Sensitivity | None
    comparison: Comparison | None
    warnings: tuple[str, ...]
    levels: tuple[LevelText, ...]
    grades: tuple[GradeText, ...]
    unanswered: tuple[str, ...]

    @property
    def capabilities(self) -> tuple[CapabilityUnit, ...]:
        return tuple(unit for dimension in self.dimensions for unit in dimension.capabilities)

    @property
    def answers(self) -> tuple[AnswerView, ...]:
        return tuple(answer for dimension in self.dimensions for answer in dimension.answers)

    @property
    def is_demonstration(self) -> bool:
        return self.subject.is_demonstration or bool(
            self.comparison and self.comparison.is_demonstration
        )

    @property
    def confidence_shown(self) -> str:
        return percent(self.confidence)

    @property
    def not_carried(self) -> tuple[AnswerView, ...]:
        """The answers rated above what their evidence carries, in order."""
        return tuple(answer for part in self.dimensions for answer in part.not_carried)

    @property
    def unmet(self) -> tuple[AnswerView, ...]:
        """The minimum standards that are not met in both views."""
        return tuple(
            answer
            for answer in self.minimum_standards
            if answer.declared is not None
            and (answer.status, answer.supported_status) != ("met", "met")
        )

    @property
    def peer_rows(self) -> tuple[Unit, ...]:
        """The whole, the dimensions and the capabilities, as rows of a chart."""
        whole = (self.overall,) if self.is_complete else ()
        return (*whole, *self.dimensions, *self.capabilities)

    @property
    def main_level(self) -> int | None:
        """The declared level of what is compared first: the whole, or the first dimension."""
        unit = self.overall if self.is_complete else self.dimensions[0]
        return unit.declared.level.number

    @property
    def gaps(self) -> tuple[GapRow, ...]:
        """The capabilities with figures of peers, the furthest below the median first."""
        rows = [
            GapRow(
                code=unit.code,
                label=unit.title,
                points=unit.peers.gap,
                uncertain=unit.peers.gap_is_uncertain,
            )
            for unit in self.capabilities
            if unit.peers and unit.peers.gap is not None
        ]
        return tuple(sorted(rows, key=lambda row: row.points))

    @property
    def gap_reach(self) -> int:
        """How many points the drawing of the gaps has on either side of the median."""
        widest = max((abs(row.points) for row in self.gaps), default=0)
        return max(LEAST_REACH, -(-widest // 10) * 10)

    @property
    def heat_columns(self) -> tuple[str, ...]:
        """What heads the columns of the heat map: the dimension, then its capabilities."""
        most = max(len(row.cells) for row in self.heat)
        return (_("Dimension"), *(str(number) for number in range(1, most)))

    @property
    def rated(self) -> int:
        return sum(answer.kind in ("rated", "dont_know") for answer in self.answers)

    @property
    def not_applicable(self) -> int:
        return sum(answer.kind == "not_applicable" for answer in self.answers)

    @property
    def first_steps(self) -> tuple[Step, ...]:
        return self.plan[:FIRST_STEPS]
