"""How many requests a client may make in a minute, on the whole site.

The counts stand in the shared cache (Redis, or files on a site of one machine), so that neither
the number of web processes nor their restarts change the rate. A client is a network address;
of IPv6 its /64, the smallest network that one subscriber is given.

A count is one whole number, its start in milliseconds above the number of requests since, so that
one atomic addition counts a request and tells when its period began. Parallel requests are
therefore counted exactly. Only where a period ends may those of the same instant start it
twice: at most one request per web process goes uncounted then.

Each counted answer has the limit and what is left of it in the headers of the IETF's draft
(draft-ietf-httpapi-ratelimit-headers), so that a client can slow down before it is refused.
"""

from __future__ import annotations

import ipaddress
import logging
import math
from typing import Any, ClassVar

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

POLICY = "default"
COUNT_BITS = 20  # below the start; a rate is at most a million requests a period
IPV6_NETWORK = 64  # bits
OWN_COUNT_SECONDS = 10.0  # before a shared cache that failed is asked again

logger = logging.getLogger(__name__)


class ApiThrottle(SimpleRateThrottle):
    """Allows a number of requests from a client's first one on, until the period is over.

    While the shared cache cannot be reached each process counts for itself: everything here is
    public, so an answer too many does less harm than none.
    """

    scope = "anon"
    own_counts: ClassVar[BaseCache] = LocMemCache("api-throttle", {"MAX_ENTRIES": 20_000})
    own_counts_until: ClassVar[float] = 0.0
    num_requests: int | None
    duration: int | None

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Return the name of a client's count. A client is its network until there are API keys."""
        return f"api-rate:{network_of(self.get_ident(request))}"

    def allow_request(self, request: Request, view: Any) -> bool:
        if self.rate is None:
            return True
        assert self.num_requests is not None
        self.now = self.timer()
        self.started, count = self._count(self.get_cache_key(request, view))
        self.remaining = max(0, self.num_requests - count)
        view.throttle = self
        return count <= self.num_requests

    def wait(self) -> float:
        """Return the seconds until the period is over."""
        assert self.duration is not None
        return min(max(self.started + self.duration - self.now, 0.0), float(self.duration))

    def headers(self) -> dict[str, str]:
        """Return the headers of the limit: `q` requests in `w` seconds, `r` left for `t`."""
        return {
            "RateLimit-Policy": f'"{POLICY}";q={self.num_requests};w={self.duration}',
            "RateLimit": f'"{POLICY}";r={self.remaining};t={math.ceil(self.wait())}',
        }

    def _count(self, key: str) -> tuple[float, int]:
        """Count one request; return the start of its period and the requests since."""
        if self.now >= ApiThrottle.own_counts_until:
            try:
                return self._count_in(caches["default"], key)
            except (OSError, RedisError) as exc:
                logger.warning("The shared cache does not count: %s.", type(exc).__name__)
                ApiThrottle.own_counts_until = self.now + OWN_COUNT_SECONDS
        return self._count_in(self.own_counts, key)

    def _count_in(self, cache: BaseCache, key: str) -> tuple[float, int]:
        assert self.duration is not None
        start = int(self.now * 1000)
        try:
            value = cache.incr(key)
        except ValueError:  # there is no count yet
            cache.add(key, start << COUNT_BITS, self.duration)
            value = cache.incr(key)
        if start - (value >> COUNT_BITS) >= self.duration * 1000:
            value = (start << COUNT_BITS) + 1
            cache.set(key, value, self.duration)
        return (value >> COUNT_BITS) / 1000, value & ((1 << COUNT_BITS) - 1)


def network_of(address: str | None) -> str:
    """Return the network that counts as one client; what is no address counts as one together."""
    try:
        ip = ipaddress.ip_address((address or "").strip().partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return str(ipaddress.ip_network((ip, IPV6_NETWORK), strict=False))
        ip = ip.ipv4_mapped
    return str(ip)
