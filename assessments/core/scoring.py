"""Scoring: responses to one instrument in, the result document out (`cmi-score 1.0`).

Three views of the same answers are scored by the same formulas: declared (as claimed),
supported (as far as the evidence carries) and verified (an assessor's rating where there is
one). Capabilities are weighted means, dimensions plain means of capabilities, the index a
shifted geometric mean of dimensions; a level is the lowest of the limits that apply to it. The
arithmetic is exact up to the index, and nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from assessments.core import planning
from assessments.core.answers import Answer, InvalidResponses, Responses, edition_asked, load, parse
from assessments.core.instrument import Capability, Dimension, Instrument, Item
from assessments.core.loading import read, shipped
from assessments.core.scale import Gate, Number, Scale, mean, shifted_geometric_mean

# A practice rated at 3 or more is not credible while a prerequisite is below 2.
CREDIBLE_FROM, PREREQUISITE_FROM = 3, 2

# Answered items of one view; None where not applicable, missing where unanswered.
Ratings = Mapping[str, int | None]


def score(
    instrument: Instrument, responses: Responses, *, with_outlook: bool = True
) -> dict[str, Any]:
    """Return the result document.

    `with_outlook=False` leaves out what looks beyond the answers as given: the sensitivity runs
    and the plan are null then. A live result does not need them at every answer.
    """
    scale = instrument.scale
    scope = instrument.scope(
        responses.respondent_type, responses.operates_registry, responses.modules
    )
    items = [item for dimension in scope for item in dimension.items]
    complete = len(scope) == len(instrument.dimensions)
    ratings = _ratings(items, responses, scale)
    views = {
        name: None if given is None else _evaluate(name, scope, given, scale, complete=complete)
        for name, given in ratings.items()
    }
    declared = views["declared"]
    assert declared is not None
    prerequisites = _prerequisite_warnings(items, declared.ratings)
    kind = instrument.respondent_types[responses.respondent_type]
    return {
        "engine": scale.engine,
        "instrument": {
            "code": instrument.code,
            "version": instrument.version,
            "sha256": instrument.sha256,
        },
        "respondent_type": responses.respondent_type,
        "cohort_type": kind.cohort_code(responses.operates_registry),
        "operates_registry": responses.operates_registry,
        "modules": [dimension.code for dimension in scope],
        "views": _each(views, lambda view: _figures(view, scale)),
        "confidence": _confidence(scope, ratings, scale),
        "unanswered": [item.code for item in items if item.code not in responses.answers],
        "coverage": {
            dimension.code: _coverage(dimension, responses.answers, scale) for dimension in scope
        },
        "gates": _each(views, lambda view: _gates(view, instrument)),
        "warnings": prerequisites + _review_warnings(items, responses),
        "sensitivity": _sensitivity(declared, scale) if with_outlook else None,
        "plan": _plan(declared, items, prerequisites, scale) if with_outlook else None,
        "trace": _each(views, lambda view: _trace(view, responses, scale)),
    }


def score_file(content: bytes) -> dict[str, Any]:
    """Return the result document of a response file, under the shipped edition it asks for.

    A file that names no edition is scored under the newest.
    """
    document = load(content)
    asked = edition_asked(document)
    editions = shipped()
    fitting = [
        directory
        for edition, directory in editions.items()
        if all(wanted in (None, has) for wanted, has in zip(asked, edition, strict=True))
    ]
    if not fitting:
        known = ", ".join(f"{code} {version}" for code, version in editions)
        raise InvalidResponses(
            f"the edition asked for by 'instrument' and 'version' is unknown; use {known}."
        )
    instrument = read(fitting[-1])
    return score(instrument, parse(document, instrument))


# Views


def _ratings(
    items: Sequence[Item], responses: Responses, scale: Scale
) -> dict[str, Ratings | None]:
    answers, review = responses.answers, responses.review
    declared = {item.code: answers[item.code].rating for item in items if item.code in answers}
    supported = {
        code: None if rating is None else _supported(answers[code], scale)
        for code, rating in declared.items()
    }
    verified = None
    if review and not _not_reviewed(items, responses):
        reviewed = {code: answer.rating for code, answer in review.items()}
        verified = supported | reviewed
    return {"declared": declared, "supported": supported, "verified": verified}


def _supported(answer: Answer, scale: Scale) -> int:
    assert answer.rating is not None
    return min(answer.rating, scale.evidence_ceilings[answer.evidence])


def _not_reviewed(items: Iterable[Item], responses: Responses) -> list[str]:
    return [
        item.code
        for item in items
        if item.is_minimum_standard and item.code not in responses.review
    ]


# Units: capabilities, dimensions and the whole, in one view


@dataclass(slots=True, kw_only=True)
class _Unit:
    score: Number | None  # None: not rated
    minimum: list[tuple[str, int]]  # its rated minimum standards
    gate: Gate
    cap: int
    limits: dict[str, int]  # what the level may be, by rule; empty where not rated
    level: int | None

    @property
    def held_by(self) -> list[str]:
        """Return the rules whose limit is the level: lifting it takes lifting all of them."""
        return [rule for rule, limit in self.limits.items() if limit == self.level]


@dataclass(slots=True, kw_only=True)
class _CapabilityUnit(_Unit):
    capability: Capability
    total: int
    weight: int
    shown_weight: int


@dataclass(slots=True, kw_only=True)
class _DimensionUnit(_Unit):
    dimension: Dimension
    capabilities: list[_CapabilityUnit]
    low_coverage: bool

    @property
    def rated(self) -> list[_CapabilityUnit]:
        return [unit for unit in self.capabilities if unit.score is not None]


@dataclass(slots=True, kw_only=True)
class _View:
    name: str
    ratings: Ratings
    dimensions: list[_DimensionUnit]
    overall: _Unit
    arithmetic_mean: Fraction | None


def _evaluate(
    name: str, scope: Sequence[Dimension], ratings: Ratings, scale: Scale, *, complete: bool
) -> _View:
    ceiling = {"ceiling": scale.declared_ceiling} if name == "declared" else {}
    dimensions = [_dimension(dimension, ratings, scale, ceiling) for dimension in scope]
    minimum = [each for unit in dimensions for each in unit.minimum]
    scores = [unit.score for unit in dimensions if isinstance(unit.score, Fraction)]
    index = arithmetic = None
    limits: dict[str, int] = {}
    if complete and len(scores) == len(dimensions):
        index, arithmetic = shifted_geometric_mean(scores), mean(scores)
        weakest = min(unit.level for unit in dimensions if unit.level is not None)
        limits = {"weakest": weakest + scale.weakest_plus, **ceiling}
    return _View(
        name=name,
        ratings=ratings,
        dimensions=dimensions,
        overall=_Unit(**_levelled("overall", index, minimum, limits, scale)),
        arithmetic_mean=arithmetic,
    )


def _dimension(
    dimension: Dimension, ratings: Ratings, scale: Scale, ceiling: Mapping[str, int]
) -> _DimensionUnit:
    units = [_capability(capability, ratings, scale) for capability in dimension.capabilities]
    scores = [unit.score for unit in units if isinstance(unit.score, Fraction)]
    minimum = [each for unit in units for each in unit.minimum]
    return _DimensionUnit(
        dimension=dimension,
        capabilities=units,
        low_coverage=_has_low_coverage(dimension, ratings, scale),
        **_levelled("dimension", _mean_of(scores, len(units), scale), minimum, ceiling, scale),
    )


def _capability(capability: Capability, ratings: Ratings, scale: Scale) -> _CapabilityUnit:
    total, weight, rated, shown = _sums(capability, ratings, scale)
    enough = scale.is_capability_rated(items=rated, weight=weight, shown_weight=shown)
    minimum = [
        (item.code, rating)
        for item in capability.items
        if item.is_minimum_standard and (rating := ratings.get(item.code)) is not None
    ]
    return _CapabilityUnit(
        capability=capability,
        total=total,
        weight=weight,
        shown_weight=shown,
        **_levelled("capability", Fraction(total, weight) if enough else None, minimum, {}, scale),
    )


def _sums(capability: Capability, ratings: Ratings, scale: Scale) -> tuple[int, int, int, int]:
    """Return the weighted sum, the rated weight, how many are rated, and the shown weight."""
    total = weight = rated = shown = 0
    for item in capability.items:
        item_weight = scale.weights[item.tier]
        shown += item_weight
        rating = ratings.get(item.code)
        if rating is not None:
            total += item_weight * scale.values[rating]
            weight += item_weight
            rated += 1
    return total, weight, rated, shown


def _mean_of(scores: Sequence[Fraction], in_scope: int, scale: Scale) -> Fraction | None:
    """Return a dimension's score from those of its rated capabilities, if they are enough."""
    return mean(scores) if len(scores) >= scale.capabilities_needed(in_scope) else None


def _levelled(
    kind: str,
    score: Number | None,
    minimum: list[tuple[str, int]],
    limits: Mapping[str, int],
    scale: Scale,
) -> dict[str, Any]:
    """Return the parts all units share. The gate of an unrated unit counts, its level does not."""
    gate = scale.gate(min((rating for _, rating in minimum), default=None))
    cap = gate.caps[kind]
    if score is None:
        return _parts(score, minimum, gate, cap, {}, None)
    all_limits = {"band": scale.band(score), "gate": cap, **limits}
    return _parts(score, minimum, gate, cap, all_limits, min(all_limits.values()))


def _parts(
    score: Number | None,
    minimum: list[tuple[str, int]],
    gate: Gate,
    cap: int,
    limits: dict[str, int],
    level: int | None,
) -> dict[str, Any]:
    return {
        "score": score,
        "minimum": minimum,
        "gate": gate,
        "cap": cap,
        "limits": limits,
        "level": level,
    }


def _has_low_coverage(dimension: Dimension, ratings: Ratings, scale: Scale) -> bool:
    left_out = shown = 0
    for item in dimension.items:
        weight = scale.weights[item.tier]
        shown += weight
        if item.code in ratings and ratings[item.code] is None:
            left_out += weight
    return left_out * 100 > scale.not_applicable_share * shown


# The figures of a view


def _each(
    views: Mapping[str, _View | None], part: Callable[[_View], dict[str, Any]]
) -> dict[str, dict[str, Any] | None]:
    return {name: None if view is None else part(view) for name, view in views.items()}


def _figures(view: _View, scale: Scale) -> dict[str, Any]:
    index, arithmetic = view.overall.score, view.arithmetic_mean
    return {
        "index": index,
        "level": view.overall.level,
        "gate": view.overall.gate.name,
        "balance_gap": None
        if index is None or arithmetic is None
        else float(arithmetic) - float(index),
        "minimum_standards": _met(view.overall, scale),
        "dimensions": {
            unit.dimension.code: {**_figure(unit), "low_coverage": unit.low_coverage}
            for unit in view.dimensions
        },
        "capabilities": {
            unit.capability.code: _figure(unit)
            for dimension in view.dimensions
            for unit in dimension.capabilities
        },
    }


def _figure(unit: _Unit) -> dict[str, Any]:
    return {
        "score": None if unit.score is None else float(unit.score),
        "level": unit.level,
        "gate": unit.gate.name,
        "rated": unit.score is not None,
    }


def _met(unit: _Unit, scale: Scale) -> dict[str, int]:
    """Return how many of the rated minimum standards are met."""
    met = sum(scale.gate(rating) is scale.gates[-1] for _, rating in unit.minimum)
    return {"met": met, "of": len(unit.minimum)}


# Confidence and coverage


def _confidence(
    scope: Sequence[Dimension], ratings: Mapping[str, Ratings | None], scale: Scale
) -> dict[str, Any]:
    declared, supported = ratings["declared"], ratings["supported"]
    assert declared is not None
    assert supported is not None
    sums = {dimension.code: [0, 0] for dimension in scope}
    for dimension in scope:
        for item in dimension.items:
            weight = scale.weights[item.tier]
            sums[dimension.code][0] += weight * (supported.get(item.code) or 0)
            sums[dimension.code][1] += weight * (declared.get(item.code) or 0)
    proven, claimed = (sum(pair[side] for pair in sums.values()) for side in (0, 1))
    overall = Fraction(proven, claimed) if claimed else None
    return {
        "value": None if overall is None else float(overall),
        "band": None if overall is None else scale.confidence_band(overall),
        "dimensions": {
            code: proven / claimed if claimed else None for code, (proven, claimed) in sums.items()
        },
    }


def _coverage(dimension: Dimension, answers: Mapping[str, Answer], scale: Scale) -> dict[str, Any]:
    shown = rated = left_out = unknown = count = 0
    for item in dimension.items:
        weight = scale.weights[item.tier]
        shown += weight
        answer = answers.get(item.code)
        if answer is None:
            continue
        if answer.rating is None:
            left_out += weight
            continue
        rated += weight
        count += 1
        if answer.dont_know:
            unknown += weight
    return {
        "shown_weight": shown,
        "rated_weight": rated,
        "rated_items": count,
        "not_applicable_weight": left_out,
        "not_applicable_share": left_out / shown,
        "dont_know_weight": unknown,
        "dont_know_share": unknown / shown,
        "low_coverage": left_out * 100 > scale.not_applicable_share * shown,
        "many_dont_know": unknown * 100 > scale.dont_know_share * shown,
        "thin": count < scale.thin_below,
    }


# Gates, with their reasons


_RATED = {
    "declared": "rated {ratings}",
    "supported": "supported at {ratings} only",
    "verified": "rated {ratings} after the review",
}
_NAMES = {"capability": "this capability", "dimension": "this dimension", "overall": "the whole"}


def _gates(view: _View, instrument: Instrument) -> dict[str, Any]:
    def gate(unit: _Unit, kind: str) -> dict[str, Any]:
        held = _held_back(unit)
        return {
            "gate": unit.gate.name,
            "cap": unit.cap,
            "lowest": min((rating for _, rating in unit.minimum), default=None),
            "items": [code for code, _ in held],
            **_met(unit, instrument.scale),
            "reason": _reason(unit, held, kind, view.name, instrument),
        }

    return {
        "overall": gate(view.overall, "overall"),
        "dimensions": {unit.dimension.code: gate(unit, "dimension") for unit in view.dimensions},
        "capabilities": {
            unit.capability.code: gate(unit, "capability")
            for dimension in view.dimensions
            for unit in dimension.capabilities
        },
    }


def _held_back(unit: _Unit) -> list[tuple[str, int]]:
    """Return the minimum standards that keep the gate from being better than it is."""
    if unit.gate.name == "met":
        return []
    return [(code, rating) for code, rating in unit.minimum if rating <= unit.gate.up_to]


def _reason(
    unit: _Unit, held: list[tuple[str, int]], kind: str, view: str, instrument: Instrument
) -> str:
    if not unit.minimum:
        return "No minimum standard is rated here, so none limits the level."
    if not held:
        needed = instrument.scale.gates[-2].up_to + 1
        return f"Every rated minimum standard is at {needed} or more, so none limits the level."
    ratings = " or ".join(str(rating) for rating in sorted({rating for _, rating in held}))
    rated = _RATED[view].format(ratings=ratings)
    name = instrument.levels[unit.cap].name
    several = len(held) > 1
    return (
        f"{'Minimum standards' if several else 'Minimum standard'} "
        f"{_and([code for code, _ in held])} {'are' if several else 'is'} {rated}; "
        f"until {'all reach' if several else 'it reaches'} {unit.gate.up_to + 1}, "
        f"the level of {_NAMES[kind]} is at most {unit.cap} ({name})."
    )


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# Warnings


def _prerequisite_warnings(items: Sequence[Item], ratings: Ratings) -> list[dict[str, Any]]:
    """Return the claims that stand on a prerequisite rated too low to carry them.

    A prerequisite that is not shown, not answered or not applicable is ignored.
    """
    warnings = []
    for item in items:
        rating = ratings.get(item.code)
        if rating is None or rating < CREDIBLE_FROM:
            continue
        for code in item.depends_on:
            lower = ratings.get(code)
            if lower is not None and lower < PREREQUISITE_FROM:
                warnings.append(
                    {
                        "kind": "prerequisite",
                        "item": item.code,
                        "rating": rating,
                        "prerequisite": code,
                        "prerequisite_rating": lower,
                        "message": f"{item.code} is rated {rating} while {code}, which it "
                        f"depends on, is rated {lower}.",
                    }
                )
    return warnings


def _review_warnings(items: Sequence[Item], responses: Responses) -> list[dict[str, Any]]:
    missing = _not_reviewed(items, responses) if responses.review else []
    if not missing:
        return []
    return [
        {
            "kind": "review",
            "items": missing,
            "message": "There is no verified view: the review leaves out "
            f"{len(missing)} minimum standards, {missing[0]} first.",
        }
    ]


# Sensitivity: the index of the declared view under other choices


def _sensitivity(view: _View, scale: Scale) -> dict[str, Any] | None:
    """Return the index under other values, weights and means, and without each capability.

    None without an index. A run that has no index itself is null and left out of the range.
    """
    base = view.overall.score
    if base is None:
        return None
    equal, triple = scale.sensitivity_weights
    runs = {
        "S1": (
            f"value map {', '.join(map(str, scale.sensitivity_values))}",
            _index(view, replace(scale, values=scale.sensitivity_values)),
        ),
        "S2": (_weights(equal), _index(view, replace(scale, weights=equal))),
        "S3": (_weights(triple), _index(view, replace(scale, weights=triple))),
        "S4": (
            "arithmetic mean of dimensions",
            None if view.arithmetic_mean is None else float(view.arithmetic_mean),
        ),
    }
    without: list[dict[str, Any]] = [
        {"without": code, "index": index, "band": scale.band(index)}
        for code, index in _leave_one_out(view, scale)
    ]
    band = scale.band(base)
    named = {
        name: {
            "what": what,
            "index": index,
            "band": None if index is None else scale.band(index),
        }
        for name, (what, index) in runs.items()
    }
    every: list[Number] = [base, *(index for _, index in runs.values() if index is not None)]
    every += [run["index"] for run in without]
    return {
        "base": {"index": base, "band": band},
        **named,
        "S5": {
            "what": "without one capability",
            "lowest": min(without, key=lambda run: run["index"], default=None),
            "highest": max(without, key=lambda run: run["index"], default=None),
            "runs": without,
        },
        "lowest": min(every),
        "highest": max(every),
        "sensitive": any(run["band"] not in (None, band) for run in named.values()),
    }


def _weights(weights: Mapping[str, int]) -> str:
    return f"weights {weights['M']} to {weights['A']}"


def _index(view: _View, scale: Scale) -> float | None:
    scores = []
    for unit in view.dimensions:
        inner = []
        for each in unit.capabilities:
            total, weight, rated, shown = _sums(each.capability, view.ratings, scale)
            if scale.is_capability_rated(items=rated, weight=weight, shown_weight=shown):
                inner.append(Fraction(total, weight))
        dimension = _mean_of(inner, len(unit.capabilities), scale)
        if dimension is None:
            return None
        scores.append(dimension)
    return shifted_geometric_mean(scores)


def _leave_one_out(view: _View, scale: Scale) -> Iterator[tuple[str, float]]:
    """Yield each capability in scope with the index without it, where there is one."""
    scores = [unit.score for unit in view.dimensions if isinstance(unit.score, Fraction)]
    for position, unit in enumerate(view.dimensions):
        rated = len(unit.rated)
        total = scores[position] * rated
        needed = scale.capabilities_needed(len(unit.capabilities) - 1)
        for left_out in unit.capabilities:
            score = left_out.score
            remaining = rated if score is None else rated - 1
            if remaining < needed:
                continue
            rest = total if score is None else total - Fraction(score)
            yield (
                left_out.capability.code,
                shifted_geometric_mean(
                    [*scores[:position], rest / remaining, *scores[position + 1 :]]
                ),
            )


# The plan


def _plan(
    view: _View, items: Sequence[Item], warnings: Sequence[Mapping[str, Any]], scale: Scale
) -> dict[str, Any]:
    return {
        "priorities": planning.priorities(
            items,
            {code: rating for code, rating in view.ratings.items() if rating is not None},
            gates={rating: scale.gate(rating).name for rating in range(scale.top + 1)},
            unmet={warning["prerequisite"] for warning in warnings},
            gains=_gains(view, scale),
            has_index=view.overall.score is not None,
        )
    }


def _gains(view: _View, scale: Scale) -> dict[str, Number]:
    """Return what the index gains when one item is raised to the plan's target.

    Without an index, what the dimension gains. An item whose capability or dimension is not
    rated gains nothing.
    """
    target, gains = scale.values[planning.TARGET], dict[str, Number]()
    base = view.overall.score
    scores = [unit.score for unit in view.dimensions]
    for position, unit in enumerate(view.dimensions):
        rated = len(unit.rated)
        for each in unit.capabilities:
            for item in each.capability.items:
                rating = view.ratings.get(item.code)
                if rating is None or rating >= planning.TARGET:
                    continue
                score = unit.score
                if score is None or each.score is None:
                    gains[item.code] = 0.0
                    continue
                rise = scale.weights[item.tier] * (target - scale.values[rating])
                step = Fraction(rise, each.weight * rated)
                if base is None:
                    gains[item.code] = step
                    continue
                raised: list[Any] = [*scores]
                raised[position] = Fraction(score) + step
                gains[item.code] = shifted_geometric_mean(raised) - float(base)
    return gains


# The trace: how each figure came about


def _trace(view: _View, responses: Responses, scale: Scale) -> dict[str, Any]:
    return {
        "overall": _overall_trace(view),
        "dimensions": {
            unit.dimension.code: _dimension_trace(unit, scale) for unit in view.dimensions
        },
        "capabilities": {
            unit.capability.code: _capability_trace(unit, view, responses, scale)
            for dimension in view.dimensions
            for unit in dimension.capabilities
        },
    }


def _overall_trace(view: _View) -> dict[str, Any]:
    levels = [unit.level for unit in view.dimensions if unit.level is not None]
    return {
        "formula": "exp(mean(ln(score + 1))) - 1 over dimensions",
        "dimensions": {
            unit.dimension.code: None if unit.score is None else str(unit.score)
            for unit in view.dimensions
        },
        "arithmetic_mean": None if view.arithmetic_mean is None else str(view.arithmetic_mean),
        "index": view.overall.score,
        "weakest": [
            unit.dimension.code
            for unit in view.dimensions
            if unit.level is not None and unit.level == min(levels)
        ],
        **_level_trace(view.overall),
    }


def _dimension_trace(unit: _DimensionUnit, scale: Scale) -> dict[str, Any]:
    scores = [each.score for each in unit.rated if isinstance(each.score, Fraction)]
    return {
        "formula": "mean over rated capabilities",
        "capabilities": {each.capability.code: str(each.score) for each in unit.rated},
        "left_out": [each.capability.code for each in unit.capabilities if each.score is None],
        "in_scope": len(unit.capabilities),
        "needed": scale.capabilities_needed(len(unit.capabilities)),
        "sum": str(sum(scores, Fraction(0))),
        "score": None if unit.score is None else str(unit.score),
        **_level_trace(unit),
    }


def _capability_trace(
    unit: _CapabilityUnit, view: _View, responses: Responses, scale: Scale
) -> dict[str, Any]:
    rated, left_out = [], []
    for item in unit.capability.items:
        rating = view.ratings.get(item.code)
        if rating is None:
            why = "not_applicable" if item.code in view.ratings else "unanswered"
            left_out.append({"item": item.code, "why": why})
            continue
        weight, value = scale.weights[item.tier], scale.values[rating]
        rated.append(
            {
                "item": item.code,
                "rating": rating,
                "value": value,
                "weight": weight,
                "product": weight * value,
                **_source(item.code, view.name, responses, scale),
            }
        )
    return {
        "formula": "sum of weight x value / sum of weights",
        "items": rated,
        "left_out": left_out,
        "sum": str(unit.total),
        "weight": str(unit.weight),
        "shown_weight": str(unit.shown_weight),
        "score": None if unit.score is None else str(unit.score),
        **_level_trace(unit),
    }


def _source(code: str, view: str, responses: Responses, scale: Scale) -> dict[str, Any]:
    """Return where a rating comes from: the claim, the evidence's ceiling or the review."""
    if view == "verified" and code in responses.review:
        return {"source": "review"}
    answer = responses.answers[code]
    source: dict[str, Any] = {"dont_know": True} if answer.dont_know else {}
    if view == "declared":
        return source
    return {
        "source": "evidence",
        "claimed": answer.rating,
        "evidence": answer.evidence,
        "ceiling": scale.evidence_ceilings[answer.evidence],
        **source,
    }


def _level_trace(unit: _Unit) -> dict[str, Any]:
    return {
        "limits": unit.limits,
        "cap": unit.cap,
        "level": unit.level,
        "held_by": unit.held_by,
    }
