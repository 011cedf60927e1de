"""Settings from environment variables, refused aloud when they make no sense."""

import os

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def env_str(name: str, default: str) -> str:
    return os.environ.get(name, default).strip()


def env_bool(name: str, *, default: bool) -> bool:
    """Return the variable as true or false; anything but a plain yes or no stops the start."""
    text = os.environ.get(name, str(default)).strip().lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {text!r}. Set it to true or false.")


def env_int(name: str, default: int) -> int:
    text = os.environ.get(name, str(default)).strip()
    try:
        return int(text)
    except ValueError as exc:
        raise ImproperlyConfigured(f"{name} is {text!r}. Set it to a whole number.") from exc


def env_list(name: str, default: list[str]) -> list[str]:
    """Return a comma-separated variable as a list without blanks."""
    text = os.environ.get(name)
    return default if text is None else [part.strip() for part in text.split(",") if part.strip()]
