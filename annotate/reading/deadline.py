"""A limit of CPU time that travels through the parser in its `env`, because no size limit catches every costly text.

CPU and not wall time, so that a busy machine does not decide how a text is shown.
"""

import time
from collections.abc import MutableMapping
from typing import Any

SECONDS = 1.5


class TooSlow(Exception):
    """The text took longer to format than a reader should wait."""


def start(seconds: float = SECONDS) -> dict[str, Any]:
    return {"deadline": time.thread_time() + seconds}


def check(env: MutableMapping[str, Any]) -> None:
    """Raises TooSlow once the time is up. Called from block and inline rules, so it must stay this cheap."""
    if time.thread_time() > env["deadline"]:
        raise TooSlow
