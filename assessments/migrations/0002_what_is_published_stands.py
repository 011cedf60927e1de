"""What is published never changes: triggers refuse updates of it, on either database.

Deleting stays possible for the one audited path that erases an organisation's answers. A later
migration that alters one of these tables on SQLite makes the table anew, which drops its
triggers: remove them before and add them again after.
"""

from django.db import migrations

EDITION = ("instrument_id", "version", "document", "sha256", "loaded_at")
RESULT = ("assessment_id", "document", "engine", "sha256", "created_at")
RELEASE = (
    "code", "series", "wave_id", "revision", "edition_id", "document", "sha256", "published_at",
)  # fmt: skip
OBSERVATION = ("release_id", "position", "cohort", "measure", "view", "figures")
EVENT = ("assessment_id", "item", "version", "answer", "by_id", "at")
REPORT = (
    "assessment_id", "result_id", "release_id", "state", "file", "sha256", "size", "pages",
    "verification_code", "ready_at",
)  # fmt: skip
RESPONSE = (
    "assessment_id", "item", "rating", "dont_know", "not_applicable", "reason_kind", "reason",
    "evidence", "evidence_reference", "note", "version", "updated_by_id", "updated_at",
)  # fmt: skip
ASSESSMENT = (
    "organisation_id", "edition_id", "respondent_type", "operates_registry", "modules", "market",
    "country", "country_vintage", "region", "income_group", "size_band", "created_at",
)  # fmt: skip

# name, table, columns that stand, when they stand, what to do instead
TRIGGERS = (
    ("edition", "assessments_instrumentedition", EDITION, "",
     "An instrument edition cannot change. Load the changed text as a new version."),
    ("result", "assessments_result", RESULT, "",
     "A result cannot change. Store a re-score beside it."),
    ("release", "assessments_benchmarkrelease", RELEASE, "",
     "A benchmark release cannot change. Publish a numbered revision."),
    ("observation", "assessments_observation", OBSERVATION, "",
     "An observation cannot change. Publish a numbered revision of its release."),
    ("event", "assessments_responseevent", EVENT, "",
     "The history of a response cannot change. Save the response again."),
    ("report", "assessments_report", REPORT, "OLD.state = 'READY'",
     "A ready report cannot change. Queue another one."),
    ("response", "assessments_response", RESPONSE,
     "(SELECT submitted_at FROM assessments_assessment WHERE id = OLD.assessment_id) IS NOT NULL",
     "The responses of a submitted assessment cannot change."),
    ("assessment", "assessments_assessment", ASSESSMENT, "OLD.submitted_at IS NOT NULL",
     "A submitted assessment cannot change what was asked of whom."),
)  # fmt: skip


def condition(vendor, columns, when):
    operator = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    differs = " OR ".join(f"OLD.{column} {operator} NEW.{column}" for column in columns)
    return f"({when}) AND ({differs})" if when else differs


def statements(vendor):
    for name, table, columns, when, message in TRIGGERS:
        trigger = f"assessments_{name}_stands"
        broken = condition(vendor, columns, when)
        if vendor == "postgresql":
            yield f"""
                CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF {broken} THEN
                        RAISE EXCEPTION '{message}'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                END $$
            """
            yield f"""
                CREATE TRIGGER {trigger} BEFORE UPDATE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {trigger}()
            """
        else:
            yield f"""
                CREATE TRIGGER {trigger} BEFORE UPDATE ON {table} FOR EACH ROW WHEN {broken}
                BEGIN SELECT RAISE(ABORT, '{message}'); END
            """


def add(apps, schema_editor):
    for statement in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    for name, table, *_ in TRIGGERS:
        trigger = f"assessments_{name}_stands"
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {trigger} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {trigger}()")
        else:
            schema_editor.execute(f"DROP TRIGGER {trigger}")


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_assessments")]

    operations = [migrations.RunPython(add, remove)]
