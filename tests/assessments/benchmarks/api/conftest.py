"""The fixtures of the API tests, which stand in `tests.api`."""

from __future__ import annotations

from tests.api import _cold, _own_requests, release

__all__ = ["_cold", "_own_requests", "release"]
