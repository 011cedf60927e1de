"""Engines: each name an edition may give its scoring model, with the code that computes it.

The name is a promise about arithmetic. What an engine makes of given answers is fixed by the
golden results of its tests, so that other arithmetic comes as another name beside it, and a stored
edition is computed for ever by the engine it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from assessments.core import planning, scoring
from assessments.core.answers import Responses
from assessments.core.instrument import Instrument
from assessments.core.prerequisites import PrerequisiteRule
from assessments.core.result import ResultDocument


class UnknownEngine(ValueError):
    """An edition names an engine that is not here; the message says which are."""


class Scorer(Protocol):
    def __call__(
        self, instrument: Instrument, responses: Responses, *, with_outlook: bool = True
    ) -> ResultDocument: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What stands behind one name: the functions, and the numbers that no edition states."""

    score: Scorer
    prerequisites: PrerequisiteRule
    plan_target: int  # the rating a plan raises practices to


ENGINES: Final[Mapping[str, Engine]] = {
    "cmi-score 1.0": Engine(
        score=scoring.score,
        prerequisites=scoring.PREREQUISITES,
        plan_target=planning.TARGET,
    ),
}


def engine_of(instrument: Instrument) -> Engine:
    """Return the engine an edition names, or raise UnknownEngine."""
    try:
        return ENGINES[instrument.scale.engine]
    except KeyError:
        raise UnknownEngine(
            f"'scoring.name' is {instrument.scale.engine[:40]!r}, which is no engine of this "
            f"program; write {', '.join(ENGINES)}."
        ) from None


def score(
    instrument: Instrument, responses: Responses, *, with_outlook: bool = True
) -> ResultDocument:
    """Return the result document of responses, by the engine their edition names.

    `with_outlook=False` leaves out the sensitivity runs and the plan, which are null then.
    """
    return engine_of(instrument).score(instrument, responses, with_outlook=with_outlook)
