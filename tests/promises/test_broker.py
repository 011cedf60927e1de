"""D4 and D5: the broker only wakes workers; without it all is saved and done a little later."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.promises.broker import Mode, Proxy, Redis
from tests.promises.conftest import Figure
from tests.promises.counts import count
from tests.promises.sites import PRODUCTION, Answer, Site, loads, site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PRODUCTION, reason="the embedded shape has no broker to lose"),
]

SUBMISSIONS = count(2, 8)  # while the broker refuses, and again while it is silent
GONE_SECONDS = count(4, 30)  # each
KILLS = count(4, 50)
WAIT = 1.0  # the longest that a request may wait on the broker
DONE_SECONDS = 60
FORM = {"name": "A Person", "position": "Director", "statement": "on"}
PAGES = ("/", "/assessments/", "/api/v1/codes", "/accounts/login/", "/verify/")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    made = Redis(tmp_path)
    yield made
    made.kill()


def submit(running: Site, assessment: dict[str, Any]) -> Answer:
    path = f"/assessments/{assessment['id']}/check/"
    return running.request("POST", path, session=assessment["session"], form=FORM)


def states(running: Site) -> dict[str, list[str]]:
    rows = loads(running.manage("tests.promises.prepare", "reports"))
    return {row["assessment"]: row["reports"] + row["reasons"] for row in rows}


def wait_until_done(running: Site, ids: list[str], seconds: float) -> float:
    """Return how long it took until all reports were ready."""
    started = time.monotonic()
    while time.monotonic() < started + seconds:
        found = states(running)
        if all(found[each][0] == "READY" for each in ids):
            return time.monotonic() - started
        time.sleep(0.5)
    raise TimeoutError(f"Not ready after {seconds} s: {states(running)} {running.log()[-3000:]}")


def test_a_broker_that_is_gone_is_not_noticed(
    server: Redis, tmp_path: Path, figure: Figure
) -> None:
    proxy = Proxy(server.port)
    worst, statuses = {"pass": 0.0, "refuse": 0.0, "silent": 0.0}, []
    with site(tmp_path, REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0") as running:
        number = str(2 + 2 * SUBMISSIONS)
        made = loads(running.manage("tests.promises.prepare", "assessments", number, "1"))
        waiting = list(made["assessments"])
        ids = [each["id"] for each in waiting]
        running.start_web(workers=1)  # which has served each page once before the broker goes
        running.start_jobs()
        for _ in range(2):
            session = waiting[-1]["session"]
            submitted = submit(running, waiting.pop())
            read = [running.request("GET", page, session=session) for page in PAGES]
            worst["pass"] = max(worst["pass"], *(each.seconds for each in [submitted, *read]))
            statuses += [each.status for each in [submitted, *read]]
        modes: tuple[Mode, ...] = ("refuse", "silent")
        for mode in modes:
            proxy.switch(mode)
            began = time.monotonic()
            for _ in range(SUBMISSIONS):
                session = waiting[-1]["session"]
                submitted = submit(running, waiting.pop())
                read = [running.request("GET", page, session=session) for page in PAGES]
                worst[mode] = max(worst[mode], *(each.seconds for each in [submitted, *read]))
                statuses += [each.status for each in [submitted, *read]]
            time.sleep(max(0.0, GONE_SECONDS - (time.monotonic() - began)))
        proxy.switch("pass")
        seconds = wait_until_done(running, ids, DONE_SECONDS)
    proxy.end()

    failed = [status for status in statuses if status >= 500]
    figure(
        f"D5: {len(failed)} of {len(statuses)} answers 5xx; the longest took {worst['pass']:.2f} s"
        f" with the broker, {worst['refuse']:.2f} s refused, {worst['silent']:.2f} s in silence;"
        f" {len(ids)} reports ready {seconds:.0f} s after its return"
    )
    assert failed == []
    assert worst["refuse"] <= worst["pass"] + WAIT
    assert worst["silent"] <= worst["pass"] + WAIT


def test_without_a_timeout_silence_would_be_waited_for(server: Redis) -> None:
    """Red first: the proxy's silence holds a client as long as the client lets it."""
    proxy = Proxy(server.port)
    client = redis.Redis(port=proxy.port, socket_timeout=2, socket_connect_timeout=2)
    assert client.ping() is True

    proxy.switch("silent")
    started = time.monotonic()
    with pytest.raises(redis.exceptions.RedisError):
        client.ping()
    waited = time.monotonic() - started
    proxy.switch("pass")

    assert waited > WAIT
    assert client.ping() is True
    client.close()
    proxy.end()


def test_no_report_is_lost_with_the_broker(server: Redis, tmp_path: Path, figure: Figure) -> None:
    with site(tmp_path, REDIS_URL=server.address) as running:
        made = loads(running.manage("tests.promises.prepare", "assessments", str(KILLS), "1"))
        running.start_web()
        running.start_jobs()
        statuses = []
        for assessment in made["assessments"]:
            statuses.append(submit(running, assessment).status)
            server.kill()
            server.start()
        ids = [each["id"] for each in made["assessments"]]
        seconds = wait_until_done(running, ids, DONE_SECONDS + 3 * KILLS)

    figure(
        f"D4: 0 of {KILLS} reports lost in {KILLS} kills of Redis without persistence; "
        f"all ready {seconds:.0f} s after the last"
    )
    assert statuses == [302] * KILLS
