"""Words for the codes of a result, in the reader's language.

A result document holds codes and numbers; every sentence about it is composed here from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.core.instrument import Instrument
from assessments.core.scale import Scale
from assessments.disclosure import peers as disclosed
from assessments.reports.numbers import shown

Document = Mapping[str, Any]
# What may limit a level, in the order in which it is listed.
LIMITS: Final = ("band", "gate", "weakest", "ceiling")


# How figures came about


def how(kind: str, trace: Document, order: Sequence[str], scale: Scale) -> str:
    """Return how a score came about; `kind` is overall, dimensions or capabilities.

    `order` has the codes in the instrument's order, which a stored document has not kept.
    """
    match kind:
        case "overall":
            return _how_overall(trace, order)
        case "dimensions":
            return _how_dimension(trace, order)
        case _:
            return _how_capability(trace, scale)


def _how_overall(trace: Document, order: Sequence[str]) -> str:
    if trace["index"] is None:
        return _("There is no index, because not all five dimensions are rated.")
    return _("Shifted geometric mean of {scores} = {score}").format(
        scores=_listed(trace["dimensions"], order),
        score=shown(trace["index"]),
    )


def _how_dimension(trace: Document, order: Sequence[str]) -> str:
    if trace["score"] is None:
        return _(
            "Not rated: {rated} of {of} capabilities are rated and {needed} are needed."
        ).format(rated=len(trace["capabilities"]), of=trace["in_scope"], needed=trace["needed"])
    return _("Mean of {scores} = {score}").format(
        scores=_listed(trace["capabilities"], order),
        score=shown(Fraction(trace["score"])),
    )


def _how_capability(trace: Document, scale: Scale) -> str:
    if trace["score"] is None:
        return _(
            "Not rated: at least {items} practices, with {share} % of the weight of those asked, "
            "must be rated."
        ).format(items=scale.rated_items, share=scale.rated_weight_share)
    terms = " + ".join(f"{row['weight']}×{row['value']}" for row in trace["items"])
    return f"({terms}) ÷ {trace['weight']} = {shown(Fraction(trace['score']))}"


def _listed(scores: Mapping[str, str], order: Sequence[str]) -> str:
    return ", ".join(f"{code} {shown(Fraction(scores[code]))}" for code in order if code in scores)


# Levels and gates


def limit(
    rule: str, level: int, *, score: float | None, trace: Document, instrument: Instrument
) -> str:
    """Return what one rule allows a level to be."""
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
            return _weakest(level, name, trace["weakest"], instrument.scale.weakest_plus)
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


def listed(words: Sequence[object]) -> str:
    """Return `0, 25, 50, 75 and 100`."""
    *first, last = map(str, words)
    return _("{first} and {last}").format(first=", ".join(first), last=last) if first else last


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


def place(place: disclosed.Standing) -> str:
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
