"""The demonstration: a synthetic market with its releases, and a registry to sign in as.

Everything here is marked `is_demonstration`, answers in demonstration waves, and is published in
the demonstration series alone. Creating it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from assessments.answering import actions as answering
from assessments.answering import answers
from assessments.answering.models import (
    Assessment,
    ReasonKind,
    Response,
    ResponseEvent,
    Result,
    Wave,
)
from assessments.benchmarks.actions import publishing
from assessments.benchmarks.models import BenchmarkRelease
from assessments.core import answers as response_files
from assessments.core import engines
from assessments.demonstration import synthetic
from assessments.questionnaires.models import InstrumentEdition
from portal.accounts.models import Membership, Organisation, Role, User, WorkingGroupRole
from portal.vocabulary import codes
from portal.vocabulary.codes import codes_of
from portal.vocabulary.countries import VINTAGE, Country, countries

SEED = 2025
REGISTRY_NAME = "Demonstration Registry"
REGISTRY_COUNTRY = "KE"
SIGN_INS = {
    "owner@demo.example": Role.OWNER,
    "contributor@demo.example": Role.CONTRIBUTOR,
    "viewer@demo.example": Role.VIEWER,
}
# Two, so that four eyes can be tried; none in production.
STEWARDS = ("steward-1@demo.example", "steward-2@demo.example")
SYNTHETIC_NOTE = "Synthetic answer: taken to be under way."
SYNTHETIC_RESPONDENT = "synthetic@demo.example"  # cannot sign in


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    release: BenchmarkRelease
    organisations: int
    registry: Organisation
    assessment: Assessment


def create_demonstration(
    *,
    edition: InstrumentEdition,
    example: Mapping[str, Any],
    passwords: Mapping[str, str],
    at: datetime,
) -> Demonstration:
    """Create what is missing of the demonstration and return it.

    `example` is the response file of a registry, whose first half becomes an open assessment.
    `passwords` has one for each address in `sign_ins()`.
    """
    release = demonstration_release(edition=edition, at=at)
    registry = _registry(passwords)
    _stewards(passwords)
    assessment = _half_answered(registry, edition=edition, example=example, at=at)
    return Demonstration(
        release=release,
        organisations=Organisation.objects.filter(name__startswith="Synthetic ").count(),
        registry=registry,
        assessment=assessment,
    )


def sign_ins() -> list[str]:
    """Return the addresses that can sign in to the demonstration of this installation."""
    return [*SIGN_INS, *(() if settings.PRODUCTION else STEWARDS)]


@transaction.atomic
def demonstration_release(*, edition: InstrumentEdition, at: datetime) -> BenchmarkRelease:
    """Return the newest demonstration release of an edition.

    Where there is none, the synthetic market answers in two waves, and both are released.
    """
    released = BenchmarkRelease.objects.of_series(BenchmarkRelease.Series.DEMO)
    if release := released.filter(edition=edition).first():
        return release
    now = list(synthetic.market(edition.content, seed=SEED))
    before = list(synthetic.year_before(now, seed=SEED))
    _earlier, latest = (
        _released(market, _wave(year), edition=edition, at=at)
        for year, market in ((at.year - 2, before), (at.year - 1, now))
    )
    return latest


def _released(
    market: Sequence[synthetic.Synthetic], wave: Wave, *, edition: InstrumentEdition, at: datetime
) -> BenchmarkRelease:
    if not wave.assessments.exists():
        _take_part(market, wave, edition=edition)
    return publishing.publish_release(wave=wave, series=BenchmarkRelease.Series.DEMO, at=at)


def _wave(year: int) -> Wave:
    wave, _created = Wave.objects.get_or_create(
        code=f"demo-{year}-W1",
        defaults={
            "title": f"Demonstration {year}",
            "opens_date": date(year, 1, 1),
            "closes_date": date(year, 12, 31),
            "is_demonstration": True,
        },
    )
    return wave


# The synthetic market


def _take_part(
    market: Sequence[synthetic.Synthetic], wave: Wave, *, edition: InstrumentEdition
) -> None:
    """Store the market as if every organisation had started, answered and submitted in a wave."""
    respondent, _created = User.objects.get_or_create(
        email=SYNTHETIC_RESPONDENT,
        defaults={"name": "Synthetic respondent", "is_active": False, "password": "!"},
    )
    places = _countries_by_region()
    organisations = _organisations(market, places)
    assessments: list[Assessment] = []
    responses: list[Response] = []
    results: list[Result] = []
    for entity in market:
        organisation = organisations[entity.name]
        for role in entity.roles:
            assessment = _assessment(
                entity, role, organisation, _place(entity, places), wave, edition, respondent
            )
            document = engines.score(edition.content, role.responses)
            assessments.append(assessment)
            responses.extend(_responses(assessment, role.responses, document, respondent))
            results.append(Result.of(assessment, document, at=assessment.created_at))
    # As everywhere, what is submitted was open before: the database refuses answers afterwards.
    Assessment.objects.bulk_create(assessments, batch_size=200)
    Response.objects.bulk_create(responses, batch_size=1000)
    ResponseEvent.objects.bulk_create(_events(responses), batch_size=1000)
    Result.objects.bulk_create(results, batch_size=50)
    for assessment in assessments:
        assessment.submitted_at = assessment.created_at
        assessment.submitted_by = respondent
        assessment.submitted_as = "Synthetic respondent"
    Assessment.objects.bulk_update(
        assessments, ["submitted_at", "submitted_by", "submitted_as"], batch_size=200
    )


def _organisations(
    market: Sequence[synthetic.Synthetic], places: Mapping[str, Sequence[Country]]
) -> dict[str, Organisation]:
    """Return the market's organisations by name; create those there are none of yet."""
    known = {each.name: each for each in Organisation.objects.filter(is_demonstration=True)}
    new = [
        Organisation(
            name=entity.name,
            country=_place(entity, places).iso2,
            ultimate_owner=entity.owner,
            adviser=entity.adviser,
            is_demonstration=True,
        )
        for entity in market
        if entity.name not in known
    ]
    Organisation.objects.bulk_create(new, batch_size=200)
    return known | {each.name: each for each in new}


def _place(entity: synthetic.Synthetic, places: Mapping[str, Sequence[Country]]) -> Country:
    candidates = places[entity.region]
    return candidates[int(entity.country_draw * len(candidates))]


def _countries_by_region() -> dict[str, list[Country]]:
    """Return the countries of each region that have an income group: territories rarely answer."""
    places: dict[str, list[Country]] = {}
    for place in countries(VINTAGE):
        if place.region_code and place.income_group:
            places.setdefault(place.region_code, []).append(place)
    return places


def _assessment(
    entity: synthetic.Synthetic,
    role: synthetic.Role,
    organisation: Organisation,
    place: Country,
    wave: Wave,
    edition: InstrumentEdition,
    respondent: User,
) -> Assessment:
    days = (wave.closes_date - wave.opens_date).days
    day = wave.opens_date + timedelta(days=int(entity.day_draw * days))
    sizes = codes_of(codes.SIZE_BANDS)
    return Assessment(
        organisation=organisation,
        edition=edition,
        wave=wave,
        respondent_type=role.respondent_type,
        operates_registry=role.operates_registry,
        is_main_role=role.is_main_role,
        modules=list(role.responses.modules),
        market=entity.market,
        country=place.iso2,
        country_vintage=VINTAGE,
        region=place.region,
        income_group=place.income_group,
        size_band=sizes[int(entity.size_draw * len(sizes))],
        consents_to_benchmark=True,
        created_by=respondent,
        created_at=datetime.combine(day, time(12), UTC),
    )


def _responses(
    assessment: Assessment,
    given: response_files.Responses,
    document: Mapping[str, Any],
    by: User,
) -> Iterator[Response]:
    """Yield the answers, with a note where a warning asks for one."""
    warned = {warning["item"] for warning in document["warnings"] if "item" in warning}
    for code, answer in given.answers.items():
        yield Response(
            assessment=assessment,
            item=code,
            updated_by=by,
            updated_at=assessment.created_at,
            **answers.of_file(
                answer,
                reason_kind=ReasonKind.ACTIVITY,
                note=SYNTHETIC_NOTE if code in warned else "",
            ).columns,
        )


def _events(responses: Sequence[Response]) -> Iterator[ResponseEvent]:
    """Yield the event of each response's only save."""
    for response in responses:
        yield ResponseEvent(
            assessment=response.assessment,
            item=response.item,
            version=response.version,
            answer=answers.of_row(response).columns,
            by=response.updated_by,
            at=response.updated_at,
        )


# The registry to sign in as


@transaction.atomic
def _registry(passwords: Mapping[str, str]) -> Organisation:
    registry, _created = Organisation.objects.get_or_create(
        name=REGISTRY_NAME, is_demonstration=True, defaults={"country": REGISTRY_COUNTRY}
    )
    for email, role in SIGN_INS.items():
        user = _person(email, f"Demo {role.label.lower()}", passwords[email])
        Membership.objects.update_or_create(
            user=user, organisation=registry, defaults={"role": role}
        )
    return registry


def _person(email: str, name: str, password: str) -> User:
    """Return a person who signs in with this password."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name)
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user


@transaction.atomic
def _stewards(passwords: Mapping[str, str]) -> None:
    for number, email in enumerate(STEWARDS, 1):
        if email in sign_ins():
            person = _person(email, f"Demo steward {number}", passwords[email])
            person.working_group_roles.get_or_create(role=WorkingGroupRole.Role.STEWARD)


@transaction.atomic
def _half_answered(
    registry: Organisation,
    *,
    edition: InstrumentEdition,
    example: Mapping[str, Any],
    at: datetime,
) -> Assessment:
    """Return the registry's assessment of this year's wave; start it on its first half."""
    wave = _wave(at.year)
    if existing := registry.assessments.filter(wave=wave, edition=edition).last():
        return existing
    owner = User.objects.get(email="owner@demo.example")
    content = edition.content
    given = response_files.parse(example, content)
    assessment = answering.start_assessment(
        organisation=registry,
        edition=edition,
        wave=wave,
        respondent_type=given.respondent_type,
        operates_registry=given.operates_registry,
        modules=given.modules,
        market="both",
        country_code=registry.country,
        size_band="10-49",
        consents_to_benchmark=True,
        is_main_role=True,
        by=owner,
        at=at,
    )
    half = list(given.answers.items())[: len(given.answers) // 2]
    for code, answer in half:
        item = content.items[code]
        answering.save_response(
            assessment=assessment,
            item=code,
            answer=answers.of_file(
                answer,
                reason_kind=ReasonKind.ACTIVITY,
                evidence_reference=item.evidence[0] if answer.evidence else "",
            ),
            by=owner,
            at=at,
            base_version=None,
        )
    return assessment
