"""I1: every address × method × actor × owner of the object answers as declared here.

The addresses come from the URL resolver: one without a declaration fails the suite. Whoever may
not see an object is answered exactly as though it did not exist, changes nothing, and reads no
word of it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
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
from tests.promises.addresses import Address, addresses
from tests.promises.conftest import Figure
from tests.promises.counts import FULL
from tests.promises.world import Owned, World

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SAFE = {"GET", "HEAD"}
ACTORS = (
    *("visitor", "stranger", "viewer", "contributor", "owner", "other_owner"),
    *("operator", "superuser"),
)
OWNERS = ("here", "there", "absent")
STAFF = {"operator", "superuser"}
MEMBERS = ("viewer", "contributor", "owner")
ANSWERERS, OWNER = ("contributor", "owner"), ("owner",)

Statuses = set[int]
Rule = Callable[[str, str], Statuses]  # method and role ("foreign": none here) to statuses


def public(read: int = 200) -> Rule:
    """Anyone reads; nobody writes."""
    return lambda method, role: {read} if method in SAFE else {405}


def api(read: int = 200) -> Rule:
    """As above; a browser may ask beforehand."""
    return lambda method, role: (
        {read} if method in SAFE else {204} if method == "OPTIONS" else {405}
    )


def private(
    *,
    read: tuple[str, ...] = (),
    write: Mapping[str, int] | None = None,
    visitor: int = 302,
    page: int = 200,
) -> Rule:
    """`read` and `write` name who may, and the status of a write; all others find nothing.

    A visitor is sent to sign in, whatever is asked for.
    """

    def statuses(method: str, role: str) -> Statuses:
        if role == "visitor" and (visitor == 302 or method in SAFE):
            return {visitor}
        if method in SAFE and read:
            return {page if role in read else 404}
        if method == "POST" and write is not None:
            return {write.get(role, 404)}
        return {405}

    return statuses


def signed_in(*, write: Mapping[str, int] | None = None, otherwise: int = 200) -> Rule:
    """Every account has this page, of its own things; `otherwise` is the page with an error."""

    def statuses(method: str, role: str) -> Statuses:
        if role == "visitor":
            return {302}
        if method in SAFE:
            return {200}
        if method == "POST" and write is not None:
            return {write.get(role, otherwise)}
        return {405}

    return statuses


def bearer(method: str, role: str) -> Statuses:
    """Whoever holds the link reads it; nobody here has the address it was sent to."""
    return {200} if method in {"GET", "HEAD", "POST"} else {405}


READS = {"GET": 200}
FORM = {"GET": 200, "POST": 200, "PUT": 200}  # allauth takes a PUT for a post


def allauth(
    visitor: Mapping[str, int],
    account: Mapping[str, int],
    *,
    redirect: bool = False,
    door: bool = False,
) -> Rule:
    """Pages of allauth, by what a visitor and an account get; OPTIONS shows nothing.

    With `redirect` an account is sent elsewhere, with `door` a visitor to sign in.
    """

    def statuses(method: str, role: str) -> Statuses:
        if (door and role == "visitor") or (redirect and role != "visitor"):
            return {302}
        known = visitor if role == "visitor" else account
        return (
            {200} if method == "OPTIONS" else {known.get("GET" if method in SAFE else method, 405)}
        )

    return statuses


def operators(reads: Statuses, writes: Statuses | None = None) -> Rule:
    """Pages of the operators' site: whoever is no operator is sent to sign in."""

    def statuses(method: str, role: str) -> Statuses:
        if role not in STAFF:
            return {302}
        return reads if method in SAFE or writes is None else writes

    return statuses


def stewards(method: str, role: str) -> Statuses:
    """Nobody here is a steward, so nothing is here; `tests/assessments` has those who are."""
    return {404}


def _log_in(method: str, role: str) -> Statuses:
    """An account without rights is refused; sending it to sign in again would lead nowhere."""
    if role in STAFF:
        return {200, 302} if method not in {"PATCH", "DELETE"} else {405}
    return {302} if role == "visitor" else {403}


def tables(
    name: str,
    staff: set[str],
    *,
    changes: bool = False,
    adds: bool = False,
    deletes: bool = False,
    freezes: bool = False,
) -> dict[str, Rule]:
    """The pages of one table: `staff` reads them, and the rest says what else may happen.

    A row that `freezes` is changed until something hangs on it.

    Nothing is said of an object that is not there: the list says so on the next page.
    """

    def page(reads: Statuses, writes: Statuses, rights: set[str]) -> Rule:
        def statuses(method: str, role: str) -> Statuses:
            if role not in STAFF:
                return {302}
            if role not in rights:
                return {302, 403}
            return reads if method != "POST" else writes

        return statuses

    app, _, model = name.partition("_")
    nobody: set[str] = set()
    changed = {200, 302} if changes else {302, 403}
    return {
        f"admin:{name}_changelist": page({200}, {200}, staff),
        f"admin:{name}_history": page({200, 302}, {200, 302}, staff),
        f"admin:{name}_change": page({200, 302}, changed | ({403} if freezes else set()), staff),
        f"admin:{name}_add": page({200}, {200, 302}, staff if adds else nobody),
        f"admin:{name}_delete": page({200, 302}, {200, 302}, staff if deletes else nobody),
        f"admin/{app}/{model}/<path:object_id>/": operators({302}),
    }


EXPECTED: Mapping[str, Rule] = {
    "home": public(),
    "health": public(),
    "verify": public(),
    "verify_code": public(),
    # accounts
    "accounts:account": signed_in(write={}, otherwise=302),
    "accounts:organisation_new": signed_in(write={}, otherwise=302),
    "accounts:organisation": private(read=MEMBERS),
    "accounts:organisation_edit": private(read=OWNER, write={"owner": 302}),
    "accounts:invite": private(read=OWNER, write={"owner": 302}),
    "accounts:revoke": private(write={"owner": 302}),
    "accounts:member": private(read=OWNER, write={"owner": 302}),
    "accounts:member_remove": private(write={"owner": 302}),
    # The only owner cannot leave, and is told so.
    "accounts:leave": private(
        read=MEMBERS, write={"viewer": 302, "contributor": 302, "owner": 200}
    ),
    "accounts:invitation": bearer,
    # publications
    "publications:library": public(),
    "publications:publication": public(),
    "publications:edition": public(),
    "publications:cite": public(),
    "publications:cite_edition": public(),
    "publications:provision": public(302),
    "publications:cite_provision": public(),
    "publications:roadmap": public(),
    "publications:members": public(),
    "publications:glossary": public(),
    # assessments
    "assessments:home": signed_in(),
    # The organisation stands in the form: one that is not the person's own is no choice there.
    "assessments:start": signed_in(write={"contributor": 302, "owner": 302}),
    "assessments:tasks": private(read=MEMBERS),
    "assessments:item": private(read=MEMBERS, write=dict.fromkeys(ANSWERERS, 302)),
    "assessments:check": private(read=MEMBERS, write={"owner": 302}),
    "assessments:result": private(read=MEMBERS),
    "assessments:result_json": private(read=MEMBERS),
    "assessments:report": private(read=MEMBERS, write=dict.fromkeys(ANSWERERS, 302)),
    "assessments:report_state": private(read=MEMBERS, visitor=404),
    "assessments:report_file": private(read=MEMBERS),
    # Taking back a submission: what is open leads to its tasks.
    "assessments:withdraw": private(read=MEMBERS, write={"owner": 200}),
    **{
        f"assessments:{name}": stewards
        for name in (
            *("stewardship", "audit", "candidate", "candidate_state", "steward_release", "note"),
            *("steward_organisations", "steward_organisation", "webhooks", "webhook_end"),
        )
    },
    "assessments:benchmarks": public(),
    "assessments:release_method": public(),
    "assessments:method": public(),
    "assessments:questionnaires": public(),
    "assessments:questionnaire": public(),
    "assessments:edition_json": public(),
    "assessments:instrument_schema": public(),
    "assessments:result_schema": public(),
    "assessments:release_schema": public(),
    "assessments:item_address": public(302),
    # the API
    "api:root": api(),
    "api:docs": public(),
    "api:schema": api(),
    "api:index": api(),
    "api:releases": api(),
    "api:latest": api(307),
    "api:latest-below": api(307),
    "api:release": api(),
    "api:release-cohorts": api(),
    "api:release-observations": api(),
    "api:release-data": api(),
    "api:release-structure": api(),
    "api:release-package": api(),
    "api:release-descriptor": api(),
    "api:release-file": api(),
    "api:resolve": api(),
    "api:cohort-data": api(),
    "api:publications": api(),
    "api:publication": api(),
    "api:provisions": api(),
    "api:provision": api(),
    "api:members": api(),
    "api:instruments": api(),
    "api:instrument": api(),
    "api:items": api(),
    "api:codes": api(),
    "api:countries": api(),
    "api:code-list": api(),
    "api:missing": api(404),
    # allauth
    "account_login": allauth(FORM, {}, redirect=True),
    "account_signup": allauth(FORM, {}, redirect=True),
    "account_logout": allauth({"GET": 302, "POST": 302}, {"GET": 200, "POST": 302}),
    "account_inactive": allauth(READS, READS),
    "account_reauthenticate": allauth({}, FORM, door=True),
    "account_email": allauth({}, {"GET": 200, "POST": 302, "PUT": 302}, door=True),
    "account_email_verification_sent": allauth({}, {}, redirect=True, door=True),
    "account_change_password": allauth({}, FORM, door=True),
    "account_set_password": allauth({}, {}, redirect=True, door=True),
    "account_reset_password": allauth(FORM, FORM),
    "account_confirm_login_code": allauth({}, {}, redirect=True, door=True),
    "account_reset_password_from_key_done": allauth(READS, READS),
    # A key that does not fit says so, whatever the method.
    "account_reset_password_from_key": lambda method, role: {200},
    "account_reset_password_done": allauth(READS, READS),
    # operators
    "admin:index": operators({200}),
    "admin_jobs": operators({200, 405}, {302, 405}),
    "admin:login": _log_in,
    "admin:logout": operators({405}, {200, 302, 405}),
    "admin:password_change": operators({200}, {200, 405}),
    "admin:password_change_done": operators({200}, {200, 405}),
    "admin:autocomplete": operators({403}, {200, 405}),
    "admin:jsi18n": operators({200}, {200, 405}),
    "admin:view_on_site": operators({404}),
    "admin:app_list": operators({200}),
    "admin/(?P<url>.*)$": operators({404}),
    **tables("accounts_user", STAFF, changes=True),
    **tables("accounts_organisation", STAFF),
    **tables("accounts_invitation", STAFF),
    **tables("publications_publication", {"superuser"}),
    **tables("publications_edition", {"superuser"}),
    **tables("publications_provision", {"superuser"}),
    **tables("publications_memberorganisation", {"superuser"}),
    **tables("assessments_wave", {"superuser"}, changes=True, adds=True, freezes=True),
    **tables("auth_group", {"superuser"}, changes=True, adds=True, deletes=True),
}


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


def test_the_matrix_sees_an_open_door(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    """Red first: without the membership check in the door, the foreign cells turn wrong."""

    def open_door(user: User, assessment_id: uuid.UUID, **kwargs: Any) -> Assessment:
        return Assessment.objects.get(pk=assessment_id)

    monkeypatch.setattr(access, "assessment_for", open_door)
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
