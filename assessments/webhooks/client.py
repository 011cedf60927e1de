"""The webhook client: delivers one signed message to a public https address, once.

The name is resolved here and the connection goes to the address that was checked, so that a name
cannot point elsewhere a moment later. Redirects are not followed. Messages are signed as Standard
Webhooks has it: HMAC-SHA256 over id, timestamp and body.

The requests are made by httpcore, the transport of HTTPX, whose network backend is replaceable in
public: `_PublicOnly` resolves and checks, and `_Hurried` holds every step to one deadline.
"""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpcore
from django.conf import settings
from django.utils.translation import gettext as _
from standardwebhooks import Webhook

from assessments.webhooks import addresses
from assessments.webhooks.addresses import Resolver

TIMEOUT_SECONDS = 5.0  # for each step: connecting, sending, waiting for the answer
LONGEST_SECONDS = 15.0  # for all of them together, however slowly the answer trickles
USER_AGENT = "carbon-markets-infrastructure-portal"


class AddressRefused(Exception):
    """Nothing is ever sent to this address; the text says why."""


class NotDelivered(Exception):
    """This attempt failed; the text says how, and `status` is the answer's, if there was one."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


def check_address(url: str) -> SplitResult:
    """Return the parts of an address that may be written to; raise AddressRefused otherwise.

    Names are not resolved here, but each time something is sent.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        raise AddressRefused(_("This is not an address.")) from exc
    if parts.scheme != "https" and not (settings.WEBHOOK_ALLOW_LOOPBACK and parts.scheme == "http"):
        raise AddressRefused(_("Give an address that starts with https://."))
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused(_("Give an address with a host, and without a user or a fragment."))
    if port == 0 or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused(_("Write the address in plain ASCII, without spaces."))
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return parts
    if not addresses.is_public(host):
        raise _private()
    return parts


def send(
    url: str,
    *,
    message_id: str,
    body: bytes,
    secret: str,
    at: datetime,
    resolve: Resolver = addresses.resolve,
) -> int:
    """Post `body` and return the status, which is 200 to 299.

    Raises AddressRefused for an address that is not public, NotDelivered for everything else.
    """
    parts = check_address(url)
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature(message_id=message_id, at=at, body=body, secret=secret),
    }
    steps = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_SECONDS)
    backend = _PublicOnly(resolve, deadline=time.monotonic() + LONGEST_SECONDS)
    try:
        with (
            httpcore.ConnectionPool(
                ssl_context=ssl.create_default_context(), network_backend=backend
            ) as pool,
            pool.stream(
                "POST",
                url,
                headers=list(headers.items()),
                content=body,
                extensions={"timeout": steps},
            ) as response,
        ):
            status: int = response.status  # what else it says means nothing here
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as exc:
        raise _no_answer(exc) from exc
    if 300 <= status < 400:
        raise NotDelivered(
            _("The address leads elsewhere; redirects are not followed."), status=status
        )
    if not 200 <= status < 300:
        raise NotDelivered(_("The answer was {status}.").format(status=status), status=status)
    return status


def signature(*, message_id: str, at: datetime, body: bytes, secret: str) -> str:
    """Return what goes into `webhook-signature`."""
    return Webhook(secret).sign(message_id, at.astimezone(UTC), body.decode())


def _private() -> AddressRefused:
    return AddressRefused(_("This address is in a private network. Give a public one."))


def _no_answer(exc: Exception) -> NotDelivered:
    return NotDelivered(_("No answer ({kind}).").format(kind=type(exc).__name__))


class _PublicOnly(httpcore.SyncBackend):
    """Connects to the checked address of a name, and to none that is not public."""

    def __init__(self, resolve: Resolver, *, deadline: float) -> None:
        self._resolve = resolve
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            address = addresses.public_address(host, port, resolve=self._resolve)
        except (OSError, UnicodeError) as exc:
            raise NotDelivered(_("The name of the address is unknown.")) from exc
        if address is None:
            raise _private()
        try:
            stream = super().connect_tcp(
                address, port, _left(self._deadline, timeout), local_address, socket_options
            )
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
            cause = exc.__cause__
            raise _no_answer(cause if isinstance(cause, Exception) else exc) from exc
        return _Hurried(stream, deadline=self._deadline)


class _Hurried(httpcore.NetworkStream):
    """A connection whose steps together end by a deadline; a timeout alone is that of one step."""

    def __init__(self, stream: httpcore.NetworkStream, *, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(
            ssl_context, server_hostname, _left(self._deadline, timeout)
        )
        return _Hurried(stream, deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    """Return the seconds a step may take. Raises ReadTimeout when there are none left."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("The deadline of the delivery is over.")
    return left if timeout is None else min(left, timeout)
