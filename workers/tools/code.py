"""Code in a sandbox: Python, JavaScript and shell. Where there is no sandbox, nothing runs."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

from workers.tools import FAILED, FINISHED, OVERFLOW, TIMEOUT, Outcome, refused, sandbox
from workers.tools.sandbox import Boxed, NoSandbox

SAID = {
    "time": f"Stopped: it ran longer than {sandbox.SECONDS} s.",
    "memory": f"Stopped: it used more than {sandbox.MEMORY >> 20} MiB.",
    "output": "Stopped: it wrote more than 64 kB. The beginning is kept.",
}
STOPPED = {"time": TIMEOUT, "memory": FAILED, "output": OVERFLOW}
BY_SIGNAL = {128 + 24: (TIMEOUT, SAID["time"]), 128 + 9: (FAILED, "It was killed.")}  # SIGXCPU, SIGKILL
PLACES = f"/usr/bin{os.pathsep}/usr/local/bin"  # what the sandbox has, whatever this process's own PATH says


@dataclass(frozen=True, slots=True)
class Language:
    program: str
    arguments: tuple[str, ...]
    file: str
    address_space: int | None  # node reserves far more than it uses


LANGUAGES = {
    "python": Language("python3", ("-s", "-B"), "/run/main.py", 2**30),
    "javascript": Language("node", (f"--max-old-space-size={sandbox.MEMORY >> 21}",), "/run/main.js", None),
    "shell": Language("bash", ("--norc", "--noprofile"), "/run/main.sh", 2**30),
}


def run(language: str, code: str, stdin: str = "") -> Outcome:
    """Run `code` as a program of its own. Its exit status other than 0 is `failed`, which is a result too."""
    if language not in LANGUAGES:
        return refused(f"There is no {language} here: {', '.join(LANGUAGES)}.")
    how = LANGUAGES[language]
    program = shutil.which(how.program, path=PLACES)
    if program is None:
        return refused(f"{how.program} is not installed where the worker runs.")
    try:
        boxed = sandbox.run(
            [program, *how.arguments, how.file],
            files={how.file: code.encode()}, stdin=stdin.encode(), address_space=how.address_space,
        )  # fmt: skip
        return _outcome(boxed, version=version(program), environment=sandbox.environment())
    except NoSandbox as missing:
        return refused(f"Not run: {missing}. Code never runs outside a sandbox.")


def _outcome(boxed: Boxed, *, version: str, environment: str) -> Outcome:
    status, note = _verdict(boxed)
    output = {
        "stdout": boxed.ended.text("stdout"),
        "stderr": boxed.ended.text("stderr"),
        "exit": boxed.exit,
        "note": note,
    }
    return Outcome(status, output, version, environment, round(1000 * boxed.ended.seconds))


def _verdict(boxed: Boxed) -> tuple[str, str]:
    if boxed.ended.stopped:
        return STOPPED[boxed.ended.stopped], SAID[boxed.ended.stopped]
    if boxed.exit == 0:
        return FINISHED, ""
    return BY_SIGNAL.get(boxed.exit or 0, (FAILED, f"It ended with status {boxed.exit}."))


@cache
def version(program: str) -> str:
    """Such as "Python 3.11.2": the first line of what the program says of itself."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    line = (said.stdout or said.stderr).splitlines()[:1]
    return f"{program} {line[0]}" if line else program
