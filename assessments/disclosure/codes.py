"""The codes of benchmark figures: respondent types, regions, markets, measures and views.

Their order is that of the catalogue of cohorts and of every column of `Submissions`.
"""

from __future__ import annotations

from assessments.core.loading import shipped_capabilities
from portal.vocabulary import codes as vocabulary
from portal.vocabulary.codes import codes_of

UNCLASSIFIED = vocabulary.UNCLASSIFIED
VIEWS = codes_of(vocabulary.VIEWS)
TYPES = codes_of(vocabulary.COHORT_TYPES)
FAMILIES = vocabulary.cohort_types_by_family()
REGIONS = (*codes_of(vocabulary.REGIONS), UNCLASSIFIED)
REGION_GROUPS = vocabulary.regions_by_group()
INCOME_GROUPS = (*codes_of(vocabulary.INCOME_GROUPS), UNCLASSIFIED)
MARKETS = codes_of(vocabulary.MARKETS)

INDEX = "index"
DIMENSIONS = codes_of(vocabulary.DIMENSIONS)
CAPABILITIES = shipped_capabilities()  # what submissions to any shipped edition are scored in
MEASURES = (INDEX, *DIMENSIONS, *CAPABILITIES)
MEASURES_ACROSS_TYPES = (INDEX, *DIMENSIONS)
MINIMUM_STANDARDS = "minimum-standards"  # a share of organisations, beside the score measures

MISSING = 255  # a score, level or answer that is out of its measure
POINTS = 101  # scores are whole points 0 to 100
LEVELS = 5
LEVEL_POINTS = 25  # a unit whose answers are all r has level r and 25 r points
