"""What an assessment asks, what is answered, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from assessments.answering.answers import in_file
from assessments.answering.models import Assessment, Response, Result, Wave
from assessments.core.answers import Responses, parse
from assessments.core.engines import engine_of, score
from assessments.core.instrument import Capability, Dimension, Item
from assessments.core.result import ResultDocument, stored
from assessments.questionnaires.models import content_of
from portal.accounts.models import MAY_ANSWER, Organisation, Role, User

MINUTES_PER_ITEM = 3  # reading five anchors, choosing one and naming the evidence


def organisations_to_answer_for(user: User) -> list[Organisation]:
    """Return the organisations in which a person may start an assessment, by name."""
    return list(
        Organisation.objects.filter(memberships__user=user, memberships__role__in=MAY_ANSWER)
    )


def open_waves(*, on: date, demonstration: bool | None = None) -> list[Wave]:
    """Return the periods that are open on a day, of both kinds unless one is named."""
    waves = Wave.objects.open(on=on)
    if demonstration is not None:
        waves = waves.filter(is_demonstration=demonstration)
    return list(waves)


def scope_of(assessment: Assessment) -> tuple[Dimension, ...]:
    """Return the dimensions with only the capabilities and items this assessment is asked."""
    return _asked_of(assessment).scope


def items_of(assessment: Assessment) -> Mapping[str, Item]:
    """Return the items asked, by code, in the instrument's order."""
    return _asked_of(assessment).items


@dataclass(frozen=True, slots=True)
class _Asked:
    scope: tuple[Dimension, ...]
    items: Mapping[str, Item]


def _asked_of(assessment: Assessment) -> _Asked:
    return _asked(
        assessment.edition.sha256,
        assessment.respondent_type,
        assessment.operates_registry,
        tuple(assessment.modules),
    )


@lru_cache(maxsize=256)
def _asked(
    edition: str, respondent_type: str, operates_registry: bool | None, modules: tuple[str, ...]
) -> _Asked:
    """Return what is asked; kept, since an item page needs one item of a thousand."""
    scope = content_of(edition).scope(respondent_type, operates_registry, modules)
    items = {item.code: item for dimension in scope for item in dimension.items}
    return _Asked(scope, MappingProxyType(items))


def responses_of(assessment: Assessment) -> dict[str, Response]:
    """Return the stored responses by item code; those to items no longer asked are left out."""
    asked = items_of(assessment)
    rows = assessment.responses.select_related("updated_by")
    return {row.item: row for row in rows if row.item in asked}


def answered_of(assessment: Assessment) -> set[str]:
    """Return the codes of the answered items."""
    return set(assessment.responses.values_list("item", flat=True)) & items_of(assessment).keys()


def answers_of(
    assessment: Assessment, responses: Mapping[str, Response] | None = None
) -> Responses:
    """Return the responses as the scoring functions take them."""
    return parse(response_file_of(assessment, responses), assessment.edition.content)


def response_file_of(
    assessment: Assessment, responses: Mapping[str, Response] | None = None
) -> dict[str, Any]:
    """Return the responses as a response file, from which anybody can recompute the result."""
    rows = responses_of(assessment) if responses is None else responses
    file: dict[str, Any] = {
        "instrument": assessment.edition.content.code,
        "version": assessment.edition.version,
        "respondent_type": assessment.respondent_type,
        "modules": list(assessment.modules),
        "responses": {code: in_file(row) for code, row in rows.items()},
    }
    if assessment.operates_registry is not None:
        file["operates_registry"] = assessment.operates_registry
    return file


def unanswered(assessment: Assessment, answered: Collection[str]) -> list[str]:
    """Return the codes of the items asked that are not in `answered`, in order."""
    return [code for code in items_of(assessment) if code not in answered]


def unmet_prerequisites(
    assessment: Assessment, item: Item, responses: Mapping[str, Response]
) -> list[str]:
    """Return the item's prerequisites that are answered too low to build on."""
    rule = engine_of(assessment.edition.content).prerequisites
    return list(rule.unmet(item, _ratings_of(responses)))


def unexplained(assessment: Assessment, responses: Mapping[str, Response]) -> list[str]:
    """Return the items rated well on an unmet prerequisite without a note that says why."""
    rule, ratings = engine_of(assessment.edition.content).prerequisites, _ratings_of(responses)
    return [
        code
        for code, item in items_of(assessment).items()
        if (row := responses.get(code))
        and not row.note
        and rule.is_claim(item, row.rating)
        and rule.unmet(item, ratings)
    ]


def _ratings_of(responses: Mapping[str, Response]) -> dict[str, int | None]:
    """Return the answered items as one view of the scoring functions has them."""
    return {code: 0 if row.dont_know else row.rating for code, row in responses.items()}


def responses_to(assessment: Assessment, items: Collection[str]) -> dict[str, Response]:
    """Return the stored responses to some items, by code."""
    rows = assessment.responses.filter(item__in=list(items)).select_related("updated_by")
    return {row.item: row for row in rows}


def outlook_of(assessment: Assessment, responses: Mapping[str, Response]) -> ResultDocument:
    """Return the result document as the responses stand, without sensitivity and plan."""
    answers = answers_of(assessment, responses)
    return score(assessment.edition.content, answers, with_outlook=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MyAssessment:
    """An assessment as a member of its organisation sees it in a list."""

    assessment: Assessment
    role: Role
    answered: int
    asked: int

    @property
    def step(self) -> str:
        """Return what comes next: START, CONTINUE, CHECK, RESULT, or WAIT for a viewer."""
        if self.assessment.is_submitted:
            return "RESULT"
        if self.role not in MAY_ANSWER:
            return "WAIT"
        if self.answered == self.asked:
            return "CHECK"
        return "CONTINUE" if self.answered else "START"


def assessments_of(user: User) -> list[MyAssessment]:
    """Return the assessments of a person's organisations, open ones first, in one query."""
    answered = (
        Response.objects.filter(assessment=OuterRef("pk"))
        .order_by()
        .values("assessment")
        .annotate(number=Count("pk"))
        .values("number")
    )
    rows: Iterable[Any] = (  # assessments with annotations
        Assessment.objects.of(user)
        .annotate(role=F("organisation__memberships__role"))
        .annotate(answered=Coalesce(Subquery(answered), 0))
        .select_related("organisation", "edition", "wave")
        .defer("edition__document")
        .order_by(F("submitted_at").desc(nulls_first=True), "-created_at")
    )
    return [
        MyAssessment(
            assessment=row, role=Role(row.role), answered=row.answered, asked=len(items_of(row))
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityProgress:
    capability: Capability
    answered: int
    asked: int
    next_item: str | None  # the first unanswered item, else None

    @property
    def status(self) -> str:
        """Return DONE, STARTED or NOT_STARTED."""
        if self.answered == self.asked:
            return "DONE"
        return "STARTED" if self.answered else "NOT_STARTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionProgress:
    dimension: Dimension
    capabilities: tuple[CapabilityProgress, ...]

    @property
    def answered(self) -> int:
        return sum(part.answered for part in self.capabilities)

    @property
    def asked(self) -> int:
        return sum(part.asked for part in self.capabilities)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    dimensions: tuple[DimensionProgress, ...]

    @property
    def answered(self) -> int:
        return sum(part.answered for part in self.dimensions)

    @property
    def asked(self) -> int:
        return sum(part.asked for part in self.dimensions)

    @property
    def minutes_left(self) -> int:
        return (self.asked - self.answered) * MINUTES_PER_ITEM

    @property
    def next_item(self) -> str | None:
        return next(
            (c.next_item for d in self.dimensions for c in d.capabilities if c.next_item), None
        )


def progress_of(assessment: Assessment, answered: Collection[str]) -> Progress:
    """Return how far the assessment is, given the codes of the answered items."""
    return Progress(
        dimensions=tuple(
            DimensionProgress(
                dimension=dimension,
                capabilities=tuple(
                    _capability_progress(capability, answered)
                    for capability in dimension.capabilities
                ),
            )
            for dimension in scope_of(assessment)
        )
    )


def _capability_progress(capability: Capability, answered: Collection[str]) -> CapabilityProgress:
    missing = [item.code for item in capability.items if item.code not in answered]
    return CapabilityProgress(
        capability=capability,
        answered=len(capability.items) - len(missing),
        asked=len(capability.items),
        next_item=missing[0] if missing else None,
    )


def result_of(assessment: Assessment) -> Result | None:
    return assessment.results.order_by("-created_at").first()


def document_of(result: Result) -> ResultDocument:
    return stored(result.document)
