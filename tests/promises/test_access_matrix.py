"""I1: every address × method × actor × owner of the object answers as declared here.

The addresses come from the URL resolver: one without a declaration fails the suite. Whoever may
not see an object is answered exactly as though it did not exist, changes nothing, and reads no
word of it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.cache import caches
from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments.answering import access
from assessments.answering.models import Assessment
from portal.accounts.models import Role, User
from tests.promises import world as worlds
from tests.promises.access_rules import (
    ACTORS,
    EXPECTED,
    MEMBERS,
    METHODS,
    OWNERS,
    SAFE,
    STAFF,
)
from tests.promises.addresses import Address, addresses
from tests.promises.conftest import Figure
from tests.promises.counts import FULL
from tests.promises.world import Owned, World

pytestmark = pytest.mark.slow


def values_of(address: Address, owned: Owned | None, world: World) -> dict[str, Any]:
    """Return what fills the parameters of an address; `owned` None: of things that are not."""
    values: dict[str, Any] = {
        "slug": "companion-information-security",
        "number": 1,
        "form": "bib",
        "label": "IS-R01",
        "dimension": "IS",
        "name": f"cmi-maturity-{world.edition.version}",
        "version": world.edition.version,
        "release": world.release,
        "cohort": "all",
        "code_list": "regions",
        "rest": "v1/nothing",
        "url": "nothing",
        "app_label": "accounts",
        "content_type_id": 1,
        "uidb36": "1",
        "key": "set-password",
        "code": "cmi-maturity",
        "file": "data.csv",
        **dict.fromkeys(("wave_id", "candidate_id", "note_id"), 1),
        "subscription_id": uuid.uuid4(),
    }
    if address.name in {"assessments:item", "assessments:item_address"}:
        values["code"] = world.items[0]
    if address.name == "verify_code":
        values["code"] = world.here.report.verification_code
    if address.name == "api:latest-below":
        values["rest"] = "/cohorts"
    if owned is None:
        unknown = {
            *("organisation_id", "assessment_id", "report_id", "invitation_id", "object_id"),
            "token",
        }
        return values | {name: uuid.uuid4() for name in unknown} | {"membership_id": 999_999}
    kept = {"report": owned.failed} | dict.fromkeys(
        ("result", "result_json", "withdraw"), owned.done
    )
    return values | {
        "organisation_id": owned.organisation.pk,
        "membership_id": owned.membership_id,
        "invitation_id": owned.invitation_id,
        "token": owned.token,
        "assessment_id": kept.get(address.name.rpartition(":")[2], owned.open).pk,
        "report_id": owned.report.pk,
        "object_id": _object_id(address, owned),
    }


def _object_id(address: Address, owned: Owned) -> Any:
    """Return the key of a row in the table an operators' page is about."""
    found = re.match(r"admin/(\w+)/(\w+)/", address.route)
    if "object_id" not in address.parameters or not found:
        return owned.organisation.pk
    known = {
        "user": owned.people[Role.VIEWER].pk,
        "organisation": owned.organisation.pk,
        "invitation": owned.invitation_id,
    }
    if found[2] in known:
        return known[found[2]]
    row = apps.get_model(found[1], found[2])._base_manager.first()
    return row.pk if row else 1


def form_of(address: Address, method: str, organisation_id: object, world: World) -> dict[str, Any]:
    """Return a form that succeeds for whoever may send it, or the query of an address."""
    if method in SAFE:
        return {"series": "demo"} if address.name.startswith("api:latest") else {}
    details = {"name": "A new name", "country": "KE"}
    forms: dict[str, dict[str, Any]] = {
        "accounts:account": {"name": "A new name"},
        "accounts:organisation_new": details,
        "accounts:organisation_edit": details,
        "accounts:invite": {"email": "new@example.org", "role": "VIEWER"},
        "accounts:member": {"role": "CONTRIBUTOR"},
        "assessments:item": {"answer": "1", "evidence": "0", "version": "1"},
        "assessments:check": {"name": "A", "position": "B", "statement": "on"},
        "assessments:start": {
            "organisation": organisation_id,
            "respondent_type": "PD",
            "market": "both",
            "country": "KE",
            "size_band": "10-49",
            "wave": world.here.open.wave_id,
            "modules": "IS",
        },
    }
    return forms.get(address.name, {})


class Cells:
    """Sends one request at a time and undoes whatever it did."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sessions = {actor: self._session(actor) for actor in ACTORS}
        self.sent = 0

    def person(self, actor: str) -> User | None:
        here, there = self.world.here.people, self.world.there.people
        return {
            "visitor": None,
            "stranger": self.world.stranger,
            "viewer": here[Role.VIEWER],
            "contributor": here[Role.CONTRIBUTOR],
            "owner": here[Role.OWNER],
            "other_owner": there[Role.OWNER],
            "operator": self.world.operator,
            "superuser": self.world.superuser,
        }[actor]

    def _session(self, actor: str) -> str:
        client, person = Client(), self.person(actor)
        if person is None:
            return ""
        client.force_login(person)
        return client.cookies["sessionid"].value

    def send(
        self, actor: str, method: str, path: str, data: Mapping[str, Any]
    ) -> tuple[HttpResponseBase, bytes, list[str]]:
        """Return the answer, its body and the statements that wrote something."""
        self.sent += 1
        # Limits count by network and in the cache; each cell is the first of its day.
        client = Client(raise_request_exception=False, REMOTE_ADDR=network(self.sent))
        caches["default"].key_prefix = f"cell{self.sent}"
        if self.sessions[actor]:
            client.cookies = SimpleCookie({"sessionid": self.sessions[actor]})
        send = getattr(client, method.lower())
        given = {"data": data} if method in {*SAFE, "POST"} and data else {}
        connection.queries_log.clear()
        with transaction.atomic():
            with CaptureQueriesContext(connection) as queries:
                response = send(path, **given)
                body = (
                    b"".join(response.streaming_content)
                    if getattr(response, "streaming", False)
                    else response.content
                )
            transaction.set_rollback(True)
        return response, body, [sql for each in queries if (sql := each["sql"]) and writes(sql)]


def network(number: int) -> str:
    """Return an address in a network of its own."""
    return f"{11 + number // 65536}.{number // 256 % 256}.{number % 256}.1"


def writes(sql: str) -> bool:
    return sql.startswith(("INSERT", "UPDATE", "DELETE")) and "django_session" not in sql


def role_of(actor: str, owner: str) -> str:
    """Return what an actor is to the owner of an object."""
    if actor == "visitor" or actor in STAFF:
        return actor
    if owner == "here" and actor in MEMBERS:
        return actor
    return "owner" if owner == "there" and actor == "other_owner" else "foreign"


PRIVATE = {
    "organisation_id",
    "assessment_id",
    "report_id",
    "membership_id",
    "invitation_id",
    "token",
}


def owners_of(address: Address) -> tuple[str, ...]:
    return OWNERS if _has_owner(address) else ("here",)


def _has_owner(address: Address) -> bool:
    owned = bool(address.parameters & (PRIVATE | {"object_id"}))
    return owned or address.name == "assessments:start"


@pytest.fixture
def world(db: None) -> World:
    made = worlds.build()
    rights = Permission.objects.filter(content_type__app_label="accounts")
    made.operator.user_permissions.set(rights)
    return made


@pytest.fixture
def cells(world: World) -> Cells:
    return Cells(world)


def test_every_address_is_declared() -> None:
    known = {address.name for address in addresses()}

    assert sorted(known - EXPECTED.keys()) == []
    assert sorted(EXPECTED.keys() - known) == []


PARTIES = {
    "outsiders": ("visitor", "stranger"),
    "members": ("viewer", "contributor"),
    "owners": ("owner", "other_owner"),
    "operators": ("operator", "superuser"),
}
MAY_WRITE = {"accounts:account", "accounts:organisation_new"}  # one's own, for every account


@pytest.mark.slow
@pytest.mark.parametrize("party", PARTIES)
def test_every_cell_answers_as_declared(
    party: str, cells: Cells, figure: Figure, caplog: pytest.LogCaptureFixture
) -> None:
    wrong: list[str] = []
    for address in addresses():
        for actor in PARTIES[party]:
            for method in METHODS:
                # A HEAD is a GET without its body; on public pages it is tried in full runs.
                if FULL or method != "HEAD" or _has_owner(address):
                    wrong += _faults(cells, address, actor, method)
    wrong += _canaries_in_log(caplog.text, cells.world)

    figure(f"I1 {party}: {cells.sent} cells, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong[:60])


def test_the_matrix_sees_a_missing_check(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    """Red first: without the membership check, the foreign cells turn wrong."""

    def unchecked(user: User, assessment_id: uuid.UUID, **kwargs: Any) -> Assessment:
        return Assessment.objects.get(pk=assessment_id)

    monkeypatch.setattr(access, "assessment_for", unchecked)
    tasks = next(each for each in addresses() if each.name == "assessments:item")
    there = cells.world.there

    values = values_of(tasks, cells.world.here, cells.world)
    response, body, _written = cells.send("other_owner", "GET", tasks.path(values), {})
    wrong = _is_as_declared(tasks, "GET", "foreign", "here", response.status_code)
    words = list(_foreign_words(cells.world, tasks, "other_owner", body))

    assert wrong is False
    assert words == ["a secret of here", "the name of here"]
    assert there.secret.encode() not in body


def test_every_unsafe_request_needs_its_token(world: World) -> None:
    """Without the token of the form a signed-in browser can be made to send nothing."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.here.people[Role.OWNER])
    accepted = [
        f"{method} {address.name}: {status}"
        for address in addresses()
        if not address.name.startswith("api:") or address.name == "api:docs"
        for method in ("POST", "PUT", "PATCH", "DELETE")
        for path in [address.path(values_of(address, world.here, world))]
        if (status := getattr(client, method.lower())(path).status_code) != 403
    ]

    assert accepted == []


def _faults(cells: Cells, address: Address, actor: str, method: str) -> Iterator[str]:
    world, absent = cells.world, b""
    for owner in reversed(owners_of(address)):  # what is absent first, to compare with
        owned = None if owner == "absent" else world.owned(owner)
        values = values_of(address, owned, world)
        data = form_of(address, method, owned.organisation.pk if owned else uuid.uuid4(), world)
        path = address.path(values)
        response, body, written = cells.send(actor, method, path, data)
        role = role_of(actor, owner)
        cell = f"{actor} {method} {address.name} of {owner}"
        status = response.status_code
        if not _is_as_declared(address, method, role, owner, status):
            yield f"{cell}: {status}"
        yield from (f"{cell} shows {word}" for word in _foreign_words(world, address, actor, body))
        if written and not _may_write(address, method, role):
            yield f"{cell} writes: {written[0][:80]}"
        if method == "POST" and owned and _must_write(address, role) and not written:
            yield f"{cell} writes nothing"
        if role == "foreign" and address.parameters & PRIVATE:
            plain = _plain(body, values)
            if owner == "absent":
                absent = plain
            elif plain != absent and address.name != "accounts:invitation":
                yield f"{cell} differs from what is absent"


def _is_as_declared(address: Address, method: str, role: str, owner: str, status: int) -> bool:
    own = role if role not in STAFF or address.name.startswith("admin") else "foreign"
    expected = EXPECTED[address.name](method, own)
    if owner == "absent" and address.name == "accounts:invitation":
        expected = {404 if method in {"GET", "HEAD", "POST"} else 405}
    return status in expected and status < 500


def _may_write(address: Address, method: str, role: str) -> bool:
    """Say whether a request may change rows: a post of whoever the declaration lets through."""
    if address.name == "admin:accounts_user_change":
        return method == "POST" and role in STAFF
    return method == "POST" and _must_write(address, role)


def _must_write(address: Address, role: str) -> bool:
    if address.name in MAY_WRITE:
        return role != "visitor"
    return (
        (bool(address.parameters & (PRIVATE - {"token"})) or address.name == "assessments:start")
        and EXPECTED[address.name]("POST", role) == {302}
        and role in MEMBERS
    )


def _foreign_words(world: World, address: Address, actor: str, body: bytes) -> Iterator[str]:
    """Yield the canaries that this actor must never read."""
    for name, owned in (("here", world.here), ("there", world.there)):
        if actor in (MEMBERS if name == "here" else ("other_owner",)):
            continue
        if owned.secret.encode() in body:
            yield f"a secret of {name}"
        # The link of an invitation names the organisation to whoever holds it.
        may_name = actor in STAFF or address.name == "accounts:invitation"
        if not may_name and owned.canary.encode() in body:
            yield f"the name of {name}"


TOKENS = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]+')


def _plain(body: bytes, values: Mapping[str, Any]) -> bytes:
    """Return a page without what differs from request to request."""
    for value in values.values():
        if len(str(value)) > 20:
            body = body.replace(str(value).encode(), b"ID")
    return TOKENS.sub(rb"\1", body)


def _canaries_in_log(text: str, world: World) -> list[str]:
    words = [word for each in (world.here, world.there) for word in (each.secret, each.canary)]
    words += [world.here.token, world.there.token]
    return [f"the log shows {word}" for word in words if word in text]
