"""Rows that the database itself keeps as they are: triggers on SQLite and on PostgreSQL.

A `Freeze` is declared among the constraints of a model, so `makemigrations` sees a change of it
like that of any other constraint. Every column is frozen that is not named as changeable: a column
that comes later is frozen, too. SQLite drops a table's triggers when a migration makes the table
anew, and refuses to make one anew that another table's trigger reads: there all triggers go before
a migration and come back after it. `register` arranges that, and the check which compares what is
declared with what the database holds.

A change of how this module writes triggers needs a migration of some kind beside it: with nothing
to migrate, `migrate` refuses a database whose triggers differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.core.checks import CheckMessage, Error, Tags
from django.core.checks import register as register_check
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate, pre_migrate

Event = Literal["UPDATE", "INSERT", "DELETE"]

# Bits of pg_trigger.tgtype: a row-level BEFORE trigger, and the event it is for.
POSTGRESQL_TYPE: dict[Event, int] = {"INSERT": 3 | 4, "DELETE": 3 | 8, "UPDATE": 3 | 16}


class Freeze(models.BaseConstraint):
    """Triggers that refuse to change, add or delete rows of one table, with one sentence.

    Conditions are SQL that both databases read, with `{row}` for the row in question:

    - `when`: the row is frozen; empty for always.
    - `changeable`: columns that a frozen row may change all the same.
    - `insert`, `delete`: whether a frozen row is refused when it is added or deleted, or under
      which other condition.
    - `within`: the column of the row that freezes this one, which must not become another frozen
      one by an update.
    - `also`: what an update of a frozen row must not make of it.
    - `erased`: the one condition under which a frozen row may be deleted, and the columns
      `erasable` may change.
    """

    def __init__(
        self,
        *,
        name: str,
        message: str,
        when: str = "",
        changeable: Sequence[str] = (),
        insert: bool | str = False,
        delete: bool | str = False,
        within: str = "",
        also: str = "",
        erased: str = "",
        erasable: Sequence[str] = (),
    ) -> None:
        super().__init__(name=name)
        self.message, self.when, self.within, self.also = message, when, within, also
        self.changeable, self.erasable = tuple(changeable), tuple(erasable)
        self.insert, self.delete, self.erased = insert, delete, erased

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path = f"{self.__class__.__module__}.{self.__class__.__name__}"
        given = {
            key: getattr(self, key)
            for key in (
                *("name", "message", "when", "changeable", "insert", "delete", "within", "also"),
                *("erased", "erasable"),
            )
            if getattr(self, key)
        }
        return path, (), given

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Freeze) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Leave it to the database: the application knows its own reasons before."""

    def _check(self, model: type[models.Model], connection: BaseDatabaseWrapper) -> list[Error]:
        unknown = {*self.changeable, *self.erasable, *filter(None, [self.within])}
        unknown -= {field.column for field in model._meta.concrete_fields}
        return [
            Error(f"{self.name} names a column {column!r} there is not.", obj=model, id="db.E001")
            for column in sorted(unknown)
        ]

    def events(self) -> tuple[Event, ...]:
        """Return what the freeze refuses."""
        insert: tuple[Event, ...] = ("INSERT",) if self.insert else ()
        delete: tuple[Event, ...] = ("DELETE",) if self.delete else ()
        return ("UPDATE", *insert, *delete)

    def trigger(self, event: Event) -> str:
        return self.name if event == "UPDATE" else f"{self.name}_{event.lower()}"

    def condition(self, event: Event, model: type[models.Model], *, vendor: str) -> str:
        """Return the SQL condition under which an event is refused."""
        if event == "INSERT":
            return self._inserted()
        if event == "DELETE":
            at_all = self.when if self.delete is True else str(self.delete)
            return _all(_of("OLD", at_all), _not(_of("OLD", self.erased)))
        # In one order, since the model of a migration may have its fields in another.
        columns = sorted(filter(None, (field.column for field in model._meta.concrete_fields)))
        fixed = [c for c in columns if c not in {*self.changeable, *self.erasable}]
        broken = _any(
            _differ(fixed, vendor),
            _all(_not(_of("OLD", self.erased)), _differ(self.erasable, vendor))
            if self.erasable
            else "",
            _of("NEW", self.also),
        )
        moved = _all(_differ([self.within], vendor), self._inserted()) if self.within else ""
        return _any(_all(_of("OLD", self.when), broken), moved)

    def _inserted(self) -> str:
        return _of("NEW", self.when if self.insert is True else str(self.insert or ""))

    def statement(self, event: Event, model: type[models.Model], *, vendor: str) -> str:
        """Return what makes the trigger of one event; on PostgreSQL its function, too."""
        trigger, table = self.trigger(event), model._meta.db_table
        if vendor != "postgresql":
            refusal = self._sentence(model)
            when = self.condition(event, model, vendor=vendor) or "1"
            return (
                f'CREATE TRIGGER "{trigger}" BEFORE {event} ON "{table}" FOR EACH ROW '
                f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return (
            f'CREATE OR REPLACE FUNCTION "{trigger}"() RETURNS trigger LANGUAGE plpgsql '
            f"AS $freeze${self.body(event, model)}$freeze$; "
            f'DROP TRIGGER IF EXISTS "{trigger}" ON "{table}"; '
            f'CREATE TRIGGER "{trigger}" BEFORE {event} ON "{table}" '
            f'FOR EACH ROW EXECUTE FUNCTION "{trigger}"()'
        )

    def body(self, event: Event, model: type[models.Model]) -> str:
        """Return the body of the trigger's function on PostgreSQL."""
        condition = self.condition(event, model, vendor="postgresql") or "true"
        return (
            f"BEGIN IF {condition} THEN RAISE EXCEPTION '{self._sentence(model)}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            f"RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END"
        )

    def _sentence(self, model: type[models.Model]) -> str:
        return f"{model._meta.db_table}: {self.message}".replace("'", "''")

    def removal(self, event: Event, *, vendor: str) -> str:
        """Return what drops the trigger of one event, if it is there."""
        trigger = self.trigger(event)
        if vendor == "postgresql":
            return f'DROP FUNCTION IF EXISTS "{trigger}"() CASCADE'  # its trigger goes with it
        return f'DROP TRIGGER IF EXISTS "{trigger}"'

    # What migrations ask of a constraint. On SQLite they make the table anew and ask nothing.

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        if schema_editor is not None and schema_editor.connection.vendor == "postgresql":
            schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None, "migrations name the model"
        return "; ".join(
            self.statement(event, model, vendor="postgresql") for event in self.events()
        )

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        return "; ".join(self.removal(event, vendor="postgresql") for event in self.events())


def _of(row: Literal["OLD", "NEW"], condition: str) -> str:
    return condition.replace("{row}", row)


def _all(*conditions: str) -> str:
    return " AND ".join(f"({condition})" for condition in conditions if condition)


def _any(*conditions: str) -> str:
    return " OR ".join(f"({condition})" for condition in conditions if condition)


def _not(condition: str) -> str:
    return f"NOT ({condition})" if condition else ""


def _differ(columns: Iterable[str], vendor: str) -> str:
    operator = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    return " OR ".join(f'OLD."{column}" {operator} NEW."{column}"' for column in columns)


def declared(
    apps: Apps = installed_apps, *, label: str = ""
) -> Iterator[tuple[Freeze, type[models.Model]]]:
    """Yield every freeze with its model, of one app or of all."""
    for model in apps.get_models():
        if not label or model._meta.app_label == label:
            for constraint in model._meta.constraints:
                if isinstance(constraint, Freeze):
                    yield constraint, model


def remove(
    connection: BaseDatabaseWrapper, apps: Apps = installed_apps, *, label: str = ""
) -> None:
    """Drop the triggers of every freeze, as a migration on SQLite or emptying a database needs."""
    with connection.cursor() as cursor:
        for freeze, _model in declared(apps, label=label):
            for event in freeze.events():
                cursor.execute(freeze.removal(event, vendor=connection.vendor))


def make(connection: BaseDatabaseWrapper, apps: Apps = installed_apps, *, label: str = "") -> None:
    """Make every trigger that is missing or differs from its declaration."""
    with connection.cursor() as cursor:
        for freeze, model, event in _faulty(connection, apps, label=label):
            cursor.execute(freeze.removal(event, vendor=connection.vendor))
            cursor.execute(freeze.statement(event, model, vendor=connection.vendor))


def _faulty(
    connection: BaseDatabaseWrapper, apps: Apps = installed_apps, *, label: str = ""
) -> list[tuple[Freeze, type[models.Model], Event]]:
    """Return the freezes and events whose trigger is missing or differs."""
    present = _present(connection)
    return [
        (freeze, model, event)
        for freeze, model in declared(apps, label=label)
        for event in freeze.events()
        if present.get((freeze.trigger(event), model._meta.db_table))
        != _expected(freeze, model, event, vendor=connection.vendor)
    ]


def _expected(
    freeze: Freeze, model: type[models.Model], event: Event, *, vendor: str
) -> tuple[object, ...]:
    if vendor == "postgresql":
        return (freeze.body(event, model), POSTGRESQL_TYPE[event], True, True)
    return (freeze.statement(event, model, vendor=vendor),)


def _present(connection: BaseDatabaseWrapper) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return what each trigger does, by its name and table."""
    if connection.vendor == "postgresql":
        query = """
            SELECT trigger.tgname, relation.relname, function.prosrc, trigger.tgtype,
                trigger.tgenabled IN ('O', 'A'),
                trigger.tgqual IS NULL AND trigger.tgattr::text = ''
            FROM pg_trigger AS trigger
            JOIN pg_class AS relation ON relation.oid = trigger.tgrelid
            JOIN pg_proc AS function ON function.oid = trigger.tgfoid
            WHERE NOT trigger.tgisinternal AND pg_table_is_visible(relation.oid)
        """
    else:
        query = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {(name, table): tuple(rest) for name, table, *rest in cursor.fetchall()}


def register() -> None:
    """Have every migration make the freezes anew, and the check of the database compare them."""
    pre_migrate.connect(_before_migrating, dispatch_uid="freezes")
    post_migrate.connect(_after_migrating, dispatch_uid="freezes")
    register_check(check, Tags.database)


def _before_migrating(
    *, app_config: Any, using: str, plan: Sequence[Any], apps: Apps, **_: Any
) -> None:
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        remove(connection, apps, label=app_config.label)


def _after_migrating(*, app_config: Any, using: str, apps: Apps = installed_apps, **_: Any) -> None:
    make(connections[using], apps, label=app_config.label)


def check(
    *, app_configs: Any = None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Name each table that lacks a trigger or has another one; silent while migrations wait."""
    found: list[CheckMessage] = []
    for using in databases or ():
        connection = connections[using]
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            continue
        for freeze, model, event in _faulty(connection):
            found.append(
                Error(
                    f"The table {model._meta.db_table} is not frozen against {event}: its trigger "
                    f"{freeze.trigger(event)} is missing or differs.",
                    hint="Find out who changed it, then run `manage.py migrate --skip-checks`.",
                    id="db.E002",
                )
            )
    return found
