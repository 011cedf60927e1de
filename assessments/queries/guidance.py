"""Guidance as data: provisions in their current words, with what they are linked to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from publications.models import Edition, Link, Provision, RoadmapAction, Text


def current_provisions(
    *, kind: str | None = None, publication: str | None = None, origin: str | None = None
) -> QuerySet[Text]:
    """Return the current texts, in the order of the library and of each publication."""
    texts = Text.objects.filter(
        edition__in=Edition.objects.current(on=timezone.localdate()), language="en"
    ).select_related("provision", "edition__publication")
    if kind is not None:
        texts = texts.filter(provision__kind=kind)
    if publication is not None:
        texts = texts.filter(edition__publication__slug=publication)
    if origin is not None:
        texts = texts.filter(provision__origin=origin)
    return texts.order_by("edition__publication__position", "edition__publication_id", "position")


def provision_labelled(label: str) -> Text | None:
    return current_provisions().filter(provision__label=label).first()


def described(texts: Sequence[Text]) -> list[dict[str, Any]]:
    """Return texts with the items and provisions they name, and their actions: two queries."""
    ids = [text.provision_id for text in texts]
    items: dict[UUID, list[str]] = {id_: [] for id_ in ids}
    names: dict[UUID, list[str]] = {id_: [] for id_ in ids}
    links = Link.objects.filter(source__in=ids).order_by("target_item", "target__label")
    for source, item, label in links.values_list("source", "target_item", "target__label"):
        (items if item else names)[source].append(item or label)
    actions = {
        action.provision_id: action
        for action in RoadmapAction.objects.filter(provision__in=ids).select_related("area")
    }
    return [
        {
            "id": str(text.provision_id),
            "label": text.provision.label,
            "kind": text.provision.kind,
            "origin": text.provision.origin,
            "publication": text.edition.publication.slug,
            "edition": text.edition.number,
            "title": text.title,
            "markdown": text.markdown,
            "audience": list(text.audience),
            "grounding": list(text.grounding),
            "items": items[text.provision_id],
            "provisions": names[text.provision_id],
            "action": _action(actions.get(text.provision_id)),
        }
        for text in texts
    ]


def _action(action: RoadmapAction | None) -> dict[str, Any] | None:
    if action is None:
        return None
    return {
        "area": action.area.title,
        "horizon": action.horizon,
        "actors": list(action.actors),
        "status": action.status,
        "measure": action.measure,
    }


KINDS = tuple(Provision.Kind.values)
