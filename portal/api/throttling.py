"""How many requests one address may make in a minute.

Each process counts in its own memory: most answers are a hash and a 304, and a counter in a shared
cache would cost several times as much as they do. So a site of many processes answers at least
the rate that is told, and sheds what would slow any one of them down.

Every request that is counted is told the limit and what is left of it, in the headers of the
IETF's draft (draft-ietf-httpapi-ratelimit-headers): a client can slow down before it is refused.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle

MOST_REMEMBERED = 50_000  # addresses; beyond it all start anew
POLICY = "default"


class PerProcess(AnonRateThrottle):
    """Allows a number of requests from the first one of an address on, until the period is over."""

    num_requests: int | None
    duration: int | None
    counts: ClassVar[dict[str, tuple[float, int]]] = {}  # start of the period, requests in it

    def allow_request(self, request: Request, view: Any) -> bool:
        if self.rate is None:
            return True
        assert self.num_requests is not None
        assert self.duration is not None
        self.now = self.timer()
        key = self.get_ident(request)
        self.start, count = self.counts.get(key, (self.now, 0))
        if self.now - self.start >= self.duration:
            self.start, count = self.now, 0
        self.remaining = max(0, self.num_requests - count - 1)
        view.limit = self
        if count >= self.num_requests:
            return False
        if len(self.counts) >= MOST_REMEMBERED:
            self.counts.clear()
        self.counts[key] = self.start, count + 1
        return True

    def wait(self) -> float:
        """Return the seconds until the period of a refused address is over."""
        assert self.duration is not None
        return self.duration - (self.now - self.start)

    def told(self) -> dict[str, str]:
        """Return the headers that tell the limit: `q` requests in `w` seconds, `r` left for `t`."""
        return {
            "RateLimit-Policy": f'"{POLICY}";q={self.num_requests};w={self.duration}',
            "RateLimit": f'"{POLICY}";r={self.remaining};t={math.ceil(self.wait())}',
        }
