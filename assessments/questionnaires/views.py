"""The questionnaires and their editions, for people and machines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from assessments.core import checks, result
from assessments.core.instrument import Dimension, Instrument, Item
from assessments.disclosure import document as release_document
from assessments.questionnaires import queries
from assessments.questionnaires.models import InstrumentEdition
from portal.web.conditional import conditional
from portal.web.pages import public_page
from publications.queries import RecommendationRef, recommendations_for

FOR_EVER = "public, max-age=31536000, immutable"
EFFORT = {1: _("Small"), 2: _("Medium"), 3: _("Large")}


@dataclass(frozen=True, slots=True)
class Shown:
    """The current edition and one of its questionnaires, or None for all of them."""

    edition: queries.EditionToRead
    dimension: Dimension | None

    @property
    def version(self) -> str:
        return self.edition.page_version

    @property
    def instrument(self) -> Instrument:
        return self.edition.content


def _current(dimension: str | None = None) -> Shown:
    edition = queries.edition_to_read()
    if edition is None:
        raise Http404("No questionnaires are loaded.")
    if dimension is None:
        return Shown(edition, None)
    for each in edition.content.dimensions:
        if each.code == dimension:
            return Shown(edition, each)
    raise Http404("No such questionnaire.")


@public_page(_current)
def questionnaires(request: HttpRequest, found: Shown) -> HttpResponse:
    instrument = found.instrument
    context = {
        "edition": found.edition,
        "instrument": instrument,
        "types": list(_numbers_of_items(instrument)),
    }
    return render(request, "questionnaires/questionnaires.html", context)


def _numbers_of_items(instrument: Instrument) -> Iterator[tuple[str, int]]:
    for code, kind in instrument.respondent_types.items():
        yield kind.label, len(instrument.items_for(code))
        if kind.without_registry_label:
            yield (
                kind.without_registry_label,
                len(instrument.items_for(code, operates_registry=False)),
            )


@public_page(_current)
def questionnaire(request: HttpRequest, found: Shown) -> HttpResponse:
    dimension = found.dimension
    assert dimension is not None
    answers = recommendations_for([item.code for item in dimension.items])
    context = {
        "edition": found.edition,
        "instrument": found.instrument,
        "dimension": dimension,
        "contents": [
            {"anchor": each.code, "title": each.title, "label": each.code}
            for each in dimension.capabilities
        ],
        "capabilities": [
            (part, [_entry(found.instrument, item, answers[item.code]) for item in part.items])
            for part in dimension.capabilities
        ],
    }
    return render(request, "questionnaires/questionnaire.html", context)


def _entry(
    instrument: Instrument, item: Item, recommendations: list[RecommendationRef]
) -> dict[str, Any]:
    kinds = instrument.respondent_types
    relying = [kinds[code].label for code, role in item.types.items() if role == "relying"]
    return {
        "item": item,
        "effort": EFFORT[item.effort],
        "anchors": list(zip(instrument.levels, item.levels, strict=True)),
        "relying_anchors": list(zip(instrument.levels, item.relying_levels or (), strict=False)),
        "is_for_all": len(item.types) == len(kinds),
        "types": [kinds[code].label for code in item.types],
        "relying": relying if item.relying_question else [],
        "recommendations": recommendations,
        "prerequisites": [(code, _address(code)) for code in item.depends_on],
    }


@require_safe
def item_address(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the item's place in the current edition."""
    edition = queries.current_edition()
    if edition is None or code not in edition.content.items:
        raise Http404("No such item.")
    home = next(
        dimension.code
        for dimension in edition.content.dimensions
        if any(item.code == code for item in dimension.items)
    )
    return redirect(reverse("assessments:questionnaire", args=[home]) + f"#{code}")


@require_safe
def edition_json(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the canonical JSON of an edition, whose SHA-256 is its entity tag."""
    code, _dash, version = name.rpartition("-")
    edition = get_object_or_404(
        InstrumentEdition.objects.defer("document"), instrument__code=code, version=version
    )
    return _data(
        request,
        lambda: edition.document.encode(),
        sha256=edition.sha256,
        content_type="application/json",
        cache_control=FOR_EVER,
    )


@require_safe
def instrument_schema(request: HttpRequest) -> HttpResponse:
    """Serve the JSON Schema that every edition of the instrument meets."""
    return _schema(request, checks.SCHEMA)


@require_safe
def result_schema(request: HttpRequest) -> HttpResponse:
    """Serve the JSON Schema that every result document meets."""
    return _schema(request, result.SCHEMA)


@require_safe
def release_schema(request: HttpRequest) -> HttpResponse:
    """Serve the JSON Schema that every release document meets."""
    return _schema(request, release_document.SCHEMA)


def _schema(request: HttpRequest, file: Path) -> HttpResponse:
    content, sha256 = _content_of(file)
    return _data(
        request,
        lambda: content,
        sha256=sha256,
        content_type="application/schema+json",
        cache_control="public, max-age=3600",
    )


@cache
def _content_of(file: Path) -> tuple[bytes, str]:
    content = file.read_bytes()
    return content, hashlib.sha256(content).hexdigest()


def _data(
    request: HttpRequest,
    read: Callable[[], bytes],
    *,
    sha256: str,
    content_type: str,
    cache_control: str,
) -> HttpResponse:
    return conditional(
        request,
        lambda: HttpResponse(read(), content_type=content_type),
        etag=f'"{sha256}"',
        cache_control=cache_control,
    )


def _address(code: str) -> str:
    return reverse("assessments:item_address", args=[code])
