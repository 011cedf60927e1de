"""Response files: what a respondent says, item by item, and what an assessor rates beside it.

    {"respondent_type": "RG",
     "responses": {"EG1.1": {"rating": 4, "evidence": 3},
                   "TI5.5": {"not_applicable": "a reason of 30 characters or more"},
                   "IS4.1": {"dont_know": true}}}

`load` turns bytes into JSON values, `parse` turns those into `Responses`. Both refuse with
InvalidResponses, one line that names the item and what is wrong, and with nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from assessments.core.instrument import Instrument, Item

MAX_BYTES = 8_000_000  # about twenty times a full response file with the longest reasons
_KEYS = (
    "respondent_type",
    "responses",
    "instrument",
    "version",
    "operates_registry",
    "review",
    "modules",
)
_ANSWER_KINDS = ("rating", "not_applicable", "dont_know")


class InvalidResponses(ValueError):
    """Responses that cannot be scored; the message is one line that says what to correct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `rating` is None where the practice is not applicable, 0 for don't know."""

    rating: int | None
    evidence: int = 0
    dont_know: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Answers of one respondent to one edition, and an assessor's where there was a review.

    Build it with `parse`, which knows what the instrument allows.
    """

    respondent_type: str
    operates_registry: bool | None  # None for the types that are not asked
    modules: tuple[str, ...]
    answers: Mapping[str, Answer]
    review: Mapping[str, Answer] = field(default_factory=dict)


def load(content: bytes) -> dict[str, Any]:
    """Return the JSON object in `content`."""
    if len(content) > MAX_BYTES:
        raise InvalidResponses(f"the file has more than {MAX_BYTES:,} bytes; send one assessment.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidResponses(
            f"the file is not UTF-8 text (byte {exc.start}); save it as UTF-8."
        ) from exc
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError as exc:
        raise InvalidResponses("the file is nested too deeply; give one flat object.") from exc
    except InvalidResponses:
        raise
    except json.JSONDecodeError as exc:
        raise InvalidResponses(
            f"line {exc.lineno}, column {exc.colno}: not JSON ({exc.msg}); correct it."
        ) from exc
    except ValueError as exc:  # a number of thousands of digits
        raise InvalidResponses("a number has too many digits; correct it.") from exc
    if not isinstance(document, dict):
        raise InvalidResponses(f"the file holds {_kind(document)}, not an object; start with '{{'.")
    return document


def edition_asked(document: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the code and version of the instrument a response file names, if it does."""
    found = []
    for key in ("instrument", "version"):
        value = document.get(key)
        if value is not None and not isinstance(value, str):
            raise InvalidResponses(f"'{key}' is {_kind(value)}; write it as text.")
        found.append(value)
    return found[0], found[1]


def parse(document: Mapping[str, Any], instrument: Instrument) -> Responses:
    """Return the responses a document holds, checked against what the instrument allows."""
    if not isinstance(document, Mapping):
        raise InvalidResponses(f"the responses are {_kind(document)}, not an object.")
    if unknown := [key for key in document if key not in _KEYS]:
        raise InvalidResponses(f"{_show(unknown[0])} is not a known key; use {', '.join(_KEYS)}.")
    _check_edition(document, instrument)
    respondent_type = _respondent_type(document, instrument)
    operates_registry = _operates_registry(document, instrument, respondent_type)
    modules = _modules(document, instrument)
    shown = {
        item.code: item
        for item in instrument.items_for(respondent_type, operates_registry, modules)
    }
    return Responses(
        respondent_type=respondent_type,
        operates_registry=operates_registry,
        modules=modules,
        answers=_answers(document, "responses", instrument, shown, respondent_type),
        review=_answers(document, "review", instrument, shown, respondent_type),
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise InvalidResponses(f"{_show(key)} appears twice; keep one.")
        result[key] = value
    return result


def _no_constant(name: str) -> NoReturn:
    raise InvalidResponses(f"{name} is not a number JSON knows; correct it.")


def _check_edition(document: Mapping[str, Any], instrument: Instrument) -> None:
    code, version = edition_asked(document)
    for asked, given in ((code, instrument.code), (version, instrument.version)):
        if asked is not None and asked != given:
            raise InvalidResponses(
                f"the responses are for {_show(asked)}, "
                f"not for {instrument.code} {instrument.version}."
            )


def _respondent_type(document: Mapping[str, Any], instrument: Instrument) -> str:
    known = ", ".join(instrument.respondent_types)
    if "respondent_type" not in document:
        raise InvalidResponses(f"'respondent_type' is missing; write one of {known}.")
    value = document["respondent_type"]
    if not isinstance(value, str) or value not in instrument.respondent_types:
        raise InvalidResponses(f"'respondent_type' is {_show(value)}; write one of {known}.")
    return value


def _operates_registry(
    document: Mapping[str, Any], instrument: Instrument, respondent_type: str
) -> bool | None:
    value = document.get("operates_registry")
    asked = instrument.respondent_types[respondent_type].asks_operates_registry
    if value is None:
        return True if asked else None
    if not isinstance(value, bool):
        raise InvalidResponses(f"'operates_registry' is {_show(value)}; write true or false.")
    if not asked:
        raise InvalidResponses(f"'operates_registry' is not asked of {respondent_type}; remove it.")
    return value


def _modules(document: Mapping[str, Any], instrument: Instrument) -> tuple[str, ...]:
    value = document.get("modules")
    if value is None:
        return instrument.modules
    known = ", ".join(instrument.modules)
    if not isinstance(value, list | tuple) or not value:
        raise InvalidResponses(f"'modules' is {_kind(value)}; list some of {known}.")
    for module in value:
        if not isinstance(module, str) or module not in instrument.modules:
            raise InvalidResponses(f"'modules' names {_show(module)}; list some of {known}.")
        if value.count(module) > 1:
            raise InvalidResponses(f"'modules' names {module} twice; keep one.")
    return tuple(module for module in instrument.modules if module in value)


def _answers(
    document: Mapping[str, Any],
    key: str,
    instrument: Instrument,
    shown: Mapping[str, Item],
    respondent_type: str,
) -> dict[str, Answer]:
    """Return the answers under `key`, in the instrument's order."""
    if key not in document and key == "responses":
        raise InvalidResponses("'responses' is missing; give answers by item.")
    value = document.get(key)
    if value is None and key == "review":
        return {}
    if not isinstance(value, Mapping):
        raise InvalidResponses(f"'{key}' is {_kind(value)}; give answers by item.")
    where = "" if key == "responses" else "review of "
    answers = {}
    for code, given in value.items():
        item = shown.get(code) if isinstance(code, str) else None
        if item is None:
            if code in instrument.items:
                raise InvalidResponses(
                    f"{where}{code}: is not shown to this {respondent_type}; remove it."
                )
            raise InvalidResponses(f"{where}{_show(code)}: is not an item of the instrument.")
        answers[code] = _answer(f"{where}{code}", given, item, instrument, bare=key == "review")
    return {code: answers[code] for code in shown if code in answers}


def _answer(place: str, given: Any, item: Item, instrument: Instrument, *, bare: bool) -> Answer:
    """Return one answer; an assessor's may be the rating alone."""
    if bare and not isinstance(given, Mapping):
        given = {"rating": given}
    if not isinstance(given, Mapping):
        raise InvalidResponses(f'{place}: is {_kind(given)}; write {{"rating": 0}} or the like.')
    allowed = (*_ANSWER_KINDS, "evidence")
    if unknown := [key for key in given if key not in allowed]:
        raise InvalidResponses(
            f"{place}: {_show(unknown[0])} is not a known key; use {', '.join(allowed)}."
        )
    kinds = [kind for kind in _ANSWER_KINDS if kind in given]
    if len(kinds) != 1:
        raise InvalidResponses(
            f"{place}: has {_list(kinds) or 'no answer'}; give exactly one of "
            f"{', '.join(_ANSWER_KINDS)}."
        )
    if "evidence" in given and kinds != ["rating"]:
        raise InvalidResponses(f"{place}: evidence goes with a rating only; remove it.")
    if kinds == ["rating"]:
        scale = instrument.scale
        return Answer(
            rating=_integer(place, "rating", given["rating"], scale.top),
            evidence=_integer(
                place, "evidence", given.get("evidence", 0), len(scale.evidence_ceilings) - 1
            ),
        )
    if kinds == ["dont_know"]:
        if given["dont_know"] is not True:
            raise InvalidResponses(f"{place}: dont_know is {_show(given['dont_know'])}, not true.")
        return Answer(rating=0, dont_know=True)
    return _not_applicable(place, given["not_applicable"], item, instrument.scale.reason_length)


def _not_applicable(place: str, reason: Any, item: Item, least: int) -> Answer:
    if not item.not_applicable:
        raise InvalidResponses(f"{place}: not_applicable is not offered here; give a rating.")
    if not isinstance(reason, str):
        raise InvalidResponses(f"{place}: not_applicable is {_kind(reason)}; write the reason.")
    words = " ".join(reason.split())
    if len(words) < least:
        raise InvalidResponses(
            f"{place}: the reason has {len(words)} characters; write at least {least}."
        )
    return Answer(rating=None, reason=words)


def _integer(place: str, name: str, value: Any, top: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidResponses(
            f"{place}: {name} is {_show(value)}; write a whole number from 0 to {top}."
        )
    if not 0 <= value <= top:
        raise InvalidResponses(f"{place}: {name} {_show(value)} is not between 0 and {top}.")
    return value


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return "something else"


def _list(words: Iterable[str]) -> str:
    return " and ".join(words)


def _show(value: object) -> str:
    """Return a value as short printable text, whatever a stranger put there."""
    if isinstance(value, str):
        return f"'{_plain(value)}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**12 else "a very large number"
    if isinstance(value, float):
        return repr(value)
    return _kind(value)


def _plain(text: str) -> str:
    short = text[:40] + ("…" if len(text) > 40 else "")
    return "".join(each if each.isprintable() else "?" for each in short)
