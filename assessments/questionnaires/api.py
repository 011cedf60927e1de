"""Editions of the questionnaires and their items over the API."""

# mypy: disable-error-code="assignment"
# DRF takes fields off the class, so one called `data` or `label` hides nothing of a serializer.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.fields import (
    BooleanField,
    CharField,
    ChoiceField,
    DateTimeField,
    DictField,
    IntegerField,
    JSONField,
    ListField,
    URLField,
)
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.questionnaires import access
from assessments.questionnaires.models import InstrumentEdition
from portal.api.base import FOR_EVER, Body, PublicView, TableView, address, wants_csv
from portal.api.pagination import PageQuery
from portal.api.parameters import Choice, Parameters, Pattern
from portal.api.rendering import JSON
from portal.api.serializers import Out, Paged, texts
from portal.vocabulary import codes as vocabulary
from portal.vocabulary.codes import codes_of

# Questionnaires and code lists


class EditionRefOut(Out):
    code = CharField()
    version = CharField()
    sha256 = CharField()


class InstrumentOut(Out):
    code = CharField()
    version = CharField()
    title = CharField()
    sha256 = CharField()
    loaded_at = DateTimeField()
    url = URLField()


class InstrumentListOut(Paged):
    data = InstrumentOut(many=True)


class InstrumentDocumentOut(Out):
    """The frozen edition: canonical JSON whose SHA-256 is its ETag."""

    code = CharField()
    version = CharField()
    title = CharField()
    companion = CharField()
    scoring = DictField(child=JSONField())
    levels = ListField(child=DictField(child=JSONField()))
    evidence_grades = ListField(child=DictField(child=JSONField()))
    respondent_types = ListField(child=DictField(child=JSONField()))
    dimensions = ListField(child=DictField(child=JSONField()))


class ItemOut(Out):
    code = CharField()
    dimension = CharField()
    capability = CharField()
    title = CharField()
    statement = CharField()
    question = CharField()
    levels = texts(help_text="What ratings 0 to 4 mean here.")
    relying_question = CharField(allow_null=True)
    relying_levels = texts(allow_null=True)
    why = CharField()
    evidence = texts()
    effort = IntegerField()
    tier = ChoiceField(choices=("M", "A"), help_text="M minimum standard, A good practice.")
    types = DictField(child=CharField(), help_text="Respondent types and how each answers.")
    not_applicable = BooleanField()
    registry_operators_only = BooleanField()
    depends_on = texts()
    grounding = texts()
    recommendations = texts()


class ItemListOut(Paged):
    instrument = EditionRefOut()
    data = ItemOut(many=True)


class EditionPath(Parameters):
    code = Pattern("Code of an instrument.", example="cmi-maturity", pattern=r"[a-z0-9-]{1,40}")
    version = Pattern("Version of an edition.", example="1.0.0", pattern=r"[0-9A-Za-z.-]{1,20}")


class ItemsQuery(PageQuery):
    dimension = Choice(
        "One dimension.",
        example=vocabulary.DIMENSIONS[2].code,
        choices=codes_of(vocabulary.DIMENSIONS),
    )
    type = Choice(
        "Items shown to one respondent type.",
        example=vocabulary.RESPONDENT_TYPES[0].code,
        choices=codes_of(vocabulary.RESPONDENT_TYPES),
    )


NO_EDITION = "There is no such edition. The editions are listed at /api/v1/instruments."


# Questionnaires and code lists


class InstrumentList(TableView):
    """Every edition by instrument, the highest version, which is the current one, first."""

    tag = "Questionnaires"
    summary = "List the editions of the questionnaires"
    answer = InstrumentListOut
    query_parameters = PageQuery
    columns = ("code", "version", "title", "sha256", "loaded_at", "url", "licence")

    def get(self, request: Request) -> Response:
        editions = InstrumentEdition.objects.select_related("instrument").defer("document")
        return self.paginated(editions.by_instrument(), _edition_out)


class InstrumentDocument(PublicView):
    """One edition, complete: the canonical bytes whose SHA-256 it is known by."""

    tag = "Questionnaires"
    summary = "Read an edition of the questionnaires"
    answer = InstrumentDocumentOut
    path_parameters = EditionPath
    not_found_message = NO_EDITION
    cache_control = FOR_EVER

    def get(self, request: Request, code: str, version: str) -> Body:
        edition = _edition(code, version)
        return Body(
            edition.document.encode(),
            media_type=JSON,
            sha256=edition.sha256,
            last_modified=edition.loaded_at,
        )


class ItemList(TableView):
    """The items of an edition in its order, each with its levels, tier, grounding and links."""

    tag = "Questionnaires"
    summary = "List the items of an edition"
    answer = ItemListOut
    path_parameters = EditionPath
    query_parameters = ItemsQuery
    not_found_message = NO_EDITION
    cache_control = FOR_EVER
    columns = (
        *("instrument.code", "instrument.version", "code", "dimension", "capability", "title"),
        *("statement", "question", "relying_question", "why", "evidence", "effort", "tier"),
        *("types", "not_applicable", "registry_operators_only", "depends_on", "grounding"),
        *("recommendations", "licence"),
    )

    def get(self, request: Request, code: str, version: str) -> Response:
        edition = _edition(code, version)
        chosen = self.params.get("dimension"), self.params.get("type")
        rows = [
            {"dimension": dimension.code, "capability": capability.code, "item": item}
            for dimension in edition.content.dimensions
            for capability in dimension.capabilities
            for item in capability.items
            if chosen[0] in (None, dimension.code) and (not chosen[1] or chosen[1] in item.types)
        ]
        ref = {"code": code, "version": version, "sha256": edition.sha256}
        present = _item_row if wants_csv(request) else _item_out
        return self.paginated(rows, present, instrument=ref)


def _edition(code: str, version: str) -> InstrumentEdition:
    return access.edition_named(code, version)


def _edition_out(edition: InstrumentEdition) -> dict[str, Any]:
    return dict(
        InstrumentOut(
            {
                "code": edition.instrument.code,
                "version": edition.version,
                "title": edition.instrument.title,
                "sha256": edition.sha256,
                "loaded_at": edition.loaded_at,
                "url": address("instrument", edition.instrument.code, edition.version),
            }
        ).data
    )


class _Placed:
    """An item with where it stands, as the serializer reads it."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.dimension, self.capability = row["dimension"], row["capability"]
        self._item = row["item"]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._item, name)


def _item_out(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(ItemOut(_Placed(row)).data)


def _item_row(row: Mapping[str, Any]) -> dict[str, Any]:
    item = _item_out(row)
    return {**item, "types": [f"{code} {how}" for code, how in item["types"].items()]}
