"""Creates the demonstration and keeps its sign-ins where only this installation reads them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from assessments.benchmarks.actions.computing import ReleaseRefused
from assessments.core import answers
from assessments.demonstration import actions as demonstration
from assessments.questionnaires import queries

EXAMPLE = Path("docs/examples/registry.json")
HEADING = "Demonstration sign-ins of this installation (synthetic, not real organisations):"


class Command(BaseCommand):
    help = (
        "Create the demonstration: a synthetic market, its releases, and a registry with sign-ins. "
        "Running it again changes nothing"
    )

    def handle(self, **options: Any) -> str:
        edition = queries.current_edition()
        if edition is None:
            raise CommandError("No questionnaires are loaded. Run manage.py load_instrument first.")
        path = settings.VAR_DIR / "demo-signins.txt"
        passwords = _passwords(path)
        try:
            made = demonstration.create_demonstration(
                edition=edition,
                example=answers.load((settings.BASE_DIR / EXAMPLE).read_bytes()),
                passwords=passwords,
                at=now(),
            )
        except ReleaseRefused as exc:
            raise CommandError(str(exc)) from exc
        _write_private(path, passwords)
        return (
            f"{made.organisations} synthetic organisations are released as {made.release.code}; "
            f"{made.registry} is open to the sign-ins in {path}:\n" + "\n".join(_lines(passwords))
        )


def _passwords(path: Path) -> dict[str, str]:
    """Return the passwords of an earlier run, new ones where there are none."""
    known: dict[str, str] = {}
    if path.exists():
        pairs = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
        known = {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and "@" in pair[0]}
    return {
        email: known.get(email) or secrets.token_urlsafe(12) for email in demonstration.sign_ins()
    }


def _lines(passwords: dict[str, str]) -> list[str]:
    widest = max(map(len, passwords))
    return [f"  {email:<{widest}}  {password}" for email, password in passwords.items()]


def _write_private(path: Path, passwords: dict[str, str]) -> None:
    text = "\n".join([HEADING, *_lines(passwords), ""])
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        path.chmod(0o600)  # the mode above counts for a new file alone
        file.write(text)
