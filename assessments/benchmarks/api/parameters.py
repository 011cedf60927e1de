"""Query and path parameters that several addresses of releases share."""

from __future__ import annotations

from assessments.disclosure.codes import MEASURES, MINIMUM_STANDARDS
from portal.api.pagination import PAGE_PARAMETERS
from portal.api.parameters import Parameter
from portal.vocabulary import codes as vocabulary
from portal.vocabulary.codes import codes_of

RELEASE = Parameter(
    name="release",
    place="path",
    description="Code of a release, such as `2026-W1` or `demo-2025-W1`.",
    example="demo-2025-W1",
    pattern=r"[A-Za-z0-9-]{1,40}",
)


NO_RELEASE = "There is no release of that code. The releases are listed at /api/v1/releases."

# Parameters that several addresses share

COHORT = Parameter(
    name="cohort",
    place="path",
    description="Id of a cohort, from `/releases/{release}/cohorts`.",
    example=f"type:{vocabulary.COHORT_TYPES[0].code}",
    pattern=r"[A-Za-z0-9:+-]{1,120}",
)
SERIES = Parameter(
    name="series",
    description="`market` for the real market, `demo` for the demonstration.",
    example=vocabulary.SERIES[-1].code,
    choices=codes_of(vocabulary.SERIES),
)
MEASURE = Parameter(
    name="measure",
    description="One measure, from the code list `measures`.",
    example=vocabulary.DIMENSIONS[0].code,
    choices=(*MEASURES, MINIMUM_STANDARDS),
)
VIEW = Parameter(
    name="view",
    description="One view of the answers.",
    example=vocabulary.VIEWS[0].code,
    choices=codes_of(vocabulary.VIEWS),
)
TYPE = Parameter(
    name="type",
    description="Respondent type, from the code list `respondent-types`.",
    example=vocabulary.COHORT_TYPES[0].code,
    choices=codes_of(vocabulary.COHORT_TYPES),
)
REGION = Parameter(
    name="region",
    description="World Bank region, from the code list `regions`.",
    example=vocabulary.REGIONS[-1].code,
    choices=(*codes_of(vocabulary.REGIONS), vocabulary.UNCLASSIFIED),
)
MARKET = Parameter(
    name="market",
    description="Market, from the code list `markets`.",
    example=vocabulary.MARKETS[0].code,
    choices=codes_of(vocabulary.MARKETS),
)

OF_OBSERVATIONS = (
    Parameter(
        name="cohort",
        description="One cohort, by its id.",
        example=f"type:{vocabulary.COHORT_TYPES[0].code}",
        # A plus sign in a query arrives as a space, and no id holds a space.
        pattern=r"[A-Za-z0-9:+ -]{1,120}",
    ),
    MEASURE,
    VIEW,
    *PAGE_PARAMETERS,
)
