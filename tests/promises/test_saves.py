"""D1, D9, D10: answers said to be saved stay saved, once, whatever happens to the processes."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.promises.conftest import Figure
from tests.promises.counts import count
from tests.promises.sites import PRODUCTION, Answer, Site, loads, site

pytestmark = pytest.mark.slow

CLIENTS = 4
KILLS = count(10, 200)
SAVES = count(400, 5000)
WRITERS = 8
SHAPE = "PostgreSQL" if PRODUCTION else "SQLite"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


@dataclass
class Saver(threading.Thread):
    """One person who saves one answer after another and remembers what was acknowledged."""

    site: Site
    assessment: str
    session: str
    items: list[str]
    most: int = 1_000_000
    versions: dict[str, int] = field(default_factory=dict)
    acknowledged: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    away: list[Answer] = field(default_factory=list)  # told that the site cannot store just now
    slowest: float = 0.0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        number = 0
        while not self.stopped.is_set() and number < self.most:
            item = self.items[number % len(self.items)]
            number += 1
            self.save(item, f"note {number} of {self.assessment}")

    def save(self, item: str, note: str) -> None:
        base = self.versions.get(item, 0)
        try:
            answer = self._post(item, note, base)
        except OSError:
            # Nobody knows whether it was stored: the next save must look.
            self._look(item)
            return
        self.slowest = max(self.slowest, answer.seconds)
        if answer.status == 302:
            self.versions[item] = base + 1
            kept = self.acknowledged.setdefault(f"{self.assessment} {item}", [])
            kept.append((base + 1, note))
        elif answer.status == 409:  # an earlier save whose answer was lost has arrived
            self._look(item)
        elif answer.status == 503:  # nobody knows, as above
            self.away.append(answer)
            self._look(item)
        else:
            self.refused.append(f"{answer.status} for {item}")

    def _post(self, item: str, note: str, base: int) -> Answer:
        form = {"answer": str(base % 5), "evidence": "0", "note": note, "version": str(base)}
        path = f"/assessments/{self.assessment}/items/{item}/"
        return self.site.request("POST", path, session=self.session, form=form)

    def _look(self, item: str) -> None:
        path = f"/assessments/{self.assessment}/items/{item}/"
        while not self.stopped.is_set():
            try:
                answer = self.site.request("GET", path, session=self.session)
            except OSError:
                time.sleep(0.05)
                continue
            if answer.status == 503:
                self.away.append(answer)
                time.sleep(0.05)
                continue
            _before, _name, rest = answer.body.decode().partition('name="version" value="')
            self.versions[item] = int(rest.partition('"')[0] or 0)
            return


def lost(acknowledged: dict[str, list[tuple[int, str]]], kept: dict[str, Any]) -> list[str]:
    """Return the acknowledged saves of which there is no trace, and gaps in the history."""
    missing = []
    for key, saves in acknowledged.items():
        events = dict(kept["events"].get(key, []))
        missing += [f"{key} v{v}" for v, note in saves if events.get(v) != note]
        if kept["stored"].get(key, [0])[0] != len(events) or set(events) != set(
            range(1, len(events) + 1)
        ):
            missing.append(f"{key}: {kept['stored'].get(key)} with events {sorted(events)}")
    return missing


def savers_of(site: Site, number: int, **options: Any) -> list[Saver]:
    made = loads(site.manage("tests.promises.prepare", "assessments", str(number)))
    return [
        Saver(site, each["id"], each["session"], made["items"], **options)
        for each in made["assessments"]
    ]


def test_no_acknowledged_answer_is_lost_to_a_kill(running: Site, figure: Figure) -> None:
    savers = savers_of(running, CLIENTS)
    running.start_web()
    dice = random.Random(1)
    for saver in savers:
        saver.start()
    for kill in range(KILLS):
        wait_for_saves(savers, CLIENTS)  # a kill of a site that serves nobody proves nothing
        time.sleep(dice.uniform(0, 0.3))
        if kill % 5 == 4:  # the whole server
            running.kill("web")
            running.start_web()
        else:  # one worker, which the server replaces
            os.kill(dice.choice(children_of(running.processes["web"].pid)), signal.SIGKILL)
    time.sleep(0.5)
    for saver in savers:
        saver.stopped.set()
    for saver in savers:
        saver.join(60)
    running.kill("web")

    acknowledged = {key: saves for each in savers for key, saves in each.acknowledged.items()}
    total = sum(map(len, acknowledged.values()))
    kept = loads(running.manage("tests.promises.prepare", "answers"))
    missing = lost(acknowledged, kept)
    figure(f"D1 {SHAPE}: {len(missing)} of {total} acknowledged answers lost in {KILLS} kills")
    assert total >= CLIENTS * KILLS
    assert missing == []
    assert [text for each in savers for text in each.refused] == []
    # Red first: the comparison names a save that is taken away behind the site's back.
    key, saves = next(iter(acknowledged.items()))
    del kept["events"][key][saves[-1][0] - 1]
    assert lost(acknowledged, kept) != []


def wait_for_saves(savers: list[Saver], more: int) -> None:
    before, deadline = acknowledged_by(savers), time.monotonic() + 60
    while acknowledged_by(savers) < before + more:
        if time.monotonic() > deadline:
            raise TimeoutError(f"No saves for a minute: {[each.refused[-1:] for each in savers]}")
        time.sleep(0.02)


def acknowledged_by(savers: list[Saver]) -> int:
    return sum(len(saves) for each in savers for saves in list(each.acknowledged.values()))


def children_of(process: int) -> list[int]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
        if text.split():
            return [int(each) for each in text.split()]
        time.sleep(0.02)
    raise TimeoutError("The web server has no workers.")


def test_fifty_submissions_at_once_are_one(running: Site, figure: Figure) -> None:
    made = loads(running.manage("tests.promises.prepare", "assessments", "1", "1"))
    [assessment] = made["assessments"]
    running.start_web()
    form = {"name": "A Person", "position": "Director", "statement": "on"}
    path = f"/assessments/{assessment['id']}/check/"
    together = threading.Barrier(50)

    def submit(_: int) -> Answer:
        together.wait()
        return running.request("POST", path, session=assessment["session"], form=form)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(submit, range(50)))
    [row] = loads(running.manage("tests.promises.prepare", "reports"))

    different = {(each.status, each.location, each.body) for each in answers}
    worst = max(each.seconds for each in answers)
    figure(
        f"D9 {SHAPE}: 50 submissions at once made {row['results']} result and "
        f"{len(row['reports'])} report, {len(different)} kind of answer, the slowest {worst:.1f} s"
    )
    assert different == {(302, f"/assessments/{assessment['id']}/result/", b"")}
    assert (row["submitted"], row["results"], len(row["reports"])) == (True, 1, 1)


def test_eight_writers_never_find_the_database_locked(running: Site, figure: Figure) -> None:
    savers = savers_of(running, WRITERS, most=SAVES // WRITERS)
    running.start_web(workers=2, threads=4)
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join(600)

    saved = acknowledged_by(savers)
    refused = [text for each in savers for text in each.refused]
    locked = running.log().count("database is locked")
    slowest = max(each.slowest for each in savers)
    figure(
        f"D10 {SHAPE}: {saved} saves by {WRITERS} writers, {locked} times locked, "
        f"the slowest {slowest:.2f} s"
    )
    assert saved == SAVES // WRITERS * WRITERS
    assert (refused, locked) == ([], 0)


@pytest.mark.sqlite
@pytest.mark.skipif(PRODUCTION, reason="SQLite's own settings")
def test_deferred_transactions_would_be_locked(tmp_path: Path) -> None:
    """Red first: read, then write, without IMMEDIATE is refused; with it, it waits its turn."""
    assert read_then_write(tmp_path / "deferred.sqlite3", "DEFERRED") > 0
    assert read_then_write(tmp_path / "immediate.sqlite3", "IMMEDIATE") == 0


def read_then_write(path: Path, mode: str) -> int:
    """Return how many of many read-modify-write transactions of four threads were refused."""
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE counter (value INTEGER)")
        made.execute("INSERT INTO counter VALUES (0)")
    together = threading.Barrier(4)

    def add(_: int) -> int:
        connection = sqlite3.connect(path, timeout=20, isolation_level=None)
        refused = 0
        together.wait()
        for _turn in range(25):
            try:
                connection.execute(f"BEGIN {mode}")
                [value] = connection.execute("SELECT value FROM counter").fetchone()
                time.sleep(0.002)
                connection.execute("UPDATE counter SET value = ?", (value + 1,))
                connection.execute("COMMIT")
            except sqlite3.OperationalError:
                refused += 1
                connection.execute("ROLLBACK")
        connection.close()
        return refused

    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(add, range(4)))
