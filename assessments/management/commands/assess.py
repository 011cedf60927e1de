"""Takes a response file through the whole path: assessment, submission, worker, report."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.timezone import now

from assessments.answering import actions as answering
from assessments.answering import answers, queries
from assessments.answering.models import Assessment, ReasonKind, Wave
from assessments.benchmarks import queries as benchmarks_queries
from assessments.core import answers as responses
from assessments.core import engines
from assessments.questionnaires import queries as questionnaires_queries
from assessments.questionnaires.models import InstrumentEdition
from assessments.reports import actions as report_actions
from assessments.reports.models import Report
from assessments.reports.numbers import shown
from assessments.submissions import actions as submissions_actions
from portal.accounts import actions as accounts
from portal.accounts.models import User
from portal.vocabulary import codes
from portal.vocabulary.codes import codes_of
from portal.vocabulary.countries import UnknownCountry

RESPONDENT = "assess@demo.example"  # cannot sign in
NOBODY_ANSWERS_SECONDS = 2.0
GIVE_UP_SECONDS = 240.0
SWEEP_SECONDS = 5.0
WORKER_LOG = "assess-worker.log"
NOTE = "Taken from a response file, which gives no explanation."


class Command(BaseCommand):
    help = (
        "Answer a whole assessment from a response file as a demonstration organisation, submit "
        "it, and write the report that a worker builds. Starts a worker if none answers"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a response file, as manage.py score reads it")
        parser.add_argument("--out", type=Path, required=True, help="where to write the PDF")
        parser.add_argument("--organisation", default="Example Registry")
        parser.add_argument("--country", default="KE", help="two-letter code")
        parser.add_argument("--market", default="both", choices=codes_of(codes.MARKETS))
        parser.add_argument("--size", default="50-249", choices=codes_of(codes.SIZE_BANDS))
        parser.add_argument(
            "--wave", "--period", help="code of an open demonstration period; the latest if absent"
        )

    def handle(self, file: Path, *, out: Path, **options: Any) -> str:
        if not out.absolute().parent.is_dir():
            raise CommandError(f"{out.absolute().parent} is no folder. Create it first.")
        edition, given = _read(file)
        report = _submit(edition, given, options)
        self.stdout.write(f"Submitted as {report.assessment.organisation.name}.")
        report = self._wait(report)
        with report.file.open("rb") as content:
            out.write_bytes(content.read())
        return _summary(report, out)

    def _wait(self, report: Report) -> Report:
        """Follow the report until it is finished; a worker is started if none takes it."""
        started = time.monotonic()
        shown, swept = "", started
        with _own_worker() as start_worker:
            while time.monotonic() - started < GIVE_UP_SECONDS:
                report.refresh_from_db()
                if report.is_finished:
                    break
                line = f"{report.progress:>3} % {report.stage_words}"
                if line != shown:
                    shown = line
                    self.stdout.write(line)
                    self.stdout.flush()
                waited = time.monotonic() - started
                if report.state == Report.State.QUEUED and waited > NOBODY_ANSWERS_SECONDS:
                    start_worker()
                if time.monotonic() - swept > SWEEP_SECONDS:
                    # Without a scheduler nothing else would notify of what a worker left behind.
                    report_actions.sweep_reports(at=now())
                    swept = time.monotonic()
                time.sleep(0.2)
        if report.state == Report.State.FAILED:
            raise CommandError(report.reason)
        if report.state != Report.State.READY:
            raise CommandError(
                f"The report was not built within {GIVE_UP_SECONDS:g} seconds. "
                f"Look at {settings.VAR_DIR / WORKER_LOG}."
            )
        return report


def _read(file: Path) -> tuple[InstrumentEdition, responses.Responses]:
    """Return the edition a file is for and its responses."""
    try:
        document = responses.load(file.read_bytes())
        edition = _edition(*responses.edition_asked(document))
        given = responses.parse(document, edition.content)
    except OSError as exc:
        raise CommandError(f"{file} cannot be read: {exc.strerror}.", returncode=2) from exc
    except responses.InvalidResponses as exc:
        raise CommandError(f"{file}: {exc}", returncode=2) from exc
    if given.review:
        raise CommandError(
            f"{file}: an assessor's review is not part of a submission; remove 'review', or use "
            "manage.py score.",
            returncode=2,
        )
    shown = edition.content.items_for(given.respondent_type, given.operates_registry, given.modules)
    missing = [item.code for item in shown if item.code not in given.answers]
    if missing:
        raise CommandError(
            f"{file}: {len(missing)} items are not answered, {missing[0]} first. "
            "A submission needs all of them.",
            returncode=2,
        )
    return edition, given


def _edition(code: str | None, version: str | None) -> InstrumentEdition:
    if code is None and version is None:
        edition = questionnaires_queries.current_edition()
    else:
        wanted = {"instrument__code": code, "version": version}
        edition = (
            InstrumentEdition.objects.filter(**{key: text for key, text in wanted.items() if text})
            .highest_first()
            .first()
        )
    if edition is None:
        raise CommandError(
            "The questionnaires that the file is for are not loaded. "
            "Run manage.py load_instrument first."
        )
    return edition


@transaction.atomic
def _submit(
    edition: InstrumentEdition, given: responses.Responses, options: dict[str, Any]
) -> Report:
    """Create the organisation, answer as a person would, and submit; all or nothing."""
    assessment = _start(edition, given, options)
    if benchmarks_queries.release_for(assessment) is None:
        raise CommandError(
            "There is no demonstration release to compare with. Run manage.py demo first."
        )
    unexplained = _unexplained(edition, given)
    for code, answer in given.answers.items():
        answering.save_response(
            assessment=assessment,
            item=code,
            answer=answers.of_file(
                answer, reason_kind=ReasonKind.OTHER, note=NOTE if code in unexplained else ""
            ),
            by=assessment.created_by,
            at=now(),
            base_version=0,
        )
    return submissions_actions.submit_assessment(
        assessment=assessment,
        submitted_as="manage.py assess",
        names_organisation=True,
        by=assessment.created_by,
        at=now(),
    )


def _unexplained(edition: InstrumentEdition, given: responses.Responses) -> set[str]:
    """Return the items whose answer needs a note, which a response file cannot give."""
    rule = engines.engine_of(edition.content).prerequisites
    ratings = {code: answer.rating for code, answer in given.answers.items()}
    return {
        code
        for code, rating in ratings.items()
        if rule.is_claim(item := edition.content.items[code], rating) and rule.unmet(item, ratings)
    }


def _start(
    edition: InstrumentEdition, given: responses.Responses, options: dict[str, Any]
) -> Assessment:
    at = now()
    person, _created = User.objects.get_or_create(
        email=RESPONDENT, defaults={"name": "manage.py assess", "password": "!"}
    )
    try:
        organisation = accounts.create_organisation(
            by=person,
            name=options["organisation"],
            country=options["country"],
            is_demonstration=True,
        )
    except UnknownCountry as exc:
        raise CommandError(f"{exc} Give a two-letter code, such as KE.", returncode=2) from exc
    try:
        return answering.start_assessment(
            organisation=organisation,
            edition=edition,
            wave=_wave(options["wave"], at),
            respondent_type=given.respondent_type,
            operates_registry=given.operates_registry,
            modules=given.modules,
            market=options["market"],
            country_code=organisation.country,
            size_band=options["size"],
            consents_to_benchmark=False,
            is_main_role=True,
            by=person,
            at=at,
        )
    except answering.AssessmentRefused as exc:
        raise CommandError(str(exc)) from exc


def _wave(code: str | None, at: datetime) -> Wave:
    waves = queries.open_waves(on=at.date(), demonstration=True)
    if code is not None:
        waves = [wave for wave in waves if wave.code == code]
    if not waves:
        wanted = f" {code}" if code else ""
        raise CommandError(
            f"No open demonstration period{wanted} was found. Run manage.py demo first."
        )
    return waves[0]


@contextmanager
def _own_worker() -> Iterator[Any]:
    """Yield what starts a worker, once; stop it at the end."""
    workers: list[subprocess.Popen[bytes]] = []
    log = (settings.VAR_DIR / WORKER_LOG).open("wb")

    def start() -> None:
        if not workers:
            workers.append(
                subprocess.Popen(  # noqa: S603 — our own program and arguments
                    [
                        *[sys.executable, "-m", "celery", "--quiet", "-A", "portal", "worker"],
                        *["--queues", "reports", "--concurrency", "1", "--loglevel", "WARNING"],
                        *["--hostname", f"assess-{os.getpid()}@%h"],
                    ],
                    cwd=settings.BASE_DIR,
                    start_new_session=True,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )

    try:
        yield start
    finally:
        for worker in workers:
            _stop(worker)
        log.close()


def _stop(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _summary(report: Report, out: Path) -> str:
    views = queries.document_of(report.result)["views"]
    declared, supported = (
        f"{_shown(views[name]['index'])} level {_shown(views[name]['level'])}"
        for name in ("declared", "supported")
    )
    return (
        f"declared index {declared}, supported {supported}\n"
        f"{out}: {report.pages} pages, {report.size} bytes, "
        f"built in {report.build_seconds:.1f} s, compared with {report.release}\n"
        f"sha256 {report.sha256}\nverification code {report.verification_code}"
    )


def _shown(value: float | int | None) -> str:
    if value is None:
        return "none"
    return str(value) if isinstance(value, int) else shown(value)
