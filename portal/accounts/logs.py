"""Keeps the secrets that stand in addresses out of the logs."""

from __future__ import annotations

import logging
import re

SECRET_PATH = re.compile(r"((?:/|%2F)(?:invitations|reset/key|confirm-email)(?:/|%2F))[^/\s%\"']+")


class HideTokens(logging.Filter):
    """Replaces the token of an invitation or of a password reset by an ellipsis."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = SECRET_PATH.sub(r"\1…", message)
        if hidden != message:
            record.msg, record.args = hidden, None
        return True
