"""Reading one assessment while the database shows nothing of anybody else's (R9)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction


@contextmanager
def only(assessment_id: uuid.UUID) -> Iterator[None]:
    """Show the code inside one assessment and what is public: on PostgreSQL, by its role.

    Whatever else that code asks for, by mistake or not, is refused or empty. It writes nothing.
    Other databases have no roles, and there this changes nothing.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        [before] = cursor.fetchone()
        _become(settings.REPORT_DATABASE_ROLE, str(assessment_id))
        yield
        # An exception undoes this with the transaction, or with its part of one.
        _become(before, "")


def _become(role: str, assessment: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('portal.assessment', %s, true), set_config('role', %s, true)",
            [assessment, role],
        )
