"""On PostgreSQL a role for the code of reports, to which the database shows one assessment alone.

`queries.only` takes the role on and names the assessment. The role reads the tables below and no
others, and of those with a condition only the rows that meet it; without a name it sees none of
them. Row-level security leaves everybody else's access as it is. SQLite has no roles.
"""

from django.conf import settings
from django.db import migrations
from django.db.utils import DataError, ProgrammingError

NAMED = "nullif(current_setting('portal.assessment', true), '')::uuid"
ONE = f"assessments_assessment WHERE id = {NAMED}"
# What is somebody's, and which row of it is shown.
OWN = (
    ("assessments_assessment", f"id = {NAMED}"),
    ("assessments_response", f"assessment_id = {NAMED}"),
    ("assessments_result", f"assessment_id = {NAMED}"),
    ("accounts_organisation", f"id = (SELECT organisation_id FROM {ONE})"),  # noqa: S608
)
# What everybody may read.
PUBLIC = (
    "assessments_instrument", "assessments_instrumentedition", "assessments_wave",
    "assessments_benchmarkrelease", "publications_publication", "publications_edition",
    "publications_provision", "publications_text",
)  # fmt: skip
# Of what is said of releases, whether one is withdrawn; proposals and their authors are nobody's.
PARTLY = (("assessments_releasenote", "id, release_id, kind, confirmed_at"),)

# Two databases of one server may be migrated at once. Whoever makes a role may take it on only
# when it is granted (from PostgreSQL 16 on), and a superuser needs no grant.
MAKE = """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN
            CREATE ROLE {role} NOLOGIN;
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                GRANT {role} TO CURRENT_USER;
            END IF;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END $$
"""
DROP = """
    DO $$ BEGIN
        DROP ROLE {role};
    EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
        NULL;  -- another database of this server uses it, or somebody else made it
    END $$
"""


class RoleMissing(Exception):
    """The role is not there, and the user of the database may not make it."""


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    name = settings.REPORT_DATABASE_ROLE
    role = schema_editor.quote_name(name)
    run = schema_editor.execute
    make(schema_editor, name, role)
    # Not a policy of the role, which would hold for its members too: for the site's own user.
    anybody_else = f"current_user <> {schema_editor.quote_value(name)}"
    for table, condition in OWN:
        run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        run(
            f"CREATE POLICY reports ON {table} "
            f"USING ({anybody_else} OR {condition}) WITH CHECK (true)"
        )
    for table in (*(table for table, _condition in OWN), *PUBLIC):
        run(f"GRANT SELECT ON {table} TO {role}")
    for table, columns in PARTLY:
        run(f"GRANT SELECT ({columns}) ON {table} TO {role}")


def make(schema_editor, name, role):
    """Make the role unless it is there, and take it on for a moment to see that this is allowed."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        try:
            cursor.execute(MAKE.format(name=schema_editor.quote_value(name), role=role))
            cursor.execute("SELECT current_setting('role')")
            [before] = cursor.fetchone()
            for each in (name, before):
                cursor.execute("SELECT set_config('role', %s, true)", [each])
        except (DataError, ProgrammingError) as exc:
            user = schema_editor.quote_name(connection.settings_dict["USER"])
            raise RoleMissing(
                f"Reports need the database role {role}, which {user} may not make or take on. "
                f"Have an administrator run CREATE ROLE {role} NOLOGIN (unless it is there) and "
                f"GRANT {role} TO {user}, then migrate again."
            ) from exc


def remove(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    role = schema_editor.quote_name(settings.REPORT_DATABASE_ROLE)
    run = schema_editor.execute
    for table in (*(table for table, _condition in OWN), *PUBLIC):
        run(f"REVOKE ALL ON {table} FROM {role}")
    for table, columns in PARTLY:
        run(f"REVOKE ALL ({columns}) ON {table} FROM {role}")
    for table, _condition in OWN:
        run(f"DROP POLICY reports ON {table}")
        run(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    run(DROP.format(role=role))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_verification_and_working_group"),
        ("assessments", "0004_decisions_stand"),
        ("publications", "0002_published_words_stand"),
    ]

    operations = [migrations.RunPython(add, remove)]
