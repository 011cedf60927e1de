"""Carries a webhook to its address, once: public https addresses alone, and no redirects.

The name is resolved here, every address it has must be public, and the connection goes to the
one that was checked, so that a name cannot point elsewhere a moment later. Signed as Standard
Webhooks has it: HMAC-SHA256 over id, timestamp and body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from assessments.webhooks.models import SECRET_PREFIX

TIMEOUT_SECONDS = 5.0  # for each step: connecting, sending, waiting for the answer
LONGEST_SECONDS = 15.0  # for all of them together, however slowly the answer trickles


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
        literal = ipaddress.ip_address(host)
    except ValueError:
        return parts
    if not _may_be_reached(literal):
        raise AddressRefused(_("This address is in a private network. Give a public one."))
    return parts


def send(url: str, *, message_id: str, body: bytes, secret: str, at: datetime) -> int:
    """Post `body` and return the status, which is 200 to 299.

    Raises AddressRefused for an address that is not public, NotDelivered for everything else.
    """
    parts = check_address(url)
    connection = _connection(parts)
    # A timeout counts from byte to byte; this one counts from the start.
    cut = threading.Timer(LONGEST_SECONDS, connection.cut)
    cut.daemon = True
    cut.start()
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    try:
        connection.request("POST", target, body, _headers(message_id, body, secret, at))
        status = connection.getresponse().status  # what else it says means nothing here
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise NotDelivered(_("No answer ({kind}).").format(kind=type(exc).__name__)) from exc
    finally:
        cut.cancel()
        connection.close()
    if 300 <= status < 400:
        raise NotDelivered(
            _("The address leads elsewhere; redirects are not followed."), status=status
        )
    if not 200 <= status < 300:
        raise NotDelivered(_("The answer was {status}.").format(status=status), status=status)
    return status


def signature(*, message_id: str, timestamp: int, body: bytes, secret: str) -> str:
    """Return what goes into `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _headers(message_id: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    timestamp = int(at.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "carbon-markets-infrastructure-portal",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(
            message_id=message_id, timestamp=timestamp, body=body, secret=secret
        ),
    }


def _connection(parts: SplitResult) -> _PinnedHTTP:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _public_address(host, port)
    if parts.scheme == "https":
        return _PinnedHTTPS(host, port, address=address)
    return _PinnedHTTP(host, port, address=address)


def _public_address(host: str, port: int) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise NotDelivered(_("The name of the address is unknown.")) from exc
    addresses = [str(entry[4][0]) for entry in found]
    # One private address among several would do for an attacker who waits for it.
    if not addresses or not all(_may_be_reached(ipaddress.ip_address(a)) for a in addresses):
        raise AddressRefused(_("This address is in a private network. Give a public one."))
    return addresses[0]


def _may_be_reached(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if settings.WEBHOOK_ALLOW_LOOPBACK and address.is_loopback:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None or address in _NAT64:  # they lead to an address of the older kind
            return False
    return address.is_global and not address.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class _PinnedHTTP(http.client.HTTPConnection):
    """Connects to an address that was checked, whatever its name says by now."""

    def __init__(self, host: str, port: int, *, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT_SECONDS)
        self.address = address
        self.line: socket.socket | None = None

    def connect(self) -> None:
        self.sock = self.line = socket.create_connection((self.address, self.port), TIMEOUT_SECONDS)

    def cut(self) -> None:
        """End whatever is going on; called from another thread."""
        if self.line is not None:
            with suppress(OSError):
                self.line.shutdown(socket.SHUT_RDWR)


class _PinnedHTTPS(_PinnedHTTP):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        wrapped = context.wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock = self.line = wrapped
        wrapped.do_handshake()
