"""What tests of the sandbox share."""

from pathlib import Path

from workers.tools import FINISHED, Outcome, code


def sandbox_works() -> bool:
    return code.run("shell", "true").status == FINISHED


def stdout(outcome: Outcome) -> str:
    text: str = outcome.output["stdout"]
    return text


def left_over(word: str) -> list[str]:
    """Processes of this machine whose command line holds the word."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found
