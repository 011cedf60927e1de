"""Which submissions of a closed wave a release counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.db.models import QuerySet

from assessments.answering.models import Assessment, Wave
from assessments.benchmarks.models import BenchmarkRelease
from assessments.core.result import CapabilityFigure, Figures, ResultDocument, stored
from assessments.disclosure.codes import DIMENSIONS, INDEX, VIEWS
from assessments.disclosure.submissions import Submission
from assessments.questionnaires.models import InstrumentEdition
from portal.vocabulary.codes import region_code


def waves_of_release(wave: Wave) -> list[Wave]:
    """Return the waves whose submissions a release of `wave` holds.

    They are the wave itself and the earlier ones of its kind that closed with too few
    organisations for a release of their own, back to the last one that was released.
    """
    earlier = Wave.objects.filter(
        is_demonstration=wave.is_demonstration, closes_date__lt=wave.closes_date
    ).order_by("-closes_date", "-code")
    waves = [wave]
    for candidate in earlier.prefetch_related("releases"):
        if candidate.releases.all():
            break
        waves.append(candidate)
    return waves


def edition_of_release(waves: Sequence[Wave]) -> InstrumentEdition | None:
    """Return the highest edition among the submissions of some waves, None without any."""
    return (
        InstrumentEdition.objects.filter(
            assessments__wave__in=waves, assessments__submitted_at__isnull=False
        )
        .select_related("instrument")
        .highest_first()
        .first()
    )


def eligible_submissions(
    waves: Sequence[Wave], *, series: str, edition: InstrumentEdition
) -> list[Submission]:
    """Return the submissions that count (R3), one per organisation and respondent type.

    The last submission before the close of its wave counts, if it consents and has not been
    taken back; an earlier one never steps into its place. A market release takes verified
    organisations, a demonstration release synthetic ones, and neither the other. Editions of one
    line are comparable and counted together.
    """
    last: dict[tuple[str, str], tuple[Any, ...]] = {}
    for row in _submitted(waves, series=series, edition=edition).iterator(chunk_size=200):
        if row[_SUBMITTED] < _end_of(row[_CLOSES]):
            key = str(row[_ORGANISATION]), row[_TYPE]
            last.pop(key, None)  # so that the dictionary keeps the order of submission
            last[key] = row
    rows = [row for row in last.values() if row[_CONSENTS] and row[-1] is not None]
    # Of several roles named as the main one, the one submitted last is.
    main = {row[_ORGANISATION]: row[_TYPE] for row in rows if row[_MAIN]}
    submissions = (
        _submission(row, main_role=main.get(row[_ORGANISATION]) == row[_TYPE]) for row in rows
    )
    return [submission for submission in submissions if submission is not None]


_COLUMNS = (
    "organisation_id",
    "respondent_type",
    "submitted_at",
    "wave__closes_date",
    "consents_to_benchmark",
    "is_main_role",
    "region",
    "income_group",
    "market",
    "organisation__name",
    "organisation__ultimate_owner",
    "organisation__adviser",
    "results__document",
)
_ORGANISATION, _TYPE, _SUBMITTED, _CLOSES, _CONSENTS, _MAIN = range(6)


def _submitted(
    waves: Sequence[Wave], *, series: str, edition: InstrumentEdition
) -> QuerySet[Assessment, tuple[Any, ...]]:
    """Return the rows of one query, so ordered that the last one of a key is the one that counts.

    A submission whose answers are erased has a row without a result. Comparable editions are few,
    so their ids are found by their versions within the query.
    """
    demonstration = series == BenchmarkRelease.Series.DEMO
    submissions = Assessment.objects.submitted().filter(
        edition__in=InstrumentEdition.objects.comparable_with(edition),
        wave__in=waves,
        wave__is_demonstration=demonstration,
        organisation__is_demonstration=demonstration,
    )
    if not demonstration:
        submissions = submissions.filter(organisation__verified_at__isnull=False)
    order = ("submitted_at", "results__created_at", "results__pk")
    return submissions.order_by(*order).values_list(*_COLUMNS)


def _end_of(day: Any) -> datetime:
    """Return the moment at which a wave that closes on that day is over."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def _submission(row: tuple[Any, ...], *, main_role: bool) -> Submission | None:
    """Return one row as the benchmark takes it; None if items are unanswered."""
    region, income_group, market, name, owner, adviser, text = row[_MAIN + 1 :]
    document = stored(text)
    if document["unanswered"]:
        return None
    counted = _counted_dimensions(document)
    views: dict[str, Figures | None] = {
        "declared": document["views"]["declared"],
        "verified": document["views"]["verified"],
    }
    return Submission(
        organisation=str(row[_ORGANISATION]),
        # An organisation that is the owner of others is one owner with them.
        owner=_key(owner) or _key(name),
        adviser=_key(adviser) or None,
        respondent_type=document["cohort_type"],
        region=region_code(region),
        income_group=income_group or None,
        market=market,
        main_role=main_role,
        scores={view: _units(views[view], "score", counted) for view in VIEWS},
        levels={view: _units(views[view], "level", counted) for view in VIEWS},
        minimum_standards_met={
            view: _minimum_standards_met(views[view], counted) for view in VIEWS
        },
    )


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _counted_dimensions(document: ResultDocument) -> set[str]:
    """Return the dimensions with enough applicable and known answers to be compared."""
    return {
        code
        for code, coverage in document["coverage"].items()
        if not coverage["low_coverage"] and not coverage["many_dont_know"]
    }


def _units(
    figures: Figures | None, name: Literal["score", "level"], counted: set[str]
) -> dict[str, Any]:
    """Return the scores or levels of a view by measure, those left out of a measure missing."""
    if figures is None:
        return {}
    units: dict[str, CapabilityFigure] = {**figures["dimensions"], **figures["capabilities"]}
    values = {code: unit[name] for code, unit in units.items() if code[:2] in counted}
    if counted.issuperset(DIMENSIONS):
        values[INDEX] = figures["index"] if name == "score" else figures["level"]
    return values


def _minimum_standards_met(figures: Figures | None, counted: set[str]) -> bool | None:
    """Say whether all minimum standards are met; None unless all dimensions count."""
    if figures is None or figures["index"] is None or not counted.issuperset(DIMENSIONS):
        return None
    standards = figures["minimum_standards"]
    return standards["met"] == standards["of"]
