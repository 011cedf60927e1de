"""What can happen to publications: for now, that a content pack is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.urls import reverse

from publications import markdown
from publications.models import (
    Edition,
    Link,
    MemberOrganisation,
    MembershipListing,
    PriorityArea,
    Provision,
    Publication,
    RoadmapAction,
    Text,
)
from publications.seed.pack import Pack, ProvisionDef, PublicationDef

M = TypeVar("M", bound=models.Model)
K = TypeVar("K", bound=Hashable)

EMPTY_RECORD: dict[str, Any] = {
    "number": None,
    "title_known": True,
    "subtitle": "",
    "series_line": "",
    "dimension": "",
    "abstract": "",
    "corporate_author": "",
    "chairs": [],
    "contributors": [],
    "issued": "",
    "licence": "",
    "handle": "",
    "record_url": "",
    "record_label": "",
    "retrieved_date": None,
    "citation": "",
    "facts": [],
    "membership_remark": "",
}


class EditionRefused(Exception):
    """An edition cannot be published as its file has it."""


@dataclass
class Loaded:
    """How many rows a load added, changed and took away, by the name of the model."""

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)

    @property
    def writes(self) -> int:
        return sum(map(sum, (self.added.values(), self.changed.values(), self.removed.values())))


@transaction.atomic
def load_pack(*, pack: Pack, on: date) -> Loaded:
    """Bring the database to what the pack says. Loading the same pack again writes nothing.

    Refuses a pack that changes the words of a published edition, since a correction is a new
    edition, and one that is dated after `on`, since a load publishes at once.
    """
    loader = _Loader(pack)
    loader.refuse_changed_editions(on=on)
    loader.load()
    return loader.loaded


class _Loader:
    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.loaded = Loaded()
        self.glossary = _glossary(pack)
        self.labels = {
            provision.label
            for publication in pack.publications
            for provision in publication.provisions
        }
        self.html = {
            provision.label: markdown.to_html(
                provision.text, scope=provision.label, glossary=self.glossary, labels=self.labels
            )
            for publication in pack.publications
            for provision in publication.provisions
        }
        self.version = _page_version(pack, self.html)

    def refuse_changed_editions(self, *, on: date) -> None:
        """Check every file against what is published before anything is written."""
        published = {
            (edition.publication.slug, edition.number): edition
            for edition in Edition.objects.exclude(state=Edition.State.DRAFT).select_related(
                "publication"
            )
        }
        latest: dict[str, int] = {}
        for slug, number in published:
            latest[slug] = max(number, latest.get(slug, 0))
        for definition in self.pack.publications:
            if definition.edition is None:
                continue
            number, newest = definition.edition.number, latest.get(definition.slug, 0)
            if definition.edition.date > on:
                raise EditionRefused(
                    f"{definition.file}: edition {number} is dated {definition.edition.date}, "
                    "which is to come. Load it on that day, or date it today."
                )
            if number < newest:
                raise EditionRefused(
                    f"{definition.file}: edition {number} is older than edition {newest}, which is "
                    f"published. Give the next edition number {newest + 1}."
                )
            stored = published.get((definition.slug, number))
            if stored and (stored.sha256, stored.published_date, stored.change_note) != (
                definition.sha256,
                definition.edition.date,
                definition.edition.change_note,
            ):
                raise EditionRefused(
                    f"{definition.file}: edition {number} is published and says something else"
                    f"{self._where(stored, definition)}. Raise edition.number to {number + 1} and "
                    "say in change_note what is new."
                )

    def load(self) -> None:
        publications = self._sync(
            Publication,
            {
                definition.slug: {**EMPTY_RECORD, **definition.record}
                | {"page_version": self.version}
                for definition in self.pack.publications
            },
            key="slug",
        )
        provisions = self._sync(
            Provision,
            {
                provision.label: {
                    "id": provision.id,
                    "kind": provision.kind,
                    "origin": definition.record["origin"],
                    "publication_id": publications[definition.slug].pk,
                }
                for definition in self.pack.publications
                for provision in definition.provisions
            },
            key="label",
        )
        for definition in self.pack.publications:
            if definition.edition is not None:
                edition = self._edition(publications[definition.slug], definition)
                self._texts(edition, definition, provisions)
        self._roadmap(publications, provisions)
        self._links(provisions)
        self._members(publications)

    def _edition(self, publication: Publication, definition: PublicationDef) -> Edition:
        assert definition.edition is not None
        for earlier in publication.editions.filter(
            state=Edition.State.PUBLISHED, number__lt=definition.edition.number
        ):
            earlier.state = Edition.State.SUPERSEDED
            earlier.save(update_fields=["state"])
            _count(self.loaded.changed, Edition)
        edition, created = publication.editions.get_or_create(
            number=definition.edition.number,
            defaults={
                "state": Edition.State.PUBLISHED,
                "published_date": definition.edition.date,
                "change_note": definition.edition.change_note,
                "sha256": definition.sha256,
            },
        )
        if created:
            _count(self.loaded.added, Edition)
        return edition

    def _texts(
        self, edition: Edition, definition: PublicationDef, provisions: Mapping[str, Provision]
    ) -> None:
        earlier = {
            text.provision_id: text
            for text in Text.objects.filter(
                edition__publication=edition.publication_id, edition__number__lt=edition.number
            ).order_by("edition__number")
        }
        self._sync(
            Text,
            {
                provisions[provision.label].pk: {
                    "edition_id": edition.pk,
                    "language": "en",
                    "position": position,
                    "title": provision.title,
                    "markdown": provision.text,
                    "html": self.html[provision.label],
                    "audience": list(provision.audience),
                    "grounding": list(provision.grounding),
                    "change": _change(provision, earlier.get(provision.id)),
                }
                for position, provision in enumerate(definition.provisions, start=1)
            },
            key="provision_id",
            rows=Text.objects.filter(edition=edition, language="en"),
        )

    def _roadmap(
        self, publications: Mapping[str, Publication], provisions: Mapping[str, Provision]
    ) -> None:
        for definition in self.pack.publications:
            if not definition.areas:
                continue
            publication = publications[definition.slug]
            areas = self._sync(
                PriorityArea,
                {
                    area.number: {
                        "publication_id": publication.pk,
                        "title": area.title,
                        "summary": area.summary,
                    }
                    for area in definition.areas
                },
                key="number",
                rows=PriorityArea.objects.filter(publication=publication),
            )
            self._sync(
                RoadmapAction,
                {
                    provisions[provision.label].pk: {
                        "area_id": areas[provision.action.area].pk,
                        "horizon": provision.action.horizon,
                        "actors": list(provision.action.actors),
                        "status": provision.action.status,
                        "measure": provision.action.measure,
                    }
                    for provision in definition.provisions
                    if provision.action
                },
                key="provision_id",
                rows=RoadmapAction.objects.filter(provision__publication=publication),
            )

    def _links(self, provisions: Mapping[str, Provision]) -> None:
        wanted: set[tuple[UUID, str, UUID | None, str]] = set()
        for definition in self.pack.publications:
            for provision in definition.provisions:
                for item in provision.items:
                    wanted.add((provision.id, Link.Relation.ANSWERED_BY.value, None, item))
                for label in provision.action.names if provision.action else ():
                    target = provisions[label].pk
                    wanted.add((provision.id, Link.Relation.NAMES.value, target, ""))
        ours = Link.objects.filter(source__in=[provision.pk for provision in provisions.values()])
        present = {
            (link.source_id, link.relation, link.target_id, link.target_item): link.pk
            for link in ours
        }
        Link.objects.bulk_create(
            Link(source_id=source, relation=relation, target_id=target, target_item=item)
            for source, relation, target, item in sorted(wanted - present.keys(), key=str)
        )
        _count(self.loaded.added, Link, len(wanted - present.keys()))
        gone = [present[key] for key in present.keys() - wanted]
        if gone:
            Link.objects.filter(pk__in=gone).delete()
            _count(self.loaded.removed, Link, len(gone))

    def _members(self, publications: Mapping[str, Publication]) -> None:
        members = self._sync(
            MemberOrganisation,
            {
                member.slug: {"name": member.name, "category": member.category}
                for member in self.pack.members
            },
            key="slug",
        )
        for publication in publications.values():
            wanted = {
                members[member.slug].pk: {
                    "publication_id": publication.pk,
                    "standing": listing.standing,
                    "printed_as": listing.printed_as,
                }
                for member in self.pack.members
                for listing in member.listings
                if listing.publication == publication.slug
            }
            rows = MembershipListing.objects.filter(publication=publication)
            gone = rows.exclude(member__in=wanted)
            if wanted and (count := gone.count()):
                gone.delete()
                _count(self.loaded.removed, MembershipListing, count)
            self._sync(MembershipListing, wanted, key="member_id", rows=rows)

    def _sync(
        self,
        model: type[M],
        wanted: Mapping[K, Mapping[str, Any]],
        *,
        key: str,
        rows: models.QuerySet[M] | None = None,
    ) -> dict[K, M]:
        """Return rows by key, after adding those that are missing and saving those that differ."""
        manager = model._default_manager
        found = {getattr(row, key): row for row in (manager.all() if rows is None else rows)}
        missing = [model(**{**fields, key: v}) for v, fields in wanted.items() if v not in found]
        for value, row in found.items():
            fields = wanted.get(value, {})
            differing = [name for name, new in fields.items() if getattr(row, name) != new]
            for name in differing:
                setattr(row, name, fields[name])
            if differing:
                row.save(update_fields=[name.removesuffix("_id") for name in differing])
                _count(self.loaded.changed, model)
        for row in manager.bulk_create(missing):
            found[getattr(row, key)] = row
        _count(self.loaded.added, model, len(missing))
        return found

    def _where(self, stored: Edition, definition: PublicationDef) -> str:
        """Name the first provision whose words differ, so that the editor knows where to look."""
        texts = {text.provision_id: text for text in stored.texts.filter(language="en")}
        for provision in definition.provisions:
            text = texts.pop(provision.id, None)
            if text is None or (text.title, text.markdown, text.audience, text.grounding) != (
                provision.title,
                provision.text,
                list(provision.audience),
                list(provision.grounding),
            ):
                return f" at {provision.label}"
        return ""


def _change(provision: ProvisionDef, earlier: Text | None) -> str:
    if earlier is None:
        return Text.Change.NEW
    if (earlier.title, earlier.markdown) == (provision.title, provision.text):
        return Text.Change.UNCHANGED
    known = (Text.Change.EDITORIAL, Text.Change.SUBSTANTIVE)
    return provision.change if provision.change in known else Text.Change.SUBSTANTIVE


def _glossary(pack: Pack) -> markdown.Glossary:
    page = reverse("publications:glossary")
    return markdown.Glossary(
        [
            markdown.Term(
                label=provision.label,
                forms=provision.forms,
                definition=f"{provision.title}: {markdown.first_sentence(provision.text)}",
                href=f"{page}#{provision.label}",
            )
            for publication in pack.publications
            for provision in publication.provisions
            if provision.kind == Provision.Kind.TERM
        ]
    )


def _page_version(pack: Pack, html: Mapping[str, str]) -> str:
    """Return a hash of everything in the pack that a page can show."""
    shown = [
        [
            definition.record,
            definition.edition,
            definition.sha256,
            [(provision.items, provision.action) for provision in definition.provisions],
        ]
        for definition in pack.publications
    ]
    canonical = json.dumps([shown, pack.members, html], default=str, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _count(tally: dict[str, int], model: type[models.Model], number: int = 1) -> None:
    if number:
        name = str(model._meta.verbose_name_plural)
        tally[name] = tally.get(name, 0) + number


def in_words(loaded: Loaded) -> str:
    """Return one sentence on what a load did."""
    if not loaded.writes:
        return "The content was loaded already; nothing changed."
    parts = [
        f"{verb} {', '.join(f'{count} {name}' for name, count in sorted(tally.items()))}"
        for verb, tally in _verbs(loaded)
        if tally
    ]
    return f"Content loaded: {'; '.join(parts)}."


def _verbs(loaded: Loaded) -> Iterable[tuple[str, dict[str, int]]]:
    return (("added", loaded.added), ("changed", loaded.changed), ("removed", loaded.removed))
