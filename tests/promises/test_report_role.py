"""R9: the role of reports is set up and taken away by an ordinary owner of the database."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.promises.conftest import Figure
from tests.promises.sites import PRODUCTION, ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(not PRODUCTION, reason="only PostgreSQL has roles"),
]

COMPOSE = """
import django; django.setup()
from assessments.answering.models import Response
from assessments.reports import building
from portal.db import row_security
from tests.assessments.reports.test_actions import submitted

own, others = submitted(), submitted()
with row_security.only(own.assessment_id):
    print(Response.objects.filter(assessment=others.assessment_id).count(), "of others")
print(Response.objects.filter(assessment=others.assessment_id).exists(), "without the role")
print(building.build(own, on_progress=lambda percent, stage: None).pages >= 25, "pages")
"""


@dataclass(frozen=True, slots=True)
class Database:
    """An empty database of somebody without a superuser's rights."""

    name: str
    address: str

    def python(self, *arguments: str, var: Path) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "DATABASE_URL": self.address,
            "REPORT_DATABASE_ROLE": f"{self.name}_report",
            "PORTAL_VAR": str(var),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def database(rights: str) -> Iterator[tuple[Database, psycopg.Connection]]:
    """Make a database, and its owner with some rights; yield it with a superuser's connection."""
    server = os.environ["DATABASE_URL"]
    name = f"owner_{uuid.uuid4().hex[:12]}"
    address = urlsplit(server)
    own = address._replace(netloc=f"{name}@{address.netloc.rpartition('@')[2]}", path=f"/{name}")
    with psycopg.connect(server, autocommit=True) as root:
        root.execute(f"CREATE ROLE {name} LOGIN {rights}".encode())
        root.execute(f"CREATE DATABASE {name} OWNER {name}".encode())
        try:
            yield Database(name, own.geturl()), root
        finally:
            root.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            root.execute(f"DROP ROLE IF EXISTS {name}_report".encode())
            root.execute(f"DROP ROLE {name}".encode())


def roles(root: psycopg.Connection, database: Database) -> int:
    [number] = root.execute(
        "SELECT count(*) FROM pg_roles WHERE rolname = %s", [f"{database.name}_report"]
    ).fetchone() or (0,)
    return int(number)


def test_an_owner_who_may_make_roles_needs_nobody(tmp_path: Path, figure: Figure) -> None:
    with database("CREATEROLE") as (made, root):
        forward = made.python("manage.py", "migrate", "-v", "0", var=tmp_path)
        composed = made.python("-c", COMPOSE, var=tmp_path)
        with_role = roles(root, made)
        back = made.python("manage.py", "migrate", "assessments", "0004", "-v", "0", var=tmp_path)
        without = roles(root, made)
        again = made.python("manage.py", "migrate", "-v", "0", var=tmp_path)

    seen = composed.stdout.partition(" ")[0]
    figure(f"R9: {seen} answers of others read in the role that an ordinary owner has set up")
    assert [each.returncode for each in (forward, composed, back, again)] == [0] * 4, (
        forward.stderr + composed.stderr + back.stderr + again.stderr
    )
    assert composed.stdout.split("\n")[:3] == ["0 of others", "True without the role", "True pages"]
    assert (with_role, without) == (1, 0)


def test_an_owner_who_may_not_is_told_what_to_ask_for(tmp_path: Path) -> None:
    with database("NOCREATEROLE") as (made, root):
        refused = made.python("manage.py", "migrate", "-v", "0", var=tmp_path)
        asked = refused.stderr.strip().splitlines()[-1]
        assert refused.returncode != 0
        assert f'Have an administrator run CREATE ROLE "{made.name}_report" NOLOGIN' in asked
        assert f'GRANT "{made.name}_report" TO "{made.name}"' in asked

        root.execute(f"CREATE ROLE {made.name}_report NOLOGIN".encode())
        root.execute(f"GRANT {made.name}_report TO {made.name}".encode())
        done = made.python("manage.py", "migrate", "-v", "0", var=tmp_path)
        composed = made.python("-c", COMPOSE, var=tmp_path)

    assert done.returncode == 0, done.stderr
    assert composed.stdout.split("\n")[:3] == ["0 of others", "True without the role", "True pages"]
