"""The result document: what scoring makes of responses, as codes and numbers.

It holds no sentence: what a reader is shown is composed from it elsewhere, in the reader's
language. The published schema is `schemas/result.schema.json`. `schema` names the shape of a
document, `engine` the arithmetic in it; one changes without the other. Documents stored before
there was a `schema` differ in that the reason of a gate is an English sentence, and that
warnings, runs and traces carry one too; they are never rewritten.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Generic, Literal, TypedDict, TypeVar

SCHEMA: Final = Path(__file__).resolve().parent / "schemas" / "result.schema.json"
SHAPE: Final = "cmi-result 1"

Part = TypeVar("Part")
Whole = TypeVar("Whole")
OfDimension = TypeVar("OfDimension")
OfCapability = TypeVar("OfCapability")
UnitKind = Literal["capability", "dimension", "overall"]
ViewName = Literal["declared", "supported", "verified"]


class ByView(TypedDict, Generic[Part]):
    """One part for each view; there is no verified view before a review is complete."""

    declared: Part
    supported: Part
    verified: Part | None


class ByUnit(TypedDict, Generic[Whole, OfDimension, OfCapability]):
    """Facts of the whole, and of each dimension and capability by code."""

    overall: Whole
    dimensions: dict[str, OfDimension]
    capabilities: dict[str, OfCapability]


class EditionRef(TypedDict):
    code: str
    version: str
    sha256: str


# Figures


class Met(TypedDict):
    """How many of the rated minimum standards are met."""

    met: int
    of: int


class CapabilityFigure(TypedDict):
    score: float | None
    level: int | None
    gate: str
    rated: bool


class DimensionFigure(CapabilityFigure):
    low_coverage: bool


class Figures(TypedDict):
    """The figures of one view. `index` and `level` are None where not all dimensions are rated."""

    index: float | None
    level: int | None
    gate: str
    balance_gap: float | None
    minimum_standards: Met
    dimensions: dict[str, DimensionFigure]
    capabilities: dict[str, CapabilityFigure]


class Confidence(TypedDict):
    """Supported ratings as a share of the claimed ones; None where nothing is claimed."""

    value: float | None
    band: Literal["high", "medium", "low"] | None
    dimensions: dict[str, float | None]


class Coverage(TypedDict):
    """How much of the weight shown in one dimension is answered, and how."""

    shown_weight: int
    rated_weight: int
    rated_items: int
    not_applicable_weight: int
    not_applicable_share: float
    dont_know_weight: int
    dont_know_share: float
    low_coverage: bool
    many_dont_know: bool
    thin: bool


# Gates and warnings


class GateReason(TypedDict):
    """Why a gate is as it is.

    `held`: the items of the gate, rated `ratings`, hold the level until all reach `needed`;
    `all_met`: every rated minimum standard is at `needed` or more; `none_rated`: there is none.
    """

    code: Literal["held", "all_met", "none_rated"]
    ratings: list[int]
    needed: int | None


class GateState(TypedDict):
    gate: str
    cap: int
    lowest: int | None
    items: list[str]
    met: int
    of: int
    reason: GateReason


Gates = ByUnit[GateState, GateState, GateState]


class PrerequisiteWarning(TypedDict):
    """A claim that stands on a prerequisite rated too low to carry it."""

    kind: Literal["prerequisite"]
    item: str
    rating: int
    prerequisite: str
    prerequisite_rating: int


class ReviewWarning(TypedDict):
    """A review that leaves out minimum standards, so that there is no verified view."""

    kind: Literal["review"]
    items: list[str]


Warnings = list[PrerequisiteWarning | ReviewWarning]


# Sensitivity and plan


class BaseRun(TypedDict):
    index: float
    band: int


class Change(TypedDict, total=False):
    """What a run changes: the value of each rating, the weight by tier, or the kind of mean."""

    values: list[int]
    weights: dict[str, int]
    mean: Literal["arithmetic"]


class MethodRun(TypedDict):
    change: Change
    index: float | None
    band: int | None


class WithoutRun(BaseRun):
    without: str


class WithoutRuns(TypedDict):
    """The index without each capability in turn; runs without an index are left out."""

    lowest: WithoutRun | None
    highest: WithoutRun | None
    runs: list[WithoutRun]


class Sensitivity(TypedDict):
    base: BaseRun
    S1: MethodRun
    S2: MethodRun
    S3: MethodRun
    S4: MethodRun
    S5: WithoutRuns
    lowest: float
    highest: float
    sensitive: bool


PlanReason = Literal["failed", "partial", "prerequisite", "gain"]
PlanStep = TypedDict(
    "PlanStep",
    {
        "item": str,
        "reason": PlanReason,
        "from": int,
        "to": int,
        "effort": int,
        "effort_per_level": int,
        "gain": float | None,
        "recommendations": list[str],
    },
)


class Plan(TypedDict):
    priorities: list[PlanStep]


# The trace; exact fractions are text


class LevelTrace(TypedDict):
    limits: dict[str, int]
    cap: int
    level: int | None
    held_by: list[str]


class RatingSource(TypedDict, total=False):
    """Where a rating comes from, beside the claim itself."""

    source: Literal["review", "evidence"]
    claimed: int
    evidence: int
    ceiling: int
    dont_know: bool


class RatedItem(RatingSource):
    """One rated item with what it adds to its capability."""

    item: str
    rating: int
    value: int
    weight: int
    product: int


class LeftOut(TypedDict):
    item: str
    why: Literal["not_applicable", "unanswered"]


class CapabilityTrace(LevelTrace):
    formula: Literal["weighted_mean"]
    items: list[RatedItem]
    left_out: list[LeftOut]
    sum: str
    weight: str
    shown_weight: str
    score: str | None


class DimensionTrace(LevelTrace):
    formula: Literal["mean"]
    capabilities: dict[str, str]
    left_out: list[str]
    in_scope: int
    needed: int
    sum: str
    score: str | None


class OverallTrace(LevelTrace):
    formula: Literal["shifted_geometric_mean"]
    dimensions: dict[str, str | None]
    arithmetic_mean: str | None
    index: float | None
    weakest: list[str]


Trace = ByUnit[OverallTrace, DimensionTrace, CapabilityTrace]


class ResultDocument(TypedDict):
    """Everything there is to say of one set of responses.

    `sensitivity` and `plan` are None where they were not asked for, or without an index.
    """

    engine: str
    schema: str
    instrument: EditionRef
    respondent_type: str
    cohort_type: str
    operates_registry: bool | None
    modules: list[str]
    views: ByView[Figures]
    confidence: Confidence
    unanswered: list[str]
    coverage: dict[str, Coverage]
    gates: ByView[Gates]
    warnings: Warnings
    sensitivity: Sensitivity | None
    plan: Plan | None
    trace: ByView[Trace]


def stored(text: str) -> ResultDocument:
    """Return a document from the text it is stored as; nothing is checked again."""
    document: ResultDocument = json.loads(text)
    return document
