"""A content pack as plain values, and the hash of what an edition in it says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assessments.core.documents import sha256

# The namespace of provision identities: uuid5 of this and the label, the same in every database.
NAMESPACE = uuid.UUID("5f0a6c1e-2d63-5b8e-9a57-3c1f0d8e7b42")


def identity(label: str) -> uuid.UUID:
    """Return the permanent identity of a provision."""
    return uuid.uuid5(NAMESPACE, label)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaDef:
    number: int
    title: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDef:
    area: int
    horizon: str
    actors: tuple[str, ...]
    status: str
    measure: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionDef:
    label: str
    kind: str
    title: str
    text: str
    change: str
    audience: tuple[str, ...] = ()
    grounding: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    action: ActionDef | None = None

    @property
    def id(self) -> uuid.UUID:
        return identity(self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDef:
    number: int
    date: dt.date
    change_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationDef:
    file: str
    record: Mapping[str, Any]
    edition: EditionDef | None = None
    provisions: tuple[ProvisionDef, ...] = ()
    areas: tuple[AreaDef, ...] = ()

    @property
    def slug(self) -> str:
        return str(self.record["slug"])

    @property
    def sha256(self) -> str:
        """The hash of what the edition says: words, audience, grounding, actions, not links."""
        return sha256(
            {
                "publication": self.slug,
                "edition": self.edition.number if self.edition else 0,
                "areas": [[area.number, area.title, area.summary] for area in self.areas],
                "provisions": [canonical_provision(provision) for provision in self.provisions],
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingDef:
    publication: str
    standing: str
    printed_as: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberDef:
    slug: str
    name: str
    category: str
    listings: tuple[ListingDef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    publications: tuple[PublicationDef, ...]
    members: tuple[MemberDef, ...]


def canonical_provision(provision: ProvisionDef) -> dict[str, Any]:
    """Return what an edition's hash covers of one provision."""
    content: dict[str, Any] = {
        "label": provision.label,
        "kind": provision.kind,
        "title": provision.title,
        "text": provision.text,
        "audience": list(provision.audience),
        "grounding": list(provision.grounding),
    }
    if action := provision.action:
        content["action"] = {
            "area": action.area,
            "horizon": action.horizon,
            "actors": list(action.actors),
            "measure": action.measure,
        }
    return content
