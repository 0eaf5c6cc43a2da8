"""The command `agreement` on a file of votes of a large crowd: time and memory of the whole process."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.stack import ROOT

LABELS = ("a", "b", "equal")
EACH = 5  # votes a task


def write(folder: Path, *, votes: int, workers: int) -> tuple[Path, Path]:
    """A vote file and its truth. A few people give most votes, as in any crowd; everybody gives one at least; how
    often somebody is right is their own."""
    draw = random.Random(votes)
    skill = [draw.betavariate(6, 2) for _ in range(workers)]
    people = list(range(workers)) + [min(int(draw.paretovariate(0.7)), workers) - 1 for _ in range(votes - workers)]
    draw.shuffle(people)
    truth = [draw.choice(LABELS) for _ in range(0, votes, EACH)]
    given, true = folder / "votes.csv", folder / "truth.csv"
    with given.open("w") as file:
        file.write("task,worker,label\n")
        for at, worker in enumerate(people):
            right = draw.random() < skill[worker]
            file.write(f"pair-{at // EACH},w{worker},{truth[at // EACH] if right else draw.choice(LABELS)}\n")
    true.write_text("task,label\n" + "".join(f"pair-{at},{label}\n" for at, label in enumerate(truth)))
    return given, true


def agreement(folder: Path, *, votes: int, workers: int) -> dict[str, Any]:
    given, true = write(folder, votes=votes, workers=workers)
    command = [sys.executable, "manage.py", "agreement", "--votes", str(given), "--truth", str(true), "--json"]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return {
        "votes": votes,
        "workers": workers,
        "seconds": round(time.monotonic() - began, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mb": round(used.ru_maxrss / 1024, 1),
    }
