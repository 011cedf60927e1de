"""Which addresses a webhook may be sent to: public ones alone.

A name counts as public only if every address it resolves to is. One private address among public
ones would do for an attacker who waits until it is the one that is used.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence

from django.conf import settings

Resolver = Callable[[str, int], Sequence[str]]  # the addresses of a name

# All public IPv6 addresses are of the first network, and these parts of it are none: protocol
# assignments (among them Teredo, benchmarking and ORCHID), 6to4, and documentation.
_IPV6_PUBLIC = ipaddress.IPv6Network("2000::/3")
_IPV6_RESERVED = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)
# Relays of 6to4, which lead on into IPv6.
_IPV4_RESERVED = (ipaddress.IPv4Network("192.88.99.0/24"),)


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a name. Raises OSError or UnicodeError for one that is unknown."""
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in entries]


def is_public(address: str) -> bool:
    """Say whether an IP address is reachable by everybody; what cannot be read is not.

    IPv6 forms that carry an address of IPv4 (mapped, NAT64, 6to4, Teredo) are not, nor is an
    address with a zone, which only has a meaning on one link.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if settings.WEBHOOK_ALLOW_LOOPBACK and ip.is_loopback:
        return True
    if not ip.is_global or ip.is_multicast:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        return (
            ip.scope_id is None
            and ip in _IPV6_PUBLIC
            and not any(ip in network for network in _IPV6_RESERVED)
        )
    return not any(ip in network for network in _IPV4_RESERVED)


def public_address(host: str, port: int, *, resolve: Resolver) -> str | None:
    """Return the first address of a name of which every address is public, else None."""
    addresses = resolve(host, port)
    if not addresses or not all(is_public(address) for address in addresses):
        return None
    return addresses[0]
