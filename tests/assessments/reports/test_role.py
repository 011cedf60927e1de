"""R9 and T8: what composes a report has no way to anybody else's answers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from assessments.answering.models import Assessment, Response, ResponseEvent, Result
from assessments.benchmarks.models import ReleaseMember
from assessments.reports import building as reports
from assessments.reports import loading as reading
from assessments.reports.models import Report
from portal.accounts.models import Membership, Organisation, User
from portal.db import row_security as queries
from tests.assessments.reports.test_actions import submitted

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL has roles"
)
role = import_module("assessments.migrations.0005_report_role")


@pytest.fixture
def own() -> Report:
    return submitted()


@pytest.fixture
def others() -> Report:
    return submitted()


OF_SOMEBODY: dict[type[Any], Callable[[Report], Any]] = {
    Assessment: lambda of: Assessment.objects.filter(pk=of.assessment_id),
    Response: lambda of: Response.objects.filter(assessment=of.assessment_id),
    Result: lambda of: Result.objects.filter(assessment=of.assessment_id),
    Organisation: lambda of: Organisation.objects.filter(assessments=of.assessment_id),
}
NO_BUSINESS = (ResponseEvent, Report, ReleaseMember, Membership, User)


@on_postgresql
def test_the_role_reads_ones_own_and_nothing_of_others(own: Report, others: Report) -> None:
    with queries.only(own.assessment_id):
        seen = {model: rows(own).count() for model, rows in OF_SOMEBODY.items()}
        foreign = {model: rows(others).count() for model, rows in OF_SOMEBODY.items()}
        everything = {model: model.objects.count() for model in OF_SOMEBODY}

    assert all(seen.values())
    assert set(foreign.values()) == {0}
    assert everything == seen
    # Red first: without the role, the same queries find both.
    assert all(rows(others).exists() for rows in OF_SOMEBODY.values())


@on_postgresql
@pytest.mark.parametrize("model", NO_BUSINESS)
def test_the_role_cannot_read_what_is_no_part_of_a_report(own: Report, model: Any) -> None:
    assert model.objects.count() >= 0

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        queries.only(own.assessment_id),
    ):
        model.objects.count()

    assert model.objects.count() >= 0  # and it is gone with its block


@on_postgresql
def test_the_role_writes_nothing_and_sees_nothing_unnamed(own: Report) -> None:
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with refused, transaction.atomic(), queries.only(own.assessment_id):
        Response.objects.update(note="x")
    with queries.only(uuid.uuid4()):
        assert not Response.objects.exists()
        assert not Organisation.objects.exists()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true)", [settings.REPORT_DATABASE_ROLE])
        assert not Assessment.objects.exists()
        cursor.execute("RESET ROLE")


@on_postgresql
def test_the_role_ends_with_its_block(own: Report, others: Report) -> None:
    """Also where a transaction around it goes on, and where a mistake ended it."""
    for mistake in (False, True):
        try:
            with queries.only(own.assessment_id):
                if mistake:
                    raise LookupError
        except LookupError:
            pass
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('role'), current_setting('portal.assessment')")
            assert cursor.fetchone() == ("none", "")
        assert Assessment.objects.filter(pk=others.assessment_id).exists()


@on_postgresql
def test_a_report_is_composed_in_the_role(own: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in the code of reports, such as a query too wide, meets the role."""
    monkeypatch.setattr(
        reading, "_subject", lambda assessment: User.objects.get(pk=own.requested_by_id)
    )

    with pytest.raises(ProgrammingError, match="permission denied"):
        reports.build(own, on_progress=lambda percent, stage: None)


@on_postgresql
def test_nobody_else_sees_less(own: Report, others: Report) -> None:
    """A user who does not own the tables, and is a member of the role, reads and writes all."""
    anybody = "somebody_who_owns_nothing"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {anybody}")
        for table, _condition in role.OWN:
            cursor.execute(f"GRANT SELECT, UPDATE ON {table} TO {anybody}")
        cursor.execute(f"GRANT {settings.REPORT_DATABASE_ROLE} TO {anybody}")
        before = Assessment.objects.count(), Response.objects.count()
        cursor.execute("SELECT set_config('role', %s, true)", [anybody])
        assert (Assessment.objects.count(), Response.objects.count()) == before
        assert Assessment.objects.update(size_band=F("size_band")) == before[0]
        transaction.set_rollback(True)


# On any database


TABLE = re.compile(r'(?:FROM|JOIN) "(\w+)"')


def test_composing_a_report_reads_what_its_role_may_and_names_its_assessment(
    own: Report, others: Report
) -> None:
    """T8: every query is of the tables granted, and those of somebody's rows name one's own."""
    found = Report.objects.get(pk=own.pk)
    with CaptureQueriesContext(connection) as asked:
        reading.profile_of_report(found)

    somebodys = {table for table, _condition in role.OWN}
    for query in asked.captured_queries:
        tables = set(TABLE.findall(query["sql"]))
        assert tables <= somebodys | set(role.PUBLIC)
    assert str(others.assessment_id) not in str(asked.captured_queries)
