"""Loads instrument editions from their YAML files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.core import checks, loading
from assessments.questionnaires.actions import EditionConflict, UnknownTypes, load_edition


class Command(BaseCommand):
    help = (
        "Load an instrument edition from its directory, or every edition that comes with the "
        "product; loading twice changes nothing"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, nargs="?")

    def handle(self, directory: Path | None = None, **options: Any) -> str:
        directories = [directory] if directory else list(loading.shipped().values())
        loaded = []
        for each in directories:
            try:
                content = loading.read(each)
                edition = load_edition(content=content)
            except (checks.InvalidInstrument, EditionConflict, UnknownTypes) as exc:
                raise CommandError(f"{each}: {exc}") from exc
            loaded.append(f"{content.code} {edition.version} with {len(content.items)} items")
        return f"Loaded: {', '.join(loaded)}." if loaded else "There is no edition to load."
