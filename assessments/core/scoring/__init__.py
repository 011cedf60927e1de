"""Scoring: responses to one instrument in, the result document out (`cmi-score 1.0`).

Three views of the same answers are scored by the same formulas: declared (as claimed),
supported (as far as the evidence carries) and verified (an assessor's rating where there is
one). Capabilities are weighted means, dimensions plain means of capabilities, the index a
shifted geometric mean of dimensions; a level is the lowest of the limits that apply to it. The
arithmetic is exact up to the index, and nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from assessments.core.answers import Responses
from assessments.core.instrument import Instrument
from assessments.core.result import SHAPE, ByView, ResultDocument
from assessments.core.scoring.figures import confidence, coverage, figures
from assessments.core.scoring.gates import gates
from assessments.core.scoring.plan import plan
from assessments.core.scoring.sensitivity import sensitivity
from assessments.core.scoring.trace import trace
from assessments.core.scoring.units import View, evaluate
from assessments.core.scoring.views import ratings_of
from assessments.core.scoring.warnings import PREREQUISITES, prerequisite_warnings, review_warnings

__all__ = ["PREREQUISITES", "score"]

Part = TypeVar("Part")


def score(
    instrument: Instrument, responses: Responses, *, with_outlook: bool = True
) -> ResultDocument:
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
    ratings = ratings_of(items, responses, scale)
    views = {
        name: None if given is None else evaluate(name, scope, given, scale, complete=complete)
        for name, given in ratings.items()
    }
    declared = views["declared"]
    assert declared is not None
    prerequisites = prerequisite_warnings(items, declared.ratings)
    kind = instrument.respondent_types[responses.respondent_type]
    return {
        "engine": scale.engine,
        "schema": SHAPE,
        "instrument": {
            "code": instrument.code,
            "version": instrument.version,
            "sha256": instrument.sha256,
        },
        "respondent_type": responses.respondent_type,
        "cohort_type": kind.cohort_code(responses.operates_registry),
        "operates_registry": responses.operates_registry,
        "modules": [dimension.code for dimension in scope],
        "views": _each(views, lambda view: figures(view, scale)),
        "confidence": confidence(scope, ratings, scale),
        "unanswered": [item.code for item in items if item.code not in responses.answers],
        "coverage": {
            dimension.code: coverage(dimension, responses.answers, scale) for dimension in scope
        },
        "gates": _each(views, lambda view: gates(view, scale)),
        "warnings": [*prerequisites, *review_warnings(items, responses)],
        "sensitivity": sensitivity(declared, scale) if with_outlook else None,
        "plan": plan(declared, items, prerequisites, scale) if with_outlook else None,
        "trace": _each(views, lambda view: trace(view, responses, scale)),
    }


def _each(views: Mapping[str, View | None], part: Callable[[View], Part]) -> ByView[Part]:
    declared, supported, verified = (views[name] for name in ("declared", "supported", "verified"))
    assert declared is not None
    assert supported is not None
    return {
        "declared": part(declared),
        "supported": part(supported),
        "verified": None if verified is None else part(verified),
    }
