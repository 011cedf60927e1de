"""YAML files that people write: read safely, as one mapping, and with no key given twice."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml


class InvalidYaml(ValueError):
    """A file that cannot be read; the message names it and says what to change."""


class _Repeated(ValueError):
    """A key is given twice."""


class _Loader(yaml.CSafeLoader):
    """A safe loader that refuses a key given twice, which YAML would silently overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                line = key.start_mark.line + 1
                raise _Repeated(f"line {line}: '{name}' appears twice; delete one.")
            seen.add(name)
        return super().construct_mapping(node, deep)


def read_mapping(path: Path, *, name: str = "", start: str) -> dict[str, Any]:
    """Return the mapping in a file, called `name` in messages, or raise InvalidYaml.

    `start` is the key a file of its kind starts with.
    """
    name = name or path.name
    try:
        # _Loader is a safe loader.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except OSError as exc:
        raise InvalidYaml(
            f"{name}: cannot be read ({exc.strerror}); put the file in {path.parent}."
        ) from exc
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        reason = " ".join(str(exc).split())
        raise InvalidYaml(f"{name}: is not YAML: {reason}; correct it.") from exc
    except _Repeated as exc:
        raise InvalidYaml(f"{name}: {exc}") from None
    if not isinstance(document, dict):
        raise InvalidYaml(f"{name}: is not a mapping; start it with '{start}:'.")
    return document
