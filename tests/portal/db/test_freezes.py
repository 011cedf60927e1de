"""What is published stands: every column of every frozen table, tried with plain SQL."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations import Migration
from django.utils.timezone import now

from assessments.answering.models import Assessment, Response, ResponseEvent, Result
from assessments.benchmarks.models import (
    BenchmarkRelease,
    Observation,
    ReleaseCandidate,
    ReleaseMember,
    ReleaseNote,
)
from assessments.reports.models import Report
from assessments.submissions.models import Withdrawal
from portal.db import freezes
from publications.models import Edition, Link, Text
from tests.factories import AssessmentFactory, EditionFactory, UserFactory, WaveFactory
from tests.publications.conftest import NOTE

pytestmark = pytest.mark.django_db

JOB = "progress stage attempts not_before lease_until claim notified_at reason"
# Of each frozen table what is refused, and the columns a frozen row may change all the same.
REFUSED = {
    "assessments_assessment": ("UPDATE INSERT DELETE", "consents_to_benchmark"),
    "assessments_benchmarkrelease": ("UPDATE DELETE", ""),
    "assessments_instrumentedition": ("UPDATE DELETE", ""),
    "assessments_observation": ("UPDATE INSERT DELETE", ""),
    "assessments_releasecandidate": ("UPDATE INSERT DELETE", JOB),
    "assessments_releasemember": ("UPDATE INSERT", ""),
    "assessments_releasenote": ("UPDATE DELETE", ""),
    "assessments_report": ("UPDATE INSERT DELETE", f"{JOB} build_seconds"),
    "assessments_response": ("UPDATE INSERT DELETE", ""),
    "assessments_responseevent": ("UPDATE INSERT DELETE", ""),
    "assessments_result": ("UPDATE INSERT DELETE", ""),
    "assessments_withdrawal": ("UPDATE DELETE", ""),
    "publications_edition": ("UPDATE INSERT DELETE", "state"),
    "publications_link": ("UPDATE INSERT DELETE", ""),
    "publications_priorityarea": ("UPDATE INSERT DELETE", ""),
    "publications_provision": ("UPDATE DELETE", ""),
    "publications_publication": (
        "UPDATE DELETE",
        "position page_version handle record_url record_label retrieved_date",
    ),
    "publications_roadmapaction": ("UPDATE INSERT DELETE", "status"),
    "publications_text": ("UPDATE INSERT DELETE", ""),
}
ROADMAP = {
    "publication": {
        "slug": "companion-roadmap",
        "kind": "ROADMAP",
        "origin": "COMPANION",
        "position": 2,
        "title": "A roadmap",
    },
    "edition": {"number": 1, "date": dt.date(2026, 1, 5), "change_note": "First edition."},
    "areas": [{"number": 1, "title": "Locks", "summary": "Locks everywhere."}],
    "provisions": [
        {
            "label": "RM-A90",
            "kind": "action",
            "title": "Buy locks",
            "text": "Buy locks.",
            "area": 1,
            "horizon": "medium",
            "actors": ["RG"],
            "measure": "Locks are bought.",
            "names": ["IS-R90"],
        }
    ],
}


def publish(folder: Path, **files: Any) -> None:
    for name, data in (files or {"note": NOTE, "roadmap": ROADMAP}).items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(data))
    call_command("load_content", folder, verbosity=0)


def release_of(wave: Any, by: Any, other: Any) -> BenchmarkRelease:
    """Store a release with a row of everything, and its candidate, published last."""
    release = BenchmarkRelease.objects.create(
        code="2025-W1",
        series="market",
        wave=wave,
        edition=EditionFactory(),
        document="{}",
        sha256="b" * 64,
        published_at=now(),
    )
    Observation.objects.create(
        release=release, position=1, cohort="all", measure="index", view="declared", figures={}
    )
    ReleaseMember.objects.create(release=release, organisation=wave_uuid(), respondent_type="RG")
    ReleaseNote.objects.create(
        release=release,
        kind="ERRATUM",
        text="A slip.",
        proposed_by=by,
        confirmed_by=other,
        confirmed_at=now(),
    )
    ReleaseCandidate.objects.create(
        wave=wave,
        state="AUDITED",
        requested_by=by,
        audit="{}",
        approved_by=by,
        approved_at=now(),
        audited_at=now(),
        published_by=other,
        publish_date=now().date(),
        release=release,
    )
    ReleaseCandidate.objects.update(state="PUBLISHED")
    return release


def wave_uuid() -> Any:
    return AssessmentFactory(respondent_type="SB").organisation_id


@pytest.fixture
def published(tmp_path: Path) -> None:
    """Fill every frozen table with rows that are frozen, each column with a value."""
    publish(tmp_path)
    assessment = AssessmentFactory(respondent_type="NR", operates_registry=True)
    by, other = assessment.created_by, UserFactory()
    Response.objects.create(assessment=assessment, item="EG1.1", rating=2, updated_by=by)
    ResponseEvent.objects.create(
        assessment=assessment, item="EG1.1", version=1, answer={"rating": 2}, by=by
    )
    result = Result.objects.create(
        assessment=assessment, document="{}", engine="cmi-score 1.0", sha256="a" * 64
    )
    Report.objects.create(
        assessment=assessment,
        result=result,
        release=release_of(WaveFactory(), by, other),
        requested_by=by,
        file="reports/a.pdf",
        sha256="d" * 64,
        ready_at=now(),
    )
    Report.objects.update(state="READY")
    Assessment.objects.filter(pk=assessment.pk).update(
        submitted_at=now(), submitted_by=by, submitted_as="A director"
    )
    Assessment.objects.filter(submitted_at=None).delete()
    Withdrawal.objects.create(assessment=assessment, is_erased=False, by=by)


def refused(statement: str, table: str, params: tuple[Any, ...] = ()) -> bool:
    """Say whether the table's freeze refuses a statement; other refusals are none of it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params or None)
            transaction.set_rollback(True)
    except IntegrityError as exc:
        return str(exc).startswith(f"{table}: ") and "cannot change" in str(exc)
    return False


def columns_of(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def a_row(model: type[models.Model], column: str) -> tuple[Any, ...]:
    """Return the key of a row with a value in that column, as SQL takes it."""
    pk, table = model._meta.pk.column, model._meta.db_table
    # Names of the project's own tables and columns.
    query = f'SELECT "{pk}" FROM "{table}" WHERE "{column}" IS NOT NULL ORDER BY "{pk}" LIMIT 1'
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    assert row is not None, f"{table}.{column} has a value nowhere: give it one in `published`"
    return tuple(row)


def frozen() -> dict[str, type[models.Model]]:
    return {model._meta.db_table: model for _freeze, model in freezes.declared()}


def test_every_declared_freeze_is_tried() -> None:
    declared = {
        model._meta.db_table: (" ".join(freeze.events()), sorted(freeze.changeable))
        for freeze, model in freezes.declared()
    }

    assert declared == {
        table: (events, sorted(changeable.split()))
        for table, (events, changeable) in REFUSED.items()
    }


@pytest.mark.usefixtures("published")
def test_every_column_of_what_is_published_is_frozen() -> None:
    changed = set()
    for table, model in frozen().items():
        for column in columns_of(model):
            key = str(model._meta.pk.column)
            at = key if column in REFUSED[table][1].split() else column
            other = f'-"{key}"' if column == key and model._meta.pk.db_returning else "NULL"
            update = f'UPDATE "{table}" SET "{column}" = {other} WHERE "{key}" = %s'
            if not refused(update, table, a_row(model, at)):
                changed.add((table, column))

    assert changed == {
        (table, column)
        for table, (_, changeable) in REFUSED.items()
        for column in changeable.split()
    }


@pytest.mark.usefixtures("published")
def test_nothing_is_added_to_what_is_published() -> None:
    added = set()
    for table, model in frozen().items():
        pk = model._meta.pk
        key = str(pk.column)
        names = ", ".join(f'"{c}"' for c in columns_of(model) if c != key or not pk.db_returning)
        copied = f'INSERT INTO "{table}" ({names}) SELECT {names} FROM "{table}" WHERE "{key}" = %s'
        if not refused(copied, table, a_row(model, key)):
            added.add(table)

    assert added == {table for table, (events, _) in REFUSED.items() if "INSERT" not in events}


@pytest.mark.usefixtures("published")
def test_nothing_of_what_is_published_is_deleted() -> None:
    deleted = {
        table
        for table, model in frozen().items()
        if not refused(
            f'DELETE FROM "{table}" WHERE "{model._meta.pk.column}" = %s',
            table,
            a_row(model, str(model._meta.pk.column)),
        )
    }

    assert deleted == {table for table, (events, _) in REFUSED.items() if "DELETE" not in events}


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("assessments_assessment", "submitted_at = NULL, submitted_by_id = NULL"),
        ("publications_edition", "state = 'DRAFT'"),
        ("assessments_releasecandidate", "state = 'AUDITED'"),
        ("assessments_releasenote", "confirmed_at = NULL, confirmed_by_id = NULL"),
        ("assessments_report", "state = 'QUEUED'"),
    ],
)
def test_what_is_frozen_is_never_thawed(table: str, change: str) -> None:
    assert refused(f"UPDATE {table} SET {change}", table)


@pytest.mark.usefixtures("published")
def test_nothing_is_moved_into_what_is_published() -> None:
    submitted = Assessment.objects.get()
    open_one = AssessmentFactory()
    Response.objects.create(
        assessment=open_one, item="EG1.2", rating=4, updated_by=open_one.created_by
    )
    old = Text.objects.select_related("edition").get(provision__label="IS-S90")
    draft = Edition.objects.create(
        publication=old.edition.publication, number=2, change_note="Draft"
    )
    text = Text.objects.create(edition=draft, provision=old.provision, position=9, title="New")

    with pytest.raises(IntegrityError, match="assessments_response: "), transaction.atomic():
        Response.objects.filter(assessment=open_one).update(assessment=submitted)
    with pytest.raises(IntegrityError, match="publications_text: "), transaction.atomic():
        Text.objects.filter(pk=text.pk).update(edition=old.edition)
    assert Response.objects.filter(assessment=open_one).count() == 1


@pytest.mark.usefixtures("published")
def test_links_change_while_the_next_edition_is_drafted() -> None:
    link = Link.objects.get(target_item="IS2.1")
    Edition.objects.create(
        publication=link.source.publication, number=2, change_note="Items are mended."
    )

    Link.objects.filter(pk=link.pk).update(target_item="IS2.2")

    assert Link.objects.get(pk=link.pk).target_item == "IS2.2"


@pytest.mark.usefixtures("published")
def test_a_rescore_by_another_engine_is_stored_beside() -> None:
    [result] = Result.objects.all()

    Result.objects.create(
        assessment=result.assessment, document="[]", engine="cmi-score 2.0", sha256="c" * 64
    )

    assert Result.objects.count() == 2


# After migrations


def drop(freeze: str, table: str) -> None:
    on = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {freeze}{on}")


def test_a_dropped_trigger_is_found_and_made_again() -> None:
    assert freezes.check(databases=["default"]) == []
    drop("assessments_result_frozen_insert", "assessments_result")

    [error] = freezes.check(databases=["default"])

    assert error.msg == (
        "The table assessments_result is not frozen against INSERT: its trigger "
        "assessments_result_frozen_insert is missing or differs."
    )
    with pytest.raises(SystemCheckError, match="assessments_result is not frozen"):
        call_command("check", databases=["default"])
    freezes.make(connection)
    assert freezes.check(databases=["default"]) == []


def test_another_trigger_of_that_name_is_found() -> None:
    drop("assessments_result_frozen", "assessments_result")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE TRIGGER assessments_result_frozen BEFORE INSERT ON assessments_result "
                "FOR EACH ROW EXECUTE FUNCTION assessments_result_frozen()"
            )
        else:
            cursor.execute(
                "CREATE TRIGGER assessments_result_frozen BEFORE UPDATE ON assessments_result "
                "BEGIN SELECT 1; END"
            )

    assert [error.msg.split(":")[0] for error in freezes.check(databases=["default"])] == [
        "The table assessments_result is not frozen against UPDATE"
    ]


def test_a_freeze_names_columns_there_are() -> None:
    freeze = freezes.Freeze(name="frozen", message="It cannot change.", changeable=["nothing"])

    [error] = freeze._check(Response, connection)

    assert error.msg == "frozen names a column 'nothing' there is not."


@pytest.mark.django_db(transaction=True)
def test_tables_made_anew_keep_their_triggers(tmp_path: Path) -> None:
    """SQLite makes a table anew to alter it: also one that other tables' triggers read."""
    later = Migration("0099_later", "assessments")
    altered = [(Assessment, "submitted_as"), (Response, "item"), (Edition, "change_note")]
    emit_pre_migrate_signal(0, False, "default", apps=apps, plan=[(later, False)])
    for model, name in altered:
        old = model._meta.get_field(name)
        new = copy.copy(old)
        new.null = True
        for before, after in ((old, new), (new, old)):
            with connection.schema_editor() as editor:
                editor.alter_field(model, before, after)  # type: ignore[arg-type]
    emit_post_migrate_signal(0, False, "default", apps=apps, plan=[(later, False)])

    assert freezes.check(databases=["default"]) == []
    publish(tmp_path, note=NOTE)
    assert refused("UPDATE publications_edition SET change_note = 'Other'", "publications_edition")


def test_a_faulty_pack_is_refused_before_the_database_does(tmp_path: Path) -> None:
    publish(tmp_path)
    roadmap = copy.deepcopy(ROADMAP)
    roadmap["areas"][0]["title"] = "Keys"  # type: ignore[index]

    with pytest.raises(CommandError, match=r"says something else at its areas or actions\."):
        publish(tmp_path, note=NOTE, roadmap=roadmap)
