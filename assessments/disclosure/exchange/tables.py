"""A release as tables: one row per figure set, with a column for each figure.

Each table is declared once, as columns with types and words; the header, the rows and the schema
that the data package publishes all follow from that. CSV is RFC 4180 in UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from assessments.disclosure.document import Observation, ReleaseDocument
from assessments.disclosure.exchange.labels import Labels, label

Row = Mapping[str, Any]  # the cells of a table by column

# A spreadsheet runs a text that starts with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

INDEX, MINIMUM_STANDARDS = "index", "minimum-standards"
PARTS = ("type", "family", "region", "income", "market")
QUARTILES = ("q1", "median", "q3")
LEVELS = tuple(f"level_{level}" for level in range(5))
DECILES = tuple(f"decile_{tenth}" for tenth in range(1, 10))
SHARE = ("met", "of", "share", "share_low", "share_high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `rules` are the constraints of a Table Schema."""

    name: str
    description: str
    type: Literal["string", "integer", "boolean"] = "string"
    rules: Mapping[str, Any] = field(default_factory=dict)


REQUIRED: Mapping[str, Any] = {"required": True}
SCORE: Mapping[str, Any] = {"minimum": 0, "maximum": 100}
COUNT: Mapping[str, Any] = {"minimum": 0}
OBS_STATUS = Column(
    name="obs_status",
    description="SDMX observation status: A normal, Q suppressed or not there.",
    rules={**REQUIRED, "enum": ["A", "Q"]},
)
CONF_STATUS = Column(
    name="conf_status",
    description="SDMX confidentiality status: F free, C confidential.",
    rules={**REQUIRED, "enum": ["F", "C"]},
)
N_BAND = Column(name="n_band", description="Band of the number of organisations.")
N = Column(
    name="n",
    description="Number of organisations to the nearest 5, told from 100 on.",
    type="integer",
    rules={"minimum": 100},
)
PART_COLUMNS = tuple(
    Column(name=part, description=f"The cohort's {words}, where it has one.")
    for part, words in zip(
        PARTS, ("respondent type", "family", "region", "income group", "market"), strict=True
    )
)
RELEASE = Column(name="release", description="Id of the release.", rules=REQUIRED)
SYNTHETIC = Column(
    name="synthetic",
    description="True where all organisations are made up, for demonstration.",
    type="boolean",
    rules=REQUIRED,
)
LICENCE = Column(name="licence", description="SPDX id of the licence.", rules=REQUIRED)


def _figures(names: Iterable[str], description: str, rules: Mapping[str, Any]) -> list[Column]:
    return [
        Column(name=name, description=description.format(name[-1]), type="integer", rules=rules)
        for name in names
    ]


DATA = (
    RELEASE,
    SYNTHETIC,
    Column(name="cohort", description="Id of the cohort.", rules=REQUIRED),
    *PART_COLUMNS,
    Column(name="measure", description="Code of the measure.", rules=REQUIRED),
    Column(name="view", description="View of the answers.", rules=REQUIRED),
    N_BAND,
    N,
    Column(name="q1", description="Lower quartile, points.", type="integer", rules=SCORE),
    Column(name="median", description="Median, points.", type="integer", rules=SCORE),
    Column(name="q3", description="Upper quartile, points.", type="integer", rules=SCORE),
    Column(
        name="step",
        description="What quartiles and counts of organisations are rounded to.",
        type="integer",
        rules={"minimum": 1},
    ),
    Column(
        name="half_width",
        description="How far quartiles would move with another, similar set of participants.",
        type="integer",
        rules=COUNT,
    ),
    *_figures(LEVELS, "Organisations at level {}, rounded to the step.", COUNT),
    *_figures(DECILES, "Decile {}, points, to the nearest 2.", SCORE),
    *_figures(("met",), "Organisations that meet all minimum standards, rounded.", COUNT),
    *_figures(("of",), "Organisations rated on minimum standards, rounded.", COUNT),
    *_figures(("share",), "Share that meets all minimum standards, per cent.", SCORE),
    *_figures(("share_low",), "Lower end of the interval of the share, per cent.", SCORE),
    *_figures(("share_high",), "Upper end of the interval of the share, per cent.", SCORE),
    OBS_STATUS,
    CONF_STATUS,
    LICENCE,
)
COHORTS = (
    Column(name="id", description="Id of the cohort.", rules={**REQUIRED, "unique": True}),
    Column(name="label", description="The cohort in words.", rules=REQUIRED),
    Column(name="kind", description="What the cohort is a group by.", rules=REQUIRED),
    Column(name="parent", description="Id of the cohort that it is a part of."),
    *PART_COLUMNS,
    Column(name="covers", description="Codes of the categories in it, between semicolons."),
    Column(
        name="mixed_types",
        description="True where respondent types differ, so that only the index and the "
        "dimensions are compared.",
        type="boolean",
        rules=REQUIRED,
    ),
    Column(
        name="status",
        description="A withheld cohort has no figures, whatever the reason.",
        rules={**REQUIRED, "enum": ["published", "withheld"]},
    ),
    N_BAND,
    N,
)
MEASURES = (
    Column(name="code", description="Code of the measure.", rules={**REQUIRED, "unique": True}),
    Column(name="name", description="The measure in words.", rules=REQUIRED),
    Column(name="description", description="What it says."),
    Column(
        name="kind",
        description="What is measured.",
        rules={**REQUIRED, "enum": ["index", "dimension", "capability", "share"]},
    ),
    Column(name="parent", description="Code of the measure that it is a part of."),
    Column(
        name="unit",
        description="Points from 0 to 100, or per cent of organisations.",
        rules={**REQUIRED, "enum": ["points", "percent"]},
    ),
    Column(
        name="across_types",
        description="True where it is published for cohorts of mixed respondent types.",
        type="boolean",
        rules=REQUIRED,
    ),
)


def flattened(observation: Row) -> dict[str, Any]:
    """Return an observation with a column for each level and decile."""
    flat = dict(observation)
    for name, columns in (("levels", LEVELS), ("deciles", DECILES)):
        flat |= zip(columns, flat.pop(name) or [None] * len(columns), strict=True)
    return flat


def data_rows(
    document: ReleaseDocument, observations: Iterable[Observation] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield all figure sets of a release, or those given, in its order."""
    parts = {cohort["id"]: cohort["parts"] for cohort in document["cohorts"]}
    shared = {
        "release": document["id"],
        "synthetic": document["synthetic"],
        "licence": document["licence"],
    }
    for row in document["observations"] if observations is None else observations:
        yield {**shared, **parts[row["cohort"]], **flattened(row)}


def cohort_rows(document: ReleaseDocument, labels: Labels) -> Iterator[dict[str, Any]]:
    for cohort in document["cohorts"]:
        name = label(labels.cohorts, cohort["id"]).name
        yield {**cohort["parts"], **cohort, "label": name}


def measure_rows(document: ReleaseDocument, labels: Labels) -> Iterator[dict[str, Any]]:
    across = document["measures_across_types"]
    for code in document["measures"]:
        words = label(labels.measures, code)
        yield {
            "code": code,
            "name": words.name,
            "description": words.description,
            "kind": _kind(document, code),
            "parent": parent_of(document, code),
            "unit": "percent" if code == MINIMUM_STANDARDS else "points",
            "across_types": code in across,
        }


def _kind(document: ReleaseDocument, measure: str) -> str:
    if measure == INDEX:
        return "index"
    if measure == MINIMUM_STANDARDS:
        return "share"
    return "dimension" if measure in document["measures_across_types"] else "capability"


def parent_of(document: ReleaseDocument, measure: str) -> str | None:
    """Return the measure that another is a part of: EG1 is of EG, EG of the index."""
    kind = _kind(document, measure)
    if kind == "dimension":
        return INDEX
    if kind == "capability":
        dimensions = document["measures_across_types"]
        return next(each for each in dimensions if measure.startswith(each))
    return None


def written(rows: Iterable[Row], columns: Sequence[Column]) -> bytes:
    """Return rows as CSV. A text that would run as a formula gets an apostrophe."""
    return written_cells(
        ([row.get(column.name) for column in columns] for row in rows),
        [column.name for column in columns],
    )


def written_cells(rows: Iterable[Iterable[Any]], header: Sequence[str]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return file.getvalue().encode()


def cell(value: Any) -> str | int | float:
    """Return a value as it stands in a cell of a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        value = ";".join(str(cell(each)) for each in value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
