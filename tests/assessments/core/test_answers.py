from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.core import engines
from assessments.core.answers import MAX_BYTES, Answer, InvalidResponses, edition_asked, load, parse
from tests.assessments.core.examples import REASON, WORKED_EXAMPLE, answered, shipped


def test_each_kind_of_answer_is_read() -> None:
    responses = answered(
        {
            "TI5.5": {"not_applicable": f"  {REASON} "},
            "EG1.1": {"rating": 4, "evidence": 3},
            "EG1.2": {"rating": 2},
            "IS4.1": {"dont_know": True},
        },
        review={"EG1.1": {"rating": 3}, "EG1.2": 4},
    )
    assert responses.answers == {
        "EG1.1": Answer(rating=4, evidence=3),
        "EG1.2": Answer(rating=2, evidence=0),
        "TI5.5": Answer(rating=None, reason=REASON),
        "IS4.1": Answer(rating=0, dont_know=True),
    }
    assert list(responses.answers) == ["EG1.1", "EG1.2", "TI5.5", "IS4.1"]
    assert responses.review == {"EG1.1": Answer(rating=3), "EG1.2": Answer(rating=4)}
    assert responses.modules == ("EG", "TI", "IS", "IN", "DM")
    assert responses.operates_registry is None


@pytest.mark.parametrize(("given_", "read"), [(None, True), (True, True), (False, False)])
def test_only_national_bodies_are_asked_whether_they_operate_a_registry(
    given_: Any, read: bool
) -> None:
    found = answered({}, respondent_type="NR", operates_registry=given_)
    assert found.operates_registry is read


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"responses": {"EG9.9": {"rating": 1}}}, "'EG9.9': is not an item of the instrument."),
        (
            {"responses": {"EG3.2": {"rating": 1}}},
            "EG3.2: is not shown to this RG; remove it.",
        ),
        (
            {"responses": {"IS1.1": {"rating": 1}}, "modules": ["EG"]},
            "IS1.1: is not shown to this RG; remove it.",
        ),
        (
            {
                "responses": {"IN3.1": {"rating": 1}},
                "respondent_type": "NR",
                "operates_registry": False,
            },
            "IN3.1: is not shown to this NR; remove it.",
        ),
        (
            {"responses": {"EG1.1": {"rating": 5}}},
            "EG1.1: rating 5 is not between 0 and 4.",
        ),
        (
            {"responses": {"EG1.1": {"rating": -1}}},
            "EG1.1: rating -1 is not between 0 and 4.",
        ),
        (
            {"responses": {"EG1.1": {"rating": 10**400}}},
            "EG1.1: rating a very large number is not between 0 and 4.",
        ),
        (
            {"responses": {"EG1.1": {"rating": True}}},
            "EG1.1: rating is true; write a whole number from 0 to 4.",
        ),
        (
            {"responses": {"EG1.1": {"rating": 3.0}}},
            "EG1.1: rating is 3.0; write a whole number from 0 to 4.",
        ),
        (
            {"responses": {"EG1.1": {"rating": "3"}}},
            "EG1.1: rating is '3'; write a whole number from 0 to 4.",
        ),
        (
            {"responses": {"EG1.1": {"rating": None}}},
            "EG1.1: rating is null; write a whole number from 0 to 4.",
        ),
        (
            {"responses": {"EG1.1": {"rating": 3, "evidence": 4}}},
            "EG1.1: evidence 4 is not between 0 and 3.",
        ),
        (
            {"responses": {"EG1.1": {"rating": 3, "evidence": False}}},
            "EG1.1: evidence is false; write a whole number from 0 to 3.",
        ),
        (
            {"responses": {"EG1.1": {"not_applicable": REASON}}},
            "EG1.1: not_applicable is not offered here; give a rating.",
        ),
        (
            {"responses": {"TI5.5": {"not_applicable": "a" * 29}}},
            "TI5.5: the reason has 29 characters; write at least 30.",
        ),
        (
            {"responses": {"TI5.5": {"not_applicable": "a" + " " * 60}}},
            "TI5.5: the reason has 1 characters; write at least 30.",
        ),
        (
            {"responses": {"TI5.5": {"not_applicable": True}}},
            "TI5.5: not_applicable is true or false; write the reason.",
        ),
        (
            {"responses": {"TI5.5": {"rating": 2, "not_applicable": REASON}}},
            "TI5.5: has rating and not_applicable; give exactly one of "
            "rating, not_applicable, dont_know.",
        ),
        (
            {"responses": {"EG1.1": {}}},
            "EG1.1: has no answer; give exactly one of rating, not_applicable, dont_know.",
        ),
        (
            {"responses": {"EG1.1": {"dont_know": False}}},
            "EG1.1: dont_know is false, not true.",
        ),
        (
            {"responses": {"EG1.1": {"dont_know": True, "evidence": 2}}},
            "EG1.1: evidence goes with a rating only; remove it.",
        ),
        (
            {"responses": {"EG1.1": {"rating": 2, "nöte\n": "x"}}},
            "EG1.1: 'nöte?' is not a known key; use rating, not_applicable, dont_know, evidence.",
        ),
        ({"responses": {"EG1.1": 3}}, 'EG1.1: is a number; write {"rating": 0} or the like.'),
        ({"responses": {"EG1.1": None}}, 'EG1.1: is null; write {"rating": 0} or the like.'),
        ({"responses": []}, "'responses' is a list; give answers by item."),
        ({"responses": None}, "'responses' is null; give answers by item."),
        (
            {"review": {"EG1.1": {"rating": 7}}},
            "review of EG1.1: rating 7 is not between 0 and 4.",
        ),
        ({"review": {"EG3.2": 1}}, "review of EG3.2: is not shown to this RG; remove it."),
        ({"review": [1]}, "'review' is a list; give answers by item."),
        (
            {"respondent_type": "XX"},
            "'respondent_type' is 'XX'; write one of RG, SB, EX, VB, RA, PD, BI, NR, DP.",
        ),
        (
            {"respondent_type": ["RG"]},
            "'respondent_type' is a list; write one of RG, SB, EX, VB, RA, PD, BI, NR, DP.",
        ),
        (
            {"operates_registry": True},
            "'operates_registry' is not asked of RG; remove it.",
        ),
        (
            {"respondent_type": "NR", "responses": {}, "operates_registry": 1},
            "'operates_registry' is 1; write true or false.",
        ),
        ({"modules": []}, "'modules' is a list; list some of EG, TI, IS, IN, DM."),
        ({"modules": "EG"}, "'modules' is text; list some of EG, TI, IS, IN, DM."),
        ({"modules": ["EG", "XX"]}, "'modules' names 'XX'; list some of EG, TI, IS, IN, DM."),
        ({"modules": [{}]}, "'modules' names an object; list some of EG, TI, IS, IN, DM."),
        ({"modules": ["EG", "EG"]}, "'modules' names EG twice; keep one."),
        (
            {"version": "9.0.0"},
            "the responses are for '9.0.0', not for cmi-maturity 1.0.0.",
        ),
        ({"version": 1}, "'version' is a number; write it as text."),
        (
            {"answers": {}},
            "'answers' is not a known key; use respondent_type, responses, instrument, version, "
            "operates_registry, review, modules.",
        ),
    ],
)
def test_bad_responses_are_refused_in_one_line(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidResponses) as refusal:
        parse({"respondent_type": "RG", "responses": {}} | change, shipped())
    assert str(refusal.value) == message


@pytest.mark.parametrize("key", ["respondent_type", "responses"])
def test_what_is_needed_is_asked_for(key: str) -> None:
    document = {"respondent_type": "RG", "responses": {}}
    del document[key]
    with pytest.raises(InvalidResponses, match=f"'{key}' is missing"):
        parse(document, shipped())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1, column 1: not JSON (Expecting value); correct it."),
        (b"[1]", "the file holds a list, not an object; start with '{'."),
        (b'{"a": 1, "a": 2}', "'a' appears twice; keep one."),
        (b'{"a": {"EG1.1": 1, "EG1.1": 2}}', "'EG1.1' appears twice; keep one."),
        (b'{"a": NaN}', "NaN is not a number JSON knows; correct it."),
        (b'{"a": -Infinity}', "-Infinity is not a number JSON knows; correct it."),
        (b'{"a": "\xff"}', "the file is not UTF-8 text (byte 7); save it as UTF-8."),
        (b"[" * 100_000, "the file is nested too deeply; give one flat object."),
        (b'{"a": ' * 100_000, "the file is nested too deeply; give one flat object."),
        (b'{"a": ' + b"9" * 5_000 + b"}", "a number has too many digits; correct it."),
        (b" " * (MAX_BYTES + 1), "the file has more than 8,000,000 bytes; send one assessment."),
    ],
)
def test_what_is_not_a_response_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(InvalidResponses) as refusal:
        load(content)
    assert str(refusal.value) == message


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert load(b"\xef\xbb\xbf{}") == {}


def test_the_edition_asked_for_is_found_before_the_rest_is_read() -> None:
    assert edition_asked({"instrument": "cmi-maturity", "version": "1.0.0"}) == (
        "cmi-maturity",
        "1.0.0",
    )
    assert edition_asked({}) == (None, None)


# Whatever a stranger sends, the answer is InvalidResponses or a parsed file.

some_examples = settings(max_examples=200, deadline=None)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(["EG1.1", "TI5.5", "EG3.2", "RG", "NR", "EG", REASON])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
keys = st.sampled_from(
    [
        "respondent_type",
        "responses",
        "instrument",
        "version",
        "operates_registry",
        "review",
        "modules",
        "EG1.1",
        "TI5.5",
        "rating",
        "evidence",
        "not_applicable",
        "dont_know",
    ]
)


def refusal_of(document: Any) -> str:
    """Return why a document is refused, or nothing where it is parsed and can be scored."""
    try:
        responses = parse(document, shipped())
    except InvalidResponses as refusal:
        return str(refusal)
    engines.score(shipped(), responses)
    return ""


def refusal_of_bytes(content: bytes) -> str:
    try:
        document = load(content)
    except InvalidResponses as refusal:
        return str(refusal)
    return refusal_of(document)


@some_examples
@given(document=st.dictionaries(keys | st.text(max_size=8), anything) | anything)
def test_any_document_is_parsed_or_refused_in_one_printable_line(document: Any) -> None:
    assert refusal_of(document).isprintable()


@some_examples
@given(data=st.data())
def test_a_spoilt_file_is_parsed_or_refused_in_one_printable_line(data: st.DataObject) -> None:
    document = copy.deepcopy(WORKED_EXAMPLE)
    for _ in range(data.draw(st.integers(1, 3))):
        node: Any = document
        for _ in range(data.draw(st.integers(0, 2))):
            inner = [each for each in node.values() if isinstance(each, dict) and each]
            if inner:
                node = data.draw(st.sampled_from(inner))
        key = data.draw(st.sampled_from(sorted(node)) | keys if node else keys)
        if data.draw(st.booleans()):
            node[key] = data.draw(anything)
        else:
            node.pop(key, None)
    assert refusal_of(document).isprintable()


@some_examples
@given(content=st.binary(max_size=200))
def test_any_bytes_are_loaded_or_refused_in_one_printable_line(content: bytes) -> None:
    assert refusal_of_bytes(content).isprintable()


@some_examples
@given(data=st.data())
def test_a_damaged_file_is_loaded_or_refused_in_one_printable_line(data: st.DataObject) -> None:
    content = bytearray(json.dumps(WORKED_EXAMPLE).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position] = data.draw(st.integers(0, 255))
    assert refusal_of_bytes(bytes(content)).isprintable()
