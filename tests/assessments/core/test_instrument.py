from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from assessments.core import loading as instrument
from assessments.core.checks import SCHEMA, InvalidInstrument
from assessments.core.documents import canonical_json
from assessments.core.loading import parse, read
from tests.assessments.core.examples import SHIPPED, document, item_in, shipped, small

# Items, minimum standards and capabilities in scope by type, dimension by dimension.
SCOPES = """
RG   19/7/5 22/14/5 22/10/5 22/7/5 7/3/3   92/41
SB   21/7/5 20/14/5 22/10/5 19/7/5 20/6/5  102/44
EX   17/6/5 21/13/5 22/10/5 15/6/4 6/3/3   81/38
VB   15/6/5 11/7/4  14/8/5  4/3/2  17/7/5  61/31
RA   15/5/5 12/8/5  16/8/5  11/4/3 10/3/4  64/28
PD   12/5/5 13/9/5  13/8/5  6/4/3  20/6/5  64/32
BI   13/6/5 20/12/5 19/10/5 7/4/3  6/3/3   65/35
NR   20/7/5 22/14/5 22/10/5 22/7/5 15/7/5  101/45
DP   13/5/5 13/8/5  21/10/5 19/6/5 20/5/5  86/34
"""


# The shipped edition


@pytest.mark.parametrize("row", SCOPES.split("\n")[1:-1])
def test_shipped_items_by_type(row: str) -> None:
    kind, *cells, total = row.split()
    for dimension, cell in zip(shipped().scope(kind), cells, strict=True):
        minimum = sum(item.is_minimum_standard for item in dimension.items)
        assert f"{len(dimension.items)}/{minimum}/{len(dimension.capabilities)}" == cell
    items = shipped().items_for(kind)
    assert f"{len(items)}/{sum(item.is_minimum_standard for item in items)}" == total


def test_shipped_instrument_is_whole() -> None:
    assert (shipped().code, shipped().version) == ("cmi-maturity", "1.0.0")
    assert shipped().scale.engine == "cmi-score 1.0"
    assert shipped().modules == ("EG", "TI", "IS", "IN", "DM")
    assert len(shipped().items) == 110
    assert Counter(item.tier for item in shipped().items.values()) == {"M": 46, "A": 64}
    assert all(len(dimension.items) == 22 for dimension in shipped().dimensions)
    assert [level.name for level in shipped().levels] == [
        "Absent",
        "Initial",
        "Defined",
        "Established",
        "Assured",
    ]
    assert shipped().scale.evidence_ceilings == (1, 2, 3, 4)


def test_every_shipped_item_is_answered_by_a_recommendation_and_has_words_of_its_own() -> None:
    anchors: Counter[str] = Counter()
    for item in shipped().items.values():
        assert item.recommendations
        assert item.grounding
        assert "[" not in "".join(item.grounding)  # no editors' marks of certainty
        anchors.update(item.levels + (item.relying_levels or ()))
    assert anchors.most_common(1)[0][1] == 1


def test_shipped_anchors_climb_as_the_scale_does() -> None:
    """Intended, by individuals, approved and owned, shown by a year's records, checked outside."""
    intended = re.compile(r"planned|intended|intention|an idea|discussion|being \w+ed")
    nothing = re.compile(r"\b(?:approved|unapproved|rule|policy)\b|written|in writing")
    owned = re.compile(r"\bowne[rd]\b|and owners|names a secretary|appointed in writing")
    for item in shipped().items.values():
        for levels in filter(None, (item.levels, item.relying_levels)):
            assert intended.search(levels[0]), item.code
            assert nothing.search(levels[1]), item.code
            assert "approved" in levels[2].lower(), item.code
            assert owned.search(levels[2]), item.code
            assert "12 months" in levels[3], item.code
            assert levels[4].startswith("As level 3, and "), item.code
            assert "within 24 months" in levels[4], item.code


def test_a_shipped_question_asks_for_a_level_not_for_yes_or_no() -> None:
    asked = [
        question
        for item in shipped().items.values()
        for question in (item.question, item.relying_question)
        if question
    ]
    assert [q for q in asked if not q.startswith(("How ", "To what extent "))] == []


def test_not_applicable_is_offered_where_the_practice_may_not_exist() -> None:
    offered = [code for code, item in shipped().items.items() if item.not_applicable]
    assert len(offered) == 16
    assert {"TI5.4", "IN4.1", "IN4.2"} <= set(offered)


def test_an_authority_without_a_registry_loses_one_capability_and_is_left_with_no_single_item() -> (
    None
):
    whole, without = shipped().scope("NR"), shipped().scope("NR", operates_registry=False)
    hidden = {item.code for dimension in whole for item in dimension.items} - {
        item.code for dimension in without for item in dimension.items
    }
    assert sorted(hidden) == [
        *("IN3.1", "IN3.2", "IN3.3", "IN3.4", "IN3.5", "IN4.4"),
        *("IS2.3", "IS2.5", "IS3.4"),
        *("TI1.3", "TI1.4", "TI1.5", "TI2.1", "TI2.4", "TI4.2", "TI5.1", "TI5.3", "TI5.5"),
    ]
    kept = {capability.code for dimension in without for capability in dimension.capabilities}
    lost = {capability.code for dimension in whole for capability in dimension.capabilities} - kept
    assert lost == {"IN3"}
    sizes = {
        capability.code: len(capability.items)
        for dimension in without
        for capability in dimension.capabilities
    }
    assert min(sizes.values()) == 2
    assert {code for code, size in sizes.items() if size == 2} == {"TI1", "TI2", "TI5", "DM3"}
    assert shipped().respondent_types["NR"].cohort_code(False) == "NR-A"
    assert shipped().respondent_types["NR"].cohort_code(True) == "NR"
    assert shipped().respondent_types["RG"].cohort_code(None) == "RG"


def test_operating_a_registry_is_asked_of_no_other_type() -> None:
    asked = [
        kind.code for kind in shipped().respondent_types.values() if kind.asks_operates_registry
    ]
    assert asked == ["NR"]
    assert len(shipped().items_for("RG", operates_registry=False)) == 92


def test_modules_choose_questionnaires() -> None:
    items = shipped().items_for("RG", modules=["IS", "DM"])
    assert {item.code[:2] for item in items} == {"IS", "DM"}
    assert len(items) == 29


def test_relying_parties_read_their_own_wording() -> None:
    item = shipped().items["DM2.1"]
    assert item.wording("RG") == (item.relying_question, item.relying_levels)
    assert item.wording("PD") == (item.question, item.levels)
    relying = [code for code, each in shipped().items.items() if each.relying_question]
    assert relying == ["DM2.1", "DM2.4", "DM4.1", "DM4.4", "DM5.1", "DM5.3"]


def test_the_capabilities_of_shipped_editions_are_read_without_building_them() -> None:
    assert instrument.shipped_capabilities() == tuple(
        capability.code
        for dimension in shipped().dimensions
        for capability in dimension.capabilities
    )


def test_a_capability_of_another_code_is_read_from_its_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = tmp_path / "cmi-maturity-1.1.0"
    shutil.copytree(SHIPPED, edition)
    spoil(edition / "EG.yaml", "code: EG5\n", "code: EG10\n")
    monkeypatch.setattr(instrument, "SHIPPED", tmp_path)

    assert instrument.shipped_capabilities()[:6] == ("EG1", "EG2", "EG3", "EG4", "EG10", "TI1")


# Identity


def test_an_edition_stored_as_canonical_json_is_the_same_edition() -> None:
    stored = json.loads(shipped().canonical_json)
    for again in (parse(stored), parse(stored, checked=True)):
        assert again == shipped()
        assert again.sha256 == shipped().sha256
    assert shipped().sha256 == hashlib.sha256(shipped().canonical_json).hexdigest()


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical_json({"b": "é", "a": [1, True]}) == '{"a":[1,true],"b":"é"}'.encode()


@pytest.mark.parametrize("seed", ["0", "1"])
def test_identity_is_the_same_in_another_process(seed: str) -> None:
    program = (
        "from pathlib import Path; from assessments.core.loading import read; "
        f"print(read(Path({str(SHIPPED)!r})).sha256)"
    )
    root = Path(__file__).parents[3]
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.strip() == shipped().sha256


def test_any_change_of_a_word_is_another_edition() -> None:
    changed = document()
    item_in(changed, "EG1.1")["why"] += " Indeed."
    assert parse(changed).sha256 != shipped().sha256


# The schema


def test_the_published_schema_is_strict_and_explains_itself() -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)

    def walk(node: Any, name: str) -> None:
        assert "$ref" in node or node.get("description"), name
        if node.get("type") == "object":
            assert "additionalProperties" in node, name
            for key, inner in node.get("properties", {}).items():
                walk(inner, f"{name}.{key}")
        if "items" in node:
            walk(node["items"], f"{name}[]")

    walk(schema, "instrument")
    for name, definition in schema["$defs"].items():
        walk(definition, name)


# Refusals: file, item and fix in one sentence


def of(code: str, **changes: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change of one item; None removes a key."""

    def change(spoilt: dict[str, Any]) -> None:
        item = item_in(spoilt, code)
        for key, value in changes.items():
            if value is None:
                del item[key]
            else:
                item[key] = value

    return change


def renamed(spoilt: dict[str, Any]) -> None:
    item_in(spoilt, "IS1.2")["code"] = "IS1.1"


def strayed(spoilt: dict[str, Any]) -> None:
    item_in(spoilt, "IS1.4")["code"] = "IS2.9"


def single(spoilt: dict[str, Any]) -> None:
    for code in ("IS1.2", "IS1.3", "IS1.4"):
        item_in(spoilt, code)["types"].pop("BI")


def one_capability(spoilt: dict[str, Any]) -> None:
    for code in ("IN5.1", "IN5.2"):
        item_in(spoilt, code)["types"].pop("VB")


def single_without_registry(spoilt: dict[str, Any]) -> None:
    item_in(spoilt, "TI5.4")["registry_operators_only"] = True


def in_scoring(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda spoilt: spoilt["scoring"].update(changes)


def twice(spoilt: dict[str, Any]) -> None:
    spoilt["respondent_types"].append(spoilt["respondent_types"][0])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (of("EG1.1", why=None), "EG.yaml: item EG1.1: 'why' is missing; add it."),
        (
            of("EG1.1", weight=2),
            "EG.yaml: item EG1.1: the key 'weight' in EG1.1 is not known; remove it or correct it.",
        ),
        (of("EG1.1", effort=4), "EG.yaml: item EG1.1: 'effort' is 4; write at most 3."),
        (
            of("EG1.1", effort="2"),
            "EG.yaml: item EG1.1: 'effort' is not a whole number; make it so.",
        ),
        (of("EG1.1", tier="B"), "EG.yaml: item EG1.1: 'tier' is 'B'; write M, A."),
        (
            of("EG1.1", question="Every service rests on an instrument."),
            "EG.yaml: item EG1.1: 'question' does not match '\\\\?$'; "
            "correct 'Every service rests on an instrument.'.",
        ),
        (
            of(
                "EG1.1",
                levels=[
                    "The first anchor",
                    "The second anchor",
                    "The third anchor",
                    "The fourth anchor",
                ],
            ),
            "EG.yaml: item EG1.1: 'levels' has 4 anchors; write one for each of the 5 levels.",
        ),
        (
            of(
                "EG1.1",
                levels=[
                    "Not at all",
                    "A little of it",
                    "Not at all",
                    "Most of it",
                    "All of it, checked",
                ],
            ),
            "EG.yaml: item EG1.1: 'levels' says the same twice; tell its levels apart.",
        ),
        (
            of(
                "EG1.1",
                levels=["Not at all", "Some", "More of it", "Most of it", "All of it, checked"],
            ),
            "EG.yaml: item EG1.1: entry 2 of 'levels' has 4 characters; write at least 10.",
        ),
        (
            of("DM2.1", relying_levels=None),
            "DM.yaml: item DM2.1: 'relying_levels' is missing though a type is relying; add it.",
        ),
        (
            of("EG1.1", relying_question="How far can you check it?"),
            "EG.yaml: item EG1.1: 'relying_question' is given though no type is relying; "
            "remove it.",
        ),
        (
            of("EG1.1", types={"RG": "operating", "XX": "operating"}),
            "EG.yaml: item EG1.1: respondent type 'XX' is not known; use a code of "
            "instrument.yaml.",
        ),
        (
            of("EG1.2", depends_on=["EG7.1"]),
            "EG.yaml: item EG1.2: prerequisite 'EG7.1' is not an item; correct or remove it.",
        ),
        (
            of("EG1.1", depends_on=["EG1.1"]),
            "EG.yaml: item EG1.1: its prerequisites lead back to it (EG1.1 needs EG1.1); "
            "remove one of them.",
        ),
        (renamed, "IS.yaml: item IS1.1 appears 2 times; rename or delete one."),
        (
            strayed,
            "IS.yaml: item IS2.9 is not named after its capability; start its code with IS1 "
            "and a full stop.",
        ),
        (
            single,
            "IS.yaml: item IS1.1 is the only one of capability IS1 for BI; "
            "show BI another or none.",
        ),
        (
            one_capability,
            "IN.yaml: VB sees 1 of its capabilities; show items of at least two to VB.",
        ),
        (
            single_without_registry,
            "TI.yaml: item TI5.2 is the only one of capability TI5 for NR-A; "
            "show NR-A another or none.",
        ),
        (
            in_scoring(bands=[0, 20, 40, 60, 100], values=[0, 25, 50, 75, 99]),
            "EG.yaml: no answers of RG reach level 4 in EG1; "
            "correct 'scoring' in instrument.yaml or the tiers of the items.",
        ),
        (
            in_scoring(name="cmi-score 9.9"),
            "instrument.yaml: 'scoring.name' is 'cmi-score 9.9', which is no engine of this "
            "program; write cmi-score 1.0.",
        ),
        (
            in_scoring(bands=[0, 20, 60, 40, 80]),
            "instrument.yaml: 'scoring.bands' does not rise; put its entries in rising order.",
        ),
        (
            in_scoring(bands=[5, 20, 40, 60, 80]),
            "instrument.yaml: 'scoring.bands' does not start at 0; every score needs a level.",
        ),
        (
            in_scoring(values=[0, 50, 100]),
            "instrument.yaml: 'levels' does not run from 0 to 2; "
            "give every value of 'scoring.values' one level.",
        ),
        (
            twice,
            "instrument.yaml: a respondent type's code appears twice; rename one.",
        ),
        (
            lambda spoilt: spoilt.pop("title"),
            "instrument.yaml: 'title' is missing; add it.",
        ),
        (
            lambda spoilt: spoilt["dimensions"][1].pop("introduction"),
            "TI.yaml: 'introduction' is missing; add it.",
        ),
        (
            lambda spoilt: spoilt["dimensions"][1]["capabilities"][0].update(summary="Short"),
            "TI.yaml: capability TI1: 'summary' has 5 characters; write at least 10.",
        ),
    ],
)
def test_a_spoilt_instrument_is_refused_in_one_sentence(
    spoil: Callable[[dict[str, Any]], None], message: str
) -> None:
    spoilt = document()
    spoil(spoilt)
    with pytest.raises(InvalidInstrument) as refusal:
        parse(spoilt)
    assert str(refusal.value) == message


def test_a_cycle_through_several_items_is_shown() -> None:
    spoilt = document()
    item_in(spoilt, "EG1.1")["depends_on"] = ["EG1.3"]  # EG1.3 needs EG1.1
    with pytest.raises(InvalidInstrument, match="its prerequisites lead back to it"):
        parse(spoilt)


def test_a_long_chain_of_prerequisites_is_no_obstacle() -> None:
    chained = document()
    codes = list(shipped().items)
    for before, after in pairwise(codes):
        item_in(chained, after)["depends_on"] = [before]
    assert len(parse(chained).items) == 110


# Reading a directory


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "edition"))


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "TI.yaml").unlink()
    with pytest.raises(InvalidInstrument, match=r"^TI\.yaml: cannot be read"):
        read(directory)


def test_a_key_given_twice_is_found_by_its_line(directory: Path) -> None:
    spoil(directory / "EG.yaml", "code: EG\n", "code: EG\ncode: EG\n")
    with pytest.raises(InvalidInstrument) as refusal:
        read(directory)
    assert str(refusal.value) == "EG.yaml: line 3: 'code' appears twice; delete one."


@pytest.mark.parametrize("text", ["code: [\n", "? [code]\n: IN\n", "code: \x00\n"])
def test_what_is_not_yaml_is_refused(directory: Path, text: str) -> None:
    (directory / "IN.yaml").write_text(text)
    with pytest.raises(InvalidInstrument, match=r"^IN\.yaml: is not YAML: [^\n]+$"):
        read(directory)


def test_an_empty_file_is_refused(directory: Path) -> None:
    (directory / "IN.yaml").write_text("")
    with pytest.raises(InvalidInstrument, match=r"^IN\.yaml: is not a mapping"):
        read(directory)


def test_a_questionnaire_in_the_wrong_file_is_refused(directory: Path) -> None:
    shutil.copy(directory / "EG.yaml", directory / "TI.yaml")
    with pytest.raises(InvalidInstrument) as refusal:
        read(directory)
    assert str(refusal.value) == "TI.yaml: 'code' is not TI; write code: TI."


def test_a_cover_without_questionnaires_is_refused(directory: Path) -> None:
    spoil(directory / "instrument.yaml", "dimensions: [EG, TI, IS, IN, DM]", "dimensions: 5")
    with pytest.raises(InvalidInstrument, match=r"^instrument\.yaml: 'dimensions' is not a list"):
        read(directory)


def test_the_shipped_editions_are_listed() -> None:
    assert instrument.shipped() == {("cmi-maturity", "1.0.0"): SHIPPED}


def test_a_small_instrument_is_an_instrument() -> None:
    assert list(small(["MA", "AA"]).items) == ["AX1.1", "AX1.2", "AX2.1", "AX2.2"]
