"""A synthetic market: organisations that do not exist, with plausibly distributed answers.

Each organisation has a latent maturity, which its dimensions and capabilities share in part, so
that scores are correlated as in real questionnaires. Minimum standards are met earlier than good
practice, and evidence follows what is claimed without always carrying it. The same seed gives
the same market, and the same market a year before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from assessments.core.answers import Answer, Responses, parse
from assessments.core.instrument import Instrument, Item

FILE = Path(__file__).parent / "market.yaml"

# Spread of the latent parts, in levels of the 0 to 4 scale.
BETWEEN_ORGANISATIONS, BETWEEN_DIMENSIONS, BETWEEN_CAPABILITIES = 0.62, 0.38, 0.28
BETWEEN_ITEMS = {"M": 0.5, "A": 0.75}  # by tier: minimum standards are kept more evenly
LEAD = {"M": 0.75, "A": 0.0}
NOT_APPLICABLE, DONT_KNOW = 0.08, 0.012  # share of answers, where offered
UNSURE, DONT_KNOW_WHEN_UNSURE = 0.05, 0.16  # a few organisations know little of one dimension
REASON = "Synthetic answer: this activity is taken not to occur here."

# Chance of evidence E0 to E3 behind a rating, for an organisation of middling documentation.
EVIDENCE = (
    (1.00, 0.00, 0.00, 0.00),
    (0.66, 0.30, 0.04, 0.00),
    (0.24, 0.56, 0.18, 0.02),
    (0.12, 0.44, 0.34, 0.10),
    (0.06, 0.22, 0.36, 0.36),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of respondent in the synthetic market: how many, how mature, and where."""

    code: str  # respondent type
    noun: str  # "registry", as in "Synthetic registry 014"
    number: int
    maturity: float  # mean rating of good practice
    markets: Mapping[str, int]  # weights
    regions: Mapping[str, int]
    operates_registry: bool | None = None
    second_role: str | None = None  # of some of them: a respondent type


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What `market.yaml` says of the synthetic market.

    `tendency` is by how many levels a dimension is ahead of the others; `rose` the chance that a
    practice of it was a level lower a year before.
    """

    kinds: tuple[Kind, ...]
    tendency: Mapping[str, float]
    rose: Mapping[str, float]


@cache
def described() -> Market:
    """Return the market that is described beside this module."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return Market(
        kinds=tuple(
            Kind(**kind | {part: document[part][kind[part]] for part in ("markets", "regions")})
            for kind in document["kinds"]
        ),
        tendency=document["tendency"],
        rose=document["rose"],
    )


SECOND_ROLE_SHARE = 0.3
TOOK_PART_BEFORE = 0.85  # share of the organisations that answered a year before too
OWNED, ADVISED = 0.08, 0.06
OWNERS, ADVISERS = 9, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One assessment of a synthetic organisation."""

    respondent_type: str
    operates_registry: bool | None
    is_main_role: bool
    responses: Responses


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthetic:
    """One organisation that does not exist. `owner` and `adviser` are empty for most."""

    name: str
    region: str  # its code
    country_draw: float  # 0 to 1: which country of the region
    market: str
    size_draw: float
    day_draw: float
    owner: str
    adviser: str
    roles: tuple[Role, ...]


def market(instrument: Instrument, *, seed: int) -> Iterator[Synthetic]:
    """Yield the organisations of the synthetic market, answers and all."""
    random = Random(seed)  # noqa: S311 — repeatable on purpose, and nothing is secret
    for kind in described().kinds:
        for number in range(1, kind.number + 1):
            yield _organisation(instrument, kind, number, random)


def year_before(organisations: Iterable[Synthetic], *, seed: int) -> Iterator[Synthetic]:
    """Yield those that answered a year before, with what they answered then.

    Each practice is at the same level or one lower, and what did not apply or was not known then
    did not and was not either.
    """
    random = Random(f"{seed} before")  # noqa: S311 — as above
    for each in organisations:
        if random.random() < TOOK_PART_BEFORE:
            yield replace(each, roles=tuple(_before(role, random) for role in each.roles))


def _before(role: Role, random: Random) -> Role:
    answers = {
        code: _lower(code, answer, random) for code, answer in role.responses.answers.items()
    }
    return replace(role, responses=replace(role.responses, answers=answers))


def _lower(code: str, answer: Answer, random: Random) -> Answer:
    if not answer.rating or random.random() >= described().rose.get(code[:2], 0.0):
        return answer
    return replace(answer, rating=answer.rating - 1)


def _organisation(instrument: Instrument, kind: Kind, number: int, random: Random) -> Synthetic:
    latent = _Latent(random)
    roles = [_role(instrument, kind, kind.code, latent, is_main_role=True)]
    if kind.second_role and random.random() < SECOND_ROLE_SHARE:
        roles.append(_role(instrument, kind, kind.second_role, latent, is_main_role=False))
    return Synthetic(
        name=f"Synthetic {kind.noun} {number:03}",
        region=_weighted(kind.regions, random),
        country_draw=random.random(),
        market=_weighted(kind.markets, random),
        size_draw=random.random(),
        day_draw=random.random(),
        owner=_group("Synthetic holding", OWNED, OWNERS, random),
        adviser=_group("Synthetic adviser", ADVISED, ADVISERS, random),
        roles=tuple(roles),
    )


def _group(name: str, share: float, number: int, random: Random) -> str:
    chosen = random.random() < share
    which = random.randrange(number) + 1
    return f"{name} {which}" if chosen else ""


def _weighted(weights: Mapping[str, int], random: Random) -> str:
    return random.choices(list(weights), list(weights.values()))[0]


class _Latent:
    """What an organisation is like, drawn once; a second role shares it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.maturity = random.gauss(0, BETWEEN_ORGANISATIONS)
        self.documentation = random.gauss(0.3 * self.maturity, 0.5)
        self.unsure_of = (
            random.choice(tuple(described().tendency)) if random.random() < UNSURE else ""
        )
        self._parts: dict[str, float] = {}

    def part(self, code: str, spread: float) -> float:
        if code not in self._parts:
            self._parts[code] = self.random.gauss(0, spread)
        return self._parts[code]


def _role(
    instrument: Instrument, kind: Kind, code: str, latent: _Latent, *, is_main_role: bool
) -> Role:
    operates = kind.operates_registry if code == kind.code else None
    answers: dict[str, Any] = {}
    for dimension in instrument.scope(code, operates):
        for capability in dimension.capabilities:
            level = (
                kind.maturity
                + described().tendency.get(dimension.code, 0.0)
                + latent.maturity
                + latent.part(dimension.code, BETWEEN_DIMENSIONS)
                + latent.part(capability.code, BETWEEN_CAPABILITIES)
            )
            unsure = latent.unsure_of == dimension.code
            for item in capability.items:
                answers[item.code] = _answer(item, level, latent, unsure=unsure)
    document: dict[str, Any] = {"respondent_type": code, "responses": answers}
    if operates is not None:
        document["operates_registry"] = operates
    return Role(
        respondent_type=code,
        operates_registry=operates,
        is_main_role=is_main_role,
        responses=parse(document, instrument),
    )


def _answer(item: Item, level: float, latent: _Latent, *, unsure: bool) -> dict[str, Any]:
    random = latent.random
    if item.not_applicable and random.random() < NOT_APPLICABLE:
        return {"not_applicable": REASON}
    if random.random() < (DONT_KNOW_WHEN_UNSURE if unsure else DONT_KNOW):
        return {"dont_know": True}
    noise = random.gauss(0, BETWEEN_ITEMS[item.tier])
    rating = max(0, min(4, round(level + LEAD[item.tier] + noise)))
    return {"rating": rating, "evidence": _evidence(rating, latent)}


def _evidence(rating: int, latent: _Latent) -> int:
    weights: Sequence[float] = EVIDENCE[rating]
    # A well documented organisation shifts each chance towards the better grades.
    tilted = [weight * 2 ** (latent.documentation * grade) for grade, weight in enumerate(weights)]
    return latent.random.choices(range(len(tilted)), tilted)[0]
