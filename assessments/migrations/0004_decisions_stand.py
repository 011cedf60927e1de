"""What was decided about a release never changes: triggers refuse updates of it.

As in 0002, deleting stays possible for the one audited path that erases an organisation, and a
later migration that alters one of these tables on SQLite must remove its triggers before and add
them again after.
"""

from django.db import migrations

CANDIDATE = (
    "wave_id", "revision", "change", "state", "document", "audit", "audit_sha256", "input_sha256",
    "audited_at", "approved_by_id", "approved_at", "published_by_id", "publish_date", "release_id",
)  # fmt: skip
NOTE = (
    "release_id", "kind", "text", "proposed_by_id", "proposed_at", "confirmed_by_id",
    "confirmed_at",
)  # fmt: skip
WITHDRAWAL = ("assessment_id", "is_erased", "by_id", "at")
MEMBER = ("release_id", "organisation", "respondent_type", "cohorts", "digest")

# name, table, columns that stand, when they stand, what to do instead
TRIGGERS = (
    ("candidate", "assessments_releasecandidate", CANDIDATE, "OLD.state = 'PUBLISHED'",
     "A published candidate cannot change. Queue a numbered revision."),
    ("note", "assessments_releasenote", NOTE, "OLD.confirmed_at IS NOT NULL",
     "What was said of a release cannot change. Say something more."),
    ("withdrawal", "assessments_withdrawal", WITHDRAWAL, "",
     "A withdrawal cannot change."),
    ("member", "assessments_releasemember", MEMBER, "",
     "Who was counted in a release cannot change."),
)  # fmt: skip


def condition(vendor, columns, when):
    operator = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    differs = " OR ".join(f'OLD."{column}" {operator} NEW."{column}"' for column in columns)
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
    dependencies = [("assessments", "0003_release_workflow")]

    operations = [migrations.RunPython(add, remove)]
