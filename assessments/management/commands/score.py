from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.core import answers as responses
from assessments.core import checks as instrument
from assessments.core.files import score_file


class Command(BaseCommand):
    help = "Print the result document of a response file as JSON"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a response file, or - for standard input")

    def handle(self, *args: Any, file: str, **options: Any) -> str:
        try:
            return json.dumps(score_file(_read(file)), indent=1)
        except OSError as exc:
            raise CommandError(f"{file!r} cannot be read: {exc.strerror}.", returncode=2) from exc
        except (responses.InvalidResponses, instrument.InvalidInstrument) as exc:
            raise CommandError(str(exc), returncode=2) from exc


def _read(file: str) -> bytes:
    limit = responses.MAX_BYTES + 1  # one more, so that the reader sees it is too long
    if file == "-":
        return sys.stdin.buffer.read(limit)
    with Path(file).open("rb") as stream:
        return stream.read(limit)
