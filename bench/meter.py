"""CPU and memory of the web server's process tree and of this database's own backends, by psutil."""

import threading
import time
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg

EVERY = 0.05  # seconds between two looks at the memory
MB = 1024 * 1024


def tree(pid: int) -> list[psutil.Process]:
    leader = psutil.Process(pid)
    return [leader, *leader.children(recursive=True)]


def backends(database_url: str) -> list[psutil.Process]:
    """The processes that serve this database: the server may serve others as well, theirs do not count."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return [psutil.Process(pid) for (pid,) in rows if psutil.pid_exists(pid)]


def cpu_of(processes: list[psutil.Process]) -> dict[int, float]:
    """Seconds of user and system time, by process id; one that has ended is left out."""
    found = {}
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        found[process.pid] = times.user + times.system
    return found


def memory_of(processes: list[psutil.Process]) -> int:
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


@dataclass
class Used:
    """What was used between enter and exit; seconds of CPU, bytes of resident memory."""

    seconds: float = 0
    server: float = 0
    database: float = 0
    memory_before: int = 0
    memory_peak: int = 0
    memory_after: int = 0

    def per(self, count: int) -> dict[str, float]:
        """Milliseconds of CPU a request."""
        share = 1000 / max(count, 1)
        both = self.server + self.database
        return {
            "server_ms": round(self.server * share, 3),
            "database_ms": round(self.database * share, 3),
            "both_ms": round(both * share, 3),
        }

    def memory(self) -> dict[str, float]:
        return {
            "before_mb": round(self.memory_before / MB, 1),
            "peak_mb": round(self.memory_peak / MB, 1),
            "after_mb": round(self.memory_after / MB, 1),
            "growth_mb": round((self.memory_peak - self.memory_before) / MB, 1),
        }


class Meter:
    """`with Meter(pid, url) as used: ...`; read `used` after the block."""

    def __init__(self, pid: int, database_url: str) -> None:
        self.pid, self.database_url, self.used = pid, database_url, Used()
        self.over = threading.Event()
        self.watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Used:
        self.web, self.own = cpu_of(tree(self.pid)), cpu_of(backends(self.database_url))
        self.used.memory_before = self.used.memory_peak = memory_of(tree(self.pid))
        self.began = time.monotonic()
        self.watcher.start()
        return self.used

    def __exit__(self, *_: Any) -> None:
        self.used.seconds = time.monotonic() - self.began
        self.over.set()
        self.watcher.join()
        self.used.server = grown(self.web, cpu_of(tree(self.pid)))
        self.used.database = grown(self.own, cpu_of(backends(self.database_url)))
        self.used.memory_after = memory_of(tree(self.pid))

    def _watch(self) -> None:
        while not self.over.wait(EVERY):
            self.used.memory_peak = max(self.used.memory_peak, memory_of(tree(self.pid)))


def grown(before: dict[int, float], after: dict[int, float]) -> float:
    return sum(seconds - before.get(pid, 0) for pid, seconds in after.items())
