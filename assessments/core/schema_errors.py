"""What a JSON Schema refuses, in words for the person who wrote the file."""

from __future__ import annotations

from typing import Any

from jsonschema.exceptions import ValidationError

_TYPE_NAMES = {
    "array": "a list",
    "object": "a mapping",
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
}
NAMING = ("code", "label", "slug")  # keys whose value names the mapping they stand in


def describe(error: ValidationError) -> str:
    """Return one sentence that says what is wrong and what to change, without the place."""
    name = _name(error)
    limit: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "required":
            missing = next(key for key in limit if key not in instance)
            return f"'{missing}' is missing; add it."
        case "additionalProperties" | "propertyNames":
            known = (error.schema.get("properties") or {}) if isinstance(error.schema, dict) else {}
            unknown = [key for key in instance if key not in known]
            text = str(unknown[0] if unknown else instance)[:40]
            return f"the key {text!r} in {name} is not known; remove it or correct it."
        case "type":
            return f"{name} is not {_TYPE_NAMES.get(limit, limit)}; make it so."
        case "enum" | "const":
            wanted = ", ".join(map(str, limit)) if isinstance(limit, list) else str(limit)
            return f"{name} is {str(instance)[:40]!r}; write {wanted}."
        case "minItems":
            return f"{name} has {len(instance)} entries; write at least {limit}."
        case "maxItems":
            return f"{name} has {len(instance)} entries; write at most {limit}."
        case "minLength":
            return f"{name} has {len(instance)} characters; write at least {limit}."
        case "maxLength":
            return f"{name} has {len(instance)} characters; write at most {limit}."
        case "minimum" | "maximum":
            bound = "at least" if error.validator == "minimum" else "at most"
            return f"{name} is {instance}; write {bound} {limit}."
        case "uniqueItems":
            return f"{name} names something twice; delete one."
        case _:
            return f"{name} does not match {limit!r}; correct {str(instance)[:40]!r}."


def _name(error: ValidationError) -> str:
    if isinstance(error.instance, dict):
        for key in NAMING:
            if isinstance(error.instance.get(key), str):
                return str(error.instance[key])
    path = list(error.absolute_path)
    names = [step for step in path if isinstance(step, str)]
    if not names:
        return "the document"
    entry = f"entry {path[-1] + 1} of " if isinstance(path[-1], int) else ""
    return f"{entry}'{names[-1]}'"
