"""The names of codes in the reader's language, and choices made of them.

Each mapping goes from code to name in the order of the code list. The functions are given to model
fields as their choices, so that a new code needs no migration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from portal.vocabulary import codes
from portal.vocabulary.codes import Code

Name = str | Promise
Names = Mapping[str, Name]


def _lazy(words: str) -> Name:
    return gettext_lazy(words) if words else ""  # the catalogue's own head stands under ""


def _names(entries: Iterable[Code]) -> Names:
    return {each.code: _lazy(each.name) for each in entries}


def _short_names(entries: Iterable[Code]) -> Names:
    return {each.code: _lazy(each.short or each.name) for each in entries}


def _plurals(entries: Iterable[Code]) -> Names:
    return {each.code: _lazy(each.plural) for each in entries}


def _descriptions(entries: Iterable[Code]) -> Names:
    return {each.code: _lazy(each.description) for each in entries}


RESPONDENT_TYPES = _names(codes.RESPONDENT_TYPES)
RESPONDENT_TYPE_DESCRIPTIONS = _descriptions(codes.RESPONDENT_TYPES)
COHORT_TYPES = _plurals(codes.COHORT_TYPES)
FAMILIES = _names(codes.FAMILIES)
DIMENSIONS = _names(codes.DIMENSIONS)
DIMENSIONS_IN_SHORT = _short_names(codes.DIMENSIONS)
MARKETS = _names(codes.MARKETS)
MARKET_DESCRIPTIONS = _descriptions(codes.MARKETS)
MARKET_COHORTS = _plurals(codes.MARKETS)
SIZE_BANDS = _names(codes.SIZE_BANDS)
REGIONS = _names(codes.REGIONS)
REGION_GROUPS = _names(codes.REGION_GROUPS)
INCOME_GROUPS = _names(codes.INCOME_GROUPS)
VIEWS = _names(codes.VIEWS)
VIEW_DESCRIPTIONS = _descriptions(codes.VIEWS)
SERIES = _names(codes.SERIES)
SERIES_DESCRIPTIONS = _descriptions(codes.SERIES)


def respondent_types() -> list[tuple[str, Name]]:
    return list(RESPONDENT_TYPES.items())


def dimensions() -> list[tuple[str, Name]]:
    return list(DIMENSIONS.items())


def markets() -> list[tuple[str, Name]]:
    return list(MARKETS.items())


def size_bands() -> list[tuple[str, Name]]:
    return list(SIZE_BANDS.items())
