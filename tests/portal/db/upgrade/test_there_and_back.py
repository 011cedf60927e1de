"""A database of 26 November 2026 migrates to today's tables and back without losing anything."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from assessments.answering.models import Result
from assessments.benchmarks.models import BenchmarkRelease
from assessments.questionnaires.models import InstrumentEdition
from portal.db import freezes
from tests.portal.db.upgrade import fixture

# Columns that a later migration means to change or to drop, by table, each with its reason.
MEANT: dict[str, set[str]] = {}


def now_stored(content: fixture.Content) -> dict[str, Any]:
    """Return what today's tables hold, in the columns there were then and are still."""
    stored = {}
    for model in apps.get_models():
        table = model._meta.db_table
        if table in content:
            columns = {field.attname for field in model._meta.concrete_fields}
            stored[table] = fixture.rows_of(model, sorted(columns & columns_of(content, table)))
    return stored


def columns_of(content: fixture.Content, table: str) -> set[str]:
    columns = {column for row in content[table].values() for column in row}
    return columns - MEANT.get(table, set())


def then_stored() -> dict[str, Any]:
    return {model._meta.db_table: fixture.rows_of(model) for model in fixture.models_then()}


def narrowed(content: fixture.Content, like: dict[str, Any]) -> dict[str, Any]:
    """Return the fixture with the columns of `like` alone."""
    narrow = {}
    for table, rows in content.items():
        columns = {column for row in like[table].values() for column in row}
        narrow[table] = {key: {name: row[name] for name in columns} for key, row in rows.items()}
    return narrow


def back() -> None:
    for label, name in fixture.MIGRATIONS:
        call_command("migrate", label, name, verbosity=0)


def assert_hashes_hold() -> None:
    """Each frozen document is the one its hash was computed from."""
    for model, count in ((Result, 73), (BenchmarkRelease, 2), (InstrumentEdition, 1)):
        rows = list(model._base_manager.values_list("document", "sha256"))
        assert len(rows) == count
        assert all(hashlib.sha256(text.encode()).hexdigest() == sha256 for text, sha256 in rows)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_demonstration_migrates_there_and_back() -> None:
    content = fixture.read()
    try:
        for label in ("assessments", "publications", "accounts"):
            call_command("migrate", label, "zero", verbosity=0)
        back()
        fixture.load(content)
        assert then_stored() == content

        call_command("migrate", verbosity=0)
        forward = now_stored(content)
        assert forward == narrowed(content, forward)
        assert_hashes_hold()
        assert freezes.check(databases=["default"]) == []

        back()
        assert then_stored() == content

        call_command("migrate", verbosity=0)
        assert now_stored(content) == forward
        assert_hashes_hold()
    finally:
        call_command("migrate", verbosity=0)
