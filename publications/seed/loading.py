"""Loading a content pack: what it adds, changes and takes away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

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
from publications.seed.comparison import OPEN_FIELDS, Comparison, compare, links_of, record_of
from publications.seed.pack import Pack, ProvisionDef, PublicationDef

M = TypeVar("M", bound=models.Model)
K = TypeVar("K", bound=Hashable)


@dataclass
class Loaded:
    """How many rows a load added, changed and took away, by the name of the model."""

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)  # a sentence for each edition left out

    @property
    def writes(self) -> int:
        return sum(map(sum, (self.added.values(), self.changed.values(), self.removed.values())))


@transaction.atomic
def load_pack(*, pack: Pack, on: date) -> Loaded:
    """Bring the database to what the pack says. Loading the same pack again writes nothing.

    Refuses a pack that changes what a published edition says under its number, since a correction
    is a new edition, and one that is dated after `on`, since a load publishes at once. A
    publication of which the site has a later edition, or a draft of this one, is left as the site
    has it: the pack is a seed and an import, not the truth of a running site.
    """
    loader = _Loader(pack, compare(pack, on=on))
    loader.load()
    return loader.loaded


class _Loader:
    def __init__(self, pack: Pack, comparison: Comparison) -> None:
        self.pack = pack
        self.loaded = Loaded(left=comparison.reasons)
        self.new, self.stored, self.left = comparison.new, comparison.stored, comparison.left
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

    def load(self) -> None:
        official = [each for each in self.pack.publications if each.edition is None]
        drafts = self._drafts()
        publications = self._sync(
            Publication,
            {each.slug: self._record(each) for each in (*official, *self.new)}
            | {each.slug: self._open_record(each) for each in self.stored}
            | {each.slug: {"page_version": self._version(edition)} for each, edition in self.left},
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
                for definition in self.new
                for provision in definition.provisions
            },
            key="label",
        )
        for definition in self.new:
            edition = drafts.get(definition.slug) or self._draft(definition, publications)
            drafts[definition.slug] = edition
            self._texts(edition, definition, provisions)
        self._roadmap(publications, provisions)
        self._links(provisions)
        self._publish(drafts)
        self._members(publications)

    def _record(self, definition: PublicationDef) -> dict[str, Any]:
        return {**record_of(definition), "page_version": self.version}

    def _open_record(self, definition: PublicationDef) -> dict[str, Any]:
        record = self._record(definition)
        return {key: record[key] for key in (*OPEN_FIELDS, "page_version")}

    def _version(self, left: Edition) -> str:
        """Return the page version of a publication left as it is, whose pages show others, too."""
        return hashlib.sha256(f"{self.version} {left.sha256}".encode()).hexdigest()

    def _drafts(self) -> dict[str, Edition]:
        """Draft the new editions of known publications, which then may change with them."""
        publications = Publication.objects.in_bulk(
            [definition.slug for definition in self.new], field_name="slug"
        )
        return {
            definition.slug: self._draft(definition, publications)
            for definition in self.new
            if definition.slug in publications
        }

    def _draft(
        self, definition: PublicationDef, publications: Mapping[str, Publication]
    ) -> Edition:
        assert definition.edition is not None, "only editions are new"
        _count(self.loaded.added, Edition)
        return publications[definition.slug].editions.create(
            number=definition.edition.number,
            published_date=definition.edition.date,
            change_note=definition.edition.change_note,
            sha256=definition.sha256,
        )

    def _publish(self, drafts: Mapping[str, Edition]) -> None:
        for draft in drafts.values():
            for earlier in Edition.objects.filter(
                publication=draft.publication_id, state=Edition.State.PUBLISHED
            ):
                earlier.state = Edition.State.SUPERSEDED
                earlier.save(update_fields=["state"])
                _count(self.loaded.changed, Edition)
            draft.state = Edition.State.PUBLISHED
            draft.save(update_fields=["state"])

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
        statuses = {
            provision.id: {"status": provision.action.status}
            for definition in self.stored
            for provision in definition.provisions
            if provision.action
        }
        known = RoadmapAction.objects.filter(provision__in=list(statuses))
        self._sync(RoadmapAction, statuses, key="provision_id", rows=known)
        for definition in self.new:
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
            # An action that the new edition leaves out stays with the texts of the earlier ones.
            numbers = [area.number for area in definition.areas]
            left = PriorityArea.objects.filter(publication=publication, actions=None)
            self._remove(left.exclude(number__in=numbers))

    def _remove(self, rows: models.QuerySet[Any]) -> None:
        if count := rows.count():
            rows.delete()
            _count(self.loaded.removed, rows.model, count)

    def _links(self, provisions: Mapping[str, Provision]) -> None:
        """Bring the links of new editions' provisions to what the pack says.

        A provision that the new edition leaves out keeps its links for the earlier ones.
        """
        given = [provision for each in self.new for provision in each.provisions]
        wanted = {link for provision in given for link in links_of(provision)}
        ours = Link.objects.filter(source__in=[provision.id for provision in given])
        present = {
            (link.source_id, link.relation, link.target_id, link.target_item): link.pk
            for link in ours
        }
        Link.objects.bulk_create(
            Link(source_id=source, relation=relation, target_id=target, target_item=item)
            for source, relation, target, item in sorted(wanted - present.keys(), key=str)
        )
        _count(self.loaded.added, Link, len(wanted - present.keys()))
        self._remove(Link.objects.filter(pk__in=[present[key] for key in present.keys() - wanted]))

    def _members(self, publications: Mapping[str, Publication]) -> None:
        """Bring the membership lists to what the pack says; who is on none any more is removed."""
        members = self._sync(
            MemberOrganisation,
            {
                member.slug: {"name": member.name, "category": member.category}
                for member in self.pack.members
            },
            key="slug",
        )
        for definition in self.pack.publications:
            publication = publications[definition.slug]
            wanted = {
                members[member.slug].pk: {
                    "publication_id": publication.pk,
                    "standing": listing.standing,
                    "printed_as": listing.printed_as,
                }
                for member in self.pack.members
                for listing in member.listings
                if listing.publication == definition.slug
            }
            rows = MembershipListing.objects.filter(publication=publication)
            self._remove(rows.exclude(member__in=wanted))
            self._sync(MembershipListing, wanted, key="member_id", rows=rows)
        self._remove(MemberOrganisation.objects.filter(listings=None))

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
    """Return one sentence on what a load did, and one for each edition it left out."""
    return " ".join([_tally(loaded), *loaded.left])


def _tally(loaded: Loaded) -> str:
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
