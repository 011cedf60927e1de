"""The codes that data, releases and addresses use, each declared once with its words and relations.

Plain Python below everything else: the cores build on the codes, `names` translates the words, and
choices, forms, cohorts, code lists and parameters are made from both. A respondent type is one
entry of `FAMILIES`; what an edition of the instrument asks of it stands in the edition alone.

Words are English and marked with `_` for translation; nothing here translates them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


def _(words: str) -> str:
    """Return the words as they are: the call marks them for the catalogues of translations."""
    return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code with its name, and a short one where there is little room.

    `plural` names the organisations of that code as a group.
    """

    code: str
    name: str
    short: str = ""
    plural: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondentType(Code):
    """A role in which organisations answer. `place` orders lists of types.

    `without_registry` is the code under which those who run no registry are compared, for the one
    type that is asked whether it runs one.
    """

    place: int
    without_registry: Code | None = None

    @property
    def cohort_types(self) -> tuple[Code, ...]:
        """The codes under which respondents of this type are compared with others."""
        return (self, self.without_registry) if self.without_registry else (self,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family(Code):
    """Respondent types with like work, in the order in which a release lists them."""

    types: tuple[RespondentType, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Code):
    """A region under the World Bank's name; small ones are pooled within their `group`."""

    group: str | None = None


FAMILIES = (
    Family(
        code="record-keepers",
        name=_("Record keepers"),
        types=(
            RespondentType(
                code="RG",
                place=1,
                name=_("Registry"),
                plural=_("Registries"),
                description=_("Issues, holds, transfers and retires units in accounts."),
            ),
            RespondentType(
                code="NR",
                place=8,
                name=_("National registry or regulator"),
                plural=_("National registries and regulators that run a registry"),
                description=_("A public authority that runs or oversees a registry."),
                without_registry=Code(
                    code="NR-A",
                    name=_("National authority without a registry"),
                    plural=_("National authorities without a registry"),
                ),
            ),
            RespondentType(
                code="EX",
                place=3,
                name=_("Exchange or trading platform"),
                plural=_("Exchanges and trading platforms"),
                description=_("Brings buyers and sellers together on a trading platform."),
            ),
            RespondentType(
                code="BI",
                place=7,
                name=_("Broker or other intermediary"),
                plural=_("Brokers and other intermediaries"),
                description=_("Arranges trades for others, or buys to sell on."),
            ),
        ),
    ),
    Family(
        code="standard-setters",
        name=_("Standard setters"),
        types=(
            RespondentType(
                code="SB",
                place=2,
                name=_("Standards body or crediting programme"),
                plural=_("Standards bodies and crediting programmes"),
                description=_("Sets rules and methodologies under which units are credited."),
            ),
        ),
    ),
    Family(
        code="assurers",
        name=_("Assurers"),
        types=(
            RespondentType(
                code="VB",
                place=4,
                name=_("Validation and verification body"),
                plural=_("Validation and verification bodies"),
                description=_("Validates activities and verifies what they report."),
            ),
            RespondentType(
                code="RA",
                place=5,
                name=_("Rating agency"),
                plural=_("Rating agencies"),
                description=_("Rates units or activities for others."),
            ),
        ),
    ),
    Family(
        code="suppliers",
        name=_("Suppliers"),
        types=(
            RespondentType(
                code="PD",
                place=6,
                name=_("Project developer"),
                plural=_("Project developers"),
                description=_("Develops or runs activities that earn units."),
            ),
            RespondentType(
                code="DP",
                place=9,
                name=_("Data or digital MRV provider"),
                plural=_("Data and digital MRV providers"),
                description=_("Supplies monitoring data or digital MRV systems."),
            ),
        ),
    ),
)

DIMENSIONS = (
    Code(code="EG", name=_("Ecosystem governance")),
    Code(code="TI", name=_("Transaction integrity")),
    Code(code="IS", name=_("Information security")),
    Code(code="IN", name=_("Data and systems interoperability"), short=_("Interoperability")),
    Code(code="DM", name=_("Digital MRV")),
)

MARKETS = (
    Code(
        code="voluntary",
        name=_("Voluntary"),
        plural=_("Voluntary market"),
        description=_("Units are bought by choice."),
    ),
    Code(
        code="compliance",
        name=_("Compliance"),
        plural=_("Compliance market"),
        description=_("Units or allowances are surrendered because a law says so."),
    ),
    Code(
        code="both",
        name=_("Both"),
        plural=_("Both markets"),
        description=_("Both kinds make up a real part of the work."),
    ),
)

SIZE_BANDS = (
    Code(code="1-9", name=_("1 to 9 staff")),
    Code(code="10-49", name=_("10 to 49 staff")),
    Code(code="50-249", name=_("50 to 249 staff")),
    Code(code="250+", name=_("250 staff or more")),
)

REGION_GROUPS = (
    Code(code="americas", name=_("the Americas")),
    Code(code="asia-pacific", name=_("Asia and the Pacific")),
    Code(code="africa-middle-east", name=_("Africa and the Middle East")),
)
REGIONS = (
    Region(code="east-asia-pacific", name=_("East Asia & Pacific"), group="asia-pacific"),
    Region(code="europe-central-asia", name=_("Europe & Central Asia")),
    Region(code="latin-america-caribbean", name=_("Latin America & Caribbean"), group="americas"),
    Region(
        code="middle-east-north-africa",
        name=_("Middle East & North Africa"),
        group="africa-middle-east",
    ),
    Region(code="north-america", name=_("North America"), group="americas"),
    Region(code="south-asia", name=_("South Asia"), group="asia-pacific"),
    Region(code="sub-saharan-africa", name=_("Sub-Saharan Africa"), group="africa-middle-east"),
)
INCOME_GROUPS = (
    Code(code="high", name=_("High income")),
    Code(code="upper-middle", name=_("Upper middle income")),
    Code(code="lower-middle", name=_("Lower middle income")),
    Code(code="low", name=_("Low income")),
)
UNCLASSIFIED = "unclassified"  # no region or income group in the country list

VIEWS = (  # of a release
    Code(code="declared", name=_("Declared"), description=_("Ratings as claimed.")),
    Code(
        code="verified",
        name=_("Verified"),
        description=_("An assessor's ratings where there was a review."),
    ),
)
SERIES = (  # of releases
    Code(
        code="market",
        name=_("Market"),
        description=_("Verified organisations that consented."),
    ),
    Code(
        code="demo",
        name=_("Demonstration"),
        description=_("Synthetic organisations; the figures say nothing about the market."),
    ),
)


def codes_of(entries: Iterable[Code]) -> tuple[str, ...]:
    """Return the codes of some entries, in their order."""
    return tuple(each.code for each in entries)


def respondent_types(families: Iterable[Family] = FAMILIES) -> tuple[RespondentType, ...]:
    """Return the types of some families in the order of lists."""
    types = (each for family in families for each in family.types)
    return tuple(sorted(types, key=lambda each: each.place))


def cohort_types(families: Iterable[Family] = FAMILIES) -> tuple[Code, ...]:
    """Return what respondents are compared as: the types, and those without a registry apart."""
    return tuple(each for one in respondent_types(families) for each in one.cohort_types)


def cohort_types_by_family(families: Iterable[Family] = FAMILIES) -> dict[str, tuple[str, ...]]:
    """Return the codes of the cohort types of each family."""
    return {
        family.code: tuple(each.code for one in family.types for each in one.cohort_types)
        for family in families
    }


def regions_by_group(regions: Iterable[Region] = REGIONS) -> dict[str, tuple[str, ...]]:
    """Return the codes of the regions in each group of regions."""
    known = tuple(regions)
    return {
        group.code: tuple(each.code for each in known if each.group == group.code)
        for group in REGION_GROUPS
    }


def region_code(name: str) -> str | None:
    """Return the code of a region by the World Bank's name; None for an empty name.

    Raises KeyError for a name that is no region's, as in a list of countries of another vintage.
    """
    return _REGION_CODES[name] if name else None


RESPONDENT_TYPES = respondent_types()
COHORT_TYPES = cohort_types()
# The type that is asked whether it runs a registry.
AUTHORITY = next(each.code for each in RESPONDENT_TYPES if each.without_registry)
_REGION_CODES: Mapping[str, str] = {each.name: each.code for each in REGIONS}
