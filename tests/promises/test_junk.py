"""N2 and N4: whatever is sent, the answer is a refusal or a page, and never an error of ours."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Role
from tests.promises import world as worlds
from tests.promises.addresses import Address, addresses
from tests.promises.conftest import Figure
from tests.promises.counts import count
from tests.promises.test_access_matrix import form_of, network, values_of
from tests.promises.world import World

pytestmark = pytest.mark.slow

JUNK_REQUESTS = count(800, 5000)
FUZZ_REQUESTS = count(500, 5000)
FORM_TYPE = "application/x-www-form-urlencoded"
WORDS = (
    *("", "\x00", "a\x00b", "\ud800", "%00", "%ff%fe", "é" * 300, "x" * 5000, "-1", "0", "1e999"),
    *("9" * 40, "٣", "null", "[]", "{}", "../../etc/passwd", "..%2f..", "<script>", "' OR 1=1 --"),
    *("__class__", "id__in", "%s%s%n", "${7*7}", "{{7*7}}", "\r\nSet-Cookie: a=b", "\u202e", "＋"),
)
BODIES = (
    (FORM_TYPE, b"\xff\xfe=\x80"),
    (FORM_TYPE, b"&".join(b"a%d=1" % number for number in range(10_000))),
    (FORM_TYPE, b"name=" + b"x" * 2_000_000),
    (FORM_TYPE, b"name=a%00b&answer=%00&version=%00&note=%00"),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a\r\n\r\n'),
    ("multipart/form-data; boundary=" + "b" * 500, b"--x"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"),
    ("application/json", b'{"a": ' * 20_000),
    ("application/json; charset=nothing", b"{}"),
    ("text/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    ("\xff/\xfe", b"\x00" * 100),
    ("", b""),
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"accept": "*/*;q=nan"},
    {"accept": "text/html;" * 200},
    {"accept-language": "x" * 500},
    {"if-none-match": '"' * 99},
    {"if-modified-since": "the day before yesterday"},
    {"range": "bytes=9-1"},
    {"cookie": "sessionid=\x00; csrftoken=%ff; messages=junk"},
    {"x-forwarded-for": "'; --"},
)


@pytest.fixture
def world(db: None) -> World:
    return worlds.build()


def junk(world: World, number: int) -> Iterator[tuple[Address, str, str, dict[str, Any]]]:
    """Yield requests: every address first, then any of them, with something wrong in each."""
    dice, known = random.Random(2), addresses()
    for turn in range(number):
        address = known[turn % len(known)]
        values = values_of(address, world.here, world)
        for name in address.parameters:
            if dice.random() < 0.5:
                values[name] = dice.choice(WORDS).encode("utf-8", "replace").decode()
        path = address.path(values)
        if dice.random() < 0.4:
            path += "?" + dice.choice(("a=%ff", "%00=%00", "&".join(["a=1"] * 10_000), "q=%"))
        extra: dict[str, Any] = {"headers": dice.choice(HEADERS)}
        method = dice.choice(("get", "get", "post", "post", "put", "patch", "delete", "options"))
        if method in {"post", "put", "patch"}:
            extra["content_type"], extra["data"] = dice.choice(BODIES)
            if method == "post" and dice.random() < 0.4:
                form = form_of(address, "POST", world.here.organisation.pk, world)
                spoilt = {name: dice.choice(WORDS[1:]) for name in form}
                spoilt = {name: text.replace("\ud800", "?") for name, text in spoilt.items()}
                extra = {"data": spoilt or {"a": "\x00"}, "headers": extra["headers"]}
        yield address, method, path, extra


def test_junk_is_refused(world: World, figure: Figure) -> None:
    owner = Client(raise_request_exception=False)
    owner.force_login(world.here.people[Role.OWNER])
    session = owner.cookies.output(header="").strip()
    failed, statuses = [], dict[int, int]()
    for number, (address, method, path, extra) in enumerate(junk(world, JUNK_REQUESTS)):
        client = Client(raise_request_exception=False, REMOTE_ADDR=network(number))
        if number % 3 and "cookie" not in extra["headers"]:
            client.cookies.load(session)
        caches["default"].key_prefix = f"junk{number}"
        with transaction.atomic():
            connection.queries_log.clear()
            if "content_type" in extra:  # as it is, without the client's care for encodings
                response = client.generic(method.upper(), path, **extra)
            else:
                response = getattr(client, method)(path, **extra)
            if response.streaming:
                b"".join(response)  # read to its end, a file is closed
            transaction.set_rollback(True)
        status = response.status_code
        statuses[status] = statuses.get(status, 0) + 1
        if status >= 500:
            failed.append(f"{status} {method} {address.name} {path[:150]!r} {str(extra)[:200]}")

    figure(f"N2: {len(failed)} of {JUNK_REQUESTS} junk requests answered 5xx; {statuses}")
    assert not failed, "\n".join(failed[:30])


def test_parameters_of_the_api_are_read_strictly(world: World, figure: Figure) -> None:
    dice, client = random.Random(3), Client(raise_request_exception=False)
    names = ("limit", "offset", "format", "cohort", "measure", "view", "series", "type", "origin")
    lookups = ("_connector", "id__in", "release__wave__assessments__organisation__name", "order_by")
    known = [
        reverse(f"api:{name}", args=arguments)
        for name, arguments in (
            ("releases", []),
            ("release-cohorts", [world.release]),
            ("release-observations", [world.release]),
            ("resolve", [world.release]),
            ("publications", []),
            ("provisions", []),
            ("members", []),
            ("instruments", []),
            ("items", ["cmi-maturity", world.edition.version]),
            ("countries", []),
        )
    ]
    failed, shown = [], 0
    for number in range(FUZZ_REQUESTS):
        caches["default"].key_prefix = f"fuzz{number}"
        path = dice.choice(known)
        query = {
            dice.choice(names + lookups): dice.choice(WORDS).replace("\ud800", "?")
            for _ in range(dice.randint(1, 3))
        }
        connection.queries_log.clear()
        response = client.get(path, query, REMOTE_ADDR=network(number))
        if response.status_code not in {200, 400, 404, 406}:
            failed.append(f"{response.status_code} {path} {query}")
        for owned in (world.here, world.there):
            shown += owned.canary.encode() in response.content
            shown += owned.secret.encode() in response.content

    figure(
        f"N4: {len(failed)} of {FUZZ_REQUESTS} fuzzed queries wrong, {shown} foreign words shown"
    )
    assert not failed, "\n".join(failed[:30])
    assert shown == 0
