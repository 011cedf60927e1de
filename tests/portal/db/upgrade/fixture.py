"""The demonstration at the migrations of 26 November 2026: written to a file once, read by tests.

`python -m tests.portal.db.upgrade.fixture` writes it from the database at `MIGRATIONS` that
DATABASE_URL names. README.md says what is left out.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("demonstration.json.xz")
MIGRATIONS = [
    ("accounts", "0002_verification_and_working_group"),
    ("assessments", "0005_report_role"),
    ("publications", "0002_published_words_stand"),
]
LABELS = ("accounts", "account", "publications", "assessments")
ORGANISATIONS = 40  # beside the registry that one signs in for

# Rows by key and column, by table; values as JSON has them.
Content = Mapping[str, Mapping[str, Mapping[str, Any]]]


def models_then() -> list[Any]:
    """Return the models as they were at `MIGRATIONS`, in an order in which they can be stored."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    apps = MigrationLoader(connection).project_state(MIGRATIONS).apps
    known = [model for model in apps.get_models() if model._meta.app_label in LABELS]
    ordered: list[Any] = []
    while rest := [model for model in known if model not in ordered]:
        ordered += [model for model in rest if not _needs(model) & {*rest} - {model}]
    return ordered


def _needs(model: Any) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


def rows_of(model: Any, columns: list[str] | None = None, where: str = "") -> dict[str, Any]:
    """Return the rows of a model by key and column, values as JSON has them."""
    names = columns or [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.extra(where=[where]) if where else model._base_manager.all()
    values = {
        str(pk): dict(zip(names, row, strict=True)) for pk, *row in rows.values_list("pk", *names)
    }
    plain: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return plain


def dump() -> None:
    """Write the fixture: the registry and some organisations with all they did; what is public."""
    named = f"SELECT id FROM accounts_organisation ORDER BY name LIMIT {ORGANISATIONS}"
    kept = f"IN (SELECT organisation_id FROM accounts_membership UNION SELECT id FROM ({named}))"
    theirs = f"IN (SELECT id FROM assessments_assessment WHERE organisation_id {kept})"
    where = {
        "accounts_organisation": f"id {kept}",
        "assessments_assessment": f"id {theirs}",
        "assessments_response": f"assessment_id {theirs}",
        "assessments_responseevent": f"assessment_id {theirs}",
        "assessments_result": f"assessment_id {theirs}",
    }
    tables = [model._meta.db_table for model in models_then()]
    content = {
        table: rows_of(model, where=where.get(table, ""))
        for table, model in zip(tables, models_then(), strict=True)
    }
    for user in content["accounts_user"].values():
        user["password"] = "!"
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    FILE.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def read() -> Content:
    content: Content = json.loads(lzma.decompress(FILE.read_bytes()))
    return content


def load(content: Content) -> None:
    """Store the fixture in an empty database at `MIGRATIONS`."""
    from django.core.management.color import no_style
    from django.db import connection, transaction

    models = models_then()
    with transaction.atomic():
        for model in models:
            rows = content[model._meta.db_table].values()
            model._base_manager.bulk_create(
                [model(**{key: _python(model, key, row[key]) for key in row}) for row in rows],
                batch_size=200,
            )
        with connection.cursor() as cursor:
            # PostgreSQL numbers new rows after those that came with their numbers.
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)


def _python(model: Any, column: str, value: Any) -> Any:
    field = model._meta.get_field(column)
    return (field.target_field if field.is_relation else field).to_python(value)


if __name__ == "__main__":
    import django

    django.setup()
    dump()
