"""Query and path parameters that several addresses of releases share."""

from __future__ import annotations

from assessments.disclosure.codes import MEASURES, MINIMUM_STANDARDS
from portal.api.pagination import PageQuery
from portal.api.parameters import Choice, Parameters, Pattern, Query
from portal.vocabulary import codes as vocabulary
from portal.vocabulary.codes import codes_of

NO_RELEASE = "There is no release of that code. The releases are listed at /api/v1/releases."

TYPE = Choice(
    "Respondent type, from the code list `respondent-types`.",
    example=vocabulary.COHORT_TYPES[0].code,
    choices=codes_of(vocabulary.COHORT_TYPES),
)
REGION = Choice(
    "World Bank region, from the code list `regions`.",
    example=vocabulary.REGIONS[-1].code,
    choices=(*codes_of(vocabulary.REGIONS), vocabulary.UNCLASSIFIED),
)
MARKET = Choice(
    "Market, from the code list `markets`.",
    example=vocabulary.MARKETS[0].code,
    choices=codes_of(vocabulary.MARKETS),
)
MEASURE = Choice(
    "One measure, from the code list `measures`.",
    example=vocabulary.DIMENSIONS[0].code,
    choices=(*MEASURES, MINIMUM_STANDARDS),
)
VIEW = Choice(
    "One view of the answers.", example=vocabulary.VIEWS[0].code, choices=codes_of(vocabulary.VIEWS)
)
SERIES = Choice(
    "`market` for the real market, `demo` for the demonstration.",
    example=vocabulary.SERIES[-1].code,
    choices=codes_of(vocabulary.SERIES),
)


class ReleasePath(Parameters):
    release = Pattern(
        "Code of a release, such as `2026-W1` or `demo-2025-W1`.",
        example="demo-2025-W1",
        pattern=r"[A-Za-z0-9-]{1,40}",
    )


class CohortPath(ReleasePath):
    cohort = Pattern(
        "Id of a cohort, from `/releases/{release}/cohorts`.",
        example=f"type:{vocabulary.COHORT_TYPES[0].code}",
        pattern=r"[A-Za-z0-9:+-]{1,120}",
    )


class ReleasesQuery(PageQuery):
    series = SERIES


class LatestQuery(Query):
    series = SERIES


class ObservationsQuery(PageQuery):
    # A plus sign in a query arrives as a space, and no id holds a space.
    cohort = Pattern(
        "One cohort, by its id.",
        example=f"type:{vocabulary.COHORT_TYPES[0].code}",
        pattern=r"[A-Za-z0-9:+ -]{1,120}",
    )
    measure = MEASURE
    view = VIEW


class ResolveQuery(Query):
    type = TYPE
    region = REGION
    market = MARKET
    measure = MEASURE
    view = VIEW


class BelowLatestQuery(LatestQuery, ResolveQuery, ObservationsQuery):
    """What stands below a release takes, together with the series."""
