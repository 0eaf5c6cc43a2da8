"""Code that wants more than its share: processes, memory, time, output. Each is stopped, and says what stopped it."""

import time

import pytest

from tests.workers.tools.boxes import left_over, stdout
from workers.tools import FAILED, FINISHED, OVERFLOW, TIMEOUT, code, process, sandbox

pytestmark = pytest.mark.usefixtures("boxed")


def test_a_fork_bomb_is_contained(soon: None) -> None:
    bomb = "boom() { boom bomb-quokka | boom bomb-quokka & }; boom; bash -c 'exec -a bomb-quokka sleep 60'"
    outcome = code.run("shell", bomb)
    assert outcome.status in (FAILED, TIMEOUT, FINISHED)
    assert outcome.milliseconds < 5000
    time.sleep(0.2)
    assert left_over("bomb-quokka") == []
    assert code.run("shell", "echo well").output["stdout"] == "well\n"


def test_processes_are_counted() -> None:
    program = """
import os, time
made = 0
try:
    while made < 1000:
        if os.fork() == 0:
            time.sleep(60)
        made += 1
except BlockingIOError:
    print("no more", made < 40, flush=True)
os._exit(0)
"""
    assert (
        stdout(code.run("python", program.replace("os._exit", "import sys; sys.stdout.flush(); os._exit")))
        == "no more True\n"
    )


HOGS = {
    "python": "x = bytearray(2 * 1024 ** 3)",
    "javascript": "const x = []; while (true) x.push(Buffer.alloc(50e6, 1))",
    "shell": "x=$(head -c 1500000000 /dev/zero | tr '\\0' x); echo ${#x}",
}


@pytest.mark.parametrize("language", HOGS)
def test_a_memory_hog_is_stopped(language: str) -> None:
    outcome = code.run(language, HOGS[language])
    assert outcome.status == FAILED
    assert outcome.output["exit"] != 0
    assert "15000" not in stdout(outcome)


SPREAD = """
import mmap, os, time
for _ in range(20):
    if os.fork() == 0:
        kept = bytearray(100 * 2**20)
        kept[::4096] = b"x" * len(kept[::4096])
        time.sleep(30)
time.sleep(30)
"""


def test_a_hog_of_many_processes_is_stopped() -> None:
    outcome = code.run("python", SPREAD)
    assert (outcome.status, outcome.output["note"]) == (FAILED, code.SAID["memory"])
    assert outcome.milliseconds < 8000


def test_memory_cannot_hide_in_files() -> None:
    program = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.memfd_create(b"x", 0), ctypes.get_errno(), libc.shmget(0, 2**20, 0o1666), ctypes.get_errno())
written = 0
try:
    for number in range(100):
        with open(f"/tmp/{number}", "wb") as file:
            written += file.write(b"x" * 8 * 2**20)
except OSError as error:
    print(error.errno, written <= 64 * 2**20)
"""
    outcome = code.run("python", program)
    assert stdout(outcome).splitlines()[-1] == "28 True"
    if sandbox.seccomp():
        assert stdout(outcome).splitlines()[0] == "-1 1 -1 1"


@pytest.mark.parametrize(
    ("language", "program"),
    [("python", "while True: pass"), ("javascript", "for (;;) {}"), ("shell", "sleep 60"),
     ("shell", "(trap '' TERM INT; exec -a loop-numbat sleep 60) & exec >&- 2>&-; wait")],
)  # fmt: skip
def test_an_endless_loop_is_stopped(language: str, program: str, soon: None) -> None:
    outcome = code.run(language, program)
    assert (outcome.status, outcome.output["exit"]) == (TIMEOUT, None)
    assert outcome.output["note"].startswith("Stopped: it ran longer than")
    assert outcome.milliseconds < 4000
    time.sleep(0.2)
    assert left_over("loop-numbat") == []


def test_a_background_process_does_not_outlive_its_program() -> None:
    outcome = code.run("shell", "(exec -a stays-dugong sleep 60) & echo done")
    assert stdout(outcome) == "done\n"
    assert outcome.milliseconds < 5000
    time.sleep(0.2)
    assert left_over("stays-dugong") == []


@pytest.mark.parametrize("program", ["yes", "head -c 1000000000 /dev/zero", "yes >&2"])
def test_a_gigabyte_of_output_is_cut(program: str) -> None:
    outcome = code.run("shell", program)
    assert outcome.status == OVERFLOW
    assert len(stdout(outcome)) + len(outcome.output["stderr"]) == process.LONGEST_OUTPUT
    assert "\x00" not in stdout(outcome)
    assert outcome.output["note"] == code.SAID["output"]


def test_limits_are_hard() -> None:
    outcome = code.run(
        "shell", "ulimit -n 10000; ulimit -u 10000; ulimit -d unlimited; ulimit -n; ulimit -u; ulimit -d"
    )
    assert stdout(outcome).split() == ["64", "32", str(sandbox.MEMORY >> 10)]
