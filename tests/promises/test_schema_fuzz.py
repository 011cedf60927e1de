"""N1: requests made up from the served OpenAPI document are answered as the document says.

Schemathesis writes them, right and wrong ones alike, and holds each answer against the document:
status, content type, headers and shape; it also says where something wrong was accepted or
something right was refused. The site answers them as its server would call it.
"""

from __future__ import annotations

import gzip
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count as numbers
from typing import Any

import pytest
import schemathesis
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup, ServerError
from schemathesis.generation.modes import GenerationMode
from schemathesis.openapi.checks import RejectedPositiveData, UndefinedStatusCode
from werkzeug.test import Client as WSGIClient
from werkzeug.test import run_wsgi_app

from portal.accounts.models import Role, User
from portal.api.throttling import ApiThrottle
from portal.wsgi import application
from tests.factories import steward
from tests.promises import world as worlds
from tests.promises.conftest import Figure
from tests.promises.counts import count
from tests.promises.test_access_matrix import network
from tests.promises.world import World

pytestmark = pytest.mark.slow

CASES = count(1_500, 20_000)
LEVELS = ("visitor", "owner", "steward")
CROWDED, RATE, SHARE = "192.0.2.1", "30/min", 20  # one request in so many comes from a busy address
SEED = 4

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]
Spoil = Callable[[str, Headers, bytes], Answer]


@pytest.fixture
def world(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world whose rows are committed, since the site opens connections of its own."""
    monkeypatch.setitem(ApiThrottle.THROTTLE_RATES, "anon", RATE)
    caches["default"].clear()
    return worlds.build()


EXCLUSIVE = {"region", "market"}  # a cohort crosses a type with one of them


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Keep the refusals out of the log, and errors in it."""
    caplog.set_level("ERROR", logger="django.request")


@dataclass(slots=True)
class Site:
    """The site as its server calls it, for one person. `spoil` breaks what it answers."""

    cookie: str = ""
    spoil: Spoil | None = None
    requests: Iterator[int] = field(default_factory=partial(numbers, 1))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        number = next(self.requests)
        environ["REMOTE_ADDR"] = network(number) if number % SHARE else CROWDED
        if self.cookie:
            environ["HTTP_COOKIE"] = self.cookie
        parts, status, fields = run_wsgi_app(application, environ, buffered=True)
        body, headers = b"".join(parts), list(fields)
        if ("Content-Encoding", "gzip") in headers:  # which clients undo, and this one does not
            headers.remove(("Content-Encoding", "gzip"))
            body = gzip.decompress(body)
        if self.spoil and not environ["PATH_INFO"].startswith("/api/schema"):
            status, headers, body = self.spoil(status, headers, body)
        start_response(status, [pair for pair in headers if pair[0] != "Content-Length"])
        return [body]


def is_contradiction(failure: Failure, case: schemathesis.Case[Any]) -> bool:
    """Tell whether a request was refused for two parameters that exclude each other.

    An OpenAPI document says it in words alone, so that the request seems to be valid.
    """
    return isinstance(failure, RejectedPositiveData) and {*(case.query or {})} >= EXCLUSIVE


@dataclass(slots=True)
class Tally:
    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    answered: set[str] = field(default_factory=set)  # operations that did what they are for
    failures: list[tuple[Failure, str]] = field(default_factory=list)

    def add(self, case: schemathesis.Case[Any]) -> None:
        self.cases += 1
        response = case.call()
        self.statuses[response.status_code] += 1
        if response.status_code < 400 and case.method == "GET":
            self.answered.add(case.operation.label)
        try:
            case.validate_response(response)
        except FailureGroup as group:
            curl = case.as_curl_command()
            self.failures += [
                (each, curl)
                for each in group.exceptions
                if isinstance(each, Failure) and not is_contradiction(each, case)
            ]

    def kinds(self) -> Counter[str]:
        return Counter(type(failure).__name__ for failure, _curl in self.failures)

    def told(self) -> str:
        lines = {
            f"{type(failure).__name__} {failure.operation}: {failure.message}\n    {curl}": None
            for failure, curl in self.failures
        }
        return "\n".join(list(lines)[:20])


def known_values(world: World) -> dict[str, list[str]]:
    """Return what exists, by place and name of the parameter."""
    return {
        "path.release": [world.release],
        "path.cohort": ["all", "type:RG", "type:EX"],
        "path.slug": ["companion-glossary", "roadmap-2024"],
        "path.label": ["IS-R07"],
        "path.code": [world.edition.instrument.code],
        "path.version": [world.edition.version],
        "path.code_list": ["respondent-types"],
        "query.series": ["demo"],
        "header.If-None-Match": ["*", '"a"', 'W/"b"', "c", '"'],
    }


def document(site: Site, world: World) -> Any:
    """Return the document as the site serves it; what exists is among what is made up."""
    known = known_values(world)
    config = SchemathesisConfig.from_dict(
        {
            "dictionaries": {name: {"values": values} for name, values in known.items()},
            "parameters": {name: {"dictionary": name, "probability": 0.6} for name in known},
            "analysis": {"constants": {"enabled": False}},
        }
    )
    return schemathesis.openapi.from_wsgi("/api/schema/", site, config=config)


def try_all(site: Site, world: World, tally: Tally, *, cases: int) -> None:
    """Ask each operation for what exists, try the edges of each parameter, then anything at all."""
    schema = document(site, world)
    for case in plain_cases(schema, world):
        tally.add(case)
    edges = list(edges_of(schema))
    for case in random.Random(SEED).sample(edges, min(len(edges), cases // 3)):
        tally.add(case)
    rest = cases - min(len(edges), cases // 3)
    for mode, number in (
        (GenerationMode.POSITIVE, rest // 2),
        (GenerationMode.NEGATIVE, -(-rest // 2)),
    ):

        @seed(SEED)
        @settings(
            max_examples=number,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=schema.as_strategy(generation_mode=mode))
        def anything(case: schemathesis.Case[Any]) -> None:
            tally.add(case)

        anything()


def plain_cases(schema: Any, world: World) -> Iterator[schemathesis.Case[Any]]:
    """Yield a request that every operation has an answer to."""
    known = known_values(world)
    for found in schema.get_all_operations():
        operation = found.ok()
        names = re.findall(r"{(\w+)}", operation.path)
        yield operation.Case(
            path_parameters={name: known[f"path.{name}"][0] for name in names},
            query={"series": "demo"} if operation.path.endswith("/latest") else {},
        )


def edges_of(schema: Any) -> Iterator[schemathesis.Case[Any]]:
    """Yield the systematic cases: limits, wrong types, repeated, unknown, other methods."""
    for operation in schema.get_all_operations():
        yield from schema.iter_coverage_cases(
            operation.ok(),
            generation_modes=list(GenerationMode),
            generation_config=schema.config.generation,
        )


def sessions(world: World) -> dict[str, str]:
    people: dict[str, User | None] = {
        "visitor": None,
        "owner": world.here.people[Role.OWNER],
        "steward": steward(email="steward@example.org"),
    }
    cookies = {}
    for level, person in people.items():
        client = Client()
        if person is not None:
            client.force_login(person)
        cookies[level] = client.cookies.output(header="", attrs=[], sep=";").strip()
        account = WSGIClient(Site(cookie=cookies[level])).get(reverse("accounts:account"))
        assert account.status_code == (200 if person else 302)
    return cookies


def test_every_answer_is_as_documented(world: World, figure: Figure) -> None:
    tally = Tally()
    for cookie in sessions(world).values():
        try_all(Site(cookie=cookie), world, tally, cases=-(-CASES // len(LEVELS)))

    kinds = tally.kinds()
    errors, statuses = (
        kinds.pop(ServerError.__name__, 0),
        kinds.pop(UndefinedStatusCode.__name__, 0),
    )
    figure(
        f"N1: of {tally.cases} made-up requests at {len(LEVELS)} privilege levels {errors} were "
        f"answered 5xx, {statuses} with an undocumented status, {kinds.total()} otherwise than "
        f"documented; {dict(sorted(tally.statuses.items()))}"
    )
    assert tally.cases >= CASES
    assert not tally.failures, tally.told()
    operations = {each.ok().label for each in document(Site(), world).get_all_operations()}
    assert tally.answered == operations, "some operation never did what it is for"
    assert {200, 304, 307, 400, 404, 405, 406, 429} <= set(tally.statuses)


# Shown to fail


def other_status(status: str, headers: Headers, body: bytes) -> Answer:
    return "202 Accepted" if status.startswith("200") else status, headers, body


def broken(status: str, headers: Headers, body: bytes) -> Answer:
    return "500 Internal Server Error" if status.startswith("404") else status, headers, body


def other_shape(status: str, headers: Headers, body: bytes) -> Answer:
    return status, headers, body.replace(b'"licence":"CC-BY-4.0"', b'"licence":4.0')


def other_problem(status: str, headers: Headers, body: bytes) -> Answer:
    return status, headers, body.replace(b'"title":', b'"titel":')


def other_type(status: str, headers: Headers, body: bytes) -> Answer:
    return status, [(name, value.replace("/json", "/xml")) for name, value in headers], body


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (other_status, "UndefinedStatusCode"),
        (broken, "ServerError"),
        (other_shape, "JsonSchemaError"),
        (other_problem, "JsonSchemaError"),
        (other_type, "UndefinedContentType"),
    ],
)
def test_a_broken_site_is_noticed(world: World, figure: Figure, spoil: Spoil, kind: str) -> None:
    tally = Tally()
    try_all(Site(spoil=spoil), world, tally, cases=90)

    figure(f"N1 control, {spoil.__name__}: {dict(tally.kinds())} in {tally.cases}")
    assert tally.kinds()[kind] > 0
