"""One view model of a result, which the result page and the PDF both show.

`build_profile` is a pure function of the result document, the frozen release, the respondent's
own answers and the guidance texts. It looks numbers up and puts them into words; it computes no
score, and it has no way to anybody else's answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.benchmarks.codes import OUTCOMES, change_in_words, cohort_label, n_words
from assessments.core.instrument import Capability, Dimension, Instrument, Item
from assessments.disclosure import peers as standing

VIEWS: Final = ("declared", "supported", "verified")
# What may limit a level, in the order in which it is told.
LIMITS: Final = ("band", "gate", "weakest", "ceiling")
RUNS: Final = ("S1", "S2", "S3", "S4")  # of the sensitivity analysis, beside S5
STRONGEST = WEAKEST = FIRST_STEPS = 3
LEAST_REACH: Final = 20  # points on either side of a median, so that small gaps look small
Document = Mapping[str, Any]


# What goes in ------------------------------------------------------------------------------------


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
class Said:
    """One answer in the respondent's words."""

    rating: int | None
    dont_know: bool = False
    not_applicable: bool = False
    reason: str = ""
    evidence: int = 0
    evidence_reference: str = ""
    note: str = ""


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
    document: Document
    is_demonstration: bool


# What comes out ----------------------------------------------------------------------------------


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
    standing: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """The peers' median in the wave before and in this one, as a row of a chart."""

    code: str
    label: str
    before: int
    before_half: int
    after: int | None
    after_half: int | None
    words: str
    is_clear: bool
    url: str = ""


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
    asked: str
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
    changes: tuple[ChangeRow, ...]

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


# Numbers as they are shown -----------------------------------------------------------------------


def shown(value: float | Fraction | None) -> str:
    """Return a score with one decimal, halves up; a dash where there is none."""
    if value is None:
        return "–"
    # Six decimals first: 66.35 arrives from exact fractions as 66.34999999999999.
    exact = Decimal(repr(float(value))).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return str(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))


def percent(share: float | None) -> str:
    return "–" if share is None else f"{shown(share * 100)} %"


# Building ----------------------------------------------------------------------------------------


def build_profile(
    *,
    subject: Subject,
    instrument: Instrument,
    result: Document,
    result_sha256: str,
    said: Mapping[str, Said],
    release: Release | None,
    before: Release | None,
    advice: Mapping[str, Advice],
) -> Profile:
    """Return everything that is shown of a result.

    `release` is the one it is compared with, `before` that of the wave before it.
    """
    builder = _Builder(subject, instrument, result, said, release, before)
    return builder.build(result_sha256, advice)


class _Builder:
    def __init__(
        self,
        subject: Subject,
        instrument: Instrument,
        result: Document,
        said: Mapping[str, Said],
        release: Release | None,
        before: Release | None,
    ) -> None:
        self.subject, self.instrument, self.result, self.said = subject, instrument, result, said
        self.release, self.before = release, before
        self.observations = {
            (row["cohort"], row["measure"]): row
            for row in (release.document["observations"] if release else ())
            if row["view"] == VIEWS[0]
        }
        self.resolutions: dict[str, standing.Resolution] = {}
        whole = result["views"]["declared"]["index"] is not None
        self.main_measure = "index" if whole else result["modules"][0]
        self.scope = instrument.scope(
            result["respondent_type"], result["operates_registry"], result["modules"]
        )
        self.codes = [
            code
            for dimension in self.scope
            for code in (dimension.code, *(unit.code for unit in dimension.capabilities))
        ]
        self.ratings = {view: self._ratings(view) for view in VIEWS}

    def build(self, result_sha256: str, advice: Mapping[str, Advice]) -> Profile:
        instrument, result = self.instrument, self.result
        # First, because the cohort of the whole is that of its parts where it can be.
        overall = Unit(**self._parts("overall", "", _("Overall index"), ""))
        dimensions = tuple(self._dimension(dimension) for dimension in self.scope)
        capabilities = [unit for dimension in dimensions for unit in dimension.capabilities]
        by_score = sorted(
            (unit for unit in capabilities if unit.score is not None),
            key=lambda unit: unit.score or 0.0,
        )
        kind = instrument.respondent_types[result["respondent_type"]]
        answers = [answer for dimension in dimensions for answer in dimension.answers]
        order = {"failed": 0, "partial": 1, "met": 2, "": 3}
        return Profile(
            subject=self.subject,
            type_label=(kind.without_registry_label or kind.label)
            if result["operates_registry"] is False
            else kind.label,
            instrument=instrument.code,
            instrument_title=instrument.title,
            instrument_version=instrument.version,
            instrument_sha256=instrument.sha256,
            companion=instrument.companion,
            engine=result["engine"],
            result_sha256=result_sha256,
            is_complete=len(self.scope) == len(instrument.dimensions),
            overall=overall,
            balance_gap=shown(result["views"]["declared"]["balance_gap"]),
            dimensions=dimensions,
            difference=self._difference(overall, answers),
            confidence=result["confidence"]["value"],
            confidence_band={
                "high": _("High"),
                "medium": _("Medium"),
                "low": _("Low"),
                None: _("Not rated"),
            }[result["confidence"]["band"]],
            strongest=tuple(reversed(by_score[-STRONGEST:])),
            weakest=tuple(by_score[:WEAKEST]),
            minimum_standards=tuple(
                sorted(
                    (answer for answer in answers if answer.is_minimum_standard),
                    key=lambda answer: (order[answer.status], order[answer.supported_status]),
                )
            ),
            heat=self._heat(dimensions),
            plan=self._plan(advice),
            sensitivity=self._sensitivity(),
            comparison=self._comparison(),
            warnings=tuple(warning["message"] for warning in result["warnings"]),
            levels=self._level_texts(),
            grades=tuple(
                GradeText(
                    code=grade.code,
                    name=grade.name,
                    description=grade.description,
                    ceiling=grade.ceiling,
                )
                for grade in instrument.evidence_grades
            ),
            unanswered=tuple(result["unanswered"]),
        )

    # Units

    def _dimension(self, dimension: Dimension) -> DimensionUnit:
        capabilities = tuple(
            self._capability(capability, dimension.code) for capability in dimension.capabilities
        )
        answers = [answer for unit in capabilities for answer in unit.answers]
        coverage = self.result["coverage"][dimension.code]
        grades = [grade.code for grade in self.instrument.evidence_grades]
        return DimensionUnit(
            **self._parts("dimensions", dimension.code, dimension.title, dimension.introduction),
            capabilities=capabilities,
            confidence=self.result["confidence"]["dimensions"][dimension.code],
            not_applicable_share=coverage["not_applicable_share"],
            dont_know_share=coverage["dont_know_share"],
            low_coverage=coverage["low_coverage"],
            evidence_counts=tuple(
                sum(answer.evidence == code for answer in answers) for code in grades
            ),
            not_carried=tuple(answer for answer in answers if not answer.is_carried),
        )

    def _capability(self, capability: Capability, dimension: str) -> CapabilityUnit:
        return CapabilityUnit(
            **self._parts("capabilities", capability.code, capability.title, capability.summary),
            dimension=dimension,
            answers=tuple(self._answer(item) for item in capability.items),
        )

    def _parts(self, kind: str, code: str, title: str, summary: str) -> dict[str, Any]:
        figures = {view: self._figure(kind, code, view) for view in VIEWS}
        return {
            "code": code,
            "title": title,
            "summary": summary,
            **figures,
            "peers": self._peers(code or "index", self._score("declared", kind, code)),
        }

    def _score(self, view: str, kind: str, code: str) -> float | None:
        document = self.result["views"][view]
        score: float | None = (
            document["index"] if kind == "overall" else document[kind][code]["score"]
        )
        return score

    def _figure(self, kind: str, code: str, view: str) -> Figure | None:
        if self.result["views"][view] is None:
            return None
        document = self.result["views"][view]
        gates, trace = self.result["gates"][view], self.result["trace"][view]
        if kind == "overall":
            level, gate, why = document["level"], gates["overall"], trace["overall"]
        else:
            level, gate, why = document[kind][code]["level"], gates[kind][code], trace[kind][code]
        score = self._score(view, kind, code)
        return Figure(
            score=score,
            shown=shown(score),
            level=self._level(level, sensitive=kind == "overall" and view == "declared"),
            gate=gate["gate"],
            gate_words={"failed": _("failed"), "partial": _("partly met"), "met": _("met")}[
                gate["gate"]
            ],
            gate_reason=gate["reason"],
            gate_items=tuple(gate["items"]),
            cap=gate["cap"],
            met=gate["met"],
            of=gate["of"],
            how=_HOW[kind](why, self.codes),
            limits=tuple(
                self._limit(rule, why["limits"][rule], score, why)
                for rule in LIMITS
                if rule in why["limits"]
            ),
        )

    def _level(self, level: int | None, *, sensitive: bool = False) -> Level:
        if level is None:
            return Level(number=None, name=_("Not rated"))
        low, high = self._level_range(level) if sensitive else (level, level)
        return Level(
            number=low,
            name=self.instrument.levels[level].name,
            upper=high if high != low else None,
        )

    def _level_range(self, level: int) -> tuple[int, int]:
        """Return the lowest and highest level that runs S1 to S4 give.

        Only the band moves between runs; what else limits the level stays, and where that is
        lower than every band the level does not move with it.
        """
        sensitivity = self.result["sensitivity"]
        if not sensitivity or not sensitivity["sensitive"]:
            return level, level
        limits = self.result["trace"]["declared"]["overall"]["limits"]
        others = min(limit for rule, limit in limits.items() if rule != "band")
        bands = [
            run["band"]
            for run in (sensitivity["base"], *(sensitivity[name] for name in RUNS))
            if run["band"] is not None
        ]
        return min(*bands, others), min(max(bands), others)

    def _limit(self, rule: str, limit: int, score: float | None, why: Document) -> str:
        name = self.instrument.levels[limit].name
        if rule == "band":
            return _("The score of {score} lies in the band of level {level}, {name}.").format(
                score=shown(score), level=limit, name=name
            )
        if rule == "gate":
            return _("The minimum standards allow level {level}, {name}, at most.").format(
                level=limit, name=name
            )
        if rule == "weakest":
            return _(
                "The weakest dimension ({codes}) allows level {level}, {name}, at most: one more "
                "than its own."
            ).format(codes=", ".join(why["weakest"]), level=limit, name=name)
        return _("Declared answers reach level {level}, {name}, at most.").format(
            level=limit, name=name
        )

    def _heat(self, dimensions: Sequence[DimensionUnit]) -> tuple[HeatRow, ...]:
        most = max((len(dimension.capabilities) for dimension in dimensions), default=0)
        empty = HeatCell(label="", shown="", band=None)
        return tuple(
            HeatRow(
                code=dimension.code,
                label=dimension.title,
                cells=(
                    self._heat_cell(dimension, label=""),
                    *(self._heat_cell(unit, label=unit.code) for unit in dimension.capabilities),
                    *[empty] * (most - len(dimension.capabilities)),
                ),
            )
            for dimension in dimensions
        )

    def _heat_cell(self, unit: Unit, *, label: str) -> HeatCell:
        score = unit.declared.score
        band = None if score is None else self.instrument.scale.band(score)
        return HeatCell(label=label, shown=unit.declared.shown, band=band)

    def _level_texts(self) -> tuple[LevelText, ...]:
        bands = self.instrument.scale.bands
        texts = []
        for level in self.instrument.levels:
            low = bands[level.level]
            last = level.level + 1 == len(bands)
            band = (
                _("{low} to 100").format(low=low)
                if last
                else _("{low} to under {high}").format(low=low, high=bands[level.level + 1])
            )
            texts.append(
                LevelText(
                    number=level.level,
                    name=level.name,
                    anchor=level.anchor,
                    descriptor=level.descriptor,
                    band=band,
                )
            )
        return tuple(texts)

    # Answers

    def _ratings(self, view: str) -> dict[str, int]:
        trace = self.result["trace"][view]
        if trace is None:
            return {}
        return {
            row["item"]: row["rating"]
            for unit in trace["capabilities"].values()
            for row in unit["items"]
        }

    def _answer(self, item: Item) -> AnswerView:
        said = self.said.get(item.code)
        wording = item.wording(self.result["respondent_type"])
        declared = self.ratings["declared"].get(item.code)
        supported = self.ratings["supported"].get(item.code)
        if said is None:
            kind, words = "unanswered", _("Not answered.")
        elif said.not_applicable:
            kind, words = "not_applicable", said.reason
        elif said.dont_know:
            kind, words = "dont_know", _("Don’t know; counts as level 0.")
        else:
            kind, words = "rated", wording.levels[said.rating or 0]
        grade = self.instrument.evidence_grades[said.evidence] if said else None
        shows_evidence = kind == "rated" and grade is not None
        return AnswerView(
            code=item.code,
            title=item.title,
            question=wording.question,
            is_minimum_standard=item.is_minimum_standard,
            kind=kind,
            declared=declared,
            supported=supported,
            verified=self.ratings["verified"].get(item.code),
            status=self._status(declared),
            supported_status=self._status(supported),
            answer=words,
            evidence=grade.code if shows_evidence and grade else "",
            evidence_name=grade.name if shows_evidence and grade else "",
            reference=said.evidence_reference if said else "",
            note=said.note if said else "",
        )

    def _status(self, rating: int | None) -> str:
        return "" if rating is None else self.instrument.scale.gate(rating).name

    # The views apart

    def _difference(self, overall: Unit, answers: Sequence[AnswerView]) -> tuple[str, ...]:
        claimed = [answer for answer in answers if answer.declared is not None]
        above = [answer for answer in claimed if not answer.is_carried]
        if not above:
            return (_("The evidence named carries every rating, so both views are the same."),)
        lines = [
            ngettext(
                "{above} of {of} rating is higher than the evidence named for it can carry.",
                "{above} of {of} ratings are higher than the evidence named for them can carry.",
                len(above),
            ).format(above=len(above), of=len(claimed))
        ]
        declared, supported = overall.declared, overall.supported
        if declared.score is not None and supported.score is not None:
            lines.append(
                _(
                    "Held to their evidence they give an index of {supported}, not {declared}."
                ).format(supported=supported.shown, declared=declared.shown)
            )
        if (
            supported.level.number is not None
            and declared.level.number is not None
            and supported.level.number < declared.level.number
        ):
            lines += self._what_holds(supported)
        return tuple(lines)

    def _what_holds(self, figure: Figure) -> list[str]:
        trace = self.result["trace"]["supported"]["overall"]
        rules = [rule for rule in LIMITS if rule in trace["limits"]]
        lines = [
            line
            for rule, line in zip(rules, figure.limits, strict=True)
            if rule in trace["held_by"] and rule != "gate"
        ]
        if "gate" in trace["held_by"]:
            lines.append(figure.gate_reason)
        return lines

    # The plan

    def _plan(self, advice: Mapping[str, Advice]) -> tuple[Step, ...]:
        plan = self.result["plan"]
        steps: list[Step] = []
        printed: dict[str, int] = {}
        for number, step in enumerate(plan["priorities"] if plan else [], start=1):
            item = self.instrument.items[step["item"]]
            named = [advice[label] for label in step["recommendations"] if label in advice]
            steps.append(
                Step(
                    number=number,
                    item=item.code,
                    title=item.title,
                    reason=step["reason"],
                    reason_words={
                        "failed": _("Minimum standard failed"),
                        "partial": _("Minimum standard partly met"),
                        "prerequisite": _("Holds back a practice that depends on it"),
                        "gain": _("Raises the index"),
                    }[step["reason"]],
                    rating=step["from"],
                    target=step["to"],
                    target_words=item.wording(self.result["respondent_type"]).levels[step["to"]],
                    evidence=item.evidence,
                    effort=step["effort"],
                    effort_per_level=step["effort_per_level"],
                    gain=step["gain"],
                    gain_shown="–" if step["gain"] is None else f"+{shown(step['gain'])}",
                    recommendations=tuple(named),
                    advice=tuple(each for each in named if each.label not in printed),
                    advice_before=tuple(
                        (each.label, printed[each.label]) for each in named if each.label in printed
                    ),
                    peers=self._peers_at(item.code.partition(".")[0], step["to"]),
                )
            )
            printed |= {each.label: number for each in named if each.label not in printed}
        return tuple(steps)

    # Sensitivity

    def _sensitivity(self) -> Sensitivity | None:
        document = self.result["sensitivity"]
        if document is None:
            return None
        base = document["base"]["band"]
        runs = [_run(_("As scored"), _("cmi-score as published"), document["base"], base)]
        named = {
            "S1": _("Levels valued 0, 15, 50, 85 and 100 instead of 0, 25, 50, 75 and 100"),
            "S2": _("Minimum standards weigh as much as other practices"),
            "S3": _("Minimum standards weigh three times as much"),
            "S4": _("Plain mean of the dimensions, which forgives imbalance"),
        }
        runs += [_run(name, what, document[name], base) for name, what in named.items()]
        for key, what in (
            ("lowest", _("Without {code}, the capability whose absence lowers the index most")),
            ("highest", _("Without {code}, the capability whose absence raises the index most")),
        ):
            one = document["S5"][key]
            if one is not None:
                runs.append(_run("S5", what.format(code=one["without"]), one, base))
        if document["sensitive"]:
            words = _(
                "The band changes in at least one of the runs S1 to S4. Read the level as one that "
                "another, equally fair, choice of method could move."
            )
        else:
            words = _(
                "The band is the same in every run S1 to S4, so the level does not hang on these "
                "choices of method."
            )
        return Sensitivity(
            sensitive=document["sensitive"],
            lowest=document["lowest"],
            highest=document["highest"],
            runs=tuple(runs),
            words=words,
        )

    # Peers

    def _resolve(self, measure: str) -> standing.Resolution:
        """Return the cohort for one measure: that of the whole wherever it publishes this one.

        So a reader stays in one cohort and leaves it only for a figure it does not have.
        """
        assert self.release is not None
        if measure not in self.resolutions:
            main = self.resolutions.get(self.main_measure)
            if main and main.used and self._published(main.used, measure):
                self.resolutions[measure] = main
            else:
                self.resolutions[measure] = standing.resolve(
                    self.release.document,
                    respondent_type=self.result["cohort_type"],
                    region=slugify(self.subject.region) or None,
                    measure=measure,
                )
        return self.resolutions[measure]

    def _published(self, cohort: str, measure: str) -> Document | None:
        row = self.observations.get((cohort, measure))
        return row if row and row["median"] is not None else None

    def _peers(self, measure: str, score: float | None) -> Peers | None:
        if self.release is None:
            return None
        cohort = self._resolve(measure).used
        row = self._published(cohort, measure) if cohort else None
        if cohort is None or row is None:
            return None
        place, gap = standing.standing(score, row), standing.gap(score, row)
        return Peers(
            cohort=cohort,
            n=n_words(row["n_band"], row["n"]),
            q1=row["q1"],
            median=row["median"],
            q3=row["q3"],
            half_width=row["half_width"],
            standing="" if place is None else standing_words(place),
            near_edge=place is not None and place.near_edge,
            gap=gap.points if gap else None,
            gap_is_uncertain=bool(gap and gap.is_uncertain),
        )

    def _peers_at(self, capability: str, level: int) -> str:
        """Say how many peers stand at a level or above, where counts by level are published."""
        cohort = self._resolve(capability).used if self.release else None
        row = self._published(cohort, capability) if cohort else None
        if row is None or not row["levels"]:
            return ""
        return _("{count} of about {of} peers are at level {level} or more in {capability}").format(
            count=sum(row["levels"][level:]),
            of=sum(row["levels"]),
            level=level,
            capability=capability,
        )

    def _comparison(self) -> Comparison | None:
        if self.release is None:
            return None
        document = self.release.document
        main = self._resolve(self.main_measure)
        cohorts = {cohort["id"]: cohort for cohort in document["cohorts"]}
        others: dict[str, list[str]] = {}
        for measure, resolution in self.resolutions.items():
            if resolution.used not in (None, main.used):
                others.setdefault(resolution.used or "", []).append(measure)
        return Comparison(
            release=self.release.code,
            sha256=self.release.sha256,
            is_demonstration=self.release.is_demonstration,
            wave=document["wave"],
            closed_date=document["closed_date"],
            published_date=document["published_date"],
            asked=cohort_label(main.asked),
            cohort=main.used or "",
            used=cohort_label(main.used) if main.used else "",
            used_n=n_words(cohorts[main.used]["n_band"], cohorts[main.used]["n"])
            if main.used
            else "",
            reason=self._why(main),
            steps=tuple(
                CohortStep(cohort=cohort_label(step.cohort), outcome=str(OUTCOMES[step.outcome]))
                for step in main.steps
            ),
            others=tuple((cohort_label(cohort), tuple(codes)) for cohort, codes in others.items()),
            rules=tuple((rule["rule"], rule["text"]) for rule in document["rules"]),
            levels=self._levels(main.used),
            before=self.before.code if self.before else "",
            before_wave=self.before.document["wave"] if self.before else "",
            changes=self._changes(main.used),
        )

    def _levels(self, cohort: str | None) -> tuple[int, ...]:
        row = self._published(cohort, self.main_measure) if cohort else None
        return tuple(row["levels"] or ()) if row else ()

    def _changes(self, cohort: str | None) -> tuple[ChangeRow, ...]:
        """Return how the medians of the cohort changed since the wave before."""
        if self.release is None or self.before is None or cohort is None:
            return ()
        titles = {"index": _("Overall index")} if self.main_measure == "index" else {}
        titles |= {dimension.code: dimension.title for dimension in self.scope}
        found = standing.changes(self.before.document, self.release.document, cohort=cohort)
        return tuple(
            ChangeRow(**change_in_words(each, label=titles[each.measure]))
            for each in found
            if each.measure in titles
        )

    def _why(self, resolution: standing.Resolution) -> str:
        return {
            "exact": _("It is the group asked for."),
            "pooled": _(
                "The group asked for is too small to be published alone and is published together "
                "with its neighbours."
            ),
            "fallback": _(
                "Nothing is published for the group asked for, so the next wider group in a fixed "
                "order is used: type and region, type, family, all."
            ),
            "none": _("No group that fits is published in this release."),
        }[resolution.reason]


def standing_words(place: standing.Standing) -> str:
    """Return a place among peers in words, as coarse as the place itself."""
    match place.of:
        case 3:
            words = (
                _("below the middle half"),
                _("in the middle half"),
                _("above the middle half"),
            )[place.position - 1]
        case 4:
            words = (
                _("lowest quarter"),
                _("second quarter"),
                _("third quarter"),
                _("highest quarter"),
            )[place.position - 1]
        case _other:
            words = _("tenth {position} of 10").format(position=place.position)
    return _("{place}, near its edge").format(place=words) if place.near_edge else words


def _run(name: str, what: str, run: Document, base: int) -> Run:
    return Run(
        name=name,
        what=what,
        index=run["index"],
        shown=shown(run["index"]),
        band=run["band"],
        is_other_band=run["band"] not in (None, base),
    )


def _overall_how(why: Document, order: Sequence[str]) -> str:
    if why["index"] is None:
        return _("There is no index, because not all five dimensions are rated.")
    return _("Shifted geometric mean of {scores} = {score}").format(
        scores=_listed(why["dimensions"], order),
        score=shown(why["index"]),
    )


def _dimension_how(why: Document, order: Sequence[str]) -> str:
    if why["score"] is None:
        return _(
            "Not rated: {rated} of {of} capabilities are rated and {needed} are needed."
        ).format(rated=len(why["capabilities"]), of=why["in_scope"], needed=why["needed"])
    return _("Mean of {scores} = {score}").format(
        scores=_listed(why["capabilities"], order),
        score=shown(Fraction(why["score"])),
    )


def _listed(scores: Mapping[str, str], order: Sequence[str]) -> str:
    """Return scores by code, in the instrument's order, which a stored document has not kept."""
    return ", ".join(f"{code} {shown(Fraction(scores[code]))}" for code in order if code in scores)


def _capability_how(why: Document, order: Sequence[str]) -> str:
    if why["score"] is None:
        return _(
            "Not rated: at least two practices, with half the weight of those asked, must be rated."
        )
    terms = " + ".join(f"{row['weight']}×{row['value']}" for row in why["items"])
    return f"({terms}) ÷ {why['weight']} = {shown(Fraction(why['score']))}"


_HOW: Final = {
    "overall": _overall_how,
    "dimensions": _dimension_how,
    "capabilities": _capability_how,
}
