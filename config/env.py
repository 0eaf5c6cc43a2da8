"""Read the environment; refuse nonsense at start-up instead of guessing."""

import json
import os
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str) -> str:
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, str(default)).strip().lower()
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name}={value!r}: say one of {sorted(TRUE | FALSE - {''})}")


def number(name: str, default: int, *, least: int = 0) -> int:
    value = os.environ.get(name, str(default))
    if value.strip().isdigit() and int(value) >= least:
        return int(value)
    raise ImproperlyConfigured(f"{name}={value!r}: say a whole number of {least} or more")


def address(name: str) -> str:
    """A web address, or "" where none is set."""
    value = os.environ.get(name, "").strip()
    found = urlsplit(value)
    if value and not (found.scheme in ("http", "https") and found.hostname):
        raise ImproperlyConfigured(f"{name}={value!r}: say an address that begins with http:// or https://")
    return value


def together(*names: str) -> None:
    """Settings that mean something only all at once: either none is set, or every one."""
    missing = [name for name in names if not os.environ.get(name, "").strip()]
    if missing and len(missing) < len(names):
        raise ImproperlyConfigured(f"{', '.join(missing)}: missing, and of no use without: {', '.join(names)}")


def fields(name: str, default: str, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """A JSON object, without the fields that are not for the operator to set."""
    value = os.environ.get(name, "").strip() or default
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if not isinstance(found, dict) or set(found) & set(but):
        without = f" without {', '.join(but)}" if but else ""
        raise ImproperlyConfigured(f"{name}={value!r}: say a JSON object{without}")
    return found


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]
