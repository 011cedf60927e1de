"""A release in the formats of statistical tools: tables, SDMX and a data package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from assessments.benchmarks import access
from assessments.benchmarks import labels as exchange
from assessments.benchmarks import queries as benchmarks
from assessments.benchmarks.api import serializers
from assessments.benchmarks.api.bodies import document_of
from assessments.benchmarks.api.parameters import NO_RELEASE, ReleasePath
from assessments.disclosure.exchange import package, sdmx, tables
from portal.api.base import FOR_EVER, Body, PublicView, address, cached_body
from portal.api.rendering import (
    CSV,
    JSON,
    CSVRenderer,
    JSONRenderer,
    SdmxCSV,
    SdmxJSON,
    SdmxML,
    Zip,
)

CSV_UTF8 = f"{CSV}; charset=utf-8"


class ReleaseData(PublicView):
    """The whole release in one answer. As JSON these are the bytes whose SHA-256 it is known by.

    `csv` has a row for each cohort, measure and view; `sdmx-csv` and `sdmx-json` have an
    observation for each figure, described at `/releases/{release}/structure`.
    """

    summary = "Read a whole release"
    answer = serializers.ReleaseDocumentOut
    renderer_classes = (JSONRenderer, CSVRenderer, SdmxCSV, SdmxJSON)
    path_parameters = ReleasePath
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER
    columns = tuple(column.name for column in tables.DATA)

    def get(self, request: Request, release: str) -> Body:
        form = str(request.accepted_renderer.format)
        build, media_type, ending = {
            "json": (_release_json, JSON, "json"),
            "csv": (_data_csv, CSV_UTF8, "csv"),
            SdmxCSV.format: (_sdmx_csv, f"{SdmxCSV.full_type()};charset=utf-8", "sdmx.csv"),
            SdmxJSON.format: (_sdmx_json, SdmxJSON.full_type(), "sdmx.json"),
        }[form]
        return _body(build, release, media_type=media_type, ending=ending)


class ReleaseStructure(PublicView):
    """Dataflow, data structure definition, concepts and code lists of a release in SDMX-ML 3.0.

    The code list `CL_COHORT` is the catalogue of cohorts, published and withheld, with labels and
    parents. Annotations say what each is made of, in codes of `CL_KIND`, `CL_TYPE`, `CL_FAMILY`,
    `CL_REGION`, `CL_INCOME` and `CL_MARKET`. In a demonstration these names end in `_DEMO`.
    """

    summary = "Read the structure of a release"
    answer = None
    renderer_classes = (SdmxML,)
    path_parameters = ReleasePath
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER

    def get(self, request: Request, release: str) -> Body:
        return _body(_structure, release, media_type=SdmxML.full_type(), ending="structure.xml")


class ReleasePackage(PublicView):
    """A release as a Frictionless Data Package: tables, schema, licence and hashes in a zip."""

    summary = "Download a release as a data package"
    answer = None
    renderer_classes = (Zip,)
    path_parameters = ReleasePath
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER

    def get(self, request: Request, release: str) -> Body:
        return _body(_archive, release, media_type=str(Zip.media_type), ending="zip")


class ReleaseDescriptor(PublicView):
    """The descriptor of the data package. Its files stand beside it, so that tools load it here."""

    summary = "Read the descriptor of the data package"
    answer: ClassVar[dict[str, Any]] = {
        "type": "object",
        "description": "A descriptor of the Data Package standard, version 2.0.",
        "required": ["name", "version", "licenses", "resources"],
        "additionalProperties": True,
    }
    path_parameters = ReleasePath
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER

    def get(self, request: Request, release: str) -> Body:
        return _body(_descriptor, release, media_type=JSON)


class ReleaseFile(PublicView):
    """A file of the data package, as its descriptor names it."""

    schema = None
    path_parameters = ReleasePath
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER

    def get_renderers(self) -> list[BaseRenderer]:
        """Offer the one format that the address names."""
        is_table = str(self.kwargs["file"]).endswith(".csv")
        return [CSVRenderer() if is_table else JSONRenderer()]

    def get(self, request: Request, release: str, file: str) -> Body:
        obj = access.release_named(release)
        media_type = CSV_UTF8 if file.endswith(".csv") else JSON
        return cached_body(
            _file, obj.sha256, file, media_type=media_type, last_modified=obj.published_at
        )


def _body(
    build: Callable[[str], bytes], release: str, *, media_type: str, ending: str = ""
) -> Body:
    """Return what a release is in one format, under a name to save it by if it has an ending."""
    obj = access.release_named(release)
    body = cached_body(build, obj.sha256, media_type=media_type, last_modified=obj.published_at)
    if ending:
        body["Content-Disposition"] = f'inline; filename="benchmark-{obj.code}.{ending}"'
    return body


# Bodies that follow from a release's hash alone, and are built once


def _release_json(sha256: str) -> bytes:
    return benchmarks.text_hashed(sha256).encode()


def _data_csv(sha256: str) -> bytes:
    return tables.written(tables.data_rows(document_of(sha256)), tables.DATA)


def _sdmx_csv(sha256: str) -> bytes:
    return sdmx.data_csv(document_of(sha256))


def _sdmx_json(sha256: str) -> bytes:
    document = document_of(sha256)
    return sdmx.data_json(document, exchange.labels_of(document))


def _structure(sha256: str) -> bytes:
    document = document_of(sha256)
    return sdmx.structure_xml(document, exchange.labels_of(document))


def _files(sha256: str) -> dict[str, bytes]:
    document = document_of(sha256)
    labels = exchange.labels_of(document)
    return package.files(document, labels, release=_release_json(sha256))


def _described(sha256: str, files: Mapping[str, bytes]) -> bytes:
    document = document_of(sha256)
    here = address("release", document["id"])
    citation = benchmarks.citation(document, address=here)
    return package.descriptor(document, files, address=here, citation=citation)


def _descriptor(sha256: str) -> bytes:
    return _described(sha256, _files(sha256))


def _archive(sha256: str) -> bytes:
    files = _files(sha256)
    return package.archive(document_of(sha256), files, _described(sha256, files))


def _file(sha256: str, path: str) -> bytes:
    return _files(sha256)[path]
