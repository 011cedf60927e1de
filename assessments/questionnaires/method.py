"""The numbers of a method as pages and reports say them: each from the edition's scale.

What explains the method (the method page, the method part of a report, the notes beside figures)
takes its numbers and its worked examples from here, so that none of them differs from the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from assessments.core.engines import Engine, engine_of
from assessments.core.instrument import Instrument, Level
from assessments.core.scale import Number, Scale, mean, shifted_geometric_mean
from portal.web.charts import one_decimal

# Ratings of two minimum standards and three good practices, for the table of worked gates.
WORKED_TIERS: Final = "MMAAA"
WORKED_RATINGS: Final = ((3, 3, 0, 0, 0), (2, 4, 4, 4, 4), (1, 4, 4, 4, 4))
EXAMPLE_TIERS, EXAMPLE_RATINGS = "MMMA", (3, 3, 3, 1)
EVEN, ODD_ONE_OUT = 95, 35  # dimension scores that show what imbalance costs


@dataclass(frozen=True, slots=True, kw_only=True)
class BandFact:
    """A level with the score it begins at and the one it ends before; None at the top."""

    level: Level
    start: int
    end: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFact:
    """A gate with the ratings that lead to it and the highest levels it allows."""

    name: str
    ratings: str
    capability: int
    dimension: int
    overall: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedGate:
    """A capability worked by hand: how its gate may hold its level below its band."""

    ratings: str
    score: str
    gate: str
    level: int
    band: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedIndex:
    """Dimension scores of which one is low, with their plain mean and their index."""

    scores: str
    arithmetic: str
    index: str


@dataclass(frozen=True, slots=True)
class Method:
    """The method of one edition, in the numbers that explain it."""

    instrument: Instrument

    @property
    def scale(self) -> Scale:
        return self.instrument.scale

    @property
    def engine(self) -> Engine:
        return engine_of(self.instrument)

    # Ratings, points and bands

    @property
    def top(self) -> int:
        return self.scale.top

    @property
    def ratings(self) -> str:
        return alternatives(range(self.scale.top + 1))

    @property
    def points(self) -> str:
        return listed(self.scale.values)

    @property
    def points_or(self) -> str:
        return alternatives(self.scale.values)

    @property
    def keeps_levels(self) -> bool:
        """Whether answers rated alike reach that very level, so that both mean the same."""
        bands = [self.scale.band(Fraction(value)) for value in self.scale.values]
        return bands == list(range(self.scale.top + 1))

    @property
    def limits(self) -> str:
        """The scores at which the bands above the lowest begin."""
        return listed(self.scale.bands[1:])

    @property
    def limit_levels(self) -> str:
        return listed(range(1, len(self.scale.bands)))

    @property
    def bands(self) -> list[BandFact]:
        starts = self.scale.bands
        return [
            BandFact(level=level, start=start, end=end)
            for level, start, end in zip(
                self.instrument.levels, starts, (*starts[1:], None), strict=True
            )
        ]

    # Weights

    @property
    def minimum_weight(self) -> int:
        return self.scale.weights["M"]

    @property
    def other_weight(self) -> int:
        return self.scale.weights["A"]

    @property
    def other_points(self) -> str:
        """Points of ratings in the first sensitivity run."""
        return listed(self.scale.sensitivity_values)

    @property
    def other_weights(self) -> str:
        """Weights of minimum standards against others in the two runs that change them."""
        return alternatives(
            f"{weights['M']}:{weights['A']}" for weights in self.scale.sensitivity_weights
        )

    # Gates

    @property
    def gates(self) -> list[GateFact]:
        facts, least = [], 0
        for gate in self.scale.gates:
            facts.append(
                GateFact(
                    name=gate.name,
                    ratings=alternatives(range(least, gate.up_to + 1)),
                    capability=gate.caps["capability"],
                    dimension=gate.caps["dimension"],
                    overall=gate.caps["overall"],
                )
            )
            least = gate.up_to + 1
        return facts

    @property
    def limiting_gates(self) -> list[GateFact]:
        """The gates that hold a level down."""
        return self.gates[:-1]

    # Prerequisites and the plan

    @property
    def claims(self) -> str:
        """The ratings that stand on prerequisites."""
        return alternatives(range(self.claims_from, self.scale.top + 1))

    @property
    def claims_from(self) -> int:
        return self.engine.prerequisites.claims_from

    @property
    def too_low(self) -> str:
        """The ratings at which a prerequisite carries no claim."""
        return alternatives(range(self.engine.prerequisites.carries_from))

    @property
    def target(self) -> int:
        """The level a plan raises practices to."""
        return self.engine.plan_target

    # Worked examples

    @property
    def example(self) -> str:
        """The score of three minimum standards and one good practice, term by term."""
        weights = [self.scale.weights[tier] for tier in EXAMPLE_TIERS]
        values = [self.scale.values[rating] for rating in EXAMPLE_RATINGS]
        terms = " + ".join(f"{w} × {v}" for w, v in zip(weights, values, strict=True))
        total = sum(w * v for w, v in zip(weights, values, strict=True))
        score = Fraction(total, sum(weights))
        return f"({terms}) ÷ {sum(weights)} = {total} ÷ {sum(weights)} = {_shown(score)}"

    @property
    def example_ratings(self) -> tuple[int, int]:
        """The rating of its minimum standards and that of the good practice."""
        return EXAMPLE_RATINGS[0], EXAMPLE_RATINGS[-1]

    @property
    def worked_gates(self) -> list[WorkedGate]:
        return [_worked_gate(self.scale, ratings) for ratings in WORKED_RATINGS]

    @property
    def worked_index(self) -> WorkedIndex:
        scores = [EVEN] * (len(self.instrument.dimensions) - 1) + [ODD_ONE_OUT]
        exact = [Fraction(score) for score in scores]
        return WorkedIndex(
            scores=listed(scores),
            arithmetic=_shown(mean(exact)),
            index=_shown(shifted_geometric_mean(exact)),
        )

    @property
    def confidence_example(self) -> tuple[int, str, str, str]:
        """A rating claimed everywhere with the lowest grade that names something: its confidence.

        The rating, the grade's code, the confidence in per cent, and its band.
        """
        claimed, grade = self.scale.declared_ceiling, self.instrument.evidence_grades[1]
        confidence = Fraction(min(claimed, grade.ceiling), claimed)
        band = self.scale.confidence_band(confidence)
        words = {"high": _("high"), "medium": _("medium"), "low": _("low")}[band]
        return claimed, grade.code, _shown(100 * confidence), words


def _worked_gate(scale: Scale, ratings: Sequence[int]) -> WorkedGate:
    weights = [scale.weights[tier] for tier in WORKED_TIERS]
    total = sum(w * scale.values[r] for w, r in zip(weights, ratings, strict=True))
    score = Fraction(total, sum(weights))
    minimum = [r for tier, r in zip(WORKED_TIERS, ratings, strict=True) if tier == "M"]
    gate, band = scale.gate(min(minimum)), scale.band(score)
    return WorkedGate(
        ratings=", ".join(f"{tier} {r}" for tier, r in zip(WORKED_TIERS, ratings, strict=True)),
        score=_shown(score),
        gate=gate.name,
        level=min(band, gate.caps["capability"]),
        band=band,
    )


def listed(words: Sequence[object]) -> str:
    """Return `0, 25, 50, 75 and 100`."""
    *first, last = map(str, words)
    return _("{first} and {last}").format(first=", ".join(first), last=last) if first else last


def alternatives(words: Iterable[object]) -> str:
    """Return `0, 1 or 2`."""
    *first, last = map(str, words)
    return _("{first} or {last}").format(first=", ".join(first), last=last) if first else last


def _shown(score: Number) -> str:
    return one_decimal(float(score)) or ""
