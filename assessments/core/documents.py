"""Documents of which one byte string is hashed, stored and published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """Return the one byte string of a document: sorted keys, no white space, UTF-8."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def sha256(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document's canonical bytes, in hex."""
    return hashlib.sha256(canonical_json(document)).hexdigest()
