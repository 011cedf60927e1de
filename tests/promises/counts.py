"""How often a promise is tried: often enough to notice by default, in full with PROMISES=full."""

from __future__ import annotations

import os

FULL = os.environ.get("PROMISES") == "full"


def count(reduced: int, full: int) -> int:
    return full if FULL else reduced
