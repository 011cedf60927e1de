"""The code lists of the API, and what releases call cohorts, statuses and changes.

Dimensions, capabilities, levels and evidence grades take their names from an edition of the
instrument, and what the vocabulary holds from there; the others are named here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from assessments.core.instrument import Instrument
from assessments.disclosure import peers, thresholds
from assessments.disclosure.codes import INDEX, MINIMUM_STANDARDS
from portal.vocabulary import codes as vocabulary
from portal.vocabulary import names
from portal.vocabulary.names import Name, Names

KINDS: Mapping[str, tuple[Name, Name]] = {
    "all": (_("All organisations"), _("Everyone who is counted, once.")),
    "family": (_("Family"), _("Types of organisation with like work.")),
    "type": (_("Respondent type"), _("Organisations that answered the same questions.")),
    "region": (_("Region"), _("World Bank region of the country, across types.")),
    "income": (_("Income group"), _("World Bank income group of the country, across types.")),
    "market": (_("Market"), _("Voluntary, compliance or both, across types.")),
    "type+region": (_("Type and region"), _("One respondent type in one region.")),
    "type+market": (_("Type and market"), _("One respondent type in one market.")),
}
OBS_STATUS: Mapping[str, tuple[Name, Name]] = {
    "A": (_("Normal"), _("The figure is published.")),
    "Q": (_("Suppressed"), _("The figure is withheld, or there is none; both look alike.")),
}
CONF_STATUS: Mapping[str, tuple[Name, Name]] = {
    "F": (_("Free"), _("May be published.")),
    "C": (_("Confidential"), _("May not be published.")),
}
OUTCOMES: Mapping[str, Name] = {  # of a cohort on the way to the one that is used
    "used": _("used"),
    "withheld": _("not published"),
    "mixed": _("several types, whose practices differ"),
}
DIRECTIONS: Mapping[str, Name] = {  # of a change between two waves
    "up": _("higher"),
    "down": _("lower"),
    "unclear": _("no difference that these figures can tell"),
    "none": _("no material change"),
}
_UNCLASSIFIED = _("Not classified")
_OTHER: Mapping[str, Name] = {
    "type": _("Other types"),
    "family": _("Other families"),
    "region": _("other regions"),
    "income": _("Other income groups"),
    "market": _("other markets"),
}
_PARTS: Mapping[str, Mapping[str, Name]] = {
    "type": names.COHORT_TYPES,
    "family": names.FAMILIES,
    "region": {**names.REGIONS, **names.REGION_GROUPS},
    "income": names.INCOME_GROUPS,
    "market": names.MARKET_COHORTS,
}


def cohort_label(cohort: str) -> str:
    """Return a cohort's id in words: "Registries · Europe & Central Asia"."""
    if cohort == "all":
        return str(KINDS["all"][0])
    parts = (part.partition(":") for part in cohort.split("+"))
    return _sentence(" · ".join(_part(kind, code) for kind, _colon, code in parts))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _part(kind: str, code: str) -> str:
    if code == thresholds.OTHER:
        return str(_OTHER.get(kind, code))
    if code == vocabulary.UNCLASSIFIED:
        return str(_UNCLASSIFIED)
    return str(_PARTS.get(kind, {}).get(code, code))


def categories(kind: str) -> dict[str, str]:
    """Return the names of what cohorts are split into by type, region and so on."""
    known = (*_PARTS[kind], vocabulary.UNCLASSIFIED, thresholds.OTHER)
    return {code: _sentence(_part(kind, code)) for code in known}


def n_words(n_band: str | None, n: int | None) -> str:
    """Return how many organisations a figure is about, as far as is told."""
    if n is not None:
        return _("about {n}").format(n=n)
    return (n_band or "").replace("-", "–")


def change_in_words(change: peers.Change, *, label: str) -> dict[str, Any]:
    """Return a change between two waves as a row of a chart, with what it says in words."""
    return {
        "code": "" if change.measure == INDEX else change.measure,
        "label": label,
        "before": change.before.median,
        "before_half": change.before.half_width,
        "after": change.after.median if change.after else None,
        "after_half": change.after.half_width if change.after else None,
        "words": str(DIRECTIONS[change.direction]),
        "is_clear": change.direction in ("up", "down"),
    }


# Code lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    code: str
    name: str
    description: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """One list: its title, and its codes, given the instrument in use (None before one is)."""

    title: Name
    codes: Callable[[Instrument | None], list[Code]]


def _named(
    known: Names, descriptions: Names | None = None
) -> Callable[[Instrument | None], list[Code]]:
    return lambda _instrument: [
        Code(code=code, name=str(name), description=str((descriptions or {}).get(code, "")))
        for code, name in known.items()
    ]


def _described(
    names: Mapping[str, tuple[Name, Name]],
) -> Callable[[Instrument | None], list[Code]]:
    return lambda _instrument: [
        Code(code=code, name=str(name), description=str(description))
        for code, (name, description) in names.items()
    ]


def _respondent_types(_instrument: Instrument | None) -> list[Code]:
    by_family = vocabulary.cohort_types_by_family()
    families = {code: family for family, codes in by_family.items() for code in codes}
    return [
        Code(code=code, name=str(name), parent=families[code])
        for code, name in names.COHORT_TYPES.items()
    ]


def _regions(_instrument: Instrument | None) -> list[Code]:
    regions = [
        Code(code=each.code, name=str(names.REGIONS[each.code]), parent=each.group)
        for each in vocabulary.REGIONS
    ]
    return [*regions, *_named(names.REGION_GROUPS)(None)]


def _levels(instrument: Instrument | None) -> list[Code]:
    levels = instrument.levels if instrument else ()
    return [
        Code(code=str(level.level), name=level.name, description=level.descriptor)
        for level in levels
    ]


def _evidence_grades(instrument: Instrument | None) -> list[Code]:
    grades = instrument.evidence_grades if instrument else ()
    return [
        Code(code=grade.code, name=grade.name, description=grade.description) for grade in grades
    ]


def _dimensions(instrument: Instrument | None) -> list[Code]:
    dimensions = instrument.dimensions if instrument else ()
    return [
        Code(code=each.code, name=each.title, description=" ".join(each.introduction.split()))
        for each in dimensions
    ]


def _capabilities(instrument: Instrument | None) -> list[Code]:
    dimensions = instrument.dimensions if instrument else ()
    return [
        Code(
            code=each.code,
            name=each.title,
            description=" ".join(each.summary.split()),
            parent=dimension.code,
        )
        for dimension in dimensions
        for each in dimension.capabilities
    ]


def _measures(instrument: Instrument | None) -> list[Code]:
    index = Code(
        code=INDEX,
        name=str(_("Overall index")),
        description=str(_("Shifted geometric mean of the dimension scores, 0 to 100.")),
    )
    share = Code(
        code=MINIMUM_STANDARDS,
        name=str(_("Minimum standards")),
        description=str(_("Share of organisations that meet all minimum standards.")),
    )
    return [index, *_dimensions(instrument), *_capabilities(instrument), share]


def _n_bands(_instrument: Instrument | None) -> list[Code]:
    return [Code(code=band, name=band.replace("-", "–")) for band in thresholds.N_BANDS]


CODE_LISTS: Mapping[str, CodeList] = {
    "respondent-types": CodeList(title=_("Respondent types"), codes=_respondent_types),
    "families": CodeList(title=_("Families of respondent types"), codes=_named(names.FAMILIES)),
    "regions": CodeList(title=_("World Bank regions and groups of them"), codes=_regions),
    "income-groups": CodeList(
        title=_("World Bank income groups"), codes=_named(names.INCOME_GROUPS)
    ),
    "markets": CodeList(title=_("Markets"), codes=_named(names.MARKETS)),
    "size-bands": CodeList(title=_("Size bands"), codes=_named(names.SIZE_BANDS)),
    "levels": CodeList(title=_("Levels"), codes=_levels),
    "evidence-grades": CodeList(title=_("Evidence grades"), codes=_evidence_grades),
    "dimensions": CodeList(title=_("Dimensions"), codes=_dimensions),
    "capabilities": CodeList(title=_("Capabilities"), codes=_capabilities),
    "measures": CodeList(title=_("Measures of a release"), codes=_measures),
    "views": CodeList(title=_("Views"), codes=_named(names.VIEWS, names.VIEW_DESCRIPTIONS)),
    "series": CodeList(
        title=_("Series of releases"), codes=_named(names.SERIES, names.SERIES_DESCRIPTIONS)
    ),
    "cohort-kinds": CodeList(title=_("Kinds of cohort"), codes=_described(KINDS)),
    "n-bands": CodeList(title=_("Bands of the number of organisations"), codes=_n_bands),
    "obs-status": CodeList(title=_("Observation status (SDMX)"), codes=_described(OBS_STATUS)),
    "conf-status": CodeList(title=_("Confidentiality (SDMX)"), codes=_described(CONF_STATUS)),
}
