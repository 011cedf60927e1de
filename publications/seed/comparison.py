"""What of a pack is new to this site: its editions beside those that are stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from publications.models import Edition, Link, Provision
from publications.seed.pack import Pack, ProvisionDef, PublicationDef, identity

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


# Of a published companion text, what a load may still change without a new edition.
OPEN_FIELDS = ("position", "handle", "record_url", "record_label", "retrieved_date")


# Source, relation, and the target: a provision or an item.
LinkKey = tuple[UUID, str, UUID | None, str]


class EditionRefused(Exception):
    """An edition cannot be published as its file has it."""


@dataclass
class Comparison:
    """The pack's editions: new ones, those stored already, and those left as the site has them.

    `left` has the site's edition beside each, and `reasons` a sentence.
    """

    new: list[PublicationDef] = field(default_factory=list)
    stored: list[PublicationDef] = field(default_factory=list)
    left: list[tuple[PublicationDef, Edition]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def compare(pack: Pack, *, on: date) -> Comparison:
    """Sort the pack's editions, or raise EditionRefused, before anything is written."""
    editions: dict[str, dict[int, Edition]] = {}
    for edition in Edition.objects.select_related("publication"):
        editions.setdefault(edition.publication.slug, {})[edition.number] = edition
    found = Comparison()
    for definition in pack.publications:
        if definition.edition is not None:
            _sort(definition, editions.get(definition.slug, {}), found, on=on)
    return found


def _sort(
    definition: PublicationDef, here: dict[int, Edition], found: Comparison, *, on: date
) -> None:
    assert definition.edition is not None, "only editions are compared"
    number, file = definition.edition.number, definition.file
    published = [n for n, each in here.items() if each.state != Edition.State.DRAFT]
    newest = max(published, default=0)
    if definition.edition.date > on:
        raise EditionRefused(
            f"{file}: edition {number} is dated {definition.edition.date}, "
            "which is to come. Load it on that day, or date it today."
        )
    if number < newest:
        found.left.append((definition, here[newest]))
        found.reasons.append(
            f"{file}: edition {number} is older than edition {newest} of this site, which stays."
        )
    elif number in here and number not in published:
        found.left.append((definition, here[number]))
        found.reasons.append(f"{file}: edition {number} is a draft on this site, which stays.")
    elif number not in here:
        found.new.append(definition)
    elif where := _difference(here[number], definition):
        raise EditionRefused(
            f"{file}: edition {number} is published and says something else at {where}. Raise "
            f"edition.number to {number + 1} and say in change_note what is new."
        )
    else:
        found.stored.append(definition)


def record_of(definition: PublicationDef) -> dict[str, Any]:
    """Return the columns of a publication that its file gives, empty where it gives none."""
    return {**EMPTY_RECORD, **definition.record}


def _difference(stored: Edition, definition: PublicationDef) -> str:
    """Name the first place where a published edition differs from the pack; "" for nowhere."""
    assert definition.edition is not None, "only editions are compared"
    record = record_of(definition)
    for key in sorted(record.keys() - {*OPEN_FIELDS}):
        if getattr(stored.publication, key) != record[key]:
            return f"publication.{key}"
    if (stored.published_date, stored.change_note) != (
        definition.edition.date,
        definition.edition.change_note,
    ):
        return "edition"
    texts = {text.provision_id: text for text in stored.texts.filter(language="en")}
    links = _stored_links(texts)
    for provision in definition.provisions:
        text = texts.pop(provision.id, None)
        if (
            text is None
            or (text.title, text.markdown, text.audience, text.grounding)
            != (
                provision.title,
                provision.text,
                list(provision.audience),
                list(provision.grounding),
            )
            or links[provision.id] != set(links_of(provision))
        ):
            return provision.label
    if texts:
        return str(Provision.objects.get(pk=min(texts, key=str)).label)
    return "" if stored.sha256 == definition.sha256 else _apart(stored, definition)


def _apart(stored: Edition, definition: PublicationDef) -> str:
    """Name what the hash covers beside the texts themselves."""
    order = list(stored.texts.order_by("position").values_list("provision__label", flat=True))
    if order != [provision.label for provision in definition.provisions]:
        return "the order of its provisions"
    return "its areas or actions"


def links_of(provision: ProvisionDef) -> Iterator[LinkKey]:
    for item in provision.items:
        yield provision.id, Link.Relation.ANSWERED_BY.value, None, item
    for label in provision.action.names if provision.action else ():
        yield provision.id, Link.Relation.NAMES.value, identity(label), ""


def _stored_links(provisions: Collection[UUID]) -> dict[UUID, set[LinkKey]]:
    found: dict[UUID, set[LinkKey]] = defaultdict(set)
    for link in Link.objects.filter(source__in=list(provisions)):
        found[link.source_id].add((link.source_id, link.relation, link.target_id, link.target_item))
    return found
