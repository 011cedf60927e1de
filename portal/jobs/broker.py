"""Wakes a worker by a task's name.

The row that causes the work is the truth, so a bell that fails to ring is logged and forgotten:
the sweeper rings again. No request waits longer than the broker's socket timeout on it, and after
a failure the bell stays silent for a moment, so a dead broker costs one request and not all.
"""

from __future__ import annotations

import logging
import time

from celery import current_app

logger = logging.getLogger(__name__)

SILENCE_SECONDS = 5.0

_silent_until = 0.0


def notify(task: str, **kwargs: object) -> bool:
    """Send `task` with ids only; return whether the broker took it."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return False
    try:
        current_app.send_task(task, kwargs=kwargs, retry=False, ignore_result=True)
    except Exception as exc:
        _silent_until = time.monotonic() + SILENCE_SECONDS
        logger.warning("The bell for %s did not ring: %s", task, type(exc).__name__)
        return False
    return True
