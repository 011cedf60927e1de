from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from assessments.core import answers, checks, engines
from assessments.core.files import read_file
from assessments.reports.words import sentences


class Command(BaseCommand):
    help = "Print the result document of a response file as JSON, or what it says in words"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a response file, or - for standard input")
        parser.add_argument(
            "--words",
            metavar="LANGUAGE",
            help="print the sentences of the result in this language, such as en",
        )

    def handle(self, *args: Any, file: str, words: str | None, **options: Any) -> str:
        known = {code.partition("-")[0]: code for code, _name in settings.LANGUAGES}
        if words is not None and words not in (*known, *known.values()):
            raise CommandError(
                f"--words {words!r} is no language here; write {', '.join(known)}.", returncode=2
            )
        try:
            edition, given = read_file(_read(file))
            document = engines.score(edition, given)
        except OSError as exc:
            raise CommandError(f"{file!r} cannot be read: {exc.strerror}.", returncode=2) from exc
        except (answers.InvalidResponses, checks.InvalidInstrument) as exc:
            raise CommandError(str(exc), returncode=2) from exc
        if words is None:
            return json.dumps(document, indent=1)
        with translation.override(known.get(words, words)):
            return "\n".join(sentences(document, edition))


def _read(file: str) -> bytes:
    limit = answers.MAX_BYTES + 1  # one more, so that the reader sees it is too long
    if file == "-":
        return sys.stdin.buffer.read(limit)
    with Path(file).open("rb") as stream:
        return stream.read(limit)
