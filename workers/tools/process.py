"""One command under limits of time, memory and output, whatever it tries."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

LONGEST_OUTPUT = 64 * 1024  # bytes of each stream
LOOK_EVERY = 0.05  # seconds between looks at the memory in use
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK: ContextVar[Callable[[], None]] = ContextVar("LOOK", default=lambda: None)


@dataclass
class Ended:
    """`stopped` is "" where the command ended by itself, else what made us end it."""

    stopped: str = ""
    status: int = 0
    streams: dict[str, bytearray] = field(default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()})
    seconds: float = 0.0

    def text(self, name: str) -> str:
        """A stream as text every database can hold."""
        return self.streams[name].decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def run(
    command: Sequence[str],
    *,
    stdin: bytes = b"",
    seconds: float,
    memory: int,
    uid: int | None = None,
    pass_fds: Sequence[int] = (),
    environment: dict[str, str] | None = None,
) -> Ended:
    """Run to the end or to a limit: `seconds` of wall clock, `memory` bytes of all its processes, LONGEST_OUTPUT.

    Raises OSError where the command cannot be started.
    """
    started = time.monotonic()
    with os.fdopen(os.memfd_create("stdin"), "w+b") as given:  # no pipe: nothing waits for a program that reads not
        given.write(stdin)
        given.seek(0)
        popen = subprocess.Popen(
            command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", env=environment or {},
            pass_fds=pass_fds, start_new_session=True,
            user=uid, group=uid, extra_groups=None if uid is None else [],
        )  # fmt: skip
    ended = Ended()
    try:
        _follow(popen, ended, until=started + seconds, memory=memory)
    finally:
        _kill(popen)
        ended.status, ended.seconds = popen.wait(), time.monotonic() - started
        for stream in (popen.stdout, popen.stderr):
            if stream:
                stream.close()
    return ended


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """While a command of this block runs, call `look` many times a second. What it raises ends the command."""
    token = LOOK.set(look)
    try:
        yield
    finally:
        LOOK.reset(token)


def _follow(popen: "subprocess.Popen[bytes]", ended: Ended, *, until: float, memory: int) -> None:
    """Read both streams until they close or a limit is met."""
    with selectors.DefaultSelector() as ready:
        for name, stream in (("stdout", popen.stdout), ("stderr", popen.stderr)):
            if stream:
                ready.register(stream, selectors.EVENT_READ, name)
        while ready.get_map() and not ended.stopped:
            for key, _ in ready.select(LOOK_EVERY):
                if not _read(key.fd, ended.streams[key.data]):
                    ready.unregister(key.fileobj)
                elif len(ended.streams[key.data]) > LONGEST_OUTPUT:
                    del ended.streams[key.data][LONGEST_OUTPUT:]
                    ended.stopped = "output"
            ended.stopped = ended.stopped or _limit(popen, until, memory)
    while not ended.stopped:
        try:
            popen.wait(LOOK_EVERY)
            break
        except subprocess.TimeoutExpired:  # it closed its streams and stays
            ended.stopped = _limit(popen, until, memory)


def _limit(popen: "subprocess.Popen[bytes]", until: float, memory: int) -> str:
    """Which limit is met, if any."""
    LOOK.get()()
    if time.monotonic() > until:
        return "time"
    return "memory" if resident(popen.pid) > memory else ""


def _read(fd: int, into: bytearray) -> int:
    piece = os.read(fd, LONGEST_OUTPUT)
    into += piece
    return len(piece)


def resident(pid: int) -> int:
    """Bytes of memory that a process and all its descendants hold now."""
    held, waiting = 0, [pid]
    while waiting:
        process = Path("/proc", str(waiting.pop()))
        try:
            held += int((process / "statm").read_text().split()[1]) * PAGE
            for task in (process / "task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, IndexError):  # it ended while we looked
            continue
    return held


def _kill(popen: "subprocess.Popen[bytes]") -> None:
    """The whole group; what is in a sandbox goes with the sandbox's first process."""
    try:
        os.killpg(popen.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
