"""A published edition keeps its number, day, hash and words: triggers refuse other updates."""

from django.db import migrations

EDITION = ("publication_id", "number", "published_date", "change_note", "sha256")
TEXT = (
    "edition_id", "provision_id", "language", "position", "title", "markdown", "audience",
    "grounding", "change",
)  # fmt: skip

STATE_OF_ITS_EDITION = "(SELECT state FROM publications_edition WHERE id = OLD.edition_id)"
EDITION_STANDS = "A published edition cannot change. Publish the next one."
TEXT_STANDS = "The words of a published edition cannot change. Publish the next one."


def differs(columns, operator):
    return " OR ".join(f"OLD.{column} {operator} NEW.{column}" for column in columns)


def sqlite_trigger(name, table, condition, message):
    return f"""
        CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW WHEN {condition}
        BEGIN SELECT RAISE(ABORT, '{message}'); END
    """


def postgresql_trigger(name, table, condition, message):
    return f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {condition} THEN
                RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {name} BEFORE UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {name}();
    """


def add(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    operator = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    trigger = postgresql_trigger if vendor == "postgresql" else sqlite_trigger
    schema_editor.execute(
        trigger(
            "publications_edition_stands",
            "publications_edition",
            f"OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT' OR {differs(EDITION, operator)})",
            EDITION_STANDS,
        )
    )
    schema_editor.execute(
        trigger(
            "publications_text_stands",
            "publications_text",
            f"{STATE_OF_ITS_EDITION} <> 'DRAFT' AND ({differs(TEXT, operator)})",
            TEXT_STANDS,
        )
    )


def remove(apps, schema_editor):
    for name, table in (
        ("publications_edition_stands", "publications_edition"),
        ("publications_text_stands", "publications_text"),
    ):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();")
        else:
            schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("publications", "0001_publications")]

    operations = [migrations.RunPython(add, remove)]
