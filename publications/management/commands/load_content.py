"""Loads the content pack."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from publications.seed import comparison, loading, reading

CONTENT = Path(reading.__file__).parents[1] / "content"


class Command(BaseCommand):
    help = "Load roadmap, guidance, glossary and members; loading them twice changes nothing"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", default=CONTENT)

    def handle(self, folder: Path, **options: Any) -> str:
        try:
            loaded = loading.load_pack(pack=reading.read(folder), on=timezone.localdate())
        except reading.InvalidPack as exc:
            raise CommandError("\n".join(exc.problems)) from exc
        except comparison.EditionRefused as exc:
            raise CommandError(str(exc)) from exc
        return loading.in_words(loaded)
