"""Words for the codes of a result, in the reader's language.

A result document holds codes and numbers; every sentence about it is composed here from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Final, cast

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.core.instrument import Dimension, Instrument
from assessments.core.result import (
    CapabilityTrace,
    DimensionTrace,
    GateReason,
    GateState,
    LevelTrace,
    OverallTrace,
    PrerequisiteWarning,
    ResultDocument,
    ReviewWarning,
    UnitKind,
    ViewName,
)
from assessments.core.scale import Scale
from assessments.disclosure import peers as disclosed
from assessments.questionnaires.method import alternatives, listed
from assessments.reports.numbers import shown

VIEWS: Final[tuple[ViewName, ...]] = ("declared", "supported", "verified")
# What may limit a level, in the order in which it is listed.
LIMITS: Final = ("band", "gate", "weakest", "ceiling")


# How figures came about


def codes_of(scope: Sequence[Dimension]) -> list[str]:
    """Return the codes of dimensions and capabilities in the instrument's order.

    A stored document has its keys sorted; the functions here take the `order` from outside.
    """
    return [
        code
        for dimension in scope
        for code in (dimension.code, *(unit.code for unit in dimension.capabilities))
    ]


def how_overall(trace: OverallTrace, order: Sequence[str]) -> str:
    if trace["index"] is None:
        return _("There is no index, because not all dimensions are rated.")
    return _("Shifted geometric mean of {scores} = {score}").format(
        scores=_listed(trace["dimensions"], order),
        score=shown(trace["index"]),
    )


def how_dimension(trace: DimensionTrace, order: Sequence[str]) -> str:
    if trace["score"] is None:
        return _(
            "Not rated: {rated} of {of} capabilities are rated and {needed} are needed."
        ).format(rated=len(trace["capabilities"]), of=trace["in_scope"], needed=trace["needed"])
    return _("Mean of {scores} = {score}").format(
        scores=_listed(trace["capabilities"], order),
        score=shown(Fraction(trace["score"])),
    )


def how_capability(trace: CapabilityTrace, scale: Scale) -> str:
    if trace["score"] is None:
        return _(
            "Not rated: at least {items} practices, with {share} % of the weight of those asked, "
            "must be rated."
        ).format(items=scale.rated_items, share=scale.rated_weight_share)
    terms = " + ".join(f"{row['weight']}×{row['value']}" for row in trace["items"])
    return f"({terms}) ÷ {trace['weight']} = {shown(Fraction(trace['score']))}"


def _listed(scores: Mapping[str, str] | Mapping[str, str | None], order: Sequence[str]) -> str:
    return ", ".join(
        f"{code} {shown(Fraction(score))}" for code in order if (score := scores.get(code))
    )


# Levels and gates


def limit(
    rule: str, level: int, *, score: float | None, weakest: Sequence[str], instrument: Instrument
) -> str:
    """Return what one rule allows a level to be; `weakest` has the lowest dimensions."""
    name = instrument.levels[level].name
    match rule:
        case "band":
            return _("The score of {score} lies in the band of level {level}, {name}.").format(
                score=shown(score), level=level, name=name
            )
        case "gate":
            return _("The minimum standards allow level {level}, {name}, at most.").format(
                level=level, name=name
            )
        case "weakest":
            return _weakest(level, name, weakest, instrument.scale.weakest_plus)
        case _:
            return _("Declared answers reach level {level}, {name}, at most.").format(
                level=level, name=name
            )


def _weakest(level: int, name: str, codes: Sequence[str], plus: int) -> str:
    return ngettext(
        "The weakest dimension ({codes}) allows level {level}, {name}, at most: one more than its "
        "own.",
        "The weakest dimension ({codes}) allows level {level}, {name}, at most: {plus} more than "
        "its own.",
        plus,
    ).format(codes=", ".join(codes), level=level, name=name, plus=plus)


def gate_name(gate: str) -> str:
    return {"failed": _("failed"), "partial": _("partly met"), "met": _("met")}[gate]


def gate_reason(gate: GateState, *, kind: UnitKind, view: ViewName, instrument: Instrument) -> str:
    """Return why a gate is as it is, and what would lift it."""
    # Documents stored before the shape had a name hold the sentence itself.
    reason = cast("GateReason | str", gate["reason"])
    if isinstance(reason, str):
        return reason
    match reason["code"]:
        case "none_rated":
            return _("No minimum standard is rated here, so none limits the level.")
        case "all_met":
            return _(
                "Every rated minimum standard is at {needed} or more, so none limits the level."
            ).format(needed=reason["needed"])
        case "held":
            return ngettext(
                "Minimum standard {items} is {rated}; until it reaches {needed}, the level of "
                "{unit} is at most {cap} ({name}).",
                "Minimum standards {items} are {rated}; until all reach {needed}, the level of "
                "{unit} is at most {cap} ({name}).",
                len(gate["items"]),
            ).format(
                items=listed(gate["items"]),
                rated=_rated(view, reason["ratings"]),
                needed=reason["needed"],
                unit=_unit(kind),
                cap=gate["cap"],
                name=instrument.levels[gate["cap"]].name,
            )


def _rated(view: ViewName, ratings: Sequence[int]) -> str:
    words = {
        "declared": _("rated {ratings}"),
        "supported": _("supported at {ratings} only"),
        "verified": _("rated {ratings} after the review"),
    }[view]
    return words.format(ratings=alternatives(ratings))


def _unit(kind: UnitKind) -> str:
    return {
        "capability": _("this capability"),
        "dimension": _("this dimension"),
        "overall": _("the whole"),
    }[kind]


def warning(each: PrerequisiteWarning | ReviewWarning) -> str:
    if each["kind"] == "prerequisite":
        return _(
            "{item} is rated {rating} while {prerequisite}, which it depends on, is rated {low}."
        ).format(
            item=each["item"],
            rating=each["rating"],
            prerequisite=each["prerequisite"],
            low=each["prerequisite_rating"],
        )
    return ngettext(
        "There is no verified view: the review leaves out {number} minimum standard, {first}.",
        "There is no verified view: the review leaves out {number} minimum standards, {first} "
        "first.",
        len(each["items"]),
    ).format(number=len(each["items"]), first=each["items"][0])


def confidence_band(band: str | None) -> str:
    return {
        "high": _("High"),
        "medium": _("Medium"),
        "low": _("Low"),
        None: _("Not rated"),
    }[band]


# The plan


def plan_reason(reason: str) -> str:
    return {
        "failed": _("Minimum standard failed"),
        "partial": _("Minimum standard partly met"),
        "prerequisite": _("Holds back a practice that depends on it"),
        "gain": _("Raises the index"),
    }[reason]


# Sensitivity


def runs(scale: Scale) -> dict[str, str]:
    """Return what is different in each run of the sensitivity analysis that changes the method."""
    equal, heavier = scale.sensitivity_weights
    return {
        "S1": _("Levels valued {values} instead of {instead}").format(
            values=listed(scale.sensitivity_values), instead=listed(scale.values)
        ),
        "S2": _weights(equal),
        "S3": _weights(heavier),
        "S4": _("Plain mean of the dimensions, which forgives imbalance"),
    }


def _weights(weights: Mapping[str, int]) -> str:
    times = Fraction(weights["M"], weights["A"])
    if times == 1:
        return _("Minimum standards weigh as much as other practices")
    if times == 3:
        return _("Minimum standards weigh three times as much")
    return _("Minimum standards weigh {times} times as much").format(times=times)


def sensitivity(is_sensitive: bool) -> str:
    if is_sensitive:
        return _(
            "The band changes in at least one of the runs S1 to S4. Read the level as one that "
            "another, equally fair, choice of method could move."
        )
    return _(
        "The band is the same in every run S1 to S4, so the level does not hang on these "
        "choices of method."
    )


# Peers


def place(place: disclosed.Place) -> str:
    """Return a place among peers, as coarse as the place itself."""
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


def cohort_choice(reason: str) -> str:
    """Return why a cohort was chosen."""
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
    }[reason]


# The whole result


def sentences(document: ResultDocument, instrument: Instrument) -> Iterator[str]:
    """Yield what a result says, a sentence a line, each after the code of what it is about."""
    scope = instrument.scope(
        document["respondent_type"], document["operates_registry"], document["modules"]
    )
    order = codes_of(scope)
    for name in VIEWS:
        figures, gates, trace = (
            document["views"][name],
            document["gates"][name],
            document["trace"][name],
        )
        if figures is None or gates is None or trace is None:
            continue
        yield f"{name}: {how_overall(trace['overall'], order)}"
        for rule, level in _limits_of(trace["overall"]):
            yield f"{name}: " + limit(
                rule,
                level,
                score=figures["index"],
                weakest=trace["overall"]["weakest"],
                instrument=instrument,
            )
        reason = partial(gate_reason, view=name, instrument=instrument)
        yield f"{name}: {reason(gates['overall'], kind='overall')}"
        for dimension in scope:
            code = dimension.code
            yield f"{name} {code}: {how_dimension(trace['dimensions'][code], order)}"
            yield f"{name} {code}: {reason(gates['dimensions'][code], kind='dimension')}"
            for unit in dimension.capabilities:
                how = how_capability(trace["capabilities"][unit.code], instrument.scale)
                yield f"{name} {unit.code}: {how}"
                yield (
                    f"{name} {unit.code}: "
                    + reason(gates["capabilities"][unit.code], kind="capability")
                )
    yield from map(warning, document["warnings"])
    if document["sensitivity"]:
        yield sensitivity(document["sensitivity"]["sensitive"])
    for step in document["plan"]["priorities"] if document["plan"] else ():
        yield f"{step['item']}: {plan_reason(step['reason'])}"


def _limits_of(trace: LevelTrace) -> Iterator[tuple[str, int]]:
    return ((rule, trace["limits"][rule]) for rule in LIMITS if rule in trace["limits"])
