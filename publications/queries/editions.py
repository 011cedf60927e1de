"""Which publications and editions readers may see; drafts never leave this package."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, F, FilteredRelation, Q, QuerySet, Subquery, Value
from django.utils import timezone

from publications.models import (
    Edition,
    Origin,
    Publication,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow:
    id: int
    number: int
    state: str
    published_date: date
    change_note: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationEntry:
    """A publication with its visible editions, the newest first; official records have none."""

    publication: Publication
    editions: tuple[EditionRow, ...]
    extra_column: str = ""  # what the asker wanted from the same query

    @property
    def current(self) -> EditionRow | None:
        return next((row for row in self.editions if row.state == Edition.State.PUBLISHED), None)


def today() -> date:
    return timezone.localdate()


def current_publications() -> list[Publication]:
    """Return every publication that readers may see, in the order of the library."""
    return list(visible(Publication.objects.all()))


def publication_entry(
    slug: str, *, on: date, extra_column: Subquery | None = None
) -> PublicationEntry | None:
    """Return a publication with its visible editions in one query, or None if it has none.

    `extra_column` is a text that the page wants to know from the same query.
    """
    shown = FilteredRelation(
        "editions",
        condition=Q(
            editions__state__in=[Edition.State.PUBLISHED, Edition.State.SUPERSEDED],
            editions__published_date__lte=on,
        ),
    )
    rows = list(
        Publication.objects.filter(slug=slug)
        .annotate(shown=shown)
        .annotate(
            edition_id=F("shown__id"),
            edition_number=F("shown__number"),
            edition_state=F("shown__state"),
            edition_date=F("shown__published_date"),
            edition_note=F("shown__change_note"),
            edition_sha256=F("shown__sha256"),
            extra_column=Value("", CharField()) if extra_column is None else extra_column,
        )
        .order_by("-shown__number")
    )
    editions = tuple(
        EditionRow(
            id=row.edition_id,
            number=row.edition_number,
            state=row.edition_state,
            published_date=row.edition_date,
            change_note=row.edition_note,
            sha256=row.edition_sha256,
        )
        for row in rows
        if row.edition_id is not None
    )
    if not rows or (rows[0].is_companion and not editions):
        return None
    return PublicationEntry(
        publication=rows[0], editions=editions, extra_column=rows[0].extra_column or ""
    )


def visible(publications: QuerySet[Publication], *, on: date | None = None) -> QuerySet[Any]:
    """Keep official records and what has an edition in force; annotate its number and day."""
    current = FilteredRelation(
        "editions",
        condition=Q(
            editions__state=Edition.State.PUBLISHED, editions__published_date__lte=on or today()
        ),
    )
    return (
        publications.annotate(current=current)
        .annotate(edition_number=F("current__number"), edition_date=F("current__published_date"))
        .filter(Q(origin=Origin.OFFICIAL) | Q(edition_number__isnull=False))
    )


def library_version() -> str:
    """Return a hash that changes with anything a page about many publications shows."""
    return hashlib.sha256(repr(list(page_versions())).encode()).hexdigest()


def page_versions() -> QuerySet[Publication, tuple[Any, ...]]:
    """Return what `library_version` hashes, for a page that asks for more in the same query."""
    return Publication.objects.order_by("slug").values_list("slug", "page_version")
