"""Wakes a worker by a task's name.

The row that causes the work is the truth, so a notification that fails is logged and forgotten:
the sweep notifies again. No request waits longer than the broker's socket timeout on it, and after
a failure none is tried for a moment, so that an absent broker costs one request and not all.
"""

from __future__ import annotations

import logging
import time

from celery import current_app

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0

_paused_until = 0.0


def notify(task: str, **ids: object) -> bool:
    """Send `task` with ids only; return whether the broker took it."""
    global _paused_until
    if time.monotonic() < _paused_until:
        return False
    try:
        current_app.send_task(task, kwargs=ids, retry=False, ignore_result=True)
    except Exception as exc:
        _paused_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("No worker was notified of %s: %s", task, type(exc).__name__)
        return False
    return True
