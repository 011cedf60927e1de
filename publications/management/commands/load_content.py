"""Loads the content pack."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from publications.seed import actions, pack

CONTENT = Path(pack.__file__).parents[1] / "content"


class Command(BaseCommand):
    help = "Load roadmap, guidance, glossary and members; loading them twice changes nothing"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, nargs="?", default=CONTENT)

    def handle(self, folder: Path, **options: Any) -> str:
        try:
            loaded = actions.load_pack(pack=pack.read(folder), on=timezone.localdate())
        except pack.InvalidPack as exc:
            raise CommandError("\n".join(exc.problems)) from exc
        except actions.EditionRefused as exc:
            raise CommandError(str(exc)) from exc
        return actions.in_words(loaded)
