"""D2: answers said to be saved outlive the database server; meanwhile people are told."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.promises.conftest import Figure
from tests.promises.counts import count
from tests.promises.sites import PRODUCTION, Answer, Site, loads, site
from tests.promises.test_saves import Saver, acknowledged_by, lost, savers_of, wait_for_saves
from tests.services import Cluster

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(not PRODUCTION, reason="SQLite has no server to kill"),
]

CLIENTS = 4
KILLS = count(4, 100)
PAGES = ("/", "/benchmarks/", "/assessments/", "/health/", "/api/v1/releases")
WORDS = "The site cannot reach what it stores"
# The weaker variant: a commit is acknowledged seconds before it is written.
CARELESS = ("synchronous_commit=off", "wal_writer_delay=10s")


@dataclass
class Reader(threading.Thread):
    """Somebody who reads one page after another all the while."""

    site: Site
    session: str
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        while not self.stopped.is_set():
            for path in PAGES:
                answer = self.site.request("GET", path, session=self.session)
                self.answers.append((path, answer))
            time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Outcome:
    saved: int
    missing: list[str]
    savers: list[Saver]
    reader: Reader
    seconds: float  # from the last start of the database to an acknowledged save


def killed(
    monkeypatch: pytest.MonkeyPatch, var: Path, *, kills: int, settings: tuple[str, ...] = ()
) -> Outcome:
    """Save and read while the database is killed again and again, and see what is left."""
    cluster = Cluster(*settings)
    try:
        cluster.start()
        monkeypatch.setenv("DATABASE_URL", cluster.address)
        with site(var, DATABASE_CONN_MAX_AGE="60") as running:
            savers = savers_of(running, CLIENTS)
            reader = Reader(running, savers[0].session)
            running.start_web()
            people: list[Saver | Reader] = [*savers, reader]
            for each in people:
                each.start()
            dice, seconds = random.Random(2), 0.0
            for _ in range(kills):
                wait_for_saves(savers, 2 * CLIENTS)
                time.sleep(dice.uniform(0, 0.3))
                cluster.kill()
                time.sleep(dice.uniform(0.2, 0.8))
                cluster.start()
                started = time.monotonic()
                wait_for_saves(savers, 1)
                seconds = max(seconds, time.monotonic() - started)
            for each in people:
                each.stopped.set()
            for each in people:
                each.join(60)
            kept = loads(running.manage("tests.promises.prepare", "answers"))
            assert running.processes["web"].poll() is None  # never started again
    finally:
        cluster.end()
    acknowledged = {key: saves for each in savers for key, saves in each.acknowledged.items()}
    missing = lost(acknowledged, kept)
    return Outcome(acknowledged_by(savers), missing, savers, reader, seconds)


def test_no_acknowledged_answer_is_lost_with_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    found = killed(monkeypatch, tmp_path, kills=KILLS)

    statuses = Counter(answer.status for _path, answer in found.reader.answers)
    refused = [text for saver in found.savers for text in saver.refused]
    away = [answer for saver in found.savers for answer in saver.away]
    figure(
        f"D2: {len(found.missing)} of {found.saved} acknowledged answers lost in {KILLS} kills of "
        f"PostgreSQL; {len(away) + statuses[503]} answers of 503, {len(refused)} of anything else; "
        f"saving again {found.seconds:.1f} s after its return at most"
    )
    assert found.missing == []
    assert refused == []
    assert set(statuses) == {200, 503}
    assert away
    told = [("", answer) for answer in away]
    for path, answer in told + [each for each in found.reader.answers if each[1].status == 503]:
        if path.startswith("/api/"):
            assert json.loads(answer.body)["title"] == "Not available at the moment"
        else:
            assert WORDS in answer.body.decode()


def test_a_careless_server_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red first: a server that acknowledges what it has not written loses some of it."""
    found = killed(monkeypatch, tmp_path, kills=2, settings=CARELESS)

    assert found.missing != []
