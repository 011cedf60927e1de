"""The codes of benchmark figures: respondent types, regions, markets, measures and views.

Their order is that of the catalogue of cohorts and of every column of `Submissions`.
"""

from __future__ import annotations

VIEWS = ("declared", "verified")
TYPES = ("RG", "SB", "EX", "VB", "RA", "PD", "BI", "NR", "NR-A", "DP")
FAMILIES = {
    "record-keepers": ("RG", "NR", "NR-A", "EX", "BI"),
    "standard-setters": ("SB",),
    "assurers": ("VB", "RA"),
    "suppliers": ("PD", "DP"),
}
UNCLASSIFIED = "unclassified"  # no region or income group in the country list
REGIONS = (
    "east-asia-pacific",
    "europe-central-asia",
    "latin-america-caribbean",
    "middle-east-north-africa",
    "north-america",
    "south-asia",
    "sub-saharan-africa",
    UNCLASSIFIED,
)
REGION_GROUPS = {
    "americas": ("latin-america-caribbean", "north-america"),
    "asia-pacific": ("east-asia-pacific", "south-asia"),
    "africa-middle-east": ("middle-east-north-africa", "sub-saharan-africa"),
}
INCOME_GROUPS = ("high", "upper-middle", "lower-middle", "low", UNCLASSIFIED)
MARKETS = ("voluntary", "compliance", "both")

INDEX = "index"
DIMENSIONS = ("EG", "TI", "IS", "IN", "DM")
CAPABILITIES = tuple(f"{dimension}{number}" for dimension in DIMENSIONS for number in range(1, 6))
MEASURES = (INDEX, *DIMENSIONS, *CAPABILITIES)
MEASURES_ACROSS_TYPES = (INDEX, *DIMENSIONS)
MINIMUM_STANDARDS = "minimum-standards"  # a share of organisations, beside the 31 score measures

MISSING = 255  # a score, level or answer that is out of its measure
POINTS = 101  # scores are whole points 0 to 100
LEVELS = 5
LEVEL_POINTS = 25  # a unit whose answers are all r has level r and 25 r points
