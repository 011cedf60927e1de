"""The formats of a release, read by clients that were written elsewhere.

`sdmx` and `pysdmx` are two independent SDMX readers; the second carries the schemas that the
SDMX working group publishes. Neither reads data in SDMX-JSON 2.0, which is therefore checked
against the schema and taken apart here as the format's field guide says.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import pandas as pd  # type: ignore[import-untyped]  # its types are another package
import pytest
import sdmx as sdmx_client
from pysdmx.errors import Invalid
from pysdmx.io import read_sdmx
from pysdmx.io.json.sdmxjson2.reader.doc_validation import validate_sdmx_json

from assessments.core.documents import canonical_json, sha256
from assessments.disclosure import thresholds
from assessments.disclosure.codes import FAMILIES, INDEX, LEVELS, MINIMUM_STANDARDS
from assessments.disclosure.document import ReleaseDocument
from assessments.disclosure.exchange import model, package, sdmx, tables
from assessments.disclosure.exchange.labels import Label, Labels
from assessments.disclosure.quantiles import DECILES
from tests.assessments.disclosure.markets import population, release, submission

ADDRESS = "https://portal.example/api/v1/releases/2026-W1"
CITATION = "Portal (2027). Benchmark, release 2026-W1, revision r1."
AWKWARD = '=Registries, "Asia" & the <Pacific> · élan'
LABELS = Labels(
    cohorts={
        "all": Label(name="All organisations"),
        "type:RG": Label(name=AWKWARD, description="Those that keep records."),
    },
    measures={"EG": Label(name="Governance", description="Rules, and who\r\nkeeps them.")},
    views={"declared": Label(name="Declared")},
    parts={"type": {"VB": Label(name="Verifiers"), "RG": Label(name=AWKWARD)}},
    levels={"0": Label(name="Absent")},
)


@pytest.fixture(scope="module")
def wide() -> ReleaseDocument:
    """Return a release of a thousand registries and a few others: every kind of figure is in it.

    It has few cohorts, since the clients are slow, and nothing is verified, so that half of it is
    withheld.
    """
    rows = [
        submission(number, number * 37 % 101, market=("voluntary", "compliance")[number % 2])
        for number in range(1040)
    ]
    others = (
        submission(number, number % 90, respondent_type="VB", market="both", region="north-america")
        for number in range(2000, 2024)
    )
    return release([*rows, *others])


@pytest.fixture(scope="module")
def narrow() -> ReleaseDocument:
    return release(
        population(60, seed=5), release_id="demo-2025-W2", series="demo", wave="demo-2025-W2"
    )


@pytest.fixture(scope="module")
def bare() -> ReleaseDocument:
    """Return a release that publishes nothing, since one owner holds everything."""
    return release([submission(number, owner="one") for number in range(12)])


def read(content: bytes, **how: Any) -> Any:
    """Return what `sdmx` reads from a message."""
    return sdmx_client.read_sdmx(io.BytesIO(content), **how)


def key_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("COHORT", "MEASURE", "VIEW", "STATISTIC"))


def expected_figures(document: ReleaseDocument) -> dict[tuple[str, ...], int | None]:
    """Return what the document says, figure by figure; withheld figures are None."""
    found: dict[tuple[str, ...], int | None] = {}
    for row in document["observations"]:
        cohort = row["cohort"].replace("+", "__").replace(":", "_")
        if row["measure"] == "minimum-standards":
            named = {name: row[name] for name in ("met", "of", "share", "share_low", "share_high")}
        else:
            named = {name: row[name] for name in ("q1", "median", "q3", "half_width")}
        named |= {f"level_{level}": count for level, count in enumerate(row["levels"] or [])}
        named |= {f"decile_{place}": value for place, value in enumerate(row["deciles"] or [], 1)}
        for statistic, value in named.items():
            found[cohort, row["measure"], row["view"], statistic] = value
    return found


# Tables


def test_pandas_reads_the_table_with_every_figure_of_the_release(wide: ReleaseDocument) -> None:
    frame = pd.read_csv(io.BytesIO(tables.written(tables.data_rows(wide), tables.DATA)))

    assert len(frame) == len(wide["observations"])
    assert frame["synthetic"].unique().tolist() == [False]
    observations: list[dict[str, Any]] = [{**row} for row in wide["observations"]]
    for row, observation in zip(frame.to_dict("records"), observations, strict=True):
        shown = {name: None if pd.isna(value) else value for name, value in row.items()}
        assert {name: shown[name] for name in ("cohort", "measure", "view")} == {
            name: observation[name] for name in ("cohort", "measure", "view")
        }
        for name in ("n_band", "n", *tables.QUARTILES, "step", "half_width", *tables.SHARE):
            assert shown[name] == observation[name], name
        assert [shown[name] for name in tables.LEVELS] == (observation["levels"] or [None] * 5)
        assert [shown[name] for name in tables.DECILES] == (observation["deciles"] or [None] * 9)


def test_every_field_of_an_observation_has_a_column(wide: ReleaseDocument) -> None:
    shared = {"release", "synthetic", "licence", *tables.PARTS}
    columns = {column.name for column in tables.DATA}
    for row in wide["observations"]:
        assert set(tables.flattened(row)) == columns - shared


def test_the_parts_of_a_cohort_have_columns_of_their_own(wide: ReleaseDocument) -> None:
    frame = pd.read_csv(io.BytesIO(tables.written(tables.data_rows(wide), tables.DATA)))
    chosen = frame[(frame["type"] == "RG") & (frame["market"] == "voluntary")]
    assert chosen["cohort"].unique().tolist() == ["type:RG+market:voluntary"]


def test_csv_is_as_rfc_4180_says_and_runs_no_formula(wide: ReleaseDocument) -> None:
    text = tables.written(tables.cohort_rows(wide, LABELS), tables.COHORTS).decode()
    assert text.count("\r\n") == text.count("\n") == len(wide["cohorts"]) + 1
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert rows["type:RG"]["label"] == f"'{AWKWARD}"
    assert rows["type:RG"]["parent"] == "all"
    assert rows["all"] == {
        "id": "all",
        "label": "All organisations",
        "kind": "all",
        "parent": "",
        "covers": "",
        **dict.fromkeys(tables.PARTS, ""),
        "mixed_types": "true",
        "status": "published",
        "n_band": "1000+",
        "n": str(wide["cohorts"][0]["n"]),
    }


def test_measures_stand_under_their_dimension_and_dimensions_under_the_index(
    narrow: ReleaseDocument,
) -> None:
    rows = {row["code"]: row for row in tables.measure_rows(narrow, LABELS)}
    assert list(rows) == narrow["measures"]
    assert {code: rows[code]["parent"] for code in ("index", "IN", "IN5", "minimum-standards")} == {
        "index": None,
        "IN": "index",
        "IN5": "IN",
        "minimum-standards": None,
    }
    assert Counter(row["kind"] for row in rows.values()) == {
        "index": 1,
        "dimension": 5,
        "capability": 25,
        "share": 1,
    }
    assert rows["EG"]["name"] == "Governance"
    assert rows["TI"]["name"] == "TI"  # a code without a name is shown as it is


def test_the_formats_know_the_same_steps_and_levels_as_the_rules() -> None:
    assert model.DECILE_STEP == thresholds.DECILE_STEP
    assert len(tables.LEVELS) == LEVELS
    assert len(tables.DECILES) == len(DECILES)
    assert tables.INDEX == INDEX
    assert tables.MINIMUM_STANDARDS == MINIMUM_STANDARDS


# SDMX


@pytest.fixture(scope="module")
def structure(wide: ReleaseDocument) -> bytes:
    return sdmx.structure_xml(wide, LABELS)


def test_an_sdmx_client_lists_dimensions_attributes_and_code_lists(structure: bytes) -> None:
    message = read(structure)

    definition = message.structure["BENCHMARK"]
    assert [each.id for each in definition.dimensions] == [
        *("COHORT", "MEASURE", "VIEW", "STATISTIC", "TIME_PERIOD")
    ]
    assert [each.id for each in definition.measures] == ["OBS_VALUE"]
    assert [each.id for each in definition.attributes] == [
        *("OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "ROUNDING", "N_BAND", "N"),
        *("DECIMALS", "RELEASE", "LICENCE"),
    ]
    lists = {
        each.id: each.local_representation.enumerated.id
        for each in (*definition.dimensions, *definition.attributes)
        if each.local_representation.enumerated is not None
    }
    assert lists == {
        "COHORT": "CL_COHORT",
        "MEASURE": "CL_MEASURE",
        "VIEW": "CL_VIEW",
        "STATISTIC": "CL_STATISTIC",
        "OBS_STATUS": "CL_OBS_STATUS",
        "CONF_STATUS": "CL_CONF_STATUS",
        "UNIT_MEASURE": "CL_UNIT_MEASURE",
        "N_BAND": "CL_N_BAND",
    }
    flow = message.dataflow["BENCHMARK"]
    assert flow.structure is definition
    assert (flow.maintainer.id, str(flow.version)) == ("CMI", "2026.1.1")
    assert message.header.test is False


def test_an_sdmx_client_walks_the_hierarchy_of_cohorts_and_measures(
    structure: bytes, wide: ReleaseDocument
) -> None:
    message = read(structure)

    cohorts = message.codelist["CL_COHORT"]
    assert len(cohorts) == len(wide["cohorts"])
    crossed = cohorts["type_RG__market_voluntary"]
    assert crossed.parent.id == "type_RG"
    assert crossed.parent.parent.id == "all"
    assert str(cohorts["type_RG"].name) == AWKWARD
    assert str(cohorts["type_RG"].description) == "Those that keep records."
    measures = message.codelist["CL_MEASURE"]
    assert measures["DM3"].parent.parent.id == "index"
    assert set(message.codelist["CL_N_BAND"].items) == {"20-29", "300-999", "GE1000"}
    assert message.codelist["CL_OBS_STATUS"].maintainer.id == "SDMX"


def test_an_sdmx_client_finds_the_whole_catalogue_of_cohorts(wide: ReleaseDocument) -> None:
    message = read(sdmx.structure_xml(wide, LABELS))

    cohorts = message.codelist["CL_COHORT"]
    assert {row["status"] for row in wide["cohorts"]} == {"published", "withheld"}
    for row in wide["cohorts"]:
        code = cohorts[model.cohort_id(row["id"])]
        assert (code.parent.id if row["parent"] else None) == (
            model.cohort_id(row["parent"]) if row["parent"] else None
        )
        said = {note.type: note.title for note in code.annotations}
        parts = {part: said.pop(part.upper(), None) for part in tables.PARTS}
        assert {part: value for part, value in parts.items() if value} == row["parts"]
        assert said.pop("COVERS", "") == ";".join(row["covers"])
        assert said == {
            "COHORT": row["id"],
            "KIND": row["kind"].replace("+", "__"),
            "STATUS": row["status"],
            "MIXED_TYPES": str(row["mixed_types"]).lower(),
            **({"N_BAND": model.band_id(row["n_band"])} if row["n_band"] else {}),
            **({"N": str(row["n"])} if row["n"] else {}),
        }
        # Every code that is named is in the list of that name.
        assert said["KIND"] in message.codelist["CL_KIND"].items
        for part, value in row["parts"].items():
            assert value in message.codelist[f"CL_{part.upper()}"].items
        for value in row["covers"]:
            split = row["kind"].rpartition("+")[2]
            assert value in message.codelist[f"CL_{split.upper()}"].items


def test_the_lists_behind_the_cohorts_have_their_names_and_hierarchies(structure: bytes) -> None:
    message = read(structure)

    types = message.codelist["CL_TYPE"]
    assert str(types["RG"].name) == AWKWARD
    assert {note.type: note.title for note in types["RG"].annotations} == {
        "FAMILY": "record-keepers"
    }
    assert set(message.codelist["CL_FAMILY"].items) >= {*FAMILIES}
    regions = message.codelist["CL_REGION"]
    assert regions["south-asia"].parent.id == "asia-pacific"
    assert regions["asia-pacific"].parent is regions  # a top one, as this client has it
    assert str(message.codelist["CL_LEVEL"]["0"].name) == "Absent"


def test_a_second_client_finds_the_structure_valid_and_reads_the_same(structure: bytes) -> None:
    message = read_sdmx(io.BytesIO(structure), validate=True)

    found: dict[str, Any] = {each.short_urn: each for each in message.structures or ()}
    assert set(found) == {
        "Dataflow=CMI:BENCHMARK(2026.1.1)",
        "DataStructure=CMI:BENCHMARK(2026.1.1)",
        "ConceptScheme=CMI:CS_BENCHMARK(2026.1.1)",
        "Codelist=CMI:CL_COHORT(2026.1.1)",
        "Codelist=CMI:CL_MEASURE(2026.1.1)",
        "Codelist=CMI:CL_VIEW(2026.1.1)",
        "Codelist=CMI:CL_STATISTIC(2026.1.1)",
        "Codelist=CMI:CL_UNIT_MEASURE(2026.1.1)",
        "Codelist=CMI:CL_N_BAND(2026.1.1)",
        "Codelist=CMI:CL_KIND(2026.1.1)",
        "Codelist=CMI:CL_LEVEL(2026.1.1)",
        *(f"Codelist=CMI:CL_{part.upper()}(2026.1.1)" for part in tables.PARTS),
        "Codelist=SDMX:CL_OBS_STATUS(2.2)",
        "Codelist=SDMX:CL_CONF_STATUS(1.3)",
    }
    components = found["DataStructure=CMI:BENCHMARK(2026.1.1)"].components
    assert [each.id for each in components.dimensions] == [
        *("COHORT", "MEASURE", "VIEW", "STATISTIC", "TIME_PERIOD")
    ]
    required = {each.id for each in components.attributes if each.required}
    assert required == {
        *("OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "DECIMALS", "RELEASE", "LICENCE")
    }


def test_the_schema_refuses_a_structure_that_is_not_one(structure: bytes) -> None:
    spoilt = structure.decode().replace("<str:DimensionList", "<str:ListOfDimensions")
    spoilt = spoilt.replace("</str:DimensionList", "</str:ListOfDimensions")
    with pytest.raises(Invalid):
        read_sdmx(spoilt, validate=True)


def test_an_sdmx_client_loads_every_observation(structure: bytes, wide: ReleaseDocument) -> None:
    flow = read(structure).dataflow["BENCHMARK"]

    message = read(sdmx.data_csv(wide), format="CSV", structure=flow)
    series = sdmx_client.to_pandas(message)

    assert series.index.names == ["COHORT", "MEASURE", "VIEW", "STATISTIC", "TIME_PERIOD"]
    assert set(series.index.get_level_values("TIME_PERIOD")) == {"2026-12-31"}
    found = {key[:4]: None if math.isnan(value) else value for key, value in series.items()}
    assert found == expected_figures(wide)
    assert len(series) == len(found)
    suppressed = {
        key_of({name: each.value for name, each in observation.dimension.values.items()})
        for observation in message.data[0].obs
        if observation.attached_attribute["OBS_STATUS"].value == "Q"
    }
    assert suppressed == {key for key, value in expected_figures(wide).items() if value is None}


def test_every_observation_has_its_attributes(wide: ReleaseDocument) -> None:
    frame = pd.read_csv(io.BytesIO(sdmx.data_csv(wide)))

    assert frame["STRUCTURE"].unique().tolist() == ["dataflow"]
    assert frame["STRUCTURE_ID"].unique().tolist() == ["CMI:BENCHMARK(2026.1.1)"]
    assert frame["RELEASE"].unique().tolist() == ["2026-W1 r1"]
    assert frame["LICENCE"].unique().tolist() == ["CC-BY-4.0"]
    whole = frame[(frame["COHORT"] == "all") & (frame["MEASURE"] == "index")]
    whole = whole[whole["VIEW"] == "declared"].set_index("STATISTIC")
    assert whole.loc["median", ["UNIT_MEASURE", "ROUNDING", "N_BAND"]].tolist() == [
        *("points", 5, "GE1000")
    ]
    assert whole.loc["level_2", ["UNIT_MEASURE", "ROUNDING"]].tolist() == ["organisations", 5]
    assert whole.loc["decile_9", ["UNIT_MEASURE", "ROUNDING"]].tolist() == ["points", 2]
    figures = frame[frame["OBS_VALUE"].notna()]
    assert (figures["OBS_VALUE"] % figures["ROUNDING"] == 0).all()
    assert (figures["OBS_STATUS"] + figures["CONF_STATUS"]).unique().tolist() == ["AF"]
    missing = frame[frame["OBS_VALUE"].isna()]
    assert (missing["OBS_STATUS"] + missing["CONF_STATUS"]).unique().tolist() == ["QC"]


def test_withheld_figure_sets_look_alike(wide: ReleaseDocument) -> None:
    """What is withheld shows neither how many organisations there were nor why."""
    told: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for figure in model.figures(wide):
        if figure["OBS_STATUS"] == "Q":
            rest = (figure["STATISTIC"], figure["N_BAND"], figure["N"], figure["ROUNDING"])
            told.setdefault(key_of(figure)[:3], []).append(rest)
    shares = {tuple(rows) for key, rows in told.items() if key[1] == "minimum-standards"}
    scores = {tuple(rows) for key, rows in told.items() if key[1] != "minimum-standards"}
    assert len(shares) == len(scores) == 1


def test_sdmx_json_is_valid_and_holds_the_same_observations(wide: ReleaseDocument) -> None:
    text = sdmx.data_json(wide, LABELS).decode()
    validate_sdmx_json(text)

    assert decoded(text) == list(csv_observations(wide))


def decoded(text: str) -> list[dict[str, Any]]:
    """Return the observations of an SDMX-JSON message: indices looked up, the rest as it is."""
    data = json.loads(text)["data"]
    (structure,), (data_set,) = data["structures"], data["dataSets"]
    dimensions, attributes = structure["dimensions"], structure["attributes"]
    shared = {each["id"]: each["values"][0]["value"] for each in dimensions["dataSet"]}
    shared |= zip(
        (each["id"] for each in attributes["dataSet"]), data_set["attributes"], strict=True
    )
    components = [*structure["measures"]["observation"], *attributes["observation"]]
    found = []
    for key, values in data_set["observations"].items():
        row = dict(shared)
        for dimension, place in zip(dimensions["observation"], key.split(":"), strict=True):
            row[dimension["id"]] = dimension["values"][int(place)]["id"]
        full = [*values, *[None] * (len(components) - len(values))]
        for component, value in zip(components, full, strict=True):
            coded = value is not None and "values" in component
            row[component["id"]] = component["values"][value]["id"] if coded else value
        found.append(row)
    return found


def csv_observations(document: ReleaseDocument) -> Any:
    numbers = ("OBS_VALUE", "ROUNDING", "N", "DECIMALS")
    for row in csv.DictReader(io.StringIO(sdmx.data_csv(document).decode(), newline="")):
        values: dict[str, Any] = {name: value or None for name, value in row.items()}
        for name in ("STRUCTURE", "STRUCTURE_ID", "ACTION"):
            del values[name]
        for name in numbers:
            given = values[name] not in (None, "NaN")
            values[name] = int(values[name]) if given else None
        yield values


def test_the_schema_refuses_spoilt_json(narrow: ReleaseDocument) -> None:
    message = json.loads(sdmx.data_json(narrow, LABELS))
    del message["data"]["structures"][0]["dimensions"]["observation"][0]["values"]
    with pytest.raises(Invalid):
        validate_sdmx_json(json.dumps(message))


def test_a_demonstration_is_another_flow_and_its_messages_are_tests(
    narrow: ReleaseDocument,
) -> None:
    assert str(model.flow_of(narrow)) == "CMI:BENCHMARK_DEMO(2025.2.1)"
    message = json.loads(sdmx.data_json(narrow, LABELS))
    assert message["meta"]["test"] is True
    assert "synthetic" in message["meta"]["name"]
    assert b"<mes:Test>true</mes:Test>" in sdmx.structure_xml(narrow, LABELS)


def test_every_id_is_an_sdmx_id_and_stands_for_one_code(wide: ReleaseDocument) -> None:
    lists = model.code_lists(wide, LABELS)
    ids = [code.id for each in lists.values() for code in each.codes]
    ids += [each.artefact.id for each in lists.values()]
    assert [each for each in ids if not re.fullmatch(r"[A-Za-z0-9_@$-]+", each)] == []
    cohorts = [row["id"] for row in wide["cohorts"]]
    assert len({model.cohort_id(each) for each in cohorts}) == len(cohorts)
    used = {figure["COHORT"] for figure in model.figures(wide)}
    assert used <= {code.id for code in lists["CL_COHORT"].codes}


def test_a_release_that_publishes_nothing_is_valid_everywhere(
    bare: ReleaseDocument, tmp_path: Path
) -> None:
    assert bare["observations"] == []
    structure = sdmx.structure_xml(bare, LABELS)
    assert read_sdmx(io.BytesIO(structure), validate=True).structures
    assert "BENCHMARK" in read(structure).structure
    text = sdmx.data_json(bare, LABELS).decode()
    validate_sdmx_json(text)
    assert decoded(text) == []
    assert sdmx.data_csv(bare).count(b"\r\n") == 1
    assert packaged(bare, tmp_path).validate().valid


# The data package


def contents(document: ReleaseDocument) -> dict[str, bytes]:
    files = package.files(document, LABELS, release=canonical_json(document))
    described = package.descriptor(document, files, address=ADDRESS, citation=CITATION)
    return {package.DESCRIPTOR: described, **files}


def packaged(document: ReleaseDocument, folder: Path) -> Any:
    for path, content in contents(document).items():
        (folder / path).write_bytes(content)
    return frictionless.Package(str(folder / package.DESCRIPTOR))


def test_the_package_is_valid_and_its_tables_lead_to_each_other(
    wide: ReleaseDocument, tmp_path: Path
) -> None:
    found = packaged(wide, tmp_path)

    report = found.validate()

    assert report.flatten(["rowNumber", "type", "note"]) == []
    assert found.resource_names == ["data", "cohorts", "measures", "release"]
    rows = found.get_resource("data").read_rows()
    assert [row["median"] for row in rows] == [row["median"] for row in wide["observations"]]
    assert found.licenses[0]["name"] == "CC-BY-4.0"
    assert found.version == "2026.1.1"
    keys = found.get_resource("data").schema.foreign_keys
    assert [(key["fields"], key["reference"]["resource"]) for key in keys] == [
        (["cohort"], "cohorts"),
        (["measure"], "measures"),
    ]


@pytest.mark.parametrize(
    ("path", "old", "new", "error"),
    [
        ("data.csv", b",family:other,", b",family:others,", "foreign-key"),
        ("data.csv", b",declared,", b",guessed,", "constraint-error"),
        ("cohorts.csv", b",family,all,", b",family,any,", "foreign-key"),
        ("measures.csv", b"EG1,", b"EG2,", "primary-key"),
        ("release.json", b'"r1"', b'"r2"', "hash-count"),
    ],
)
def test_the_package_notices_a_change(
    narrow: ReleaseDocument, tmp_path: Path, path: str, old: bytes, new: bytes, error: str
) -> None:
    found = packaged(narrow, tmp_path)
    spoilt = (tmp_path / path).read_bytes()
    assert old in spoilt
    (tmp_path / path).write_bytes(spoilt.replace(old, new, 1))

    report = found.validate()

    kinds = {kind for (kind,) in report.flatten(["type"])}
    assert {error, "hash-count"} <= kinds


def test_the_release_lies_in_the_package_under_the_hash_it_is_cited_by(
    narrow: ReleaseDocument,
) -> None:
    files = contents(narrow)
    described = json.loads(files[package.DESCRIPTOR])
    (resource,) = [each for each in described["resources"] if each["name"] == "release"]
    assert resource["hash"] == f"sha256:{sha256(narrow)}"
    assert resource["hash"] == f"sha256:{hashlib.sha256(files['release.json']).hexdigest()}"
    assert described["sources"] == [{"title": CITATION, "path": ADDRESS, "version": "demo-2025-W2"}]


def test_the_archive_holds_the_package_and_nothing_of_the_moment(
    narrow: ReleaseDocument, tmp_path: Path
) -> None:
    files = contents(narrow)
    described = files.pop(package.DESCRIPTOR)
    archive = package.archive(narrow, files, described)
    path = tmp_path / "package.zip"
    path.write_bytes(archive)

    assert frictionless.Package(str(path)).validate().valid
    with zipfile.ZipFile(path) as zipped:
        assert zipped.namelist() == ["datapackage.json", *package.FILES]
        published = date.fromisoformat(narrow["published_date"])
        stamp = (published.year, published.month, published.day, 0, 0, 0)
        assert {entry.date_time for entry in zipped.infolist()} == {stamp}


def test_the_same_release_has_the_same_bytes_in_every_format(narrow: ReleaseDocument) -> None:
    again = release(
        list(reversed(population(60, seed=5))),
        release_id="demo-2025-W2",
        series="demo",
        wave="demo-2025-W2",
    )
    assert all_bytes(again) == all_bytes(narrow)


def all_bytes(document: ReleaseDocument) -> list[bytes]:
    files = contents(document)
    described = files.pop(package.DESCRIPTOR)
    return [
        *files.values(),
        described,
        package.archive(document, files, described),
        sdmx.structure_xml(document, LABELS),
        sdmx.data_csv(document),
        sdmx.data_json(document, LABELS),
    ]
