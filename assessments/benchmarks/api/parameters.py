"""Query and path parameters that several addresses of releases share."""

from __future__ import annotations

from assessments.disclosure.codes import MARKETS, MEASURES, MINIMUM_STANDARDS, REGIONS, TYPES, VIEWS
from assessments.disclosure.release import SERIES as SERIES_IDS
from portal.api.pagination import PAGE_PARAMETERS
from portal.api.parameters import Parameter

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
    example="type:RG",
    pattern=r"[A-Za-z0-9:+-]{1,120}",
)
SERIES = Parameter(
    name="series",
    description="`market` for the real market, `demo` for the demonstration.",
    example="demo",
    choices=tuple(SERIES_IDS),
)
MEASURE = Parameter(
    name="measure",
    description="One measure, from the code list `measures`.",
    example="EG",
    choices=(*MEASURES, MINIMUM_STANDARDS),
)
VIEW = Parameter(
    name="view",
    description="One view of the answers.",
    example="declared",
    choices=VIEWS,
)
TYPE = Parameter(
    name="type",
    description="Respondent type, from the code list `respondent-types`.",
    example="RG",
    choices=TYPES,
)
REGION = Parameter(
    name="region",
    description="World Bank region, from the code list `regions`.",
    example="sub-saharan-africa",
    choices=REGIONS,
)
MARKET = Parameter(
    name="market",
    description="Market, from the code list `markets`.",
    example="voluntary",
    choices=MARKETS,
)

OF_OBSERVATIONS = (
    Parameter(
        name="cohort",
        description="One cohort, by its id.",
        example="type:RG",
        # A plus sign in a query arrives as a space, and no id holds a space.
        pattern=r"[A-Za-z0-9:+ -]{1,120}",
    ),
    MEASURE,
    VIEW,
    *PAGE_PARAMETERS,
)
