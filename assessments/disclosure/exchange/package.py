"""A release as a Frictionless Data Package 2.0: tables with schema, hashes, licence and source.

The release document lies beside the tables, so that the hash it is cited by can be checked. The
archive holds nothing that changes from one making to the next: its bytes are the same wherever
zlib is.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assessments.disclosure.document import ReleaseDocument
from assessments.disclosure.exchange import model, sdmx, tables
from assessments.disclosure.exchange.labels import Labels
from assessments.disclosure.exchange.tables import Column, Row

DESCRIPTOR = "datapackage.json"
PROFILES = "https://datapackage.org/profiles/2.0/"
CSV, JSON, ZIP = "text/csv", "application/json", "application/zip"
FIRST_YEAR_OF_ZIP = 1980


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the package; `foreign` leads from a column to a table ("" itself) and column."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Callable[[ReleaseDocument, Labels], Iterable[Row]]
    key: tuple[str, ...]
    foreign: tuple[tuple[str, str, str], ...]

    @property
    def path(self) -> str:
        return f"{self.name}.csv"


TABLES = (
    Table(
        name="data",
        title="Figures: a row per cohort, measure and view",
        columns=tables.DATA,
        rows=lambda document, _labels: tables.data_rows(document),
        key=("cohort", "measure", "view"),
        foreign=(("cohort", "cohorts", "id"), ("measure", "measures", "code")),
    ),
    Table(
        name="cohorts",
        title="Cohorts, published or withheld",
        columns=tables.COHORTS,
        rows=tables.cohort_rows,
        key=("id",),
        foreign=(("parent", "", "id"),),
    ),
    Table(
        name="measures",
        title="Measures",
        columns=tables.MEASURES,
        rows=tables.measure_rows,
        key=("code",),
        foreign=(("parent", "", "code"),),
    ),
)
RELEASE = "release.json"
FILES = (*(table.path for table in TABLES), RELEASE)


def files(document: ReleaseDocument, labels: Labels, *, release: bytes) -> dict[str, bytes]:
    """Return the files of a package by path; `release` is the canonical JSON of the document."""
    written = {
        table.path: tables.written(table.rows(document, labels), table.columns) for table in TABLES
    }
    return {**written, RELEASE: release}


def descriptor(
    document: ReleaseDocument, contents: Mapping[str, bytes], *, address: str, citation: str
) -> bytes:
    """Return datapackage.json for the files of a release that stands at `address`."""
    package = {
        "$schema": f"{PROFILES}datapackage.json",
        "name": f"carbon-market-benchmark-{document['id']}-{document['revision']}".lower(),
        "id": address,
        "title": model.title(document),
        "description": f"{citation} Figures are rounded and withheld by the rules in "
        f"`{RELEASE}`; a missing figure is withheld or does not exist.",
        "homepage": address,
        "version": model.version_of(document),
        "created": f"{document['published_date']}T00:00:00Z",
        "keywords": ["carbon markets", "benchmark", "maturity"],
        "licenses": [
            {
                "name": document["licence"],
                "path": sdmx.LICENCE_URL,
                "title": "Creative Commons Attribution 4.0 International",
            }
        ],
        "sources": [{"title": citation, "path": address, "version": document["id"]}],
        "contributors": [{"title": model.AGENCY_NAME, "roles": ["publisher"]}],
        "resources": [
            *(_table(document, table, contents[table.path]) for table in TABLES),
            {
                "name": "release",
                "path": RELEASE,
                "title": "The release document, whose hash is that of the release",
                "format": "json",
                "mediatype": JSON,
                **_measured(contents[RELEASE]),
            },
        ],
    }
    return json.dumps(package, ensure_ascii=False, indent=2).encode()


def archive(document: ReleaseDocument, contents: Mapping[str, bytes], described: bytes) -> bytes:
    """Return the files and their descriptor as one zip, dated as the release."""
    day = date.fromisoformat(document["published_date"])
    stamp = (max(day.year, FIRST_YEAR_OF_ZIP), day.month, day.day, 0, 0, 0)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for path, content in {DESCRIPTOR: described, **contents}.items():
            entry = zipfile.ZipInfo(path, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # as on Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, content)
    return file.getvalue()


def _table(document: ReleaseDocument, table: Table, content: bytes) -> dict[str, Any]:
    return {
        "$schema": f"{PROFILES}dataresource.json",
        "name": table.name,
        "type": "table",
        "path": table.path,
        "title": table.title,
        "format": "csv",
        "mediatype": CSV,
        "encoding": "utf-8",
        **_measured(content),
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": {
            "$schema": f"{PROFILES}tableschema.json",
            "fields": [_field(document, column) for column in table.columns],
            "primaryKey": list(table.key),
            "foreignKeys": [
                {
                    "fields": [column],
                    "reference": {
                        **({"resource": resource} if resource else {}),
                        "fields": [key],
                    },
                }
                for column, resource, key in table.foreign
            ],
            "missingValues": [""],
        },
    }


def _field(document: ReleaseDocument, column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "description": column.description,
    }
    rules = dict(column.rules)
    if column.name == "view":
        rules["enum"] = list(document["views"])
    return {**field, "constraints": rules} if rules else field


def _measured(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
