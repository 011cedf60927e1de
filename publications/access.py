"""Access checks of publications: 404 for whatever readers may not see."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Subquery
from django.http import Http404

from publications import queries
from publications.models import Publication
from publications.queries import EditionRow, PublicationEntry


@dataclass(frozen=True, slots=True)
class Found:
    """A publication a reader may see, and the edition asked for; official records have none."""

    entry: PublicationEntry
    edition: EditionRow | None

    @property
    def publication(self) -> Publication:
        return self.entry.publication

    @property
    def version(self) -> str:
        return f"{self.publication.page_version} {self.extra_column}"

    @property
    def extra_column(self) -> str:
        """What the page that composes more than guidance asked for in the same query."""
        return self.entry.extra_column

    @property
    def is_current(self) -> bool:
        return self.edition == self.entry.current


def publication_for(
    slug: str, number: int | None = None, *, extra_column: Subquery | None = None
) -> Found:
    """Return a publication and its current or numbered edition; 404 without one, or for a draft."""
    entry = queries.publication_entry(slug, on=queries.today(), extra_column=extra_column)
    if entry is None:
        raise Http404("No such publication.")
    if number is None:
        return Found(entry, entry.current)
    edition = next((row for row in entry.editions if row.number == number), None)
    if edition is None:
        raise Http404("No such edition.")
    return Found(entry, edition)
