"""What the codes of a release are called, as its readers are told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Names by code. A code without a name is shown as it is."""

    cohorts: Mapping[str, Label]
    measures: Mapping[str, Label]
    views: Mapping[str, Label]
    kinds: Mapping[str, Label] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, Label]] = field(default_factory=dict)  # by what splits cohorts
    levels: Mapping[str, Label] = field(default_factory=dict)


def label(labels: Mapping[str, Label], code: str) -> Label:
    return labels.get(code) or Label(name=code)
