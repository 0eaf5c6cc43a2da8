"""What was formatted once: near, in this process, and far, where every process finds it. Neither is needed."""

import logging
import time
from collections.abc import Collection
from typing import Any

from django.core.cache import caches

SECONDS = 24 * 3600
PAUSE = 30.0  # seconds without asking far, after it failed

logger = logging.getLogger(__name__)
_away_until = 0.0


def find(keys: Collection[str]) -> dict[str, Any]:
    """What is kept under these keys. What was only far is near afterwards."""
    near = caches["reading"]
    found = near.get_many(keys)
    if (missing := [key for key in keys if key not in found]) and (more := _far("get_many", missing)):
        near.set_many(more, SECONDS)
        found |= more
    return found


def keep(made: dict[str, Any]) -> None:
    if made:
        caches["reading"].set_many(made, SECONDS)
        _far("set_many", made, SECONDS)


def _far(act: str, *given: Any) -> Any:
    """A page never waits for a cache that is away: after a failure it is left alone for a while."""
    global _away_until
    if time.monotonic() < _away_until:
        return None
    try:
        return getattr(caches["texts"], act)(*given)
    except Exception:
        _away_until = time.monotonic() + PAUSE
        logger.warning("formatted texts cannot be kept for other processes", exc_info=True)
        return None
