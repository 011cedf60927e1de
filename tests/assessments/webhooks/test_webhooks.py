"""Webhooks: what is written, to whom, how it is signed, and where nothing is ever sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from assessments.webhooks import actions, client
from assessments.webhooks.models import WebhookDelivery, WebhookSubscription
from assessments.webhooks.tasks import deliver_webhook
from portal.jobs import broker
from tests.factories import UserFactory, steward

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
State = WebhookDelivery.State
PUBLIC = "93.184.216.34"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Listener:
    """A server on this machine: what it was sent, and what it answers next."""

    url: str
    status: int = 204
    drip: float = 0.0  # seconds between the bytes of an answer that never ends
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    settings.WEBHOOK_ALLOW_LOOPBACK = True
    heard = Listener("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
            while heard.drip:
                try:
                    self.wfile.write(b"H")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(heard.drip)
            self.send_response(heard.status)
            self.send_header("Location", f"{heard.url}/elsewhere")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield heard
    heard.drip = 0.0
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def notified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    notifications: list[str] = []

    def send_task(task: str, **options: Any) -> None:
        notifications.append(f"{task} {options['kwargs']['delivery_id']}")

    monkeypatch.setattr("celery.current_app.send_task", send_task)
    monkeypatch.setattr(broker, "_paused_until", 0.0)
    return notifications


def subscription(url: str = "https://data.example.org/hook", **fields: Any) -> WebhookSubscription:
    return WebhookSubscription.objects.create(
        url=url, label="A supervisor", created_by=UserFactory(), **fields
    )


def delivery(to: WebhookSubscription) -> WebhookDelivery:
    [made] = actions.announce(actions.RELEASE_PUBLISHED, {"release": "2026-W1"}, at=AT)
    assert made.subscription == to
    return made


def deliver(made: WebhookDelivery, at: datetime = AT) -> WebhookDelivery:
    actions.deliver_webhook(delivery_id=made.pk, clock=lambda: at)
    made.refresh_from_db()
    return made


def test_a_delivery_is_signed_and_holds_ids_alone(listener: Listener) -> None:
    to = subscription(listener.url)

    made = deliver(delivery(to))

    assert (made.state, made.status, made.attempts) == (State.DELIVERED, 204, 1)
    [(headers, body)] = listener.received
    assert json.loads(body) == {
        "type": "release.published",
        "timestamp": "2026-11-23T12:00:00+00:00",
        "data": {"release": "2026-W1"},
    }
    assert headers["webhook-id"] == str(made.pk)
    assert headers["webhook-timestamp"] == "1795435200"
    # As any listener checks it by Standard Webhooks.
    key = base64.b64decode(to.secret.removeprefix("whsec_"))
    signed = f"{made.pk}.1795435200.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert len(key) == 32


def test_a_delivery_goes_to_active_addresses_and_notifies_once_committed(
    notified: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    active = subscription()
    subscription(is_active=False)

    with django_capture_on_commit_callbacks(execute=True):
        made = delivery(active)
        assert notified == []

    assert notified == [f"deliver_webhook {made.pk}"]


def test_a_failure_is_tried_again_later_and_given_up_after_eight_attempts(
    listener: Listener,
) -> None:
    listener.status = 500
    made, at = delivery(subscription(listener.url)), AT
    pauses = []
    for _attempt in range(8):
        deliver(made, at)
        deliver(made, at)  # too early: nothing happens
        pauses.append(made.not_before - at)
        at = made.not_before

    assert len(listener.received) == 8
    assert {headers["webhook-id"] for headers, _ in listener.received} == {str(made.pk)}
    assert [int(pause.total_seconds()) for pause in pauses[:7]] == [
        *(30, 120, 480, 1920, 7680, 30720),
        86400,
    ]
    assert (made.state, made.status, made.reason) == (State.FAILED, 500, "The answer was 500.")
    assert deliver(made, at + timedelta(days=9)).attempts == 8


def test_a_redirect_is_not_followed(listener: Listener) -> None:
    listener.status = 307

    made = deliver(delivery(subscription(listener.url)))

    assert (made.state, made.status) == (State.QUEUED, 307)
    assert len(listener.received) == 1


def test_an_answer_that_trickles_is_cut_off(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LONGEST_SECONDS", 0.4)
    listener.drip = 0.05
    started = time.monotonic()

    made = deliver(delivery(subscription(listener.url)))

    assert made.state == State.QUEUED
    assert time.monotonic() - started < 3


def test_nobody_there_is_a_failure_of_this_attempt_alone(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_LOOPBACK = True

    made = deliver(delivery(subscription("http://127.0.0.1:1/")))

    assert (made.state, made.status, made.reason) == (
        State.QUEUED,
        None,
        "No answer (ConnectionRefusedError).",
    )


def test_what_has_ended_is_not_written_to(listener: Listener) -> None:
    to = subscription(listener.url)
    made = delivery(to)
    actions.end_subscription(subscription=to, by=steward())

    assert deliver(made).state == State.FAILED
    assert listener.received == []


def test_one_worker_sends_and_an_abandoned_delivery_is_sent_again(
    listener: Listener, settings: Any, notified: list[str]
) -> None:
    made = delivery(subscription(listener.url))
    WebhookDelivery.objects.filter(pk=made.pk).update(
        state=State.SENDING, claim=uuid.uuid4(), lease_until=AT + timedelta(seconds=1), attempts=1
    )

    assert deliver(made, AT).state == State.SENDING
    assert actions.sweep_webhooks(at=AT) == 0
    later = AT + timedelta(seconds=2)
    assert actions.sweep_webhooks(at=later) == 1
    assert actions.sweep_webhooks(at=later) == 0  # notified a moment ago
    assert notified == [f"deliver_webhook {made.pk}"]
    assert deliver(made, later).state == State.DELIVERED


def test_the_task_delivers(listener: Listener) -> None:
    made = delivery(subscription(listener.url))

    deliver_webhook(delivery_id=str(made.pk), later_argument=1)

    made.refresh_from_db()
    assert made.state == State.DELIVERED


@pytest.mark.parametrize("host", ["10.1.2.3", "[::1]", "[fe80::1%25eth0]", "[::ffff:8.8.8.8]"])
def test_a_private_address_is_refused(host: str) -> None:
    with pytest.raises(client.AddressRefused, match="private network"):
        client.check_address(f"https://{host}/hook")


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1"])
def test_a_name_of_a_private_address_is_refused_when_it_is_looked_up(
    host: str, settings: Any
) -> None:
    made = deliver(delivery(subscription(f"https://{host}/hook")))

    assert made.state == State.FAILED
    assert "private network" in made.reason


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1", PUBLIC],
        [PUBLIC, "10.0.0.1"],
        [PUBLIC, "2001:db8::1"],
        ["127.0.0.1"],
        [],
    ],
)
def test_one_private_address_of_a_name_refuses_it(addresses: list[str]) -> None:
    lookups: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        lookups.append((host, port))
        return addresses

    with pytest.raises(client.AddressRefused, match="private network"):
        client.send(
            "https://data.example.org/hook",
            message_id="m",
            body=b"{}",
            secret=SECRET,
            at=AT,
            resolve=resolve,
        )
    assert lookups == [("data.example.org", 443)]


def test_a_name_is_resolved_once_and_the_checked_address_is_used(listener: Listener) -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    status = client.send(
        listener.url.replace("127.0.0.1", "data.example.org"),
        message_id="m",
        body=b"{}",
        secret=SECRET,
        at=AT,
        resolve=lambda host, port: answers.pop(0),
    )

    assert status == 204
    assert len(answers) == 1
    [(headers, _body)] = listener.received
    assert headers["host"].startswith("data.example.org:")


def test_the_signature_is_that_of_the_standard() -> None:
    """The vector is the one Standard Webhooks publishes."""
    assert (
        client.signature(
            message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            at=datetime.fromtimestamp(1614265330, tz=timezone(timedelta(hours=5))),
            body=b'{"test": 2432232314}',
            secret=SECRET,
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://data.example.org/",
        "ftp://data.example.org/",
        "file:///etc/passwd",
        "https://",
        "https://user@data.example.org/",
        "https://user:word@data.example.org/",
        "https://data.example.org:0/",
        "https://data.example.org:99999/",
        "https://data.example.org/#part",
        "https://data.example.org/a b",
        "https://data.example.org/\r\nHost: x",
        "https://[::1",
        "https://münchen.example/",
    ],
)
def test_what_is_no_public_https_address_is_refused(url: str) -> None:
    with pytest.raises(client.AddressRefused):
        actions.create_subscription(url=url, label="x", by=steward(), at=AT)

    assert not WebhookSubscription.objects.exists()


def test_a_subscription_gets_a_secret_of_its_own() -> None:
    by = steward()
    made = [
        actions.create_subscription(url=f"https://data.example.org/{n}", label="x", by=by, at=AT)
        for n in range(2)
    ]

    assert made[0].secret != made[1].secret
    assert all(each.secret.startswith("whsec_") for each in made)


def test_this_machine_listens_to_itself_in_tests_alone(settings: Any) -> None:
    assert settings.WEBHOOK_ALLOW_LOOPBACK is False
