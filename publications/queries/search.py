"""The library: publications by filters and words, and what of them was found."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from publications.models import (
    Edition,
    Publication,
    Text,
)
from publications.queries.editions import visible
from publications.queries.provisions import provision_path

SNIPPET = 180  # characters of a text shown around a hit
MAX_HITS = 200
SHOWN_HITS = 5  # of one publication


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A text where all searched words occur: the words around the first, in parts to mark."""

    label: str
    title: str
    path: str
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryEntry:
    publication: Publication
    edition_number: int | None
    edition_date: date | None
    hits: tuple[Hit, ...] = ()

    @property
    def first_hits(self) -> tuple[Hit, ...]:
        return self.hits[:SHOWN_HITS]

    @property
    def more_hits(self) -> int:
        return max(0, len(self.hits) - SHOWN_HITS)


def library(
    *, on: date, q: str = "", kind: str = "", origin: str = "", dimension: str = ""
) -> list[LibraryEntry]:
    """Return the publications that pass the filters and hold every word of `q`: two queries.

    A word counts where it stands in a title or abstract, or in a current text; the words may be
    spread over a publication's record, but a hit is one provision that holds them all.
    """
    words = q.split()
    hits = _hits(words, on=on) if words else {}
    found = visible(Publication.objects.all(), on=on)
    for key, value in (("kind", kind), ("origin", origin), ("dimension", dimension)):
        if value:
            found = found.filter(Q(**{key: value}))
    if words:
        found = found.filter(_holds(words, "title", "subtitle", "abstract") | Q(pk__in=list(hits)))
    return [
        LibraryEntry(
            publication=publication,
            edition_number=publication.edition_number,
            edition_date=publication.edition_date,
            hits=tuple(hits.get(publication.pk, ())),
        )
        for publication in found
    ]


def _holds(words: Sequence[str], *columns: str) -> Q:
    """Return the condition that each word stands in one of the columns."""
    every = Q()
    for word in words:
        anywhere = Q()
        for column in columns:
            anywhere |= Q((f"{column}__icontains", word))
        every &= anywhere
    return every


def _hits(words: Sequence[str], *, on: date) -> dict[int, list[Hit]]:
    texts = (
        Text.objects.filter(
            _holds(words, "title", "markdown"),
            edition__in=Edition.objects.current(on=on),
            language="en",
        )
        .select_related("provision")
        .order_by("edition", "position")[:MAX_HITS]
    )
    found: dict[int, list[Hit]] = defaultdict(list)
    for text in texts:
        found[text.provision.publication_id].append(_hit(text, words))
    return found


def _hit(text: Text, words: Sequence[str]) -> Hit:
    marks = r"\[\^\w+\]:?|^ *(?:[-*]|\d+\.) |[*_`|]|-{3,}"
    plain = " ".join(re.sub(marks, " ", text.markdown, flags=re.M).split())
    sought = re.compile("|".join(map(re.escape, words)), re.I)
    at = found.start() if (found := sought.search(plain)) else 0
    first = plain.rfind(" ", 0, max(0, at - SNIPPET // 2)) + 1
    last = plain.find(" ", at + SNIPPET // 2)
    last = len(plain) if last < 0 else last
    excerpt = ("… " if first else "") + plain[first:last] + (" …" if last < len(plain) else "")
    parts = re.split(f"({sought.pattern})", excerpt, flags=re.I)
    return Hit(
        label=text.provision.label,
        title=text.title,
        path=provision_path(text.provision.label),
        parts=tuple((part, place % 2 == 1) for place, part in enumerate(parts) if part),
    )
