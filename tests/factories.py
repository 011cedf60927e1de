"""Rows for tests, as plain as a test allows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import Any

from allauth.account.models import EmailAddress
from django.utils.timezone import now
from factory.declarations import LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from assessments.answering import queries
from assessments.answering.models import Assessment, Response, Wave
from assessments.core import instrument as core_instrument
from assessments.core import loading as instrument
from assessments.questionnaires.actions import load_edition
from assessments.questionnaires.models import InstrumentEdition
from portal.accounts.models import Membership, Organisation, Role, User, WorkingGroupRole

PASSWORD = "a long enough password"


class UserFactory(DjangoModelFactory[User]):
    """A person with a verified address, who signs in with `PASSWORD`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence(lambda n: f"person{n}@example.org")
    name = Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        password = kwargs.pop("password", PASSWORD)
        verified = kwargs.pop("verified", True)
        user = model_class.objects.create_user(password=password, **kwargs)
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
        return user


def steward(**fields: Any) -> User:
    """A person who looks after the benchmarks for the working group."""
    user: User = UserFactory(**fields)
    user.working_group_roles.create(role=WorkingGroupRole.Role.STEWARD)
    return user


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    name = Sequence(lambda n: f"Organisation {n}")
    country = "KE"


class MembershipFactory(DjangoModelFactory[Membership]):
    """An owner, unless another role is named."""

    class Meta:
        model = Membership

    user = SubFactory(UserFactory)
    organisation = SubFactory(OrganisationFactory)
    role = Role.OWNER


@cache
def shipped_instrument() -> core_instrument.Instrument:
    """Return the newest shipped edition, read once per process."""
    return instrument.read(list(instrument.shipped().values())[-1])


class EditionFactory(DjangoModelFactory[InstrumentEdition]):
    """The newest shipped edition; there is one, however often it is asked for."""

    class Meta:
        model = InstrumentEdition

    @classmethod
    def _create(
        cls, model_class: type[InstrumentEdition], *args: Any, **kwargs: Any
    ) -> InstrumentEdition:
        return load_edition(content=kwargs.pop("content", None) or shipped_instrument())


class WaveFactory(DjangoModelFactory[Wave]):
    """A period that is open today."""

    class Meta:
        model = Wave

    code = Sequence(lambda n: f"wave-{n}")
    title = Sequence(lambda n: f"Period {n}")
    opens_date = LazyFunction(lambda: now().date() - timedelta(days=30))
    closes_date = LazyFunction(lambda: now().date() + timedelta(days=30))


class AssessmentFactory(DjangoModelFactory[Assessment]):
    """An open assessment of a registry; `answer` gives it responses."""

    class Meta:
        model = Assessment

    organisation = SubFactory(OrganisationFactory)
    edition = SubFactory(EditionFactory)
    wave = SubFactory(WaveFactory)
    respondent_type = "RG"
    modules = LazyFunction(lambda: list(shipped_instrument().modules))
    market = "voluntary"
    country = "KE"
    country_vintage = "2025-06"
    region = "Sub-Saharan Africa"
    income_group = "lower-middle"
    size_band = "10-49"
    created_by = SubFactory(UserFactory)


def owned_assessment(**values: Any) -> Assessment:
    """An open assessment whose `created_by` owns its organisation."""
    made: Assessment = AssessmentFactory(**values)
    MembershipFactory(user=made.created_by, organisation=made.organisation)
    return made


def answer(
    assessment: Assessment, *, leaving: Collection[str] = (), **values: Any
) -> list[Response]:
    """Store a response to every item asked except those in `leaving`: 3 on an artefact."""
    by = values.pop("by", None) or assessment.created_by
    said = {"rating": 3, "evidence": 2} | values
    return Response.objects.bulk_create(
        Response(assessment=assessment, item=code, updated_by=by, **said)
        for code in queries.items_of(assessment)
        if code not in leaving
    )
