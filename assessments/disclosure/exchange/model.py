"""A release as SDMX 3.0 sees it: components, code lists, and one observation per figure.

An observation is one figure: a statistic (lower quartile, organisations at level 3) of a measure
in a cohort and view. A withheld figure set has the statistics that every published one has,
without values, so that withheld and empty are the same here too.

All artefacts but the two code lists of SDMX itself carry the version of the release, year.period.
revision, because the cohorts and the names of the measures are part of it. Those of a
demonstration end in _DEMO.

Codes are those of the release, with two exceptions, since an SDMX id has no colon and no plus:
the cohort `type:RG+region:south-asia` is `type_RG__region_south-asia`, the band `1000+` is
`GE1000`.

Over 400 lines, most of them the list of components and statistics.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assessments.disclosure.document import CohortEntry, ReleaseDocument
from assessments.disclosure.exchange import tables
from assessments.disclosure.exchange.labels import Label, Labels, label

AGENCY, AGENCY_NAME = "CMI", "Carbon Markets Infrastructure portal"
DECILE_STEP = 2  # rule R7; a release states the step of its quartiles and counts

POINTS, ORGANISATIONS, PERCENT = "points", "organisations", "percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    code: str
    name: str
    unit: str
    step: int | None  # None: the step that the figure set states


STATISTICS = (
    Statistic(code="q1", name="Lower quartile", unit=POINTS, step=None),
    Statistic(code="median", name="Median", unit=POINTS, step=None),
    Statistic(code="q3", name="Upper quartile", unit=POINTS, step=None),
    Statistic(code="half_width", name="Half-width of the quartiles", unit=POINTS, step=1),
    *(
        Statistic(
            code=code,
            name=f"Organisations at level {code[-1]}",
            unit=ORGANISATIONS,
            step=None,
        )
        for code in tables.LEVELS
    ),
    *(
        Statistic(code=code, name=f"Decile {code[-1]}", unit=POINTS, step=DECILE_STEP)
        for code in tables.DECILES
    ),
    Statistic(
        code="met",
        name="Organisations that meet all minimum standards",
        unit=ORGANISATIONS,
        step=None,
    ),
    Statistic(
        code="of", name="Organisations rated on minimum standards", unit=ORGANISATIONS, step=None
    ),
    Statistic(code="share", name="Share that meets all minimum standards", unit=PERCENT, step=1),
    Statistic(
        code="share_low", name="Lower end of the interval of the share", unit=PERCENT, step=1
    ),
    Statistic(
        code="share_high", name="Upper end of the interval of the share", unit=PERCENT, step=1
    ),
)
ALWAYS = (*tables.QUARTILES, "half_width")  # of a measure, whatever the number of organisations


@dataclass(frozen=True, slots=True)
class Artefact:
    """What identifies a code list, a structure, a flow: written as `agency:id(version)`."""

    agency: str
    id: str
    version: str

    def __str__(self) -> str:
        return f"{self.agency}:{self.id}({self.version})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    id: str
    label: Label
    parent: str | None = None
    notes: tuple[tuple[str, str], ...] = ()  # kind and value of each annotation


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    artefact: Artefact
    name: str
    codes: tuple[Code, ...]

    @property
    def is_borrowed(self) -> bool:
        """Say whether it is part of a list that someone else keeps."""
        return self.artefact.agency != AGENCY


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A dimension, the measure or an attribute, by its code list or else by its text type."""

    id: str
    name: str
    description: str
    role: Literal["dimension", "time", "measure", "attribute", "constant"]
    codes: str = ""
    text: str = ""
    required: bool = True


TIME = "TIME_PERIOD"  # what varies from release to release is attached to it
COMPONENTS = (
    Component(
        id="COHORT",
        name="Cohort",
        description="The group of organisations. A type crossed with a region or a market is a "
        "part of the type; everything else is a part of all organisations.",
        role="dimension",
        codes="CL_COHORT",
    ),
    Component(
        id="MEASURE",
        name="Measure",
        description="The overall index, a dimension, a capability, or the minimum standards.",
        role="dimension",
        codes="CL_MEASURE",
    ),
    Component(
        id="VIEW",
        name="View",
        description="Whether answers count as declared or as verified.",
        role="dimension",
        codes="CL_VIEW",
    ),
    Component(
        id="STATISTIC",
        name="Statistic",
        description="What the figure says about the measure.",
        role="dimension",
        codes="CL_STATISTIC",
    ),
    Component(
        id=TIME,
        name="Time period",
        description="The day the period of collection closed.",
        role="time",
        text="ObservationalTimePeriod",
    ),
    Component(
        id="OBS_VALUE",
        name="Observation value",
        description="The figure, empty where it is withheld or does not exist.",
        role="measure",
        text="Double",
        required=False,
    ),
    Component(
        id="OBS_STATUS",
        name="Observation status",
        description="Whether there is a figure.",
        role="attribute",
        codes="CL_OBS_STATUS",
    ),
    Component(
        id="CONF_STATUS",
        name="Confidentiality status",
        description="Whether the figure may be published.",
        role="attribute",
        codes="CL_CONF_STATUS",
    ),
    Component(
        id="UNIT_MEASURE",
        name="Unit of measure",
        description="What the figure counts.",
        role="attribute",
        codes="CL_UNIT_MEASURE",
    ),
    Component(
        id="ROUNDING",
        name="Rounding step",
        description="The figure is rounded to a multiple of this.",
        role="attribute",
        text="Integer",
        required=False,
    ),
    Component(
        id="N_BAND",
        name="Band of the number of organisations",
        description="Between how many organisations stand behind the figure.",
        role="attribute",
        codes="CL_N_BAND",
        required=False,
    ),
    Component(
        id="N",
        name="Number of organisations",
        description="To the nearest 5, told from 100 on.",
        role="attribute",
        text="Integer",
        required=False,
    ),
    Component(
        id="DECIMALS",
        name="Decimals",
        description="Digits after the decimal point.",
        role="constant",
        text="Integer",
    ),
    Component(
        id="RELEASE",
        name="Release",
        description="Id and revision of the release.",
        role="constant",
        text="String",
    ),
    Component(
        id="LICENCE",
        name="Licence",
        description="SPDX id of the licence.",
        role="constant",
        text="String",
    ),
)
KEY = tuple(each for each in COMPONENTS if each.role == "dimension")
DIMENSIONS = (*KEY, *(each for each in COMPONENTS if each.role == "time"))
ATTRIBUTES = tuple(each for each in COMPONENTS if each.role == "attribute")
CONSTANTS = tuple(each for each in COMPONENTS if each.role == "constant")
OBS_STATUS = CodeList(
    artefact=Artefact("SDMX", "CL_OBS_STATUS", "2.2"),
    name="Observation status",
    codes=(
        Code(id="A", label=Label(name="Normal value")),
        Code(id="Q", label=Label(name="Missing value; suppressed")),
    ),
)
CONF_STATUS = CodeList(
    artefact=Artefact("SDMX", "CL_CONF_STATUS", "1.3"),
    name="Confidentiality status",
    codes=(
        Code(id="C", label=Label(name="Confidential statistical information")),
        Code(id="F", label=Label(name="Free (free for publication)")),
    ),
)
UNITS = {
    POINTS: Label(name="Points", description="Score from 0 to 100."),
    ORGANISATIONS: Label(name="Organisations"),
    PERCENT: Label(name="Per cent of organisations"),
}


SPLITS = {  # what cohorts are parts by, as tables.PARTS
    "type": "Respondent types",
    "family": "Families of respondent types",
    "region": "World Bank regions and groups of them",
    "income": "World Bank income groups",
    "market": "Markets",
}


def cohort_id(cohort: str) -> str:
    """Return a cohort's id as an SDMX id: ids of cohorts have no underscore, so both ways work."""
    return cohort.replace("+", "__").replace(":", "_")


def band_id(band: str) -> str:
    return f"GE{band[:-1]}" if band.endswith("+") else band


def version_of(document: ReleaseDocument) -> str:
    year, wave = re.findall(r"\d+", document["id"])[:2]
    return f"{int(year)}.{int(wave)}.{document['revision'].lstrip('r')}"


def artefact_of(document: ReleaseDocument, name: str) -> Artefact:
    """Return the identity of something that belongs to a release."""
    suffix = "_DEMO" if document["synthetic"] else ""
    return Artefact(AGENCY, f"{name}{suffix}", version_of(document))


def flow_of(document: ReleaseDocument) -> Artefact:
    """Return the identity of the release's dataflow, and of its structure definition."""
    return artefact_of(document, "BENCHMARK")


def title(document: ReleaseDocument) -> str:
    words = f"Benchmark of carbon market infrastructure, release {document['id']}"
    if document["synthetic"]:
        return f"{words} (demonstration from synthetic organisations)"
    return words


# Observations


def figures(document: ReleaseDocument) -> Iterator[dict[str, Any]]:
    """Yield every observation by component id, without the constants, in the release's order."""
    for row in document["observations"]:
        flat = tables.flattened(row)
        shared = {
            "COHORT": cohort_id(row["cohort"]),
            "MEASURE": row["measure"],
            "VIEW": row["view"],
            TIME: document["closed_date"],
            "OBS_STATUS": row["obs_status"],
            "CONF_STATUS": row["conf_status"],
            "N_BAND": band_id(row["n_band"]) if row["n_band"] else None,
            "N": row["n"],
        }
        always = tables.SHARE if row["measure"] == tables.MINIMUM_STANDARDS else ALWAYS
        for statistic in STATISTICS:
            value = flat[statistic.code]
            if value is None and statistic.code not in always:
                continue
            step = flat["step"] if statistic.step is None else statistic.step
            yield {
                **shared,
                "STATISTIC": statistic.code,
                "OBS_VALUE": value,
                "UNIT_MEASURE": statistic.unit,
                "ROUNDING": None if value is None else step,
            }


def constants(document: ReleaseDocument) -> dict[str, Any]:
    """Return the attributes that all observations share."""
    return {
        "DECIMALS": 0,
        "RELEASE": f"{document['id']} {document['revision']}",
        "LICENCE": document["licence"],
    }


# Code lists


def code_lists(document: ReleaseDocument, labels: Labels) -> dict[str, CodeList]:
    """Return the code lists of a release by their name."""
    own: dict[str, tuple[str, Iterable[Code]]] = {
        "CL_COHORT": ("Cohorts", _cohorts(document, labels)),
        "CL_MEASURE": ("Measures", _measures(document, labels)),
        "CL_VIEW": (
            "Views",
            _named({view: label(labels.views, view) for view in document["views"]}),
        ),
        "CL_STATISTIC": ("Statistics", _named({s.code: Label(name=s.name) for s in STATISTICS})),
        "CL_UNIT_MEASURE": ("Units", _named(UNITS)),
        "CL_N_BAND": ("Bands of the number of organisations", _bands(document)),
        "CL_KIND": ("Kinds of cohort", _kinds(document, labels)),
        "CL_LEVEL": ("Levels", _named(labels.levels)),
        **{
            f"CL_{part.upper()}": (name, _categories(document, labels, part))
            for part, name in SPLITS.items()
        },
    }
    lists = {
        list_: CodeList(artefact=artefact_of(document, list_), name=name, codes=tuple(codes))
        for list_, (name, codes) in own.items()
    }
    return {**lists, "CL_OBS_STATUS": OBS_STATUS, "CL_CONF_STATUS": CONF_STATUS}


def _named(names: Mapping[str, Label]) -> Iterator[Code]:
    return (Code(id=code, label=words) for code, words in names.items())


def _cohorts(document: ReleaseDocument, labels: Labels) -> Iterator[Code]:
    for cohort in document["cohorts"]:
        parent = cohort["parent"]
        yield Code(
            id=cohort_id(cohort["id"]),
            label=label(labels.cohorts, cohort["id"]),
            parent=cohort_id(parent) if parent else None,
            notes=tuple(_notes(cohort)),
        )


def _notes(cohort: CohortEntry) -> Iterator[tuple[str, str]]:
    """Yield what the catalogue says of a cohort, in codes of the lists that bear these names."""
    yield "COHORT", cohort["id"]
    yield "KIND", cohort_id(cohort["kind"])
    yield "STATUS", cohort["status"]
    yield "MIXED_TYPES", "true" if cohort["mixed_types"] else "false"
    for part in SPLITS:
        if part in cohort["parts"]:
            yield part.upper(), cohort["parts"][part]
    if cohort["covers"]:
        yield "COVERS", ";".join(cohort["covers"])
    if cohort["n_band"]:
        yield "N_BAND", band_id(cohort["n_band"])
    if cohort["n"]:
        yield "N", str(cohort["n"])


def _kinds(document: ReleaseDocument, labels: Labels) -> Iterator[Code]:
    for kind in dict.fromkeys(cohort["kind"] for cohort in document["cohorts"]):
        yield Code(id=cohort_id(kind), label=label(labels.kinds, kind))


def _categories(document: ReleaseDocument, labels: Labels, part: str) -> Iterator[Code]:
    """Yield what the release splits cohorts into, in the order in which they are named."""
    names = labels.parts.get(part, {})
    used = dict.fromkeys(_used(document, part))
    families = {code: family for family, codes in document["families"].items() for code in codes}
    groups = {code: group for group, codes in document["region_groups"].items() for code in codes}
    unnamed = [code for code in used if code not in names]
    for code in (*(code for code in names if code in used), *unnamed):
        yield Code(
            id=code,
            label=label(names, code),
            parent=groups.get(code) if part == "region" else None,
            notes=(("FAMILY", families[code]),) if part == "type" and code in families else (),
        )


def _used(document: ReleaseDocument, part: str) -> Iterator[str]:
    yield from {
        "type": itertools.chain(*document["families"].values()),
        "family": document["families"],
        "region": itertools.chain(*document["region_groups"].values(), document["region_groups"]),
    }.get(part, ())
    for cohort in document["cohorts"]:
        if part in cohort["parts"]:
            yield cohort["parts"][part]
        if cohort["kind"].rpartition("+")[2] == part:
            yield from cohort["covers"]


def _measures(document: ReleaseDocument, labels: Labels) -> Iterator[Code]:
    for measure in document["measures"]:
        parent = tables.parent_of(document, measure)
        yield Code(id=measure, label=label(labels.measures, measure), parent=parent)


def _bands(document: ReleaseDocument) -> Iterator[Code]:
    bands = {row["n_band"] for row in document["observations"] if row["n_band"] is not None}
    bands |= {row["n_band"] for row in document["cohorts"] if row["n_band"] is not None}
    for band in sorted(bands, key=lambda each: int(re.split(r"\D", each)[0])):
        words = f"{band[:-1]} or more" if band.endswith("+") else band.replace("-", " to ")
        yield Code(id=band_id(band), label=Label(name=words))
