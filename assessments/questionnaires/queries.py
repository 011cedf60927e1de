"""The instrument's editions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Subquery

from assessments.core.instrument import Instrument
from assessments.questionnaires.models import InstrumentEdition, content_of
from publications.queries import page_versions

INSTRUMENT = "cmi-maturity"
FOUND = ("sha256", "version", "loaded_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionToRead:
    """The current edition as public pages show it.

    `page_version` changes with the edition and with any guidance its pages may name.
    """

    sha256: str
    version: str
    loaded_at: datetime
    page_version: str

    @property
    def content(self) -> Instrument:
        return content_of(self.sha256)


def current_edition(code: str = INSTRUMENT) -> InstrumentEdition | None:
    """Return the highest version of an instrument, None before one is loaded."""
    return _highest(code).select_related("instrument").defer("document").first()


def edition_to_read(code: str = INSTRUMENT) -> EditionToRead | None:
    """Return the current edition together with the guidance's state, in one query.

    Pages are confirmed by it (304), so it costs no more than that.
    """
    highest = _highest(code)
    rows = list(
        page_versions().annotate(**{name: Subquery(highest.values(name)[:1]) for name in FOUND})
    )
    found: tuple[Any, ...] | None = rows[0][-3:] if rows else highest.values_list(*FOUND).first()
    if found is None or found[0] is None:
        return None
    sha256, version, loaded_at = found
    state = hashlib.sha256(repr((sha256, rows)).encode()).hexdigest()
    return EditionToRead(sha256=sha256, version=version, loaded_at=loaded_at, page_version=state)


def _highest(code: str) -> QuerySet[InstrumentEdition]:
    return InstrumentEdition.objects.filter(instrument__code=code).highest_first()
