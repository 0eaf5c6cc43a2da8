"""The tools of the workbench. Each is a pure function of its input to an Outcome; nothing here knows Django."""

from dataclasses import dataclass
from typing import Any

FINISHED = "finished"
FAILED = "failed"  # it ran, and ended badly
TIMEOUT = "timeout"
OVERFLOW = "overflow"  # it wrote more than is kept
STOPPED = "stopped"  # by whoever asked
REFUSED = "refused"  # it did not run at all; `output["note"]` says why


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool answers. Everything but `milliseconds` is the same when the same input is run again."""

    status: str
    output: dict[str, Any]
    version: str = ""
    environment: str = ""
    milliseconds: int = 0


def refused(why: str) -> Outcome:
    return Outcome(status=REFUSED, output={"note": why})
