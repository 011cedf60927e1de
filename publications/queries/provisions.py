"""The provisions of an edition as pages and reports show them, with what links them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.vocabulary import names
from publications.markdown import ITEM
from publications.models import (
    Edition,
    Horizon,
    Link,
    Provision,
    RoadmapAction,
    Text,
)
from publications.queries.editions import EditionRow, today


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationRef:
    """A recommendation in its current words, as other packages and reports show it."""

    label: str
    title: str
    path: str
    publication: str
    html: str
    audience: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLink:
    """Another provision as a link shows it."""

    label: str
    title: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptake:
    """How far the market has come in one capability, from a benchmark release.

    `share` is in whole percent; `source` names the release and says if it is a demonstration.
    """

    code: str
    title: str
    share: int
    words: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One provision of an edition, ready to show."""

    label: str
    kind: str
    title: str
    html: str
    path: str
    audience: tuple[str, ...]
    grounding: tuple[str, ...]
    items: tuple[tuple[str, str], ...]
    links: tuple[NamedLink, ...]
    action: RoadmapAction | None = None
    uptake: tuple[Uptake, ...] = ()  # in the capabilities of its items, from the page that knows

    @property
    def audience_names(self) -> list[str]:
        if set(self.audience) == set(names.RESPONDENT_TYPES):
            return [_("Every type of organisation the questionnaires ask")]
        return [str(names.RESPONDENT_TYPES[code]) for code in self.audience]

    @property
    def measured_items(self) -> list[tuple[str, str]]:
        """The practices an action's measure names, with their addresses."""
        return [(code, item_path(code)) for code in _measured(self.action)]

    @property
    def actor_names(self) -> list[str]:
        return (
            [str(names.RESPONDENT_TYPES[code]) for code in self.action.actors]
            if self.action
            else []
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonGroup:
    horizon: str
    name: str
    actions: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaGroup:
    number: int
    title: str
    summary: str
    horizons: tuple[HorizonGroup, ...]


def provision_path(label: str) -> str:
    return reverse("publications:provision", args=[label])


def item_path(code: str) -> str:
    return f"/i/{code}"  # of the questionnaires, which stand above this package


def recommendations_for(items: Collection[str]) -> dict[str, list[RecommendationRef]]:
    """Return the current recommendations that answer each of these items, in one query.

    Every item asked for is a key; one that nothing answers has an empty list.
    """
    found: dict[str, list[RecommendationRef]] = {item: [] for item in items}
    texts = _current_recommendations().filter(
        provision__links__relation=Link.Relation.ANSWERED_BY,
        provision__links__target_item__in=list(found),
    )
    for text in texts.annotate(item=F("provision__links__target_item")):
        found[text.item].append(_reference(text))
    return found


def recommendation_texts(labels: Collection[str]) -> dict[str, RecommendationRef]:
    """Return the current recommendations with these labels; unknown ones are left out."""
    texts = _current_recommendations().filter(provision__label__in=list(labels))
    return {text.provision.label: _reference(text) for text in texts}


def _current_recommendations() -> QuerySet[Text]:
    return (
        Text.objects.filter(
            provision__kind=Provision.Kind.RECOMMENDATION,
            edition__in=Edition.objects.current(on=today()),
            language="en",
        )
        .select_related("provision", "edition__publication")
        .order_by("edition__publication__position", "position")
    )


def _reference(text: Text) -> RecommendationRef:
    return RecommendationRef(
        label=text.provision.label,
        title=text.title,
        path=provision_path(text.provision.label),
        publication=text.edition.publication.title,
        html=text.html,
        audience=tuple(text.audience),
    )


def shown_texts(
    publication: int, edition: EditionRow, *, uptake: Mapping[str, Uptake] | None = None
) -> list[Shown]:
    """Return the provisions of an edition in reading order, each with its links: two queries.

    `uptake` is by capability; each provision is shown with that of the items it is measured by.
    """
    texts = list(
        Text.objects.filter(edition=edition.id, language="en")
        .select_related("provision__action__area")
        .order_by("position")
    )
    links = _links_of(publication)
    measured = uptake or {}
    return [_shown(text, links[text.provision_id], measured) for text in texts]


def roadmap_areas(shown: Sequence[Shown], *, actor: str = "") -> list[AreaGroup]:
    """Return the areas that hold actions for that actor type (for any, if empty), by horizon."""
    shown = [text for text in shown if text.action and (not actor or actor in text.action.actors)]
    areas = {text.action.area.number: text.action.area for text in shown if text.action}
    return [
        AreaGroup(
            number=number,
            title=area.title,
            summary=area.summary,
            horizons=tuple(_horizons(shown, number)),
        )
        for number, area in sorted(areas.items())
    ]


def _horizons(shown: Sequence[Shown], area: int) -> Iterable[HorizonGroup]:
    for horizon in Horizon:
        actions = tuple(
            text
            for text in shown
            if text.action and (text.action.area.number, text.action.horizon) == (area, horizon)
        )
        if actions:
            yield HorizonGroup(horizon=horizon, name=str(horizon.label), actions=actions)


@dataclass(kw_only=True)
class _Links:
    items: list[tuple[str, str]] = field(default_factory=list)
    provisions: list[NamedLink] = field(default_factory=list)


def _links_of(publication: int) -> dict[UUID, _Links]:
    """Return, by provision, the items it is answered by and the provisions linked either way."""
    titles = Text.objects.filter(edition__state=Edition.State.PUBLISHED, language="en")
    rows = (
        Link.objects.filter(Q(source__publication=publication) | Q(target__publication=publication))
        .annotate(
            source_title=Subquery(titles.filter(provision=OuterRef("source")).values("title")[:1]),
            target_title=Subquery(titles.filter(provision=OuterRef("target")).values("title")[:1]),
        )
        .select_related("source", "target")
        .order_by("target_item", "source__label", "target__label")
    )
    found: dict[UUID, _Links] = defaultdict(_Links)
    for link in rows:
        if link.target_item:
            found[link.source_id].items.append((link.target_item, item_path(link.target_item)))
        elif link.target is not None:
            # What no current edition holds has no title, and links of current texts pass it over.
            if link.target_title is not None:
                found[link.source_id].provisions.append(_named(link.target, link.target_title))
            if link.source_title is not None:
                found[link.target.pk].provisions.append(_named(link.source, link.source_title))
    return found


def _named(provision: Provision, title: str) -> NamedLink:
    return NamedLink(label=provision.label, title=title, path=provision_path(provision.label))


def _shown(text: Text, links: _Links, uptake: Mapping[str, Uptake]) -> Shown:
    provision = text.provision
    action = provision.action if provision.kind == Provision.Kind.ACTION else None
    items = _measured(action) if action else [code for code, _path in links.items]
    capabilities = dict.fromkeys(code.partition(".")[0] for code in items)
    return Shown(
        label=provision.label,
        kind=provision.kind,
        title=text.title,
        html=text.html,
        path=provision_path(provision.label),
        audience=tuple(text.audience),
        grounding=tuple(text.grounding),
        items=tuple(links.items),
        links=tuple(links.provisions),
        action=action,
        uptake=tuple(uptake[code] for code in capabilities if code in uptake),
    )


def _measured(action: RoadmapAction | None) -> list[str]:
    """Return the codes of the practices that an action's measure names."""
    return re.findall(ITEM, action.measure) if action else []


def address_of(label: str, *, on: date) -> str | None:
    """Return the page and anchor where a provision stands now, or None if readers know none.

    A provision that a later edition left out is found in the last edition that had it.
    """
    text = (
        Text.objects.filter(
            provision__label=label, edition__in=Edition.objects.published(on=on), language="en"
        )
        .select_related("provision", "edition__publication")
        .order_by("-edition__number")
        .first()
    )
    if text is None:
        return None
    return f"{_page_of(text)}#{label}"


def _page_of(text: Text) -> str:
    if text.edition.state != Edition.State.PUBLISHED:
        return reverse(
            "publications:edition", args=[text.edition.publication.slug, text.edition.number]
        )
    if text.provision.kind == Provision.Kind.ACTION:
        return reverse("publications:roadmap")
    if text.provision.kind == Provision.Kind.TERM:
        return reverse("publications:glossary")
    return reverse("publications:publication", args=[text.edition.publication.slug])


def recommendation_to_cite(label: str, *, on: date) -> Text | None:
    """Return a provision's text in the edition in force, with its publication."""
    return (
        Text.objects.filter(
            provision__label=label, edition__in=Edition.objects.current(on=on), language="en"
        )
        .select_related("provision", "edition__publication")
        .first()
    )
