"""Engines: what each makes of given answers, for ever."""

from __future__ import annotations

import hashlib
import json
import lzma
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assessments.core import engines
from assessments.core.answers import parse
from assessments.core.files import read_file
from assessments.core.result import SCHEMA as SCHEMA_FILE
from tests.assessments.core.examples import REASON, answered, shipped
from tests.portal.db.upgrade import fixture

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def drawn(kind: str, seed: str, *, review: bool = False) -> dict[str, Any]:
    """Return a response file whose answers follow from the hash of a seed and each item's code."""
    answers: dict[str, Any] = {}
    for item in shipped().items_for(kind):
        number = hashlib.sha256(f"{seed} {item.code}".encode()).digest()[0] % 24
        if number < 20:
            answers[item.code] = {"rating": number % 5, "evidence": number // 5}
        elif number == 20 and item.not_applicable:
            answers[item.code] = {"not_applicable": REASON}
        elif number < 23:
            answers[item.code] = {"dont_know": True}
    document: dict[str, Any] = {"respondent_type": kind, "responses": answers}
    if review:
        document["review"] = {
            item.code: (position * 7) % 5 for position, item in enumerate(shipped().items_for(kind))
        }
    return document


def digest(document: Any) -> str:
    """Return the hash of every number the arithmetic makes, whatever the document's shape.

    Floats count to nine decimals: the last bits of a logarithm are the machine's.
    """
    plan = document["plan"]["priorities"]
    sensitivity = document["sensitivity"]
    runs = ("base", "S1", "S2", "S3", "S4")
    numbers = [
        document["views"],
        document["confidence"],
        document["coverage"],
        document["cohort_type"],
        [(step["item"], step["reason"], step["gain"], step["effort"]) for step in plan],
        sensitivity
        and [[sensitivity[run][key] for key in ("index", "band")] for run in runs]
        + [[run["without"], run["index"], run["band"]] for run in sensitivity["S5"]["runs"]],
        [
            [gate[key] for key in ("gate", "cap", "lowest", "items", "met", "of")]
            for view in document["gates"].values()
            if view
            for gate in (view["overall"], *view["dimensions"].values())
        ],
    ]
    text = json.dumps(rounded(numbers), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def rounded(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.9f}".replace("-0.000000000", "0.000000000")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return value


GOLDEN = {
    "registry.json": "f3c2e380066e3bf54c6381fb78cdaef51bf0720b64a5f0b2af4f1c5b4b4c3d9c",
    "RG": "f76d8cee3f3b436ed5a27328e3da9747e27c07418e912d3553143e186d3a3342",
    "NR": "b1e50eed7036603bbaec5508808029215fbc1da696f116451646ec2240335cd7",
    "VB reviewed": "18f79af36ec08ad12a7c88cfdd852f0ab17bf6bad1e870c16c8a12b460eb6ff5",
    "PD": "3fd322c929087af89f88c1922ac5100f459ea48d3e7c30dec668dfa598dfb2df",
}


def responses_named(name: str) -> Any:
    match name.split():
        case ["registry.json"]:
            return read_file((ROOT / "docs/examples/registry.json").read_bytes())[1]
        case [kind, *review]:
            return parse(drawn(kind, name, review=bool(review)), shipped())


@pytest.mark.parametrize("name", GOLDEN)
def test_cmi_score_1_0_gives_its_golden_results(name: str) -> None:
    """Other numbers need another engine: give it a name beside this one, do not change these."""
    assert shipped().scale.engine == "cmi-score 1.0"
    document = engines.score(shipped(), responses_named(name))

    assert digest(document) == GOLDEN[name]
    jsonschema.validate(document, SCHEMA)


def response_file(assessment: Any, rows: list[Any]) -> dict[str, Any]:
    """Return the stored answers of one assessment as a response file."""
    file: dict[str, Any] = {
        "respondent_type": assessment["respondent_type"],
        "modules": assessment["modules"],
        "responses": {},
    }
    if assessment["operates_registry"] is not None:
        file["operates_registry"] = assessment["operates_registry"]
    for row in rows:
        file["responses"][row["item"]] = (
            {"dont_know": True}
            if row["dont_know"]
            else {"not_applicable": row["reason"]}
            if row["not_applicable"]
            else {"rating": row["rating"], "evidence": row["evidence"]}
        )
    return file


def test_every_result_of_the_first_version_is_computed_again_the_same() -> None:
    content = json.loads(lzma.decompress(fixture.FILE.read_bytes()))
    answers: dict[Any, list[Any]] = {}
    for row in content["assessments_response"].values():
        answers.setdefault(row["assessment_id"], []).append(row)
    results = content["assessments_result"].values()
    for result in results:
        key = result["assessment_id"]
        file = response_file(content["assessments_assessment"][str(key)], answers[key])
        then = json.loads(result["document"])
        again = json.loads(json.dumps(engines.score(shipped(), parse(file, shipped()))))
        for part in ("views", "confidence", "coverage", "plan"):
            assert rounded(again[part]) == rounded(then[part]), (key, part)

    assert len(results) == 73


def test_the_digest_sees_one_rating() -> None:
    document = drawn("RG", "RG")
    code = next(code for code, given in document["responses"].items() if given.get("rating") == 2)
    document["responses"][code] = {**document["responses"][code], "rating": 3}

    assert digest(engines.score(shipped(), parse(document, shipped()))) != GOLDEN["RG"]


def test_an_edition_of_an_unknown_engine_is_not_scored() -> None:
    edition = shipped()
    other = replace(edition, scale=replace(edition.scale, engine="cmi-score 9.9"))

    with pytest.raises(engines.UnknownEngine) as refused:
        engines.score(other, answered({}, of=edition))

    assert str(refused.value) == (
        "'scoring.name' is 'cmi-score 9.9', which is no engine of this program; "
        "write cmi-score 1.0."
    )


def test_a_score_is_computed_by_the_engine_the_edition_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second engine beside the first, as a change of arithmetic would bring."""

    def score(instrument: Any, responses: Any, *, with_outlook: bool = True) -> Any:
        return {"engine": instrument.scale.engine, "of": len(responses.answers)}

    first = engines.ENGINES["cmi-score 1.0"]
    both = {**engines.ENGINES, "cmi-score 2.0": replace(first, score=score)}
    monkeypatch.setattr(engines, "ENGINES", both)
    edition = shipped()
    other = replace(edition, scale=replace(edition.scale, engine="cmi-score 2.0"))
    responses = answered({"EG1.1": {"rating": 2}})

    assert engines.score(other, responses) == {"engine": "cmi-score 2.0", "of": 1}
    assert engines.score(edition, responses)["engine"] == "cmi-score 1.0"
