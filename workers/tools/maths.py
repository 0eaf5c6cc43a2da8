"""Maths in a process of its own, with a limit of time and memory. What cannot be done is failed, never a verdict."""

import json
import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from workers.tools import FAILED, FINISHED, REFUSED, TIMEOUT, Outcome, process, refused

SECONDS = 10
MEMORY = 512 * 2**20
ENVIRONMENT = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {SECONDS} s, 512 MiB"
ROOT = Path(__file__).resolve().parents[2]
SAID = {
    "time": f"Stopped: it took longer than {SECONDS} s.",
    "memory": f"Stopped: it used more than {MEMORY >> 20} MiB.",
    "output": "Stopped: the answer is too long.",
}
Input = dict[str, Any]


def do(given: Input) -> Outcome:
    return compare(given) if "answer" in given else run(given["expression"], given["other"])


def compare(given: Input) -> Outcome:
    """Compare the final answers of both responses, or one of them with a reference.

    `given` is {"answer": "both", "a": ..., "b": ...}, or {"answer": "a", "a": ..., "other": ...}. The output names
    nothing first and nothing second.
    """
    names = ("a", "b") if given["answer"] == "both" else (given["answer"], "other")
    outcome = run(*(given[name] for name in names))
    told = {key: value for key, value in outcome.output.items() if key != "result"}
    return replace(outcome, output=told | {"check": "answers"} if outcome.status == FINISHED else told)


def run(expression: str, other: str = "") -> Outcome:
    """Evaluate, check an equation, or compare two answers (workers.tools.arithmetic.check)."""
    given = json.dumps({"expression": expression, "other": other})
    environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "LANG": "C.UTF-8", "HOME": "/nonexistent"}
    command = [sys.executable, "-B", "-s", "-m", "workers.tools.arithmetic"]
    try:
        ended = process.run(command, stdin=given.encode(), seconds=SECONDS, memory=MEMORY, environment=environment)
    except OSError as error:
        return refused(f"Not checked: {error}.")
    milliseconds = round(1000 * ended.seconds)
    if ended.stopped or ended.status:
        note = SAID.get(ended.stopped) or f"The checker ended with status {ended.status}."
        status = TIMEOUT if ended.stopped == "time" else FAILED
        return Outcome(status, {"note": note}, "", ENVIRONMENT, milliseconds)
    found = json.loads(ended.text("stdout"))
    version = found.pop("version")
    if unread := found.pop("unread", ""):
        return Outcome(REFUSED, {"note": unread}, version, ENVIRONMENT, milliseconds)
    if failed := found.pop("error", ""):
        return Outcome(FAILED, {"note": failed}, version, ENVIRONMENT, milliseconds)
    return Outcome(FINISHED, {"note": "", **found}, version, ENVIRONMENT, milliseconds)
