"""Bodies that follow from a release's hash alone (and its notes), and are therefore built once."""

from __future__ import annotations

from typing import Any

from assessments.benchmarks import codes
from assessments.benchmarks import queries as benchmarks
from assessments.disclosure.document import CohortEntry, ReleaseDocument
from assessments.disclosure.exchange import tables
from portal.api.base import address, envelope, json_bytes
from portal.api.rendering import CSV, JSON, SdmxCSV, SdmxJSON, SdmxML, Zip, csv_table

COHORT_COLUMNS = (
    *("release", "synthetic", "id", "label", "kind", "parent", "covers", "mixed_types"),
    *("status", "n_band", "n", "url", "licence"),
)


def note_out(note: benchmarks.Note) -> dict[str, str]:
    return {"kind": note.kind.lower(), "date": note.date.isoformat(), "text": note.text}


def document_of(sha256: str) -> ReleaseDocument:
    return benchmarks.document_hashed(sha256)


def cohorts_of(sha256: str) -> dict[str, CohortEntry]:
    return {cohort["id"]: cohort for cohort in document_of(sha256)["cohorts"]}


def cohort_out(release: str, cohort: CohortEntry) -> dict[str, Any]:
    return {
        **cohort,
        "label": codes.cohort_label(cohort["id"]),
        "url": address("cohort-data", release, cohort["id"]),
    }


def _head(document: ReleaseDocument) -> dict[str, Any]:
    return envelope(release=document["id"], synthetic=document["synthetic"])


def release_detail(sha256: str, notes: tuple[benchmarks.Note, ...]) -> bytes:
    document = document_of(sha256)
    code = document["id"]
    left_out = ("cohorts", "observations", "licence", "synthetic")
    data = address("release-data", code)
    files = [
        (data, JSON),
        (f"{data}?format=csv", CSV),
        (f"{data}?format={SdmxCSV.format}", SdmxCSV.full_type()),
        (f"{data}?format={SdmxJSON.format}", SdmxJSON.full_type()),
        (address("release-structure", code), SdmxML.full_type()),
        (f"{address('release-cohorts', code)}?format=csv", CSV),
        (address("release-descriptor", code), JSON),
        (address("release-package", code), str(Zip.media_type)),
    ]
    cohorts = [row["status"] == "published" for row in document["cohorts"]]
    observations = [row["conf_status"] == "F" for row in document["observations"]]
    return json_bytes(
        {
            **_head(document),
            **{key: value for key, value in document.items() if key not in left_out},
            "checks_not_run": benchmarks.checks_not_run(document),
            "cohorts_published": sum(cohorts),
            "cohorts_withheld": len(cohorts) - sum(cohorts),
            "observations_published": sum(observations),
            "observations_withheld": len(observations) - sum(observations),
            "state": benchmarks.state_of(notes),
            "notes": [note_out(note) for note in notes],
            "sha256": sha256,
            "citation": benchmarks.citation(document, address=address("release", code)),
            "files": [{"url": url, "media_type": media_type} for url, media_type in files],
        }
    )


def cohorts_json(sha256: str) -> bytes:
    document = document_of(sha256)
    rows = [cohort_out(document["id"], cohort) for cohort in document["cohorts"]]
    return json_bytes({**_head(document), "data": rows})


def cohorts_csv(sha256: str) -> bytes:
    document = document_of(sha256)
    rows = [cohort_out(document["id"], cohort) for cohort in document["cohorts"]]
    return csv_table(rows, COHORT_COLUMNS, shared=_head(document))


def cohort_json(sha256: str, cohort: str) -> bytes:
    document = document_of(sha256)
    return json_bytes(
        {
            **_head(document),
            "cohort": cohort_out(document["id"], cohorts_of(sha256)[cohort]),
            "data": list(benchmarks.observations_of(document, cohort)),
        }
    )


def cohort_csv(sha256: str, cohort: str) -> bytes:
    document = document_of(sha256)
    rows = benchmarks.observations_of(document, cohort)
    return tables.written(tables.data_rows(document, rows), tables.DATA)
